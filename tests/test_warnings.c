/*
 * What a query mentions, and what of it is worth a warning, from a query's text and what rows have.
 */
#include <check.h>
#include <string.h>

#include "answer/warnings.h"
#include "base/strbuf.h"
#include "parser/parse.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static struct arena *arena;

static void
setup(void)
{
    arena = arena_new();
}

static void
teardown(void)
{
    arena_free(arena);
}

static struct mentions *
mentions_of(const char *text)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast;
    ck_assert_msg(query_parse(arena, slice_str(text), &limits, &ast, &err), "%s: %s", text,
                  err.message);
    return mentions_find(arena, ast);
}

/* ---- What is mentioned ---- */

static const struct {
    const char *query, *fields, *words;
} MENTIONED[] = {
    {"count from current", "", ""},
    {"count a, b, a from current", "a b", ""},
    {"count a in {x, 'y', 1, (z, x), net (u)} from current", "a", "x z u"},
    {"count a in {when (b = v and not c exists) as w} from current", "a b c", "v"},
    {"count {when (b like 'x%') as w} as d from current", "b", ""},
    {"count (a), (b, a by 10) from current where c in [1,2] or d between e and 'f'", "a b c d",
     "e"},
    {"avg(x), count, quantile(y, 0.5) by a from current", "x y a", ""},
    {"count a from current weight by w order by sum(z), a", "a w z", ""},
    {"count a from current having max(m) > 3", "a m", ""},
    {"values v from current where u is missing", "v u", ""},
    {"rows r, s from current where t = 1 order by o", "r s t o", ""},
    {"rows * from current", "", ""},
    {"describe current", "", ""},
    {"explain count a from current", "a", ""},
};

static void
check_names(const struct slice *names, size_t n, const char *expected)
{
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < n; i++) {
        strbuf_append_str(&text, i ? " " : "");
        strbuf_append(&text, names[i]);
    }
    ck_assert_msg(slice_equal(strbuf_slice(&text), slice_str(expected)), "%.*s, not %s",
                  SLICE_ARG(strbuf_slice(&text)), expected);
    strbuf_fini(&text);
}

START_TEST(test_mentioned)
{
    const struct mentions *mentions = mentions_of(MENTIONED[_i].query);
    check_names(mentions->fields, mentions->nfields, MENTIONED[_i].fields);
    check_names(mentions->words, mentions->nwords, MENTIONED[_i].words);
}
END_TEST

/* A list of very many words is no mistake; fields are complete, though. */
START_TEST(test_many)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "count a in {w0");
    for (int i = 1; i < 500; i++) {
        strbuf_printf(&text, ", w%d", i);
    }
    strbuf_append_str(&text, "} from current where f0 = 1");
    for (int i = 1; i < 500; i++) {
        strbuf_printf(&text, " or f%d = 1", i);
    }
    strbuf_append_char(&text, '\0');
    const struct mentions *mentions = mentions_of(text.ptr);
    ck_assert_uint_eq(mentions->nwords, MENTIONS_MOST);
    ck_assert_uint_eq(mentions->nfields, 501);
    strbuf_fini(&text);
}
END_TEST

/* ---- What is warned of ---- */

static const struct {
    const char *query, *lines; /* of rows that have sex, age, Origin, cat = Other, sex = missing */
} WARNED[] = {
    {"count sex, age from current where Origin = x", ""},
    {"count orgin from current",
     "no row of current has the field 'orgin'; did you mean 'Origin'?\n"},
    {"count nosuchthing, orgin, sex from current",
     "no row of current has the field 'nosuchthing'\n"
     "no row of current has the field 'orgin'; did you mean 'Origin'?\n"},
    {"count `a\nb` from current", "no row of current has the field 'a\\x0ab'\n"},
    {"count from current where age = null or age = NULL",
     "null is a text like any other; rows without 'age' are found by IS MISSING\n"},
    {"count from current where age <> Null",
     "null is a text like any other; rows with 'age' are found by EXISTS\n"},
    {"count age in {1, null} from current",
     "null is a text like any other; rows without 'age' are what MISSING lists\n"},
    {"count from current where age = 'null'", ""},
    {"count from current where sex = age",
     "'age' is a text here and not the field of that name: fields are not compared with each "
     "other\n"},
    {"count from current where sex = 'age'", ""},
    {"count cat in {a, other} from current",
     "OTHER in a list is no value, but 'cat' has a value of that name: in quotes it is the "
     "value\n"},
    {"count cat in {a, 'other', missing} from current", ""},
    {"count from current where not sex in {m, missing}",
     "MISSING in a list is no value, but 'sex' has a value of that name: in quotes it is the "
     "value\n"},
    {"count sex in {m, other} from current", ""},
};

