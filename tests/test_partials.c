/*
 * answer/partials: one partial for each grid, as bytes and back; wide numbers in bytes.
 */
#include <check.h>

#include "answer/fold.h"
#include "answer/partials.h"
#include "tests/decoding.h"
#include "tests/partial_text.h"
#include "tests/suite.h"

enum { GRIDS_MOST = 3 };

/* Grids of counts; one that begins with + is folded, with a value. */
static const struct {
    const char *grids[GRIDS_MOST];
    const char *magic, *printed;
} partials_rows[] = {
    {{"| 0:3"}, "Q2", "| 0:3"},
    {{"{x,y} x 2 | 0:2 3:1 | base 4"}, "Q2", "{x,y} x 2 | 0:2 3:1 | base 4"},
    {{"+2 x {1,2} | 0:2 3:1"}, "Q3", "2 | 0:2,2,2,1,1 1:1,2,4,2,2 | scales 0,0"},
    {{"2 | 0:2", "| 0:7"}, "Q3", "2 | 0:2; | 0:7"},
    {{"{b} | 0:2", "+{b} x {-2.5,x} | 0:1 1:1", "|"},
     "Q3",
     "{b} | 0:2; {b} | 0:1,-25,625,-25,-25 | scales 1,0; |"},
    /* few cells of many: sparse; wide numbers of all lengths */
    {{"+1000 x {-170141183460469231731687303715884105728,-128,-129,0,127,128} | 1:1 3002:1 4005:1 "
      "4210:1 4216:1"},
     "Q3",
     "1000 | 0:1,-128,16384,-128,-128 500:1,-129,16641,-129,-129 667:1,0,0,0,0 701:1,127,16129,127,"
     "127 702:1,127,16129,127,127 | scales 0,0"},
};

static struct partials *
partials_of(struct arena *arena, const char *const *grids)
{
    struct bound_grid grid = {
        .has_value = true, .is_folded = true, .parts = FOLD_SUM | FOLD_SQUARES | FOLD_BOUNDS};
    struct partials *partials = partials_new(arena, GRIDS_MOST);
    struct error err = {"", ""};
    partials->n = 0;
    for (size_t i = 0; i < GRIDS_MOST && grids[i]; i++) {
        struct partial **item = &partials->items[partials->n++];
        if (grids[i][0] != '+') {
            *item = partial_of_text(arena, grids[i]);
        } else {
            struct partial *raw = partial_of_text(arena, grids[i] + 1);
            ck_assert_msg(fold_partial(arena, &grid, raw, item, &err), "%s", err.message);
        }
    }
    return partials;
}

static void
ck_assert_printed(const struct partials *partials, const char *expected)
{
    struct strbuf text;
    strbuf_init(&text);
    partials_print(partials, &text);
    ck_assert_str_eq(text.ptr, expected);
    strbuf_fini(&text);
}

static bool
decodes(struct arena *arena, struct slice bytes, struct error *err)
{
    struct partials *decoded;
    return partials_decode(arena, bytes, &decoded, err);
}

START_TEST(partials_survive_their_bytes)
{
    struct arena *arena = arena_new();
    struct partials *decoded, *partials = partials_of(arena, partials_rows[_i].grids);
    struct error err = {"", ""};
    struct strbuf bytes;
    strbuf_init(&bytes);
    partials_encode(partials, &bytes);
    ck_assert(slice_starts_with(strbuf_slice(&bytes), slice_str(partials_rows[_i].magic)));
    ck_assert_msg(partials_decode(arena, strbuf_slice(&bytes), &decoded, &err), "%s", err.message);
    ck_assert_printed(decoded, partials_rows[_i].printed);
    ck_assert_whole_only(decodes, strbuf_slice(&bytes));
    strbuf_fini(&bytes);
    arena_free(arena);
}
END_TEST

