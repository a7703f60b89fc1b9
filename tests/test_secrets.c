/*
 * answer/equations, answer/move, answer/ties, answer/secrets: what is hidden of small tables, which
 * moves prove something, and how tables become equations. tests/test_secrets_attack.c attacks larger ones.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "answer/secrets.h"
#include "answer/ties.h"
#include "base/strbuf.h"
#include "tests/suite.h"

/* ---- Tables of one and two dimensions, by hand ---- */

/*
 * A table without totals: rows end with '/'. The test adds totals. What is left has a '-' for each
 * hidden count; without '/' it is one line of cells.
 */
static const struct {
    const char *cells;
    int64_t below;
    const char *left;
} hide_rows[] = {
    {"7 8 9", 5, "7 8 9 24"},  /* nothing is small */
    {"1 8 9", 1, "1 8 9 18"},  /* below 1: nothing is hidden */
    {"0 8 9", 5, "0 8 9 17"},  /* zeros are shown */
    {"2 8 9", 5, "- - 9 19"},  /* the cheaper one goes with it */
    {"2 9 8", 5, "- 9 - 19"},  /* wherever it is */
    {"2 3 9", 5, "- - 9 14"},  /* two small ones are enough */
    {"1 1 9", 5, "- - - 11"},  /* not two ones of a sum of two: both would be 1 */
    {"1 1 1", 5, "- - - -"},   /* three ones of three: nor those, so the total goes too */
    {"2 0 0", 5, "- 0 0 -"},   /* the total is as small */
    {"2", 3, "- -"},           /* 2 or 1 */
    {"2 0 90", 5, "- 0 - 92"}, /* a zero cannot stand for anything */
    {"1 9 8", 2, "- 9 - 18"},  /* below 2 ... */
    {"2 9 8", 2, "- 9 - 19"},  /* ... twos go too */
    {"1 5 6", 3, "- - 6 12"},  /* 1 + 5, 2 + 4, or 4 + 2, 5 + 1 */
    {"2 7 / 20 5", 3, "- - 9 / - - 25 / 22 12 34"},
    {"2 7 6 / 20 5 9 / 8 9 7", 3, "- 7 - 15 / 20 5 9 34 / - 9 - 24 / 30 21 22 73"},
    /* no square of counts around the 2: the way goes by six */
    {"2 8 0 / 0 8 8 / 8 0 8", 3, "- - 0 10 / 0 - - 16 / - 0 - 16 / 10 16 16 42"},
    /* 1 and 1 across: one more and one less of them is no way, a 0 would be shown */
    {"9 1 / 1 9", 3, "- - 10 / - - 10 / 10 10 20"},
    {"1 1 / 1 1", 3, "- - - / - - - / - - -"},
    /* a row whose total is its only count */
    {"2 0 / 0 9", 3, "- 0 - / 0 9 9 / - 9 -"},
};

/* Reads the cells into a table with totals in both dimensions, or in one; returns ndims. */
static size_t
read_table(const char *text, int64_t *values, size_t *npositions)
{
    int64_t cells[64];
    size_t ncells = 0, nrows = 1;
    for (char word[16]; sscanf(text, " %15s", word) == 1;
         text = strstr(text, word) + strlen(word)) {
        if (word[0] == '/') {
            nrows++;
        } else {
            cells[ncells++] = atoll(word);
        }
    }
    size_t ncolumns = ncells / nrows;
    npositions[0] = nrows + 1;
    npositions[1] = ncolumns + 1;
    memset(values, 0, 64 * sizeof *values);
    for (size_t i = 0; i < ncells; i++) {
        size_t row = i / ncolumns, column = i % ncolumns;
        values[row * (ncolumns + 1) + column] += cells[i];
        values[row * (ncolumns + 1) + ncolumns] += cells[i];
        values[nrows * (ncolumns + 1) + column] += cells[i];
        values[nrows * (ncolumns + 1) + ncolumns] += cells[i];
    }
    return nrows == 1 ? 1 : 2;
}

