/*
 * The filter's normal form: each condition gives this canonical text; the text is a condition again
 * and gives itself; conditions that mean the same give the same text.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "parser/parse.h"
#include "planner/filter_normal.h"
#include "tests/suite.h"

static struct filter *
normalise_of(struct arena *arena, const struct field_definitions *fields, struct slice condition)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast = NULL;
    struct slice text = arena_printf(arena, "count from current where %.*s", SLICE_ARG(condition));
    ck_assert_msg(query_parse(arena, text, &limits, &ast, &err), "%s: %s", condition.ptr,
                  err.message);
    return filter_normalise(arena, fields, ast->where);
}

static struct filter *
normalise(struct arena *arena, struct slice condition)
{
    return normalise_of(arena, NULL, condition);
}

static const struct row {
    const char *condition, *canonical;
} rows[] = {
    {"a=1", "a = 1"},
    {"a = 2.50", "a = 2.5"},
    {"a = '7'", "a = 7"},
    {"a = '007'", "a = '007'"},
    {"sex = female", "sex = 'female'"},
    {"`Origin State` = 'it''s'", "`Origin State` = 'it''s'"},
    {"`count` = 'a\\\\b'", "count = 'a\\\\b'"},
    {"`not` = 1", "`not` = 1"},
    {"`a``b` = 1", "`a``b` = 1"},
    {"a exists", "a exists"},
    {"a is not missing", "a exists"},
    {"a is missing", "!a exists"},
    {"!(a is missing)", "a exists"},
    {"!!!(a = 1)", "!a = 1"},
    {"a != 1", "(a exists && !a = 1)"},
    {"a < 5", "a < 5"},
    {"a >= 'x'", "a >= 'x'"},
    {"a < '7'", "a < 7"},
    {"a in [1,8]", "(a >= 1 && a <= 8)"},
    {"a in {3, 1, 2, 3}", "a in {1,2,3}"},
    {"a in {10, 9, b, 'a c'}", "a in {9,10,'a c','b'}"},
    {"a in {1, [5,9]}", "((a >= 5 && a <= 9) || a = 1)"},
    {"a in {1, missing}", "!(a exists && !a = 1)"},
    {"a in {1, other}", "a exists"},
    {"a in {missing, other}", "!(a exists && !a exists)"},
    {"a in [1,8)", "(a >= 1 && a < 8)"},
    {"a in (1,8]", "(a > 1 && a <= 8)"},
    {"a in [1,)", "a >= 1"},
    {"a not in (,8]", "(a exists && !a <= 8)"},
    {"a in {[1,5), [5,8), (8,9]}", "((a > 8 && a <= 9) || (a >= 1 && a < 8))"},
    {"a in {[1,5), 5}", "(a >= 1 && a <= 5)"},
    {"a in {(,5], (5,9], x}", "(a <= 9 || a = 'x')"},
    {"a not in {[1,5), missing}", "(a exists && !(a >= 1 && a < 5))"},
    {"a in {(3,3], 1}", "a = 1"},
    {"a between 1 and 8", "(a >= 1 && a <= 8)"},
    {"a between 'b' and 'd'", "(a >= 'b' && a <= 'd')"},
    {"a between 1 and 'd'", "(a <= 'd' && a >= 1)"},
    {"a not between 1 and 8", "(a exists && !(a >= 1 && a <= 8))"},
    {"a between 5 and 1", "(a >= 5 && a <= 1)"},
    {"a between 1 and 4 or a between 3 and 9", "(a >= 1 && a <= 9)"},
    /* Patterns. */
    {"a like 'x%'", "a like 'x%'"},
    {"a ilike 'X_Y%'", "a ilike 'x_y%'"},
    {"a not like 'x%'", "(a exists && !a like 'x%')"},
    {"not a like 'x%'", "!a like 'x%'"},
    {"a like '%%x%%%_%%'", "a like '%x%_%'"},
    {"a like '%'", "a exists"},
    {"a not like '%%'", "(a exists && !a exists)"},
    {"a like 'abc'", "a = 'abc'"},
    {"a like 'it''s'", "a = 'it''s'"},
    {"a like ''", "a = ''"},
    {"a like '12'", "a = 12"},
    {"a like '12.0'", "a like '12.0'"}, /* no value is shown like that */
    {"a ilike 'abc'", "a ilike 'abc'"},
    {"a ilike '50\\%'", "a = '50%'"},
    {"a ilike '5_%'", "a like '5_%'"},
    {"a like 'a\\b\\%c\\\\%'", "a like 'ab\\%c\\\\%'"},
    {"a like 'a\\%'", "a = 'a%'"},
    {"a like 'a\\%%%'", "a like 'a\\%%'"},
    {"a like '\\'%'", "a like '''%'"},
    {"a like '\\\xc3\xa9_'", "a like '\\\xc3\xa9_'"},
    {"a like 'x%' or a = 1 or a like 'y%' or a < 5 or a like 'x%'",
     "(a < 5 || a like 'x%' || a like 'y%')"},
    {"a like 'x%' or a exists", "a exists"},
    {"a like 'x%' or a like 'y%'", "(a like 'x%' || a like 'y%')"},
    {"a like 'x%' or a >= ''", "a exists"},
    {"a like 'x%' and a exists and a > 1 and a < 5", "((a > 1 && a < 5) && a like 'x%')"},
    {"a like 'x%' and a not like '%y'", "(a like 'x%' && !a like '%y')"},
    {"a not in {1,2}", "(a exists && !a in {1,2})"},
    {"a not in {1, missing}", "(a exists && !a = 1)"},
    /* Order, parentheses, doubles. */
    {"b=2 || a=1", "(a = 1 || b = 2)"},
    {"(((b=2)) or ((a=1)))", "(a = 1 || b = 2)"},
    {"a=1 || (b=2 || (c=3 || a=1))", "(a = 1 || b = 2 || c = 3)"},
    {"b=2 && a=1 && b=2", "(a = 1 && b = 2)"},
    {"a=1 || b=2 && c=3", "((b = 2 && c = 3) || a = 1)"},
    /* Tests of one field. */
    {"a=1 || a=2 || b=1", "(a in {1,2} || b = 1)"},
    {"a=1 || a exists", "a exists"},
    {"a in {1,2} || a = 3 || a = 2", "a in {1,2,3}"},
    {"a >= 1 && a <= 8", "(a >= 1 && a <= 8)"},
    {"a > 1 && a >= 1 && a < 9 && a <= 8", "(a > 1 && a <= 8)"},
    {"a > 1 && a > 3", "a > 3"},
    {"a < 1 && a < 3", "a < 1"},
    {"a > 1 && a > 'x'", "(a > 'x' && a > 1)"},
    {"a > 1 || a > 3", "a > 1"},
    {"a < -3 || a < -1 || a < -2", "a < -1"},
    {"a in [1,4] || a in [3,9] || a = 5 || a = 11", "((a >= 1 && a <= 9) || a = 11)"},
    {"a < 5 || a = 5", "a <= 5"},
    {"a < 5 || a > 5", "(a < 5 || a > 5)"},
    {"a < 5 || a >= 5", "(a < 0 || a >= 0)"},
    {"a < 5 || a >= 5 || a = x", "(a < 0 || a = 'x' || a >= 0)"},
    {"a < 'm' || a < 'k' || a = 'b'", "a < 'm'"},
    {"a > 'm' || a = 'm'", "a >= 'm'"},
    {"a < 'm' || a >= 'k'", "a exists"},
    {"a >= '' || a > 'm'", "a exists"},
    {"a = 5 || a >= '1'", "a >= 1"},
    {"a = 5 || a >= '1,'", "(a = 5 || a >= '1,')"},
    {"a = 12 || a = '12.0' || a = +1.2e1", "a = 12"},
    {"a in {'1e2', 1e2, '1e401'}", "a in {100,'1e401'}"},
    {"a > '.5' && a < -0", "(a > 0.5 && a < 0)"},
    {"a = 1e-3", "a = 0.001"},
    {"(a > 5 && a < 3) || a = 1", "a = 1"},
    {"(a > 5 && a < 3) || (a > 7 && a < 6)", "((a > 5 && a < 3) || (a > 7 && a < 6))"},
    {"a in {[1,3], [4,6], [2,4]}", "(a >= 1 && a <= 6)"},
    {"a not in {[1,3], [2,4]}", "(a exists && !(a >= 1 && a <= 4))"},
    {"b = 1 && !(a > 3) && !(a > 2 || a = 2)", "(b = 1 && !a >= 2)"},
    {"!(!(a > 3) && !(a > 2 && b = 1 && c = 1) && !(b > 2 || a > 1))",
     "((a > 2 && b = 1 && c = 1) || a > 1 || b > 2)"},
    {"a exists && a > 1", "a > 1"},
    /* One complement, at the top. */
    {"!(a=1) && !(b=2)", "!(a = 1 || b = 2)"},
    {"!(a=1 || b=2)", "!(a = 1 || b = 2)"},
    {"!(a=1) || !(b=2)", "!(a = 1 && b = 2)"},
    {"!(a=1 && b=2)", "!(a = 1 && b = 2)"},
    {"a=1 || !(b=2)", "!(b = 2 && !a = 1)"},
    {"a=1 && !(b=2)", "(a = 1 && !b = 2)"},
    {"a=1 && !(b=2 || c=3)", "(a = 1 && !b = 2 && !c = 3)"},
    {"a=1 && !(b=2) && !(b=3)", "(a = 1 && !b in {2,3})"},
    {"a=1 && !(b=2 && c=3)", "(a = 1 && !(b = 2 && c = 3))"},
    {"!(!(a=1) && !(b=2))", "(a = 1 || b = 2)"},
    {"!(a=1 || !(b=2))", "(b = 2 && !a = 1)"},
    {"(a=1 || !(b=2)) && c=3", "(c = 3 && !(b = 2 && !a = 1))"},
    {"a is missing || a = 1", "!(a exists && !a = 1)"},
    {"a != 1 && a != 2", "(a exists && !a in {1,2})"},
};