/* Numbers of every length, of both signs: dense (a cell each), and sparse (every thousandth). */
START_TEST(wide_numbers_survive)
{
    enum { NCELLS = 253 };
    struct arena *arena = arena_new();
    const size_t step = _i ? 1000 : 1;
    struct partial_dim dim = {.npositions = NCELLS * step};
    static const unsigned char KINDS[] = {MEASURE_COUNT, MEASURE_SUM256, MEASURE_CONTINUED,
                                          MEASURE_CONTINUED, MEASURE_CONTINUED};
    struct partial_scales scales = {.value = 3, .value_powers = {0, 2}};
    struct partial partial = {
        .ndims = 1, .dims = &dim, .ncells = dim.npositions, .scales = &scales};
    partial.cells = cell_list_new(arena, KINDS, sizeof KINDS, NCELLS, true);
    struct wide n = wide_of_int128(_i == 2 ? -3 : 3);
    for (size_t i = 0; i < NCELLS; i++) {
        partial.cells.values[i * sizeof KINDS] = 1;
        cell_list_index(&partial.cells, i * step);
        if (i % 7 == 3) {
            memset(partial.cells.states + i * sizeof KINDS + 1, CELL_ABSENT, 4);
        } else {
            ck_assert(words_set(partial.cells.values + i * sizeof KINDS + 1, 4, n));
        }
        ck_assert(i + 1 == NCELLS || wide_add(n, n, &n));
    }
    struct strbuf bytes, text;
    strbuf_init(&bytes);
    strbuf_init(&text);
    struct partials *decoded, all = {1, (struct partial *[]){&partial}};
    struct error err = {"", ""};
    partials_encode(&all, &bytes);
    ck_assert_msg(partials_decode(arena, strbuf_slice(&bytes), &decoded, &err), "%s", err.message);
    partials_print(&all, &text);
    ck_assert_printed(decoded, text.ptr);
    ck_assert(!scale_of(decoded->items[0]->scales, 0));
    ck_assert_uint_eq(scale_of(decoded->items[0]->scales, 1), 6);
    ck_assert_int_eq(cell_state(&decoded->items[0]->cells, 3, 4), CELL_ABSENT);
    strbuf_fini(&bytes);
    strbuf_fini(&text);
    arena_free(arena);
}
END_TEST

