/*
 * parser/completion, parser/error_place: what the word at a cursor may become, and what is wrong before it.
 */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "parser/completion.h"
#include "parser/error_place.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static const struct parse_limits LIMITS = PARSE_LIMITS_DEFAULT;

/* What our server knows, whatever dataset and field are asked for. */
static const char *const DATASETS[] = {"survey", "my data"};
static const char *const FIELDS[] = {"sex", "age", "Origin State", "count",
                                     "gr\xc3\xb6\xc3\x9f"
                                     "e"};
static const char *const VALUES[] = {"female", "far east", "12", "-0.5", "it's", "missing"};

static void
names_add(struct completion *completion, enum completion_kind kind, const char *const *names,
          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        completion_add(completion, kind, slice_str(names[i]), slice_of(NULL, 0), -1);
    }
}

static void
completion_make(struct completion *completion, struct arena *arena, struct slice text,
                size_t cursor)
{
    completion_begin(completion, arena, text, cursor);
    if (completion->next.wants_dataset) {
        names_add(completion, COMPLETION_DATASET, DATASETS, 2);
    } else if (completion->next.wants_field) {
        names_add(completion, COMPLETION_FIELD, FIELDS, 5);
    } else if (completion->next.wants_value) {
        names_add(completion, COMPLETION_VALUE, VALUES, 6);
    }
    completion_end(completion);
}

static void
print(struct strbuf *out, const struct completion *completion)
{
    struct error what = {"", ""};
    size_t from, to;
    strbuf_printf(out, "%zu:", completion->next.at);
    for (size_t i = 0; i < completion->nitems; i++) {
        strbuf_printf(out, " %.*s", SLICE_ARG(completion->items[i].text));
    }
    if (completion_mistake(completion, &LIMITS, &what, &from, &to)) {
        strbuf_printf(out, " ! %zu-%zu %s", from, to, what.message);
    }
}

/* `|` is the cursor. Where the word begins, the items, and what is wrong. */
static const struct {
    const char *text, *expected;
} rows[] = {
    {"count s|", "6: sex"},
    {"count S|", "6: sex"},
    {"count s| from survey", "6: sex"},
    {"count sex |", "10: from by in as ,"},
    {"count sex F|", "10: FROM"},
    {"count sex fr|", "10: from"},
    {"count o|", "6: `Origin State`"},
    {"count `o|", "6: `Origin State`"},
    {"count c|", "6: `count`"},
    {"count gr|", "6: gr\xc3\xb6\xc3\x9f"
                  "e"},
    {"count 'o|", "6:"}, /* a field in quotes is none, and may become none */
    {"count from |", "11: survey `my data`"},
    {"count from survey where sex = f|", "30: female 'far east'"},
    {"count from survey where sex = 'f|", "30: 'female' 'far east'"},
    {"count from survey where sex = \"f|", "30: \"female\" \"far east\""},
    {"count from survey where sex = `f|", "30:"},
    {"count from survey where sex = 1|", "30: 12"},
    {"count from survey where sex = -|", "30: -0.5"},
    {"count from survey where sex = 1 &|", "32: &&"},
    {"count from survey where sex = 1 x|",
     "32: ! 32-33 at column 33: expected AND, OR, an option or end of query, found 'x'"},
    {"count from survey where sex = i|", "30: 'it''s'"},
    {"count from survey where sex in {m|", "32: 'missing' missing"},
    {"count from survey where sex|", "24: sex"},
    {"count from survey where sex |", "28: in not is exists like ilike between = != < <= > >="},
    {"su|", "0: sum"},
    {"sum|", "0: sum"},
    {"sum(|", "4: sex age `Origin State` `count` gr\xc3\xb6\xc3\x9f"
              "e"},
    {"", "0: count sum avg min max median stddev variance distinct quantile values rows describe "
         "explain profile"},
    {"count from survey ci 0|", "21:"}, /* 0.95 */
    {"count from survey ci 0 |",
     "23: totals percent having order limit weight suppress test into residuals ci format timeout nocache ; ! 21-22 at column 22: CI takes a number between 0 and 1, found '0'"},
    {"count from survey where a !|", "26: !="},
    {"count sex form|", "10: ! 10-14 at column 11: expected ',', IN, BY or FROM, found 'form'"},
    {"count sex form sur|", "15: ! 10-14 at column 11: expected ',', IN, BY or FROM, found 'form'"},
    {"count from a totals totals |",
     "27: totals percent having order limit weight suppress test into residuals ci format timeout nocache ; ! 20-26 at column 21: TOTALS is written twice"},
    {"count from a where b = 007 and |",
     "23: ! 23-26 at column 24: write '007' for the text or 7 for the number"},
    {"count from survey ; x|", "20: ! 20-21 at column 21: expected end of query, found 'x'"},
    {"count sex, age as `my age` from survey order by |",
     "48: sex `my age` count sum avg min max median stddev variance distinct quantile"},
    {"avg(age) as mean by sex from survey having m|", "43: mean min max median"},
    {"count from survey limit x|", "24: ! 24-25 at column 25: expected an integer, found 'x'"},
};