START_TEST(condition_has_canonical_text)
{
    struct arena *arena = arena_new();
    const struct row *row = &rows[_i];
    struct filter *filter = normalise(arena, slice_str(row->condition));
    ck_assert_str_eq(filter->text.ptr, row->canonical);
    struct filter *again = normalise(arena, filter->text);
    ck_assert_str_eq(again->text.ptr, row->canonical);
    arena_free(arena);
}
END_TEST

/* ---- Fields of several values ---- */

static struct field_definitions *
several_values(const char *separator)
{
    struct field_definitions *fields = NULL;
    struct error err = {"", ""};
    const struct field_edit edit = {.sets_reading = true, .separator = slice_str(separator)};
    ck_assert(field_definitions_change(&fields, slice_lit("m"), &edit, &err));
    return fields;
}

START_TEST(tests_of_parts_have_canonical_text)
{
    static const struct row parts[] = {
        {"m = red", "any of m by ',' (m = 'red')"},
        {"m exists", "any of m by ',' (m exists)"},
        {"m is missing", "!any of m by ',' (m exists)"},
        {"m != 1.0", "(any of m by ',' (m exists) && !any of m by ',' (m = 1))"},
        {"m > 1 and m < 5 and a > 1 and a < 5",
         "((a > 1 && a < 5) && any of m by ',' (m < 5) && any of m by ',' (m > 1))"},
        {"m between 1 and 5", "any of m by ',' ((m >= 1 && m <= 5))"},
        {"m in {1, [2,3], (3,4]}", "any of m by ',' (((m >= 2 && m <= 4) || m = 1))"},
        {"m in {1, other}", "(any of m by ',' (m = 1) || any of m by ',' (m exists))"},
        {"m in {2, missing}", "!(any of m by ',' (m exists) && !any of m by ',' (m = 2))"},
        {"m not like 'x%'", "(any of m by ',' (m exists) && !any of m by ',' (m like 'x%'))"},
        {"m = 1 or m < 5 or m = 1", "(any of m by ',' (m < 5) || any of m by ',' (m = 1))"},
    };
    struct arena *arena = arena_new();
    struct field_definitions *fields = several_values(",");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct filter *filter = normalise_of(arena, fields, slice_str(parts[i].condition));
        ck_assert_str_eq(filter->text.ptr, parts[i].canonical);
    }
    field_definitions_release(fields);
    arena_free(arena);
}
END_TEST