/* "Q2" flags 8, two words and one more ... */
START_TEST(malformed_bytes_are_refused)
{
    static const struct bytes_case cases[] = {
        {BYTES("Q3")},                                        /* no number */
        {BYTES("Q3\2\6Q2\0\1\0\0")},                          /* one of two */
        {BYTES("Q3\1\3Q2\0")},                                /* no partial */
        {BYTES("Q3\377\377\377\377\377\377\377\377\177")},    /* more than there are bytes */
        {BYTES("Q4\1\3Q2\0")},                                /* another version */
        {BYTES("Q2\0\2\0\4\0\1\0\1\0")},                      /* SUM128 of one word */
        {BYTES("Q2\0\2\0\10\0\1\0\1\0")},                     /* a further word of the count */
        {BYTES("Q2\0\4\0\4\10\10\0\1\0\1\0")},                /* SUM128 of three words */
        {BYTES("Q2\0\3\0\4\10\0\1\0\1\21aaaaaaaaaaaaaaaaa")}, /* 17 bytes for two words */
        {BYTES("Q2\10\3\0\4\10\145\0\0\1\0\0\1\0\1\0")},      /* 101 decimals */
        {BYTES("Q2\10\3\0\4\10\0\145\0\1\0\0\1\0\1\0")},      /* 101 decimals of the weight */
        {BYTES("Q2\10\3\0\4\10\0\0\0\3\0\0\1\0\1\0")},        /* cubes */
        {BYTES("Q2\10\3\0\4\10\0\0\0\1\1\0\1\0\1\0")},        /* decimals of a further word */
        {BYTES("Q2\10\3\0\4\10\0\0\1\1\0\0\1\0\1\0")},        /* decimals of the count */
        {BYTES("Q2\0\5\0\5\10\10\10\0\1\0\1\40"
               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\200")}, /* -2^255 */
    };
    ck_assert_all_refused(decodes, cases, sizeof cases / sizeof *cases);
}
END_TEST

START_TEST(other_versions_are_known)
{
    ck_assert(partials_are_other_version(slice_lit("Q1\1")));
    ck_assert(partials_are_other_version(slice_lit("Q4")));
    ck_assert(!partials_are_other_version(slice_lit("Q3\1")));
    ck_assert(!partials_are_other_version(slice_lit("Q2\1")));
    ck_assert(!partials_are_other_version(slice_lit("x3")));
}
END_TEST

/* A query of the dims a (open), b (two positions), x (open): counts of a, b and sums of x by b. */
START_TEST(shape_is_checked)
{
    static const struct {
        const char *grids[GRIDS_MOST];
        bool fit;
    } rows[] = {
        {{"{v} x 2 | 0:1", "+2 x {1} | 0:1"}, true},
        {{"{} x 2 |", "+2 x {} |"}, true},
        {{"{v} x 2 | 0:1"}, false},
        {{"{v} x 2 | 0:1", "+2 x {1} | 0:1", "| 0:1"}, false},
        {{"{v} x 3 | 0:1", "+2 x {1} | 0:1"}, false},
        {{"1 x 2 | 0:1", "+2 x {1} | 0:1"}, false},
        {{"{v} x {w} | 0:1", "+2 x {1} | 0:1"}, false},
        {{"{v} | 0:1", "+2 x {1} | 0:1"}, false},
        {{"{v} x 2 | 0:1", "2 x {1} | 0:1"}, false},
        {{"{v} x 2 | 0:1", "2 | 0:1"}, false},
        {{"+{v} x 2 x {1} | 0:1", "+2 x {1} | 0:1"}, false},
    };
    struct arena *arena = arena_new();
    static const size_t AB[] = {0, 1}, BX[] = {1, 2};
    struct bound_dim dims[] = {
        {.kind = DIM_OPEN}, {.kind = DIM_LIST, .npositions = 2}, {.kind = DIM_OPEN}};
    struct bound_grid grids[] = {{.dims = AB, .ndims = 2},
                                 {.dims = BX,
                                  .ndims = 2,
                                  .has_value = true,
                                  .is_folded = true,
                                  .parts = FOLD_SUM | FOLD_SQUARES | FOLD_BOUNDS}};
    struct bound_query query = {.dims = dims, .ndims = 3, .grids = grids, .ngrids = 2};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct partials *partials = partials_of(arena, rows[i].grids);
        ck_assert_msg(partials_fit(&query, partials) == rows[i].fit, "row %zu", i);
    }
    grids[1].parts = FOLD_SUM;
    ck_assert(!partials_fit(&query, partials_of(arena, rows[0].grids)));
    arena_free(arena);
}
END_TEST

START_TEST(each_grid_is_merged)
{
    static const char *const GRIDS[][GRIDS_MOST] = {{"{v} | 0:1", "+{1,2} | 0:1 1:1"},
                                                    {"{w} | 0:1", "+{0.5} | 0:2"}};
    struct arena *arena = arena_new();
    const struct partials *parts[] = {partials_of(arena, GRIDS[0]), partials_of(arena, GRIDS[1])};
    struct bound_grid grids[] = {{.ndims = 1}, {.is_folded = true, .summed = slice_lit("v")}};
    const struct bound_query query = {.grids = grids, .ngrids = 2};
    struct partials *sum;
    struct error err = {"", ""};
    ck_assert(partials_merge(arena, &query, parts, 2, NULL, &sum, &err));
    ck_assert_printed(sum, "{v,w} | 0:1 1:1; | 0:4,40,550,5,20 | scales 1,0");
    static const uint64_t ONE_CELL[] = {1, 0};
    ck_assert(!partials_merge(arena, &query, parts, 2, ONE_CELL, &sum, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("partials");
    TCase *tcase = tcase_create("partials");
    tcase_add_loop_test(tcase, partials_survive_their_bytes, 0,
                        sizeof partials_rows / sizeof *partials_rows);
    tcase_add_loop_test(tcase, wide_numbers_survive, 0, 3);
    tcase_add_test(tcase, malformed_bytes_are_refused);
    tcase_add_test(tcase, other_versions_are_known);
    tcase_add_test(tcase, shape_is_checked);
    tcase_add_test(tcase, each_grid_is_merged);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
