/*
 * Letters of columns that differ, as R's prop.test and p.adjust have them, and as a program
 * after CTABLES has printed them; levels just above and below an
 * adjusted p; bases of their own, weights, limits.
 */
#include <string.h>

#include "answer/column_letters.h"
#include "tests/suite.h"

struct row {
    const char *name;
    size_t nrows, ncols;
    const long double *cells, *bases;
    double alpha;
    const char *const *letters; /* by cell */
};

#define CELLS(...) ((const long double[]){__VA_ARGS__})
#define EXPECTED(...) ((const char *const[]){__VA_ARGS__})
#define LETTERS(...) {__VA_ARGS__},

static const struct row rows[] = {
#include "tests/data/statistics/column_letters.inc"
};

/* The letters of a cell that a published answer says nothing of. */
#define NOT_TOLD NULL

static const struct row published[] = {
#include "tests/data/statistics/published_letters.inc"
};

/* Compares all letters with those expected. */
static void
check_letters(const struct row *row, const struct observed *observed,
              const struct column_options *options)
{
    struct arena *arena = arena_new();
    struct error err = {0};
    struct margins margins = margins_of(arena, observed);
    struct column_test test;
    ck_assert(column_test_init(&test, arena, observed, &margins, options, &err));
    struct letters sets[LETTER_COLUMNS_MOST];
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < row->nrows; i++) {
        column_test_row(&test, i, sets);
        for (size_t j = 0; j < row->ncols; j++) {
            strbuf_clear(&text);
            letters_print(&sets[j], &text);
            const char *expected = row->letters[i * row->ncols + j];
            ck_assert_msg(expected == NOT_TOLD ||
                              slice_equal(strbuf_slice(&text), slice_str(expected)),
                          "%s: row %zu column %zu: '%.*s', not '%s' (alpha %.17g)", row->name, i, j,
                          SLICE_ARG(strbuf_slice(&text)), expected, row->alpha);
        }
    }
    strbuf_fini(&text);
    arena_free(arena);
}

START_TEST(letters_agree_with_r)
{
    const struct row *row = &rows[_i];
    struct observed observed = {
        .nrows = row->nrows, .ncols = row->ncols, .cells = row->cells, .scale = 1};
    check_letters(row, &observed,
                  &(struct column_options){.alpha = row->alpha, .bases = row->bases});
}
END_TEST

START_TEST(letters_are_those_published)
{
    const struct row *row = &published[_i];
    struct observed observed = {
        .nrows = row->nrows, .ncols = row->ncols, .cells = row->cells, .scale = 1};
    check_letters(row, &observed,
                  &(struct column_options){.alpha = row->alpha, .bases = row->bases});
}
END_TEST

/* Weights of 8 with a scale of 1/8, for the table or for each column, are as no weights. */
START_TEST(weights_are_scaled)
{
    const struct row *row = &rows[_i];
    struct arena *arena = arena_new();
    size_t ncells = row->nrows * row->ncols;
    long double *cells = arena_array(arena, ncells, sizeof *cells);
    long double *bases = arena_array(arena, row->ncols, sizeof *bases);
    double *scales = arena_array(arena, row->ncols, sizeof *scales);
    for (size_t i = 0; i < ncells; i++) {
        cells[i] = row->cells[i] * 8;
    }
    for (size_t j = 0; j < row->ncols; j++) {
        bases[j] = row->bases ? row->bases[j] * 8 : 0;
        scales[j] = 0.125;
    }
    struct observed observed = {row->nrows, row->ncols, cells, .weighted = true, .scale = 0.125};
    struct column_options options = {.alpha = row->alpha, .bases = row->bases ? bases : NULL};
    check_letters(row, &observed, &options);
    observed.scale = 77; /* not used */
    options.scales = scales;
    check_letters(row, &observed, &options);
    arena_free(arena);
}
END_TEST

