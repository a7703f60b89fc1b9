/*
 * answer/axis, answer/expand: counted positions become positions of a table.
 */
#include <check.h>

#include "answer/expand.h"
#include "answer/fold.h"
#include "tests/bound_axes.h"
#include "tests/partial_text.h"
#include "tests/suite.h"

enum { AXES_MOST = 3 };

/* By the letters of bound_axes.h. A grid with + is folded, with the sum of a value. */
static const struct {
    const char *axes;
    bool has_totals, has_value, has_weight;
    const char *grid, *labels, *expanded;
    uint64_t nrows;
} expand_rows_of[] = {
    {"", true, false, false, "| 0:7", "", "| 0:7", 7},
    {"l", false, false, false, "2 | 0:3 1:4", "1 2", "2 | 0:3 1:4", 7},
    {"l", true, false, false, "2 | 0:3 1:4", "1 2 total", "3 | 0:3 1:4 2:7", 7},
    {"l", true, false, false, "2 |", "1 2 total", "3 |", 0},
    {"o", false, false, false, "{7,x} | 0:3 1:4", "7 x", "2 | 0:3 1:4", 7},
    {"o", true, false, false, "{} |", "total", "1 |", 0},
    /* a value that no cell has is no position */
    {"o", false, false, false, "{6,7,x} | 1:3 2:4", "7 x", "2 | 0:3 1:4", 7},
    {"w", true, false, false, "{-10,0} | 0:3 1:4", "[-10,0) [0,10) total", "3 | 0:3 1:4 2:7", 7},
    /* nets: a row counts in each of its positions, and once in the total */
    {"n", true, false, false, "{#0,#0#1,#1} | 0:1 1:2 2:4", "1 net(1,2) total", "3 | 0:3 1:6 2:7",
     7},
    {"s", true, false, false, "{#0,=1:7,=2:10,=1:x} | 0:1 1:2 2:4 3:8", "missing 7 10 x total",
     "5 | 0:1 1:2 2:4 3:8 4:15", 15},
    /* tails in order, wherever they stand in keys */
    {"s", false, false, false, "{=1:9,=2:10=1:7,=2:10} | 0:1 1:2 2:4", "missing 7 9 10",
     "4 | 1:2 2:1 3:6", 7},
    {"m", false, false, false, "{#0,=5:24149,=5:24150} | 0:1 1:2 2:4", "2012-06 2012-07 missing",
     "3 | 0:2 1:4 2:1", 7},
    /* conditions; a row in no position of the field may be in one of theirs */
    {"c", true, false, false, "{,#0,#1} x 2 | 0:1 1:2 2:4 3:8 5:16", "1 c 2 total",
     "4 | 0:12 1:26 2:16 3:30", 30},
    {"a", true, false, false, "2 x 2 | 0:1 1:2 2:4 3:8", "a b total", "3 | 0:12 1:10 2:14", 14},
    /* two axes */
    {"nl", true, false, false, "{#0,#0#1} x 2 | 0:5 2:3 3:1", "1 net(1,2) total, 1 2 total",
     "3 x 3 | 0:8 1:1 2:9 3:3 4:1 5:4 6:8 7:1 8:9", 9},
    {"al", false, false, false, "2 x 2 x 2 | 1:1 4:2 7:4", "a b, 1 2", "2 x 2 | 0:2 1:4 3:4", 6},
    {"lco", false, false, false, "2 x {,#0} x 2 x {p} | 1:1 2:2 7:4", "1 2, 1 c 2, p",
     "2 x 3 x 1 | 0:2 1:1 3:4 4:4", 7},
    /* hidden dims: values stay, weights that were not folded are summed up */
    {"n", true, true, false, "{#0,#0#1} x {5,6} | 0:1 1:2 2:4", "1 net(1,2) total",
     "3 x {5,6} | 0:5 1:2 2:4 4:5 5:2", 7},
    {"l", true, false, true, "2 x {#0} | 0:3 1:4", "1 2 total", "3 | 0:3 1:4 2:7", 7},
    {"l", true, true, true, "2 x {5} x {#0,#1} | 0:3 1:1 2:4", "1 2 total", "3 x {5} | 0:4 1:4 2:8",
     8},
    {"n", true, true, false, "+{#0,#0#1} x {5,6} | 0:1 1:2 2:4", "1 net(1,2) total",
     "3 | 0:7,37 1:4,20 2:7,37 | scales 0,0", 7},
    {"l", true, true, false, "+2 x {x,0.5} | 0:1 3:2", "1 2 total",
     "3 | 1:2,10 2:2,10 | scales 1,0", 2},
};