static bool
is_one_of(struct slice name, const char *const *names, int n)
{
    bool found = false;
    for (int i = 0; i < n; i++) {
        found = found || slice_equal(name, slice_str(names[i]));
    }
    return found;
}

/* Rows that have some fields, cat = Other and sex = missing. */
static struct presence *
presence_of(const struct mentions *mentions)
{
    static const char *const FIELDS[] = {"sex", "cat", "age", "Origin"};
    struct presence *presence = presence_new(arena, mentions);
    for (size_t i = 0; i < mentions->nfields; i++) {
        presence->has_field[i] = is_one_of(mentions->fields[i], FIELDS, NROWS(FIELDS));
    }
    for (size_t i = 0; i < mentions->nwords; i++) {
        presence->has_word[i] = is_one_of(mentions->words[i], FIELDS, NROWS(FIELDS));
    }
    for (size_t i = 0; i < mentions->nkeywords * MENTION_SPELLINGS; i++) {
        const struct mention_keyword *keyword = &mentions->keywords[i / MENTION_SPELLINGS];
        struct slice value = mention_spelling(keyword, i % MENTION_SPELLINGS);
        bool is_cat = slice_equal(keyword->field, slice_lit("cat"));
        if (slice_equal(value, is_cat ? slice_lit("Other") : slice_lit("missing"))) {
            presence->has_keyword[i / MENTION_SPELLINGS] = true;
        }
    }
    presence->names = arena_array(arena, NROWS(FIELDS), sizeof *presence->names);
    for (; presence->nnames < NROWS(FIELDS); presence->nnames++) {
        presence->names[presence->nnames] = slice_str(FIELDS[presence->nnames]);
    }
    presence_sort(presence);
    return presence;
}

static void
check_lines(const struct warnings *warnings, const char *expected)
{
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < warnings->n; i++) {
        strbuf_append(&text, warnings->lines[i]);
        strbuf_append_char(&text, '\n');
    }
    ck_assert_msg(slice_equal(strbuf_slice(&text), slice_str(expected)), "%.*s, not %s",
                  SLICE_ARG(strbuf_slice(&text)), expected);
    strbuf_fini(&text);
}

START_TEST(test_warned)
{
    const struct mentions *mentions = mentions_of(WARNED[_i].query);
    struct warnings warnings = {.arena = arena};
    warnings_of_all(&warnings, slice_lit("current"), mentions, presence_of(mentions));
    check_lines(&warnings, WARNED[_i].lines);
}
END_TEST

START_TEST(test_nothing_known)
{
    const struct mentions *mentions = mentions_of("count orgin from current where age = null");
    struct warnings warnings = {.arena = arena};
    warnings_of_all(&warnings, slice_lit("current"), mentions, NULL);
    check_lines(&warnings,
                "null is a text like any other; rows without 'age' are found by IS MISSING\n");
}
END_TEST

/* ---- Dates ---- */

START_TEST(test_dates)
{
    const struct mentions *mentions =
        mentions_of("count d in {1, by month}, e by weekday, d by year, f by 10 from current");
    static enum item_kind kinds[] = {ITEM_VALUE, ITEM_BIN, ITEM_MISSING};
    struct table_dim dims[] = {{.field = slice_lit("e"), .kinds = &kinds[2], .npositions = 1},
                               {.field = slice_lit("d"),
                                .kinds = kinds,
                                .npositions = 3,
                                .has_dates = true,
                                .unit = DATE_DAY}};
    struct table table = {.ndims = 2, .dims = dims}, *tables[] = {&table};
    struct answer answer = {.tables = tables, .ntables = 1};
    struct warnings warnings = {.arena = arena};
    ck_assert_uint_eq(mentions->ndates, 3);
    ck_assert(!warnings_lack_date(&answer, &mentions->dates[0]));
    ck_assert(warnings_lack_date(&answer, &mentions->dates[1]));
    const struct mentions *hours = mentions_of("count d by hour from current");
    ck_assert(warnings_lack_date(&answer, &hours->dates[0]));
    dims[1].unit = DATE_HOUR;
    ck_assert(!warnings_lack_date(&answer, &hours->dates[0]));
    ck_assert(!warnings_lack_date(&answer, &mentions->dates[0]));
    dims[1].has_dates = false;
    ck_assert(warnings_lack_date(&answer, &mentions->dates[0]));
    warnings_of_date(&warnings, slice_lit("current"), &mentions->dates[1]);
    check_lines(&warnings, "no row of current has a date in 'e': BY WEEKDAY finds nothing\n");
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("warnings");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_mentioned, 0, NROWS(MENTIONED));
    tcase_add_test(tcase, test_many);
    tcase_add_loop_test(tcase, test_warned, 0, NROWS(WARNED));
    tcase_add_test(tcase, test_nothing_known);
    tcase_add_test(tcase, test_dates);
    Suite *suite = suite_create("warnings");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