/* Shares of 0.5 and 0.7 of 100 each: z = 2.887, p = 0.00389. In the other row 0.2 and 0.1. */
START_TEST(what_is_compared)
{
    static const struct {
        const char *name;
        long double cells[3], bases[3];
        double scales[3], alpha;
        const char *letters[3];
    } some[] = {
        {"two", {50, 70, 0}, {100, 100, 0}, {1, 1, 1}, 0.05, {"", "A", ""}},
        {"p above alpha", {50, 70, 0}, {100, 100, 0}, {1, 1, 1}, 0.0038, {"", "", ""}},
        {"p below alpha", {50, 70, 0}, {100, 100, 0}, {1, 1, 1}, 0.0039, {"", "A", ""}},
        {"a column more, three pairs",
         {50, 70, 60},
         {100, 100, 100},
         {1, 1, 1},
         0.0039,
         {"", "", ""}},
        {"three pairs", {50, 70, 60}, {100, 100, 100}, {1, 1, 1}, 0.0117, {"", "A", ""}},
        {"a share of 0 is no pair", {50, 70, 0}, {100, 100, 100}, {1, 1, 1}, 0.0039, {"", "A", ""}},
        {"a share of 1 is no pair", {50, 70, 9}, {100, 100, 9}, {1, 1, 1}, 0.0039, {"", "A", ""}},
        {"a base under 2 is no pair",
         {50, 70, 1},
         {100, 100, 1.5L},
         {1, 1, 1},
         0.0039,
         {"", "A", ""}},
        {"a base of 2 is one", {50, 70, 1}, {100, 100, 2}, {1, 1, 1}, 0.0039, {"", "", ""}},
        {"a base of 2, three pairs", {50, 70, 1}, {100, 100, 2}, {1, 1, 1}, 0.0117, {"", "A", ""}},
        {"scaled under 2", {50, 70, 1}, {100, 100, 2}, {1, 1, 0.9}, 0.0039, {"", "A", ""}},
        {"the first is larger", {70, 50, 0}, {100, 100, 0}, {1, 1, 1}, 0.05, {"B", "", ""}},
        {"two smaller", {70, 20, 30}, {100, 100, 100}, {1, 1, 1}, 0.05, {"B C", "", ""}},
        {"effective bases", {50, 70, 0}, {100, 100, 0}, {0.4, 0.4, 1}, 0.05, {"", "", ""}},
        {"one effective base", {50, 70, 0}, {100, 100, 0}, {0.4, 1, 1}, 0.05, {"", "A", ""}},
        {"huge",
         {4e18L, 4e18L + 4e9L, 0},
         {8e18L, 8e18L, 0},
         {1, 1, 1},
         0.05,
         {"", "A", ""}}, /* z = 2 */
        {"huge, nearer",
         {4e18L, 4e18L + 3e9L, 0},
         {8e18L, 8e18L, 0},
         {1, 1, 1},
         0.05,
         {"", "", ""}},
        {"alike", {50, 500, 5}, {100, 1000, 10}, {1, 1, 1}, 0.999, {"", "", ""}},
        {"nothing", {0}, {0}, {1, 1, 1}, 0.05, {"", "", ""}},
    };
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        struct row row = {some[i].name,   1, 3, some[i].cells, some[i].bases, some[i].alpha,
                          some[i].letters};
        struct observed observed = {1, 3, some[i].cells, true, 1};
        struct column_options options = {some[i].alpha, some[i].bases, some[i].scales};
        check_letters(&row, &observed, &options);
    }
}
END_TEST

START_TEST(columns_have_a_limit)
{
    struct arena *arena = arena_new();
    struct error err = {0};
    static long double cells[2 * (LETTER_COLUMNS_MOST + 1)];
    struct observed observed = {2, LETTER_COLUMNS_MOST + 1, cells, false, 1};
    struct margins margins = margins_of(arena, &observed);
    struct column_options options = {.alpha = 0.05};
    struct column_test test;
    ck_assert(!column_test_init(&test, arena, &observed, &margins, &options, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_str_eq(err.message, "TEST COLUMNS compares at most 100 columns, and there are 101");
    arena_free(arena);
}
END_TEST

START_TEST(columns_have_letters)
{
    static const struct {
        size_t column;
        const char *letter;
    } names[] = {{0, "A"},   {1, "B"},   {25, "Z"},  {26, "AA"}, {27, "AB"},
                 {51, "AZ"}, {52, "BA"}, {77, "BZ"}, {78, "CA"}, {99, "CV"}};
    char text[COLUMN_LETTER_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_str_eq(column_letter(text, names[i].column), names[i].letter);
    }
}
END_TEST

int
main(void)
{
    enum { NROWS = sizeof rows / sizeof *rows, NPUBLISHED = sizeof published / sizeof *published };
    Suite *suite = suite_create("column_letters");
    TCase *tcase = tcase_create("column_letters");
    tcase_add_loop_test(tcase, letters_agree_with_r, 0, NROWS);
    tcase_add_loop_test(tcase, letters_are_those_published, 0, NPUBLISHED);
    tcase_add_loop_test(tcase, weights_are_scaled, 0, NROWS);
    tcase_add_test(tcase, what_is_compared);
    tcase_add_test(tcase, columns_have_a_limit);
    tcase_add_test(tcase, columns_have_letters);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
