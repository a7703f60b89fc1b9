/*
 * answer/fold, answer/scales: counts by value become sums; sums of different scales add up.
 */
#include <check.h>

#include "answer/fold.h"
#include "answer/merge.h"
#include "tests/partial_text.h"
#include "tests/suite.h"

enum { ALL_PARTS = FOLD_SUM | FOLD_SQUARES | FOLD_BOUNDS };

static void
ck_assert_printed(const struct partial *partial, const char *expected)
{
    struct strbuf text;
    strbuf_init(&text);
    partial_print(partial, &text);
    ck_assert_str_eq(text.ptr, expected);
    strbuf_fini(&text);
}

#define V true, false
#define W false, true
#define VW true, true

/* folded: as printed; or what the message of LIMIT has. */
static const struct {
    const char *raw;
    bool has_value, has_weight;
    unsigned parts;
    const char *folded;
} fold_rows[] = {
    {"2 x {800,1200.5} | 0:2 1:1 2:1", V, FOLD_SUM, "2 | 0:3,28005 1:1,8000 | scales 1,0"},
    {"2 x {800,1200.5} | 0:2 1:1 2:1", V, FOLD_BOUNDS,
     "2 | 0:3,8000,12005 1:1,8000,8000 | scales 1,0"},
    {"{-3,2} | 0:2 1:1", V, ALL_PARTS, "| 0:3,-4,22,-3,2 | scales 0,0"},
    /* what is no number is dropped, and so is a cell that has nothing else; its decimals stay */
    {"3 x {-1,2,n/a} | 0:1 2:9 5:3 7:1", V, FOLD_SUM, "3 | 0:1,-1 2:1,2 | scales 0,0"},
    {"3 x {n/a} | 0:1 2:9", V, ALL_PARTS, "3 | | scales 0,0"},
    {"{x,y} x {0.25} | 1:4", V, FOLD_SUM, "{x,y} | 1:4,100 | scales 2,0"},
    /* the decimals of a value that no cell has do not count */
    {"{0.001,1} | 1:4", V, FOLD_SUM, "| 0:4,4 | scales 0,0"},
    /* weights */
    {"2 x {-1,0,0.5,2,x} | 0:9 1:9 2:2 3:1 4:9 5:1", W, 0, "2 | 0:3,30,450 | scales 0,1"},
    {"{800,1200.5} x {1,2} | 0:2 3:1", VW, ALL_PARTS,
     "| 0:3,4,6,40010,416240050,8000,12005 | scales 1,0"},
    {"{1,x} x {0,0.5} | 0:7 1:2 2:7 3:7", VW, FOLD_SUM, "| 0:2,10,50,10 | scales 0,1"},
    /* what occurs with a wrong weight alone has no say in the decimals */
    {"{0.125,1} x {0,1} | 0:7 3:2", VW, FOLD_SUM, "| 0:2,2,2,2 | scales 0,0"},
    /* 128 bits, and 256 of squares */
    {"{-170141183460469231731687303715884105728,170141183460469231731687303715884105727} | 0:1 1:1",
     V, ALL_PARTS,
     "| 0:2,-1,57896044618658097711785492504343953926294709965899343556265417396524796608513,"
     "-170141183460469231731687303715884105728,170141183460469231731687303715884105727 | scales "
     "0,0"},
    {"{170141183460469231731687303715884105727} | 0:2", V, FOLD_SUM,
     "with the value '170141183460469231731687303715884105727' a sum has more bits"},
    {"{170141183460469231731687303715884105728} | 0:1", V, FOLD_BOUNDS,
     "the value '170141183460469231731687303715884105728' with 0 decimals"},
    {"{0.5,99999999999999999999999999999999999999} | 0:1 1:1", V, FOLD_BOUNDS,
     "the value '99999999999999999999999999999999999999' with 1 decimals"},
    {"{0.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000001} | 0:1",
     V, FOLD_SUM, "has more than 100 decimals"},
    /* more than 64 bits on the way, and back */
    {"{-9223372036854775807,9223372036854775807} | 0:1000 1:1000", V, FOLD_SQUARES,
     "| 0:2000,170141183460469231694793815568465002498000 | scales 0,0"},
};

START_TEST(cells_fold)
{
    struct arena *arena = arena_new();
    struct bound_grid grid = {.has_value = fold_rows[_i].has_value,
                              .has_weight = fold_rows[_i].has_weight,
                              .is_folded = true,
                              .parts = fold_rows[_i].parts};
    struct error err = {"", ""};
    struct partial *folded;
    if (fold_partial(arena, &grid, partial_of_text(arena, fold_rows[_i].raw), &folded, &err)) {
        ck_assert_printed(folded, fold_rows[_i].folded);
    } else {
        ck_assert_str_eq(err.code, "LIMIT");
        ck_assert_msg(strstr(err.message, fold_rows[_i].folded) != NULL, "%s", err.message);
    }
    arena_free(arena);
}
END_TEST