static void
print_labels(const struct axis *axis, struct strbuf *out)
{
    for (size_t i = 0; i < axis->npositions; i++) {
        strbuf_append_str(out, i ? " " : "");
        strbuf_append(out, axis->labels[i]);
        ck_assert_int_eq(axis->kinds[i] == ITEM_TOTAL,
                         axis->has_total && i + 1 == axis->npositions);
    }
}

static void
ck_assert_text(struct strbuf *text, const char *expected)
{
    ck_assert_str_eq(text->ptr ? text->ptr : "", expected);
    strbuf_clear(text);
}

START_TEST(grid_expands)
{
    struct arena *arena = arena_new();
    const char *text = expand_rows_of[_i].grid;
    struct bound_grid bound = {.has_value = expand_rows_of[_i].has_value,
                               .has_weight = expand_rows_of[_i].has_weight,
                               .is_folded = text[0] == '+',
                               .parts = FOLD_SUM};
    struct partial *out, *grid = partial_of_text(arena, text + bound.is_folded);
    struct bound_axis bound_list[AXES_MOST];
    struct axis axes[AXES_MOST];
    struct error err = {"", ""};
    struct strbuf printed;
    uint64_t nrows;
    strbuf_init(&printed);
    ck_assert(!bound.is_folded || fold_partial(arena, &bound, grid, &grid, &err));
    size_t naxes = bound_axes(arena, expand_rows_of[_i].axes, bound_list);
    for (size_t a = 0; a < naxes; a++) {
        ck_assert_msg(axis_init(&axes[a], arena, &bound_list[a], grid, bound_list[a].first_dim,
                                expand_rows_of[_i].has_totals, &err),
                      "%s", err.message);
        strbuf_append_str(&printed, a ? ", " : "");
        print_labels(&axes[a], &printed);
    }
    ck_assert_text(&printed, expand_rows_of[_i].labels);
    ck_assert_msg(expand_grid(arena, axes, naxes, &bound, grid, 0, &out, &err), "%s", err.message);
    partial_print(out, &printed);
    ck_assert_text(&printed, expand_rows_of[_i].expanded);
    ck_assert(expand_rows(arena, axes, naxes, grid, &nrows, &err));
    ck_assert_uint_eq(nrows, expand_rows_of[_i].nrows);
    strbuf_fini(&printed);
    arena_free(arena);
}
END_TEST

/* Positions come from one grid, cells from another that has fewer values, or others. */
START_TEST(grids_of_a_table_share_positions)
{
    struct arena *arena = arena_new();
    struct partial *out, *all = partial_of_text(arena, "{1,2,3} | 0:1 1:1 2:1"),
                         *some = partial_of_text(arena, "{2,3,4} x {9} | 0:5 1:6 2:7");
    struct bound_grid bound = {.has_value = true};
    struct bound_axis bound_axis;
    struct axis axis;
    struct error err = {"", ""};
    struct strbuf printed;
    strbuf_init(&printed);
    bound_axes(arena, "o", &bound_axis);
    ck_assert(axis_init(&axis, arena, &bound_axis, all, 0, false, &err));
    ck_assert(expand_grid(arena, &axis, 1, &bound, some, 0, &out, &err));
    partial_print(out, &printed);
    ck_assert_text(&printed, "3 x {9} | 1:5 2:6");
    strbuf_fini(&printed);
    arena_free(arena);
}
END_TEST