START_TEST(any_part_may_pass)
{
    static const struct {
        const char *condition, *value;
        bool holds;
    } cases[] = {
        {"m = red", "blue; red", true},
        {"m = red", "red", true},
        {"m = red", "blue; redder", false},
        {"m = 12", "a; 12.0; b", true},
        {"m > 1 and m < 5", "0; 9", true},
        {"m between 1 and 5", "0; 9", false},
        {"m between 1 and 5", "0; 2; 9", true},
        {"m in {1, [7,8]}", "7.5", true},
        {"m like 'r%'", "blue; ; ; red; ", true},
        {"m exists", "; ; ", false},
        {"m exists", "", false},
        {"m exists", ";", true},
        {"m is missing", "; ", true},
        {"m != red", "blue; red", false},
        {"m != red", "blue", true},
        {"m != red", "; ", false},
        {"m not in {red, missing}", "green; blue", true},
        {"not m = red", "; ", true},
    };
    struct arena *arena = arena_new();
    struct field_definitions *fields = several_values("; ");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *filter = normalise_of(arena, fields, slice_str(cases[i].condition));
        ck_assert_msg(filter_value_holds(filter, slice_str(cases[i].value)) == cases[i].holds,
                      "%s with '%s'", cases[i].condition, cases[i].value);
    }
    field_definitions_release(fields);
    arena_free(arena);
}
END_TEST