static void
print_left(const struct equations *equations, const struct secrets *secrets, size_t ncolumns,
           struct strbuf *out)
{
    for (size_t i = 0; i < equations->ncounts; i++) {
        strbuf_printf(out, "%s", i == 0 ? "" : i % ncolumns == 0 ? " / " : " ");
        if (secrets->is_hidden[i]) {
            strbuf_printf(out, "-");
        } else {
            strbuf_printf(out, "%lld", (long long) equations->counts[i].value);
        }
    }
}

START_TEST(small_counts_and_complements_are_hidden)
{
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    int64_t values[64];
    size_t npositions[2];
    size_t ndims = read_table(hide_rows[_i].cells, values, npositions);
    size_t first = 2 - ndims; /* a table of one row has the dimension of columns only */
    struct equations_sum sums[2];
    struct equations_dim dims[2];
    for (size_t d = 0; d < 2; d++) {
        sums[d] = equations_total(arena, npositions[d], false);
        dims[d] = (struct equations_dim){npositions[d], &sums[d], 1};
    }
    equations_add_table(equations, dims + first, ndims, values);
    equations_index(equations);
    struct secrets *secrets = secrets_of(equations, hide_rows[_i].below);
    struct strbuf left = {0};
    print_left(equations, secrets, npositions[1], &left);
    ck_assert_str_eq(left.ptr, hide_rows[_i].left);
    ck_assert_uint_eq(secrets->nguessed, 0);
    for (size_t i = 0; i < equations->ncounts; i++) {
        int64_t value = equations->counts[i].value;
        ck_assert_int_eq(secrets->is_hidden[i], secrets->low[i] < secrets->high[i]);
        ck_assert(secrets->low[i] <= value && value <= secrets->high[i]);
    }
    strbuf_fini(&left);
    arena_free(arena);
}
END_TEST

/* ---- Moves ---- */

/* Counts of 2, 7 and 9, x0 + x1 = x2, x2 >= x0; below 3. */
static const struct {
    const char *hidden; /* the numbers of the hidden counts */
    size_t n;
    uint32_t counts[3];
    int64_t steps[3];
    bool is_possible;
} move_rows[] = {
    /* 1 8 | 9 */
    {.hidden = "01", .n = 2, .counts = {0, 1}, .steps = {-1, 1}, .is_possible = true},
    /* 1 7 | 8 */
    {.hidden = "012", .n = 2, .counts = {0, 2}, .steps = {-1, -1}, .is_possible = true},
    /* 7 2 | 9: the other one could be small */
    {.hidden = "01", .n = 2, .counts = {0, 1}, .steps = {5, -5}, .is_possible = true},
    /* 3 6 | 9: nothing would be hidden */
    {.hidden = "01", .n = 2, .counts = {0, 1}, .steps = {1, -1}, .is_possible = false},
    /* 0 9 | 9: the 0 would be shown */
    {.hidden = "01", .n = 2, .counts = {0, 1}, .steps = {-2, 2}, .is_possible = false},
    /* 1 7 | 9: the sum is wrong */
    {.hidden = "01", .n = 1, .counts = {0}, .steps = {-1}, .is_possible = false},
    /* 7 is shown */
    {.hidden = "0", .n = 2, .counts = {0, 1}, .steps = {-1, 1}, .is_possible = false},
    /* nothing changes */
    {.hidden = "01", .n = 2, .counts = {0, 1}, .steps = {0, 0}, .is_possible = false},
    /* nothing at all */
    {.hidden = "01", .n = 0, .counts = {0}, .steps = {0}, .is_possible = false},
    /* 11 1 | 12 */
    {.hidden = "012", .n = 3, .counts = {0, 1, 2}, .steps = {9, -6, 3}, .is_possible = true},
    /* 11 0 | 11 */
    {.hidden = "012", .n = 3, .counts = {0, 1, 2}, .steps = {9, -7, 2}, .is_possible = false},
};