START_TEST(test_rows)
{
    struct arena *arena = arena_new();
    struct strbuf text, shown;
    struct completion completion;
    strbuf_init(&text);
    strbuf_init(&shown);
    strbuf_append_str(&text, "");
    size_t cursor = strcspn(rows[_i].text, "|");
    strbuf_append(&text, slice_of(rows[_i].text, cursor));
    if (rows[_i].text[cursor]) {
        strbuf_append_str(&text, rows[_i].text + cursor + 1);
    }
    completion_make(&completion, arena, strbuf_slice(&text), cursor);
    print(&shown, &completion);
    ck_assert_msg(strcmp(shown.ptr, rows[_i].expected) == 0, "%s\n%s\n%s", rows[_i].text, shown.ptr,
                  rows[_i].expected);
    strbuf_fini(&text);
    strbuf_fini(&shown);
    arena_free(arena);
}
END_TEST

/* Good queries, which use each word of the language as what it is. */
static const char *const QUERIES[] = {
    "count from d;",
    "explain count a from d nocache",
    "profile sum(a), avg(b) as m, count by (c, d in {x, missing}), (e by 10) from d",
    "min(a), max(a), median(a), stddev(a), variance(a), distinct(a), quantile(a, 0.5) by b from d",
    "count a in [1,8], b in {1, [2,3], (4,5] as high, (x, y), net(x, z), when (c = 1) as w, *, other} from d",
    "count a in {top 5, other, missing}, {when (a = 1 or not b = 2) as w} as v from d",
    "count a by year, b by quarter, c by month, d by week, e by day from d",
    "count a by weekday, b by hour, c by 4 quantiles from d",
    "count from d where a = 1 && b != 2 || c < 3 and d <= 4 or !(e > 5) and f >= 6",
    "count from d where a like 'x%' and b not ilike '_' and c between 1 and 2 and d is missing and e exists",
    "count from d where a is not missing and b in {1, 2} and c in [1,5) and d not in {x}",
    "count a, b from d having count > 5 order by count desc, a asc limit 5 offset 2",
    "count a, b from d totals percent of row with count weight by w ci 0.95 format map timeout 100",
    "count a, b from d percent of column suppress below 5 format nested",
    "count a, b from d percent of total into k ex 60 format rows",
    "count a, b from d test columns level 0.1 residuals format table",
    "count a, b from d test chi2 format markdown",
    "rows a, b from d where c = 1 order by a limit 5 format json",
    "rows * from d",
    "values a from d format csv",
    "describe d format table",
};

static bool
is_offered(const struct completion *completion, struct slice token)
{
    for (size_t i = 0; i < completion->nitems; i++) {
        enum completion_kind kind = completion->items[i].kind;
        if (kind >= COMPLETION_KEYWORD && slice_equal_nocase(completion->items[i].text, token)) {
            return true;
        }
    }
    return false;
}

/* A word that stands for a name, a value or a label, a number, or text. */
static bool
is_free(struct slice token)
{
    return token.len == 1 ? isalnum((unsigned char) token.ptr[0]) != 0
                          : isdigit((unsigned char) token.ptr[0]) || token.ptr[0] == '\'' ||
                                slice_equal(token, slice_lit("high"));
}

/* Each word and sign of the language is offered where it stands. */
START_TEST(test_what_follows_is_offered)
{
    struct slice text = slice_str(QUERIES[_i]), rest = text;
    struct ast_query *query;
    struct error err = {"", ""};
    struct arena *arena = arena_new();
    ck_assert_msg(query_parse(arena, text, &LIMITS, &query, &err), "%s", err.message);
    while (rest.len) {
        struct slice token = next_first_token(rest);
        if (!token.len) {
            break;
        }
        size_t at = (size_t) (token.ptr - text.ptr);
        struct completion completion;
        if (!is_free(token)) {
            bool is_word = isalpha((unsigned char) token.ptr[0]) != 0;
            struct slice front = arena_printf(arena, "%.*s ", (int) at, text.ptr);
            completion_make(&completion, arena, front, front.len);
            ck_assert_msg(is_offered(&completion, token), "%s: %.*s", front.ptr, SLICE_ARG(token));
            for (size_t n = 1; is_word && n <= token.len && (at == 0 || text.ptr[at - 1] == ' ');
                 n++) {
                completion_make(&completion, arena, text, at + n);
                ck_assert_msg(is_offered(&completion, token), "%.*s", (int) (at + n), text.ptr);
            }
        }
        rest =
            slice_of(token.ptr + token.len, text.len - (size_t) (token.ptr + token.len - text.ptr));
    }
    arena_free(arena);
}
END_TEST