/* Keys that are none of the query's. */
START_TEST(odd_keys_are_refused)
{
    static const struct {
        const char *axes, *grid;
    } rows[] = {{"n", "{#2} | 0:1"}, {"n", "{#} | 0:1"},    {"s", "{=3:ab} | 0:1"},
                {"s", "{1} | 0:1"},  {"m", "{=1:x} | 0:1"}, {"w", "{x} | 0:1"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new();
        struct partial *out, *grid = partial_of_text(arena, rows[i].grid);
        struct bound_grid bound = {.has_value = false};
        struct bound_axis bound_axis;
        struct axis axis;
        struct error err = {"", ""};
        bound_axes(arena, rows[i].axes, &bound_axis);
        bool ok = axis_init(&axis, arena, &bound_axis, grid, 0, false, &err) &&
                  expand_grid(arena, &axis, 1, &bound, grid, 0, &out, &err);
        ck_assert_msg(!ok, "row %zu", i);
        ck_assert_str_eq(err.code, "SHARDDOWN");
        arena_free(arena);
    }
}
END_TEST

/* Many more cells are written than there are in the end; and against a limit of bytes. */
START_TEST(much_is_added_up_on_the_way)
{
    enum { NVALUES = 40000 };
    struct arena *arena = arena_new();
    struct partial_dim dims[] = {{.is_open = true, .npositions = NVALUES}, {.npositions = 2}};
    struct partial *out, grid = {.ndims = 2, .dims = dims, .ncells = 2 * NVALUES};
    struct bound_grid bound = {.has_value = false};
    struct bound_axis bound_list[2];
    struct axis axes[2];
    struct error err = {"", ""};
    struct strbuf printed;
    strbuf_init(&printed);
    dims[0].values = arena_array(arena, NVALUES, sizeof *dims[0].values);
    grid.cells = cell_list_counts(arena, 2 * NVALUES);
    for (size_t i = 0; i < NVALUES; i++) {
        dims[0].values[i] = arena_printf(arena, "#0#1=5:%05zu", i % 10);
        cell_list_add(&grid.cells, 2 * i, 1);
        cell_list_add(&grid.cells, 2 * i + 1, 2);
    }
    bound_axes(arena, "sl", bound_list);
    ITEMS(&bound_list[0], {ITEM_VALUE, SLICE_LIT("p"), 0}, {.kind = ITEM_TAIL},
          {ITEM_NET, SLICE_LIT("q"), 1});
    for (size_t a = 0; a < 2; a++) {
        ck_assert(axis_init(&axes[a], arena, &bound_list[a], &grid, a, true, &err));
    }
    ck_assert_msg(expand_grid(arena, axes, 2, &bound, &grid, 1 << 20, &out, &err), "%s",
                  err.message);
    partial_print(out, &printed);
    ck_assert(slice_starts_with(strbuf_slice(&printed),
                                slice_lit("13 x 3 | 0:40000 1:80000 2:120000 3:4000 4:8000 "
                                          "5:12000 6:4000")));
    ck_assert(!expand_grid(arena, axes, 2, &bound, &grid, 100, &out, &err));
    ck_assert_str_eq(err.code, "LIMIT");
    strbuf_fini(&printed);
    arena_free(arena);
}
END_TEST

/* ---- In order, against cell by cell ---- */

enum { RANDOM_ROUNDS = 300, RANDOM_POSITIONS = 400, RANDOM_CELLS = 300 };

/* Open values 0, 1, 2 ... of which every third or so is left out. */
static void
random_dim(struct arena *arena, struct partial_dim *dim, size_t npositions)
{
    dim->is_open = true;
    dim->npositions = npositions;
    dim->values = arena_array(arena, npositions + 1, sizeof *dim->values);
    for (size_t i = 0, value = 0; i < npositions; i++, value += 1 + rand() % 3 / 2) {
        dim->values[i] = arena_printf(arena, "%zu", value);
    }
}

/* Cells with a count and a sum of 128 bits, in order. */
static struct partial *
random_grid(struct arena *arena, size_t ndims, size_t most)
{
    static const unsigned char KINDS[] = {MEASURE_COUNT, MEASURE_SUM128, MEASURE_CONTINUED};
    struct partial *grid = arena_alloc(arena, sizeof *grid);
    grid->ndims = ndims;
    grid->dims = arena_array(arena, ndims, sizeof *grid->dims);
    for (size_t d = 0; d < ndims; d++) {
        random_dim(arena, &grid->dims[d], 1 + (size_t) rand() % most);
    }
    ck_assert(partial_multiply_dims(grid));
    grid->cells = cell_list_new(arena, KINDS, 3, RANDOM_CELLS, false);
    uint64_t step = 1 + grid->ncells / (1 + (uint64_t) rand() % RANDOM_CELLS), index = 0;
    for (; grid->cells.n < RANDOM_CELLS; grid->cells.n++) {
        index += (uint64_t) rand() % (2 * step);
        if (index >= grid->ncells) {
            break;
        }
        int64_t *values = grid->cells.values + grid->cells.n * 3;
        grid->cells.indexes[grid->cells.n] = index++;
        values[0] = 1 + rand() % 5;
        values[1] = rand() - RAND_MAX / 2;
        values[2] = values[1] < 0 ? -1 : 0;
    }
    return grid;
}

/* Where position `at` of an axis' dim is in the axis, which may not have it. */
static bool
find_position(const struct axis *axis, const struct partial_dim *dim, size_t at, size_t *position)
{
    for (*position = 0; *position < axis->npositions - axis->has_total; ++*position) {
        if (slice_equal(axis->labels[*position], dim->values[at])) {
            return true;
        }
    }
    return false;
}

/* Adds a cell to all cells of the table that it belongs to: with totals, in 2^naxes of them. */
static void
add_naively(const struct axis *axes, size_t naxes, const struct partial *grid, size_t i,
            struct partial *table)
{
    for (size_t totals = 0; totals < (size_t) 1 << naxes; totals++) {
        uint64_t rest = grid->cells.indexes[i], index = 0, span = 1;
        bool is_in = true;
        for (size_t a = naxes; a-- > 0;) {
            size_t position = 0, at = rest % grid->dims[a].npositions;
            rest /= grid->dims[a].npositions;
            is_in = is_in && find_position(&axes[a], &grid->dims[a], at, &position);
            if (totals >> a & 1) {
                is_in = is_in && axes[a].has_total;
                position = axes[a].npositions - 1;
            }
            index += position * span;
            span *= axes[a].npositions;
        }
        size_t at = 0;
        while (at < table->cells.n && table->cells.indexes[at] != index) {
            at++;
        }
        if (is_in && at < table->cells.n) {
            ck_assert(cell_add(&table->cells, at, &grid->cells, i));
        } else if (is_in) {
            cell_list_put(&grid->cells, i, &table->cells, table->cells.n);
            table->cells.indexes[table->cells.n++] = index;
        }
    }
}

START_TEST(cells_that_stay_in_order_are_expanded_as_one_by_one)
{
    const struct bound_grid bound = {.is_folded = true, .has_value = true, .parts = FOLD_SUM};
    srand(7);
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        struct arena *arena = arena_new();
        struct error err = {"", ""};
        size_t naxes = 1 + (size_t) rand() % 3;
        size_t most = rand() % 2 ? 4 : RANDOM_POSITIONS;
        struct partial *grid = random_grid(arena, naxes, most), *out, *naive;
        /* positions are those of another grid, which may have fewer values */
        struct partial occurring = *grid;
        occurring.cells.n -= rand() % 2 ? occurring.cells.n / 2 : 0;
        struct bound_axis bound_list[AXES_MOST];
        struct axis axes[AXES_MOST];
        bound_axes(arena, &"ooo"[3 - naxes], bound_list);
        for (size_t a = 0; a < naxes; a++) {
            ck_assert(axis_init(&axes[a], arena, &bound_list[a], &occurring,
                                bound_list[a].first_dim, rand() % 4 > 0, &err));
        }
        ck_assert_msg(expand_grid(arena, axes, naxes, &bound, grid, 0, &out, &err), "%s",
                      err.message);
        naive = arena_alloc(arena, sizeof *naive);
        *naive = *out;
        naive->cells = cell_list_new(arena, grid->cells.kinds, 3, grid->cells.n << naxes, false);
        for (size_t i = 0; i < grid->cells.n; i++) {
            add_naively(axes, naxes, grid, i, naive);
        }
        cell_list_sort(arena, &naive->cells);
        struct strbuf printed, expected;
        strbuf_init(&printed);
        strbuf_init(&expected);
        partial_print(out, &printed);
        partial_print(naive, &expected);
        ck_assert_msg(slice_equal(strbuf_slice(&printed), strbuf_slice(&expected)),
                      "round %d: %s, not %s", round, printed.ptr, expected.ptr);
        strbuf_fini(&printed);
        strbuf_fini(&expected);
        arena_free(arena);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("expand");
    TCase *tcase = tcase_create("expand");
    tcase_add_loop_test(tcase, grid_expands, 0, sizeof expand_rows_of / sizeof *expand_rows_of);
    tcase_add_test(tcase, grids_of_a_table_share_positions);
    tcase_add_test(tcase, odd_keys_are_refused);
    tcase_add_test(tcase, much_is_added_up_on_the_way);
    tcase_add_test(tcase, cells_that_stay_in_order_are_expanded_as_one_by_one);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