START_TEST(range_holds_numbers_between_and_no_text)
{
    static const struct {
        const char *condition, *value;
        bool holds;
    } cases[] = {
        {"a in [1,8]", "1", true},
        {"a in [1,8]", "8", true},
        {"a in [1,8]", "8.1", false},
        {"a in [1,8]", "4.25", true},
        {"a in [1,8]", "04", false},
        {"a in [1,8]", "x", false},
        {"a > 9", "10", true},
        {"a > -2.5", "-2.45", true},
        {"a > -2.5", "-2.51", false},
        {"a < 'b'", "abc", true},
        {"a < 'b'", "10", true},
        {"a < 'b'", "b", false},
        {"a >= 9223372036854775807", "9223372036854775807", true},
        {"a >= 9223372036854775807", "9223372036854775806", false},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct filter *range = normalise(arena, slice_str(cases[i].condition));
        ck_assert_msg(filter_range_holds(range, slice_str(cases[i].value)) == cases[i].holds,
                      "%s with %s", cases[i].condition, cases[i].value);
    }
    arena_free(arena);
}
END_TEST

/* ---- Any order, any parentheses ---- */

static const char *const VALUES[] = {"-2", "0", "1",  "1.5", "2", "3",  "10",  "",
                                     "a",  "b", "ab", "007", "z", "-x", "2.50"};
enum { NVALUES = sizeof VALUES / sizeof *VALUES, TERMS_MOST = 12 };

struct term {
    char text[80];
};

static const char *
any_value(unsigned *seed, bool numeric)
{
    return VALUES[(unsigned) rand_r(seed) % (numeric ? 7 : NVALUES)];
}

static void
term_make(struct term *term, unsigned *seed)
{
    static const char *const OPS[] = {"<", "<=", ">", ">=", "="};
    const char *op = OPS[rand_r(seed) % 5];
    const char *field = rand_r(seed) % 4 ? "a" : "b";
    static const char *const PATTERNS[] = {"a%",  "%",     "_",  "%B", "1%",
                                           "00_", "%%.5%", "-%", "x",  "z"};
    enum { NPATTERNS = sizeof PATTERNS / sizeof *PATTERNS };
    switch (rand_r(seed) % 5) {
    case 3:
        snprintf(term->text, sizeof term->text, "%s %slike '%s'", field,
                 rand_r(seed) % 2 ? "i" : "", PATTERNS[(unsigned) rand_r(seed) % NPATTERNS]);
        break;
    case 4:
        snprintf(term->text, sizeof term->text, "%s in {[%s,%s), (%s,%s], (,%s]}", field,
                 any_value(seed, true), any_value(seed, true), any_value(seed, true),
                 any_value(seed, true), any_value(seed, true));
        break;
    case 0:
        snprintf(term->text, sizeof term->text, "%s %s %s", field, op, any_value(seed, true));
        break;
    case 1:
        snprintf(term->text, sizeof term->text, "%s %s '%s'", field, op, any_value(seed, false));
        break;
    default:
        snprintf(term->text, sizeof term->text, "(%s >= %s && %s < %s)", field,
                 any_value(seed, true), field, any_value(seed, true));
        break;
    }
}