/* What is offered can be taken: nothing is wrong then. Nothing is wrong with a beginning either. */
START_TEST(test_what_is_offered_is_right)
{
    struct slice text = slice_str(QUERIES[_i]);
    for (size_t cursor = 0; cursor <= text.len; cursor++) {
        struct arena *arena = arena_new();
        struct completion completion, taken;
        struct error what = {"", ""};
        size_t from, to;
        completion_make(&completion, arena, text, cursor);
        ck_assert_msg(!completion_mistake(&completion, &LIMITS, &what, &from, &to), "%.*s: %s",
                      (int) cursor, text.ptr, what.message);
        for (size_t i = 0; i < completion.nitems; i++) {
            struct slice word = completion.items[i].text;
            struct slice front = arena_printf(arena, "%.*s%.*s ", (int) completion.next.at,
                                              text.ptr, SLICE_ARG(word));
            completion_make(&taken, arena, front, front.len);
            /* the automaton knows neither that each option may be written once, nor all of ranges */
            ck_assert_msg(!completion_mistake(&taken, &LIMITS, &what, &from, &to) ||
                              strstr(what.message, "twice") || strstr(what.message, "once") ||
                              strstr(what.message, "a range is"),
                          "%s: %s", front.ptr, what.message);
            error_clear(&what);
        }
        arena_free(arena);
    }
}
END_TEST

START_TEST(test_deep_nesting_is_not_asked_about)
{
    enum { DEEP = 200000 };
    struct arena *arena = arena_new();
    struct strbuf text;
    struct completion completion;
    struct error what = {"", ""};
    size_t from, to;
    strbuf_init(&text);
    strbuf_append_str(&text, "count from d where ");
    for (int i = 0; i < DEEP; i++) {
        strbuf_append_char(&text, '(');
    }
    completion_make(&completion, arena, strbuf_slice(&text), text.len);
    ck_assert_uint_eq(completion.nitems, 0);
    ck_assert(completion_mistake(&completion, &LIMITS, &what, &from, &to));
    ck_assert_str_eq(what.code, "LIMIT");
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

START_TEST(test_labels_and_counts)
{
    struct arena *arena = arena_new();
    struct completion completion;
    struct slice text = slice_lit("count from d where sex = ");
    completion_begin(&completion, arena, text, text.len);
    ck_assert(completion.next.wants_value && completion_fits(&completion, COMPLETION_VALUE, text));
    completion_add(&completion, COMPLETION_VALUE, slice_lit("1"), slice_lit("Male"), 17);
    completion_add(&completion, COMPLETION_VALUE, slice_lit("1"), slice_lit("again"), 18);
    completion_add(&completion, COMPLETION_VALUE, slice_lit(""), slice_of(NULL, 0), 1);
    completion_end(&completion);
    ck_assert_uint_eq(completion.nitems, 1);
    ck_assert(slice_equal(completion.items[0].label, slice_lit("Male")));
    ck_assert_int_eq(completion.items[0].count, 17);
    ck_assert_str_eq(completion_kind_name(completion.items[0].kind), "value");
    arena_free(arena);
}
END_TEST

START_TEST(test_places)
{
    size_t from, to;
    struct slice query = slice_lit("count a form b");
    ck_assert(error_place(slice_lit("SYNTAX at column 9: x"), query, &from, &to));
    ck_assert(from == 8 && to == 12);
    ck_assert(error_place(slice_lit("at column 15: x"), query, &from, &to));
    ck_assert(from == 14 && to == 14);
    ck_assert(!error_place(slice_lit("at column 16: x"), query, &from, &to));
    ck_assert(!error_place(slice_lit("too many"), query, &from, &to));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("completion");
    TCase *tcase = tcase_create("completion");
    tcase_add_loop_test(tcase, test_rows, 0, NROWS(rows));
    tcase_add_loop_test(tcase, test_what_follows_is_offered, 0, NROWS(QUERIES));
    tcase_add_loop_test(tcase, test_what_is_offered_is_right, 0, NROWS(QUERIES));
    tcase_add_test(tcase, test_deep_nesting_is_not_asked_about);
    tcase_add_test(tcase, test_labels_and_counts);
    tcase_add_test(tcase, test_places);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