/* The parts of a grid with values (and weights); merged, in both orders. */
static const struct {
    const char *raw[2];
    bool has_value, has_weight;
    unsigned parts;
    const char *merged;
} merge_rows[] = {
    {{"{800,1200.5} | 0:2 1:1", "{1.125} | 0:1"},
     V,
     ALL_PARTS,
     "| 0:4,2801625,2721201515625,1125,1200500 | scales 3,0"},
    {{"{a} x {1} | 0:1", "{a,b} x {0.5} | 0:1 1:1"},
     V,
     FOLD_SUM,
     "{a,b} | 0:2,15 1:1,5 | scales 1,0"},
    {{"{1} x {1} | 0:1", "{0.5} x {0.25} | 0:1"},
     VW,
     FOLD_SUM | FOLD_SQUARES,
     "| 0:2,125,10625,1125,10625 | scales 1,2"},
    {{"{1,x} x {1} | 1:1", "{0.5} x {0.25} | 0:1"}, VW, FOLD_SUM, "| 0:1,25,625,125 | scales 1,2"},
    {{"{170141183460469231731687303715884105727} | 0:1", "{0.5} | 0:1"},
     V,
     FOLD_SUM,
     "a sum of 'v' with as many decimals as other values have has too many digits"},
    {{"{170141183460469231731687303715884105727} | 0:1", "{1} | 0:1"},
     V,
     FOLD_SUM,
     "a sum of 'v' has more bits"},
};

START_TEST(folded_parts_merge)
{
    struct arena *arena = arena_new();
    struct bound_grid grid = {.has_value = merge_rows[_i].has_value,
                              .has_weight = merge_rows[_i].has_weight,
                              .is_folded = true,
                              .parts = merge_rows[_i].parts};
    for (int first = 0; first < 2; first++) {
        const struct partial *parts[2];
        struct error err = {"", ""};
        struct partial *folded, *sum;
        for (int i = 0; i < 2; i++) {
            const char *text = merge_rows[_i].raw[i ^ first];
            ck_assert(fold_partial(arena, &grid, partial_of_text(arena, text), &folded, &err));
            parts[i] = folded;
        }
        if (partial_merge(arena, parts, 2, 0, slice_lit("v"), &sum, &err)) {
            ck_assert_printed(sum, merge_rows[_i].merged);
        } else {
            ck_assert_str_eq(err.code, "LIMIT");
            ck_assert_msg(strstr(err.message, merge_rows[_i].merged) != NULL, "%s", err.message);
        }
    }
    arena_free(arena);
}
END_TEST

START_TEST(others_do_not_merge)
{
    struct arena *arena = arena_new();
    struct bound_grid grid = {.has_value = true, .is_folded = true, .parts = FOLD_SUM};
    struct bound_grid squares = {.has_value = true, .is_folded = true, .parts = FOLD_SQUARES};
    struct partial *sum, *of_sums, *of_squares, *raw = partial_of_text(arena, "{1} | 0:1");
    struct error err = {"", ""};
    ck_assert(fold_partial(arena, &grid, raw, &of_sums, &err));
    ck_assert(fold_partial(arena, &squares, raw, &of_squares, &err));
    const struct partial *parts[] = {of_sums, of_squares},
                         *counts[] = {of_sums, partial_of_text(arena, "| 0:1")};
    ck_assert(!partial_merge(arena, parts, 2, 0, slice_lit("v"), &sum, &err));
    ck_assert(!partial_merge(arena, counts, 2, 0, slice_lit("v"), &sum, &err));
    ck_assert_str_eq(err.code, "SHARDDOWN");
    arena_free(arena);
}
END_TEST

START_TEST(vector_has_its_layout)
{
    struct bound_grid grid = {.has_value = true, .has_weight = true, .parts = ALL_PARTS};
    static const size_t OFFSETS[FOLDED_NNUMBERS] = {0, 1, 3, 7, 11, 15, 17};
    struct fold_layout layout = fold_layout_of(&grid);
    ck_assert_uint_eq(layout.nwords, 19);
    for (size_t i = 0; i < FOLDED_NNUMBERS; i++) {
        ck_assert_uint_eq(fold_offset(&grid, (enum fold_number) i), OFFSETS[i]);
    }
    grid.has_weight = false;
    grid.parts = FOLD_BOUNDS;
    ck_assert_uint_eq(fold_offset(&grid, FOLDED_LEAST), 1);
    ck_assert_uint_eq(fold_offset(&grid, FOLDED_SUM), FOLD_ABSENT);
    ck_assert_uint_eq(fold_offset(&grid, FOLDED_WEIGHTS), FOLD_ABSENT);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fold");
    TCase *tcase = tcase_create("fold");
    tcase_add_loop_test(tcase, cells_fold, 0, sizeof fold_rows / sizeof *fold_rows);
    tcase_add_loop_test(tcase, folded_parts_merge, 0, sizeof merge_rows / sizeof *merge_rows);
    tcase_add_test(tcase, others_do_not_merge);
    tcase_add_test(tcase, vector_has_its_layout);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
