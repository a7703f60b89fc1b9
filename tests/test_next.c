/*
 * parser/next: what may come next at a cursor, `|` in the rows.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "parser/next.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* As print() has it: the word typed; kinds of names; keywords that begin with the word. */
static const struct {
    const char *text, *expected;
} rows[] = {
    {"|", "'' COUNT SUM AVG MIN MAX MEDIAN STDDEV VARIANCE DISTINCT QUANTILE VALUES ROWS DESCRIBE "
          "EXPLAIN PROFILE"},
    {"cou|", "'cou' COUNT"},
    {"count |", "'' field FROM BY"},
    {"count s| from d", "'s' field of d"},
    {"count `Origin St| from `my ``d`", "'`Origin St' field of my `d"},
    {"count sex |", "'' FROM BY IN AS"},
    {"count sex from |", "'' dataset"},
    {"count sex from d |",
     "'' of d WHERE TOTALS PERCENT HAVING ORDER LIMIT WEIGHT SUPPRESS TEST INTO RESIDUALS CI "
     "FORMAT TIMEOUT NOCACHE"},
    {"describe |", "'' dataset"},
    {"count from d where |", "'' field of d NOT"},
    {"count from d where sex |", "'' of d IN NOT IS EXISTS LIKE ILIKE BETWEEN"},
    {"count from d where sex = |", "'' value of sex of d"},
    {"count from d where sex = 'fe|", "''fe' value of sex of d"},
    {"count from d where `a b` not in {1, (2, |", "'' value of a b of d MISSING OTHER"},
    {"count from d where age between 1 and |", "'' value of age of d"},
    {"count from d where age between 1 and 2 and |", "'' field of d NOT"},
    {"count from d where a is |", "'' of d NOT MISSING"},
    {"count from d where a like |", "'' of d"},
    {"count a in {x, net(y, |", "'' value of a MISSING OTHER"},
    {"count a in {x, | } from d", "'' value of a of d BY MISSING OTHER WHEN NET TOP"},
    {"count {when (a = 1 or b = | ", "'' value of b"},
    {"count a in {1 as |", "''"},
    {"count a by m|", "'m' MONTH"},
    {"avg(|", "'' field"},
    {"avg(a), c| by b from d", "'c' of d COUNT"},
    {"count a from d order by |",
     "'' names a of d COUNT SUM AVG MIN MAX MEDIAN STDDEV VARIANCE DISTINCT QUANTILE"},
    {"count a, b in {1} as `x y` from d where a = order order by c|",
     "'c' names a, x y of d COUNT"},
    {"avg(c) as n, sum(a) as s by b from d having |",
     "'' names n, s of d COUNT SUM AVG MIN MAX MEDIAN STDDEV VARIANCE DISTINCT QUANTILE"},
    {"sum(a) as s by b from d limit 1 having s > 2 order by s desc, z|", "'z' names s, b of d"},
    {"count (a, b), (a as c) from d order by sum(z|", "'z' field of d"},
    {"count (a, b), (a as c) from d order by z|", "'z' names a, b, c of d"},
    {"rows a from d order by z|", "'z' field of d"},
    {"count a, b from d order by a where z|", "'z' of d"},
    {"count a from d percent of |", "'' of d ROW COLUMN TOTAL"},
    {"count a from d format |", "'' of d ROWS NESTED MAP TABLE JSON CSV MARKDOWN"},
    {"count a form |", "''"}, /* nothing can come of it */
    {"count a from d where b = 'open|", "''open' value of b of d"},
};

static void
print(struct strbuf *out, struct slice text, size_t cursor, const struct next *next)
{
    struct slice word = slice_of(text.ptr + next->at, cursor - next->at);
    strbuf_printf(out, "'%.*s'", SLICE_ARG(word));
    for (size_t i = 0; i < next->nnames; i++) {
        strbuf_printf(out, "%s %.*s", i ? "," : " names", SLICE_ARG(next->names[i]));
    }
    strbuf_append_str(out, next->wants_field     ? " field"
                           : next->wants_dataset ? " dataset"
                           : next->wants_value   ? " value"
                                                 : "");
    if (next->field.ptr) {
        strbuf_printf(out, " of %.*s", SLICE_ARG(next->field));
    }
    if (next->dataset.ptr) {
        strbuf_printf(out, " of %.*s", SLICE_ARG(next->dataset));
    }
    for (size_t i = 0; i < next->nkeywords; i++) {
        struct slice keyword = slice_str(next->keywords[i]);
        if (keyword.len >= word.len && slice_equal_nocase(slice_of(keyword.ptr, word.len), word)) {
            strbuf_printf(out, " %s", keyword.ptr);
        }
    }
}

START_TEST(test_rows)
{
    struct arena *arena = arena_new();
    struct strbuf text, shown;
    struct next next;
    strbuf_init(&text);
    strbuf_init(&shown);
    size_t cursor = strcspn(rows[_i].text, "|");
    strbuf_append(&text, slice_of(rows[_i].text, cursor));
    strbuf_append_str(&text, rows[_i].text + cursor + 1);
    next_find(arena, strbuf_slice(&text), cursor, &next);
    print(&shown, strbuf_slice(&text), cursor, &next);
    ck_assert_str_eq(shown.ptr, rows[_i].expected);
    strbuf_fini(&text);
    strbuf_fini(&shown);
    arena_free(arena);
}
END_TEST

START_TEST(test_what_begins_a_query)
{
    static const char *const QUERIES[] = {"count",         " COUNT x", "avg(a)",
                                          "explain count", "values a", "\ndescribe"};
    static const char *const OTHERS[] = {"",      "ping",   "counts", "'count'", "from",
                                         "where", "hget a", "(",      "x count"};
    for (size_t i = 0; i < sizeof QUERIES / sizeof *QUERIES; i++) {
        ck_assert_msg(next_begins_query(slice_str(QUERIES[i])), "%s", QUERIES[i]);
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        ck_assert_msg(!next_begins_query(slice_str(OTHERS[i])), "%s", OTHERS[i]);
    }
}
END_TEST

START_TEST(test_words_and_tokens)
{
    ck_assert(next_is_plain_word(slice_lit("north")));
    ck_assert(next_is_plain_word(slice_lit("gr\xc3\xb6\xc3\x9f"
                                           "e")));
    ck_assert(!next_is_plain_word(slice_lit("far east")));
    ck_assert(!next_is_plain_word(slice_lit("missing")));
    ck_assert(!next_is_plain_word(slice_lit("12")));
    ck_assert(!next_is_plain_word(slice_lit("")));
    struct slice text = slice_lit("  'a b' c"), token = next_first_token(text);
    ck_assert(token.ptr == text.ptr + 2 && token.len == 5);
    ck_assert_uint_eq(next_first_token(slice_lit("'open")).len, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("next");
    TCase *tcase = tcase_create("next");
    tcase_add_loop_test(tcase, test_rows, 0, NROWS(rows));
    tcase_add_test(tcase, test_what_begins_a_query);
    tcase_add_test(tcase, test_words_and_tokens);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