START_TEST(moves_are_held_against_equations_and_rules)
{
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    static const int64_t values[] = {2, 7, 9};
    for (size_t i = 0; i < 3; i++) {
        equations_add_count(equations, (struct equations_count){.value = values[i]});
    }
    equations_begin(equations, EQUATION_EQUAL, 0);
    equations_add_term(equations, 0, 1);
    equations_add_term(equations, 1, 1);
    equations_add_term(equations, 2, -1);
    equations_begin(equations, EQUATION_AT_LEAST, 0);
    equations_add_term(equations, 2, 1);
    equations_add_term(equations, 0, -1);
    equations_index(equations);
    bool is_hidden[3] = {false};
    for (const char *digit = move_rows[_i].hidden; *digit; digit++) {
        is_hidden[*digit - '0'] = true;
    }
    struct move move = {move_rows[_i].n, arena_array(arena, 3, sizeof(uint32_t)),
                        arena_array(arena, 3, sizeof(int64_t))};
    memcpy(move.counts, move_rows[_i].counts, sizeof move_rows[_i].counts);
    memcpy(move.steps, move_rows[_i].steps, sizeof move_rows[_i].steps);
    int64_t sums[2] = {0, 0};
    ck_assert_int_eq(move_is_possible(equations, 3, is_hidden, &move, sums),
                     move_rows[_i].is_possible);
    ck_assert_int_eq(sums[0], 0);
    ck_assert_int_eq(sums[1], 0);
    arena_free(arena);
}
END_TEST

/* ---- Ties ---- */

/* Equations of counts x0 to x5, all of coefficient 1; "<" begins an inequality. */
static const struct {
    const char *equations, *change, *tied;
} tie_rows[] = {
    {"01 23 0123", "0123", "01"}, /* the third says nothing new */
    {"01 23 0123", "2013", "23"},
    {"0123", "0123", "0123"},
    {"0123", "02", "02"},          /* only what changes counts */
    {"01 12 23", "3210", "0123"},  /* by the equations between them */
    {"01 23 <12", "0123", "0123"}, /* or an inequality */
    {"01 23 45 0145", "0123", "01"},
    {"012 034 0135", "012345", "012345"},
    {"01", "5", "5"},
};

START_TEST(changes_are_cut_to_what_is_tied)
{
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    for (size_t i = 0; i < 6; i++) {
        equations_add_count(equations, (struct equations_count){.value = 1});
    }
    enum equation_kind kind = EQUATION_EQUAL;
    for (const char *at = tie_rows[_i].equations, *before = " "; *at; before = at++) {
        if (*at == '<') {
            kind = EQUATION_AT_LEAST;
        } else if (*at != ' ') {
            if (*before == ' ' || *before == '<') {
                equations_begin(equations, kind, 0);
                kind = EQUATION_EQUAL;
            }
            equations_add_term(equations, (uint32_t) (*at - '0'), 1);
        }
    }
    equations_index(equations);
    struct ties *ties = ties_new(arena, equations);
    for (int round = 0; round < 2; round++) { /* nothing is left of the first */
        uint32_t counts[6];
        size_t n = strlen(tie_rows[_i].change);
        for (size_t i = 0; i < n; i++) {
            counts[i] = (uint32_t) (tie_rows[_i].change[i] - '0');
        }
        n = ties_cut(ties, counts, n);
        ck_assert_uint_eq(n, strlen(tie_rows[_i].tied));
        for (size_t i = 0; i < n; i++) {
            ck_assert(strchr(tie_rows[_i].tied, (char) ('0' + counts[i])) != NULL);
        }
    }
    arena_free(arena);
}
END_TEST

/* ---- Equations ---- */

static void
print_equations(const struct equations *equations, struct strbuf *out)
{
    for (size_t e = 0; e < equations->n; e++) {
        const struct equation *equation = &equations->list[e];
        for (size_t i = equation->first; i < equation->first + equation->nterms; i++) {
            struct equation_term term = equations->terms[i];
            strbuf_printf(out, "%sx%u ", term.coef > 0 ? "+" : "-", term.count);
        }
        strbuf_printf(out, "%s %lld\n", equation->kind == EQUATION_EQUAL ? "=" : ">=",
                      (long long) equation->constant);
    }
}