/* The terms in some order, with parentheses and double negations somewhere. */
static struct slice
chain_make(struct arena *arena, struct term *terms, size_t n, bool is_or, unsigned *seed)
{
    if (n == 1) {
        return arena_printf(arena, rand_r(seed) % 5 ? "%s" : "!(!(%s))", terms->text);
    }
    size_t left = 1 + (size_t) rand_r(seed) % (n - 1);
    struct slice a = chain_make(arena, terms, left, is_or, seed);
    struct slice b = chain_make(arena, terms + left, n - left, is_or, seed);
    switch (rand_r(seed) % 3) {
    case 0:
        return arena_printf(arena, "(%.*s) %s (%.*s)", SLICE_ARG(a), is_or ? "||" : "&&",
                            SLICE_ARG(b));
    case 1:
        return arena_printf(arena, "(%.*s) %s (%.*s)", SLICE_ARG(b), is_or ? "or" : "and",
                            SLICE_ARG(a));
    default:
        return arena_printf(arena, "!(!(%.*s) %s !(%.*s))", SLICE_ARG(a), is_or ? "&&" : "||",
                            SLICE_ARG(b));
    }
}

START_TEST(order_and_parentheses_change_neither_text_nor_meaning)
{
    unsigned seed = (unsigned) _i + 1;
    struct arena *arena = arena_new();
    struct term terms[TERMS_MOST];
    struct filter *alone[TERMS_MOST];
    size_t n = 1 + (size_t) rand_r(&seed) % TERMS_MOST;
    for (size_t i = 0; i < n; i++) {
        term_make(&terms[i], &seed);
        alone[i] = normalise(arena, slice_str(terms[i].text));
    }
    for (int is_or = 0; is_or < 2; is_or++) {
        struct slice text = chain_make(arena, terms, n, is_or, &seed);
        struct filter *filter = normalise(arena, text);
        for (int i = 0; i < 3; i++) {
            struct slice other = chain_make(arena, terms, n, is_or, &seed);
            struct filter *same = normalise(arena, other);
            ck_assert_msg(slice_equal(filter->text, same->text), "%s\n%s\n%s\n%s", text.ptr,
                          other.ptr, filter->text.ptr, same->text.ptr);
        }
        ck_assert(slice_equal(normalise(arena, filter->text)->text, filter->text));
        for (size_t v = 0; v < NVALUES; v++) {
            bool expected = !is_or;
            for (size_t i = 0; i < n; i++) {
                expected = is_or ? expected || filter_value_holds(alone[i], slice_str(VALUES[v]))
                                 : expected && filter_value_holds(alone[i], slice_str(VALUES[v]));
            }
            ck_assert_msg(filter_value_holds(filter, slice_str(VALUES[v])) == expected,
                          "%s\n%s\n'%s'", text.ptr, filter->text.ptr, VALUES[v]);
        }
    }
    arena_free(arena);
}
END_TEST

START_TEST(filter_depends_on_each_field_once)
{
    struct arena *arena = arena_new();
    size_t n;
    struct slice *fields = filter_fields(
        arena, normalise(arena, slice_lit("c=1 || !(a=1 && b>2) || c=5 || b exists")), &n);
    ck_assert_uint_eq(n, 3);
    ck_assert(slice_equal(fields[0], slice_lit("a")));
    ck_assert(slice_equal(fields[1], slice_lit("b")));
    ck_assert(slice_equal(fields[2], slice_lit("c")));
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("filter");
    TCase *tcase = tcase_create("filter");
    tcase_add_loop_test(tcase, condition_has_canonical_text, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, tests_of_parts_have_canonical_text);
    tcase_add_test(tcase, any_part_may_pass);
    tcase_add_test(tcase, range_holds_numbers_between_and_no_text);
    tcase_add_loop_test(tcase, order_and_parentheses_change_neither_text_nor_meaning, 0, 500);
    tcase_add_test(tcase, filter_depends_on_each_field_once);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