START_TEST(tables_become_equations)
{
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    /* a, b, net(a,b), total by x, y, any: x and y overlap */
    static const int64_t values[12] = {1, 2, 2, 3, 4, 6, 4, 6, 8, 4, 6, 8};
    static const size_t members[] = {0, 1};
    struct equations_sum by_row[] = {{.whole = 2, .parts = members, .nparts = 2},
                                     {.whole = 3, .parts = members, .nparts = 2}};
    struct equations_sum by_column = equations_total(arena, 3, true);
    struct equations_dim dims[] = {{4, by_row, 2}, {3, &by_column, 1}};
    ck_assert_uint_eq(equations_add_table(equations, dims, 2, values), 0);
    struct strbuf text = {0};
    print_equations(equations, &text);
    ck_assert_str_eq(text.ptr, "+x2 -x0 >= 0\n+x2 -x1 >= 0\n+x0 +x1 -x2 >= 0\n"
                               "+x5 -x3 >= 0\n+x5 -x4 >= 0\n+x3 +x4 -x5 >= 0\n"
                               "+x8 -x6 >= 0\n+x8 -x7 >= 0\n+x6 +x7 -x8 >= 0\n"
                               "+x11 -x9 >= 0\n+x11 -x10 >= 0\n+x9 +x10 -x11 >= 0\n"
                               "+x0 +x3 -x6 = 0\n+x0 +x3 -x9 = 0\n"
                               "+x1 +x4 -x7 = 0\n+x1 +x4 -x10 = 0\n"
                               "+x2 +x5 -x8 = 0\n+x2 +x5 -x11 = 0\n");
    ck_assert(equations_hold(equations));
    ck_assert_int_eq(equations_slack(equations, 2), 1);
    equations->counts[11].value++;
    ck_assert(!equations_hold(equations));
    /* the second table's counts follow; an open whole is not bounded by its parts */
    by_column.is_open = true;
    size_t nbefore = equations->n;
    ck_assert_uint_eq(equations_add_table(equations, &dims[1], 1, values), 12);
    ck_assert_uint_eq(equations->n, nbefore + 2);
    /* totals cost more than cells, large counts more than small ones */
    ck_assert_uint_gt(equations->counts[11].cost, equations->counts[10].cost);
    ck_assert_uint_gt(equations_cost(100, 1), equations_cost(100, 0));
    for (int64_t value = 0; value < 100; value++) {
        ck_assert_uint_ge(equations_cost(value + 1, 0), equations_cost(value, 0));
        ck_assert_uint_gt(equations_cost(2 * value + 1, 0), equations_cost(value, 0));
    }
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

/* ---- Other systems ---- */

/* What is told by an equation alone stays guessed; what is linked to it is hidden as well. */
START_TEST(a_constant_can_tell_a_count)
{
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    static const struct equations_count counts[] = {{.value = 2, .cost = 30},
                                                    {.value = 9, .cost = 50},
                                                    {.value = 11, .cost = 60},
                                                    {.value = 4, .cost = 40, .is_known = true},
                                                    {.value = 7, .cost = 50}};
    for (size_t i = 0; i < 5; i++) {
        equations_add_count(equations, counts[i]);
    }
    equations_begin(equations, EQUATION_EQUAL, 5); /* x0 + 3 = 5 */
    equations_add_term(equations, 0, 1);
    equations->list[0].constant = 2;
    equations_begin(equations, EQUATION_EQUAL, 0); /* x0 + x1 = x2 */
    equations_add_term(equations, 0, 1);
    equations_add_term(equations, 1, 1);
    equations_add_term(equations, 2, -1);
    equations_index(equations);
    struct secrets *secrets = secrets_of(equations, 5);
    ck_assert_uint_eq(secrets->nguessed, 3);
    ck_assert_uint_eq(secrets->nsmall, 1); /* x3 is known: it is neither small nor hidden */
    ck_assert_uint_eq(secrets->ncomplements, 2);
    ck_assert(!secrets->is_hidden[3] && !secrets->is_hidden[4]);
    ck_assert_int_eq(secrets->low[0], 2);
    ck_assert_int_eq(secrets->high[0], 2);
    arena_free(arena);
}
END_TEST

/*
 * What nobody sees may become 0 and is no secret; what is secret for another reason is hidden, and
 * is why others are.
 */
START_TEST(counts_can_be_unseen_or_secret)
{
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    static const struct equations_count counts[] = {
        {.value = 1, .is_unseen = true}, {.value = 8, .is_unseen = true},
        {.value = 9, .cost = 50},        {.value = 20, .cost = 60, .is_secret = true},
        {.value = 30, .cost = 70},       {.value = 50, .cost = 90}};
    for (size_t i = 0; i < 6; i++) {
        equations_add_count(equations, counts[i]);
    }
    equations_begin(equations, EQUATION_EQUAL, 0); /* x0 + x1 = x2: a net of two keys */
    equations_add_term(equations, 0, 1);
    equations_add_term(equations, 1, 1);
    equations_add_term(equations, 2, -1);
    equations_begin(equations, EQUATION_EQUAL, 0); /* x3 + x4 = x5 */
    equations_add_term(equations, 3, 1);
    equations_add_term(equations, 4, 1);
    equations_add_term(equations, 5, -1);
    equations_index(equations);
    struct secrets *secrets = secrets_of(equations, 5);
    ck_assert(!secrets->is_hidden[2] && secrets->is_hidden[3] && secrets->is_hidden[4] &&
              !secrets->is_hidden[5]);
    ck_assert_uint_eq(secrets->nsmall, 1);
    ck_assert_uint_eq(secrets->ncomplements, 1);
    ck_assert_uint_eq(secrets->nguessed, 0);
    bool is_hidden[6] = {true, true};
    int64_t sums[2] = {0, 0}, steps[2] = {-1, 1};
    struct move move = {2, (uint32_t[]){0, 1}, steps};
    ck_assert(
        !move_is_possible(equations, 5, is_hidden, &move, sums)); /* nothing is hidden by it */
    arena_free(arena);
}
END_TEST

/* A small base, and many tables of one number: all of them change with it. */
START_TEST(one_count_can_change_many)
{
    struct arena *arena = arena_new();
    struct equations *equations = equations_new(arena);
    uint32_t base =
        equations_add_count(equations, (struct equations_count){.value = 2, .cost = 100});
    for (size_t i = 0; i < 1000; i++) {
        uint32_t total =
            equations_add_count(equations, (struct equations_count){.value = 2, .cost = 90});
        equations_add_count(equations, (struct equations_count){.value = 0, .cost = 0});
        equations_begin(equations, EQUATION_EQUAL, 0);
        equations_add_term(equations, base, 1);
        equations_add_term(equations, total, -1);
        equations_add_term(equations, total + 1, -1);
    }
    equations_index(equations);
    struct secrets *secrets = secrets_of(equations, 3);
    ck_assert_uint_eq(secrets->nguessed, 0);
    ck_assert_uint_eq(secrets->nsmall, 1001);
    ck_assert_uint_eq(secrets->ncomplements, 0);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("secrets");
    TCase *tcase = tcase_create("secrets");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, small_counts_and_complements_are_hidden, 0,
                        sizeof hide_rows / sizeof *hide_rows);
    tcase_add_loop_test(tcase, moves_are_held_against_equations_and_rules, 0,
                        sizeof move_rows / sizeof *move_rows);
    tcase_add_loop_test(tcase, changes_are_cut_to_what_is_tied, 0,
                        sizeof tie_rows / sizeof *tie_rows);
    tcase_add_test(tcase, tables_become_equations);
    tcase_add_test(tcase, a_constant_can_tell_a_count);
    tcase_add_test(tcase, counts_can_be_unseen_or_secret);
    tcase_add_test(tcase, one_count_can_change_many);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
