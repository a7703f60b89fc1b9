/*
 * Several grids in one pass give what a walk over all rows gives for each of them: random rows and
 * dims of every kind, conditions and keys among them, hidden dims, folded and not; every set of
 * kernels, one to three threads.
 *
 *     QUIPU_SEED=7 QUIPU_ROUNDS=50 test_count_grids
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/fold.h"
#include "answer/place_key.h"
#include "base/map.h"
#include "base/number.h"
#include "base/wide.h"
#include "columns/kernel_ops.h"
#include "parser/parse.h"
#include "planner/filter_normal.h"
#include "tests/count_run.h"
#include "tests/count_text.h"
#include "tests/suite.h"

enum { DIMS_MOST = 10, GRIDS_MOST = 5, SCALE = 6 };

static struct catalog *catalog;

/* ---- Random queries ---- */

/* A query that is bound by hand, with what the walk needs to know of its dims. */
struct asked {
    struct arena *arena;
    const char *text; /* of its plain dims and its filter */
    struct bound_query query;
    struct bound_dim dims[DIMS_MOST];
    struct bound_grid grids[GRIDS_MOST];
    const struct ast_query *ast;
    const struct ast_dim *plain[DIMS_MOST]; /* by dim; NULL: it is none */
    const struct ast_cond *when[DIMS_MOST]; /* WHEN */
    struct place_keys keys[DIMS_MOST];      /* PLACED */
};

static struct ast_query *
parse(struct arena *arena, struct slice text)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast;
    ck_assert_msg(query_parse(arena, text, &limits, &ast, &err), "%.*s: %s", SLICE_ARG(text),
                  err.message);
    return ast;
}

/* Plain dims and a filter. False: its positions overlap, say. */
static bool
ask_text(struct asked *asked, struct slice text)
{
    struct error err = {"", ""};
    struct bound_query *bound;
    asked->text = text.ptr;
    asked->ast = parse(asked->arena, text);
    if (!query_bind(asked->arena, asked->ast, catalog, 1000000, &bound, &err)) {
        return false;
    }
    asked->query = *bound;
    asked->query.is_plain = asked->query.is_closed = false;
    asked->query.format = AST_FORMAT_ROWS;
    asked->query.base_grid = asked->query.weight_grid = NO_GRID;
    const struct ast_dim *ast = asked->ast->tables->dims;
    for (size_t d = 0; d < bound->ndims; d++, ast = ast->next) {
        asked->dims[d] = bound->dims[d];
        asked->plain[d] = ast;
    }
    asked->query.dims = asked->dims;
    asked->query.grids = asked->grids;
    asked->query.ngrids = 0;
    return true;
}

static bool
ask_plainly(struct asked *asked)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "count ");
    for (uint32_t i = below(4); i > 0; i--) {
        put_dim(&text);
        strbuf_append_str(&text, i > 1 ? ", " : " ");
    }
    strbuf_append_str(&text, "from current");
    if (below(4)) {
        strbuf_append_str(&text, " where ");
        put_cond(&text, 2);
    }
    struct slice own = arena_copy(asked->arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return ask_text(asked, own);
}
static struct slice
random_text(uint32_t f)
{
    return slice_str(rows_text(f, 1 + below(rows_nvalues(f))));
}

static struct position
random_single(uint32_t f)
{
    if (below(2)) {
        return (struct position){.kind = POSITION_VALUE, .value = random_text(f)};
    }
    struct position range = {.kind = POSITION_RANGE, .lo_open = below(2), .hi_open = below(2)};
    range.lo = below(4) ? slice_lit("2") : (struct slice){NULL, 0};
    range.hi = below(4) ? slice_lit("25.5") : (struct slice){NULL, 0};
    return range;
}

static void
add_item(struct arena *arena, struct place_rule *rule, struct position single, bool overlaps)
{
    struct place_item *item = &rule->items[rule->nitems++];
    item->singles = arena_alloc(arena, sizeof *item->singles);
    item->singles[0] = single;
    item->nsingles = 1;
    item->overlaps = overlaps;
}

/* One item that excludes others, and nets. */
static void
add_placed(struct asked *asked)
{
    static const enum place_tail TAILS[] = {TAIL_NONE, TAIL_VALUES, TAIL_WIDTH};
    enum { ITEMS_MOST = 5 };
    struct arena *arena = asked->arena;
    uint32_t f = below(3) ? below(NFIELDS) : FIELD_MULTI;
    struct place_rule *rule = arena_alloc(arena, sizeof *rule);
    size_t d = asked->query.ndims++;
    rule->items = arena_array(arena, ITEMS_MOST, sizeof *rule->items);
    rule->tail = TAILS[below(3)];
    rule->width = slice_lit("2.5");
    rule->keeps_all = below(2);
    if (f == FIELD_MULTI) {
        rule->separator = slice_lit(";");
    }
    add_item(arena, rule, random_single(f), false);
    for (uint32_t n = below(3); n > 0; n--) {
        add_item(arena, rule, random_single(f), true);
    }
    if (below(2)) {
        add_item(arena, rule, (struct position){.kind = POSITION_MISSING}, false);
    }
    if (below(2)) {
        add_item(arena, rule, (struct position){.kind = POSITION_OTHER}, false);
    }
    place_keys_init(&asked->keys[d], arena, rule);
    struct slice field = slice_str(rows_field(f));
    asked->dims[d] =
        (struct bound_dim){.kind = DIM_PLACED, .field = field, .name = field, .rule = rule};
    asked->dims[d].has_missing = place_key_missing(&asked->keys[d]) != PLACE_NONE;
}

static void
add_when(struct asked *asked)
{
    size_t d = asked->query.ndims++;
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "count from current where ");
    put_cond(&text, (int) below(3));
    struct slice own = arena_copy(asked->arena, strbuf_slice(&text));
    struct ast_query *ast = parse(asked->arena, own);
    strbuf_fini(&text);
    asked->text = arena_printf(asked->arena, "%s; when %s", asked->text, own.ptr).ptr;
    asked->when[d] = ast->where;
    asked->dims[d] = (struct bound_dim){.kind = DIM_WHEN,
                                        .npositions = 2,
                                        .when = filter_normalise(asked->arena, NULL, ast->where)};
    if (below(8) == 0) {
        asked->when[d] = NULL;
        asked->dims[d].when = NULL;
    }
}

static size_t
add_open(struct asked *asked, uint32_t f)
{
    size_t d = asked->query.ndims++;
    struct slice field = slice_str(rows_field(f));
    asked->dims[d] = (struct bound_dim){.kind = DIM_OPEN, .field = field, .name = field};
    return d;
}

static void
add_grid(struct asked *asked, size_t nvisible, size_t value, size_t weight)
{
    enum { VISIBLE_MOST = 3 };
    struct bound_grid *grid = &asked->grids[asked->query.ngrids++];
    size_t *dims = arena_array(asked->arena, VISIBLE_MOST + 2, sizeof *dims);
    uint32_t first = below(7);
    for (size_t i = 0; i < nvisible && grid->ndims < below(VISIBLE_MOST + 1); i++) {
        dims[grid->ndims++] = (first + i) % nvisible;
    }
    grid->has_value = below(2);
    grid->has_weight = below(4) == 0;
    if (grid->has_value) {
        dims[grid->ndims++] = value;
    }
    if (grid->has_weight) {
        dims[grid->ndims++] = weight;
    }
    grid->dims = dims;
    grid->is_folded = grid_nhidden(grid) && below(4);
    grid->parts = grid->has_value && grid->is_folded ? 1 + below(7) : 0;
    grid->is_set = grid->has_value && !grid->is_folded && below(2);
}

static bool
ask(struct asked *asked)
{
    if (!ask_plainly(asked)) {
        return false;
    }
    for (uint32_t n = below(3); n > 0; n--) {
        add_placed(asked);
    }
    for (uint32_t n = below(3); n > 0; n--) {
        add_when(asked);
    }
    static const uint32_t MEASURED[] = {0, 1, 5, 6, 10, 11, 12, 13};
    size_t nvisible = asked->query.ndims;
    size_t value = add_open(asked, MEASURED[below(sizeof MEASURED / sizeof *MEASURED)]);
    size_t weight = add_open(asked, FIELD_WEIGHT);
    for (uint32_t n = 1 + below(GRIDS_MOST - 1); n > 0; n--) {
        add_grid(asked, nvisible, value, weight);
    }
    if (below(3) == 0) {
        asked->query.base_grid = asked->query.ngrids++; /* no dims */
    }
    return true;
}

/* ---- The walk ---- */

/* A cell of the walk. */
struct tally {
    uint64_t rows;
    struct wide numbers[FOLDED_NNUMBERS]; /* of values and weights times 10^SCALE */
};

struct walk {
    struct map cells; /* by labels, joined: number of the tally */
    struct tally *tallies;
    size_t capacity;
};

static bool
label_of(struct asked *asked, const struct table *table, uint32_t row, size_t d,
         struct arena *scratch, struct slice *label)
{
    const struct bound_dim *dim = &asked->dims[d];
    if (dim->kind == DIM_WHEN) {
        bool holds = !asked->when[d] || cond_holds(table, row, asked->when[d]);
        *label = holds ? slice_lit("1") : slice_lit("0");
        return true;
    }
    struct slice value = row_value(table, row, dim->field);
    if (asked->plain[d]) {
        return dim_label(scratch, asked->plain[d], value, label);
    }
    if (dim->kind == DIM_PLACED) {
        struct place_keys *keys = &asked->keys[d];
        uint32_t key = value.ptr ? place_key_of(keys, scratch, order_key(value), value)
                                 : place_key_missing(keys);
        *label = key == PLACE_NONE ? (struct slice){NULL, 0} : keys->texts[key];
        return key != PLACE_NONE;
    }
    *label = value;
    return value.ptr != NULL;
}

static void
add_wide(struct wide *sum, struct wide n)
{
    ck_assert(wide_add(*sum, n, sum));
}

static bool
read_number(const struct table *table, uint32_t row, struct slice field, __int128 *number)
{
    struct slice text = row_value(table, row, field);
    return number_is_canonical(text) && wide_parse_decimal(text, SCALE, number);
}

/* False: the row is dropped. */
static bool
add_numbers(struct asked *asked, const struct table *table, uint32_t row,
            const struct bound_grid *grid, struct tally *tally)
{
    __int128 x = 0, w = 1;
    const size_t *hidden = grid->dims + grid->ndims - grid_nhidden(grid);
    if ((grid->has_value && !read_number(table, row, asked->dims[*hidden++].field, &x)) ||
        (grid->has_weight &&
         (!read_number(table, row, asked->dims[*hidden].field, &w) || w <= 0))) {
        return false;
    }
    struct wide wide_x = wide_of_int128(x), wide_w = wide_of_int128(w), product;
    add_wide(&tally->numbers[FOLDED_WEIGHTS], wide_w);
    add_wide(&tally->numbers[FOLDED_WEIGHT_SQUARES], wide_mul_128x128(w, w));
    add_wide(&tally->numbers[FOLDED_SUM], wide_mul_128x128(w, x));
    ck_assert(wide_mul(wide_mul_128x128(x, x), wide_w, &product));
    add_wide(&tally->numbers[FOLDED_SQUARES], product);
    struct wide *least = &tally->numbers[FOLDED_LEAST], *most = &tally->numbers[FOLDED_GREATEST];
    *least = !tally->rows || wide_compare(wide_x, *least) < 0 ? wide_x : *least;
    *most = !tally->rows || wide_compare(wide_x, *most) > 0 ? wide_x : *most;
    return true;
}

static struct tally *
walk_cell(struct walk *walk, struct arena *arena, struct slice key)
{
    size_t *number = map_find(&walk->cells, key);
    if (!number) {
        number = map_add(&walk->cells, arena_copy(arena, key), NULL);
        *number = walk->cells.count - 1;
        walk->tallies =
            arena_room(arena, walk->tallies, *number, &walk->capacity, sizeof *walk->tallies);
        walk->tallies[*number] = (struct tally){.rows = 0};
    }
    return &walk->tallies[*number];
}

static void
walk_row(struct asked *asked, const struct table *table, uint32_t row, struct slice *labels,
         const bool *has_label, struct walk *walks)
{
    struct strbuf key;
    strbuf_init(&key);
    for (size_t g = 0; g < asked->query.ngrids; g++) {
        const struct bound_grid *grid = &asked->grids[g];
        size_t nhidden = grid->is_folded ? grid_nhidden(grid) : 0;
        bool is_in = true;
        strbuf_clear(&key);
        for (size_t d = 0; d < grid->ndims; d++) {
            is_in = is_in && has_label[grid->dims[d]];
            if (is_in && d < grid->ndims - nhidden) {
                strbuf_append(&key, labels[grid->dims[d]]);
                strbuf_append_char(&key, '|');
            }
        }
        if (is_in) {
            struct tally none = {.rows = 0}, *tally;
            if (grid->is_folded && !add_numbers(asked, table, row, grid, &none)) {
                continue;
            }
            tally = walk_cell(&walks[g], asked->arena, strbuf_slice(&key));
            if (grid->is_folded) {
                add_numbers(asked, table, row, grid, tally);
            }
            tally->rows++;
        }
    }
    strbuf_fini(&key);
}

static void
walk_rows(struct asked *asked, const struct table *table, struct walk *walks)
{
    struct arena *scratch = arena_new();
    struct slice labels[DIMS_MOST];
    bool has_label[DIMS_MOST];
    for (size_t g = 0; g < asked->query.ngrids; g++) {
        walks[g] = (struct walk){.tallies = NULL};
        map_init(&walks[g].cells, asked->arena);
    }
    for (uint32_t row = 0; row < table->nrows; row++) {
        if (!table->exists[row] ||
            (asked->ast->where && !cond_holds(table, row, asked->ast->where))) {
            continue;
        }
        if (row % 4096 == 0) {
            arena_free(scratch);
            scratch = arena_new();
        }
        for (size_t d = 0; d < asked->query.ndims; d++) {
            has_label[d] = label_of(asked, table, row, d, scratch, &labels[d]);
        }
        walk_row(asked, table, row, labels, has_label, walks);
    }
    arena_free(scratch);
}

/* ---- Comparing ---- */

/* The same number with SCALE decimals. */
static void
ck_assert_number(const struct asked *asked, const struct partial *partial, size_t i, size_t word,
                 struct wide expected, size_t decimals)
{
    struct wide found;
    size_t scale = scale_of(partial->scales, word);
    ck_assert(wide_scale10(cell_wide(&partial->cells, i, word), decimals - scale, &found));
    ck_assert_msg(wide_compare(found, expected) == 0, "%s: word %zu of cell %zu", asked->text, word,
                  i);
}

static void
ck_assert_folded(const struct asked *asked, const struct bound_grid *grid,
                 const struct partial *partial, size_t i, const struct tally *tally)
{
    static const size_t VALUES[] = {0, 0, 0, 1, 2, 1, 1}, WEIGHTS[] = {0, 1, 2, 1, 1, 0, 0};
    for (int n = FOLDED_WEIGHTS; n < FOLDED_NNUMBERS; n++) {
        size_t word = fold_offset(grid, (enum fold_number) n);
        if (word != FOLD_ABSENT) {
            size_t decimals = SCALE * (VALUES[n] + (grid->has_weight ? WEIGHTS[n] : 0));
            ck_assert_number(asked, partial, i, word, tally->numbers[n], decimals);
        }
    }
}

static void
ck_assert_walked(const struct asked *asked, size_t g, const struct partial *partial,
                 const struct walk *walk)
{
    const struct bound_grid *grid = &asked->grids[g];
    ck_assert_msg(partial->cells.n == walk->cells.count, "%s: grid %zu: %zu cells, not %zu",
                  asked->text, g, partial->cells.n, walk->cells.count);
    for (size_t i = 0; i < partial->cells.n; i++) {
        uint64_t index = partial->cells.indexes[i];
        size_t positions[DIMS_MOST];
        struct strbuf key;
        ck_assert(index < partial->ncells && (i == 0 || index > partial->cells.indexes[i - 1]));
        for (size_t d = partial->ndims; d-- > 0;) {
            positions[d] = index % partial->dims[d].npositions;
            index /= partial->dims[d].npositions;
        }
        strbuf_init(&key);
        for (size_t d = 0; d < partial->ndims; d++) {
            if (partial->dims[d].is_open) {
                strbuf_append(&key, partial->dims[d].values[positions[d]]);
            } else {
                strbuf_append_int(&key, (int64_t) positions[d]);
            }
            strbuf_append_char(&key, '|');
        }
        const size_t *number = map_find(&walk->cells, strbuf_slice(&key));
        ck_assert_msg(number != NULL, "%s: grid %zu has the cell %s", asked->text, g, key.ptr);
        const struct tally *tally = &walk->tallies[*number];
        ck_assert_msg(grid->is_set ? cell_value(&partial->cells, i, 0) > 0
                                   : tally->rows == (uint64_t) cell_value(&partial->cells, i, 0),
                      "%s: grid %zu: cell %s has %lld rows, not %llu", asked->text, g, key.ptr,
                      (long long) cell_value(&partial->cells, i, 0),
                      (unsigned long long) tally->rows);
        if (grid->is_folded) {
            ck_assert_folded(asked, grid, partial, i, tally);
        }
        strbuf_fini(&key);
    }
}

static void
ck_assert_survive_bytes(const struct asked *asked, const struct partials *partials)
{
    struct strbuf bytes, before, after;
    struct error err = {"", ""};
    struct partials *decoded;
    strbuf_init(&bytes);
    strbuf_init(&before);
    strbuf_init(&after);
    partials_encode(partials, &bytes);
    ck_assert_msg(partials_decode(asked->arena, strbuf_slice(&bytes), &decoded, &err), "%s",
                  err.message);
    ck_assert_msg(partials_fit(&asked->query, decoded), "%s", asked->text);
    partials_print(partials, &before);
    partials_print(decoded, &after);
    ck_assert(slice_equal(strbuf_slice(&before), strbuf_slice(&after)));
    strbuf_fini(&bytes);
    strbuf_fini(&before);
    strbuf_fini(&after);
}

static void
compare_asked(struct asked *asked, const struct table *table, struct index *index)
{
    struct walk walks[GRIDS_MOST];
    walk_rows(asked, table, walks);
    for (int set = KERNELS_PLAIN; set < KERNELS_COUNT; set++) {
        if (!kernel_set_works((enum kernel_set) set)) {
            continue;
        }
        const struct count_options options = {.kernels = (enum kernel_set) set};
        struct partials *partials = count_in_threads(asked->arena, index, &asked->query, &options,
                                                     (int) below(4), asked->text);
        ck_assert_uint_eq(partials->n, asked->query.ngrids);
        for (size_t g = 0; g < partials->n; g++) {
            ck_assert_walked(asked, g, partials->items[g], &walks[g]);
        }
        ck_assert_survive_bytes(asked, partials);
    }
    compare_apart(asked->arena, table, index, &asked->query, asked->text);
}

static void
compare(const struct table *table, struct index *index)
{
    struct asked asked = {.arena = arena_new()};
    if (ask(&asked)) {
        compare_asked(&asked, table, index);
    }
    arena_free(asked.arena);
}

/* Sums of a field in cells of others, and which of its values occur there. */
static const struct {
    const char *dims, *where;
    uint32_t value;
    unsigned parts;
} SUMS[] = {
    {"a in [1,2], b in [1,8]", "", 1, FOLD_SUM},
    {"a in [1,2], b in [1,8]", "where n = 1", 1, FOLD_SUM | FOLD_BOUNDS},
    {"a in [1,2], n in [1,2]", "", 3, FOLD_SUM | FOLD_BOUNDS},
    {"n in {1,3}", "where a = 1 || h = 5", 4, FOLD_BOUNDS},
    {"a in {1}", "", FIELD_WEIGHT, FOLD_SUM},
    {"", "where b < 7", 1, FOLD_SUM | FOLD_BOUNDS},
    {"b in [1,7]", "", 1, FOLD_SUM | FOLD_SQUARES},
    {"a in [1,2], b in [1,8]", "", 5, 7},
    {"a in [1,2], b in [1,8]", "where d != 3", FIELD_WIDE, 7},
    {"a in [1,2], b in [1,8], d in [1,7], n in [1,3]", "", 6, 7},
    {"a in [1,2], b in [1,8], d in [1,7], n in [1,3]", "where c exists", 6, FOLD_SUM},
    {"a in [1,2], b in [1,8], d in [1,7], n in [1,3]", "", FIELD_WIDE, 7},
    {"a in [1,2], b in [1,8], n in [1,3]", "where h > 5", FIELD_WIDE, FOLD_SUM | FOLD_BOUNDS},
    {"a in [1,2], d in {3,missing}, n in [2,3]", "", FIELD_MIXED, 7},
    {"g, b in [1,8], n in [1,3]", "where d in [2,6]", 6, 7},
    {"g, b in [1,8]", "", FIELD_WIDE, 7},
    {"k, b in [1,8]", "", FIELD_WIDE, 7},
    {"a in [1,2], b in [1,8]", "where k exists", 6, 7},
    {"e, a in [1,2]", "", 4, 7},
    {"b in [1,8]", "", FIELD_WEIGHT, FOLD_SUM | FOLD_BOUNDS},
};

static void
compare_sums(const struct table *table, struct index *index, uint64_t *chunks_by)
{
    for (size_t i = 0; i < sizeof SUMS / sizeof *SUMS; i++) {
        struct asked asked = {.arena = arena_new()};
        struct slice text =
            arena_printf(asked.arena, "count %s from current %s", SUMS[i].dims, SUMS[i].where);
        ck_assert(ask_text(&asked, text));
        struct bound_grid *grid = &asked.grids[asked.query.ngrids++];
        size_t *dims = arena_array(asked.arena, DIMS_MOST, sizeof *dims);
        for (; grid->ndims < asked.query.ndims; grid->ndims++) {
            dims[grid->ndims] = grid->ndims;
        }
        dims[grid->ndims++] = add_open(&asked, SUMS[i].value);
        grid->dims = dims;
        grid->has_value = grid->is_folded = true;
        grid->parts = SUMS[i].parts;
        struct bound_grid *set = &asked.grids[asked.query.ngrids++];
        *set = *grid;
        set->is_folded = false;
        set->is_set = true;
        set->parts = 0;
        struct count *count = count_new(index, &asked.query, &(struct count_options){0});
        struct error err = {"", ""};
        struct partials *partials;
        struct count_facts facts;
        ck_assert(count_answer(count, asked.arena, &partials, &err));
        count_facts(count, &facts);
        uint64_t nchunks = 0, ngrids = asked.query.ngrids;
        size_t nlines;
        for (int m = 0; m < COUNT_NMETHODS; m++) {
            chunks_by[m] += facts.chunks_by[m];
            nchunks += facts.chunks_by[m];
        }
        ck_assert_uint_eq(nchunks, facts.chunks * ngrids); /* PROFILE tells of all of them */
        struct slice begin = arena_printf(asked.arena, "chunks   %u, for %u grids: ", facts.chunks,
                                          (unsigned) ngrids);
        ck_assert(slice_starts_with(count_profile(asked.arena, count, &nlines)[0], begin));
        count_free(count);
        compare_asked(&asked, table, index);
        arena_free(asked.arena);
    }
}

static void
compare_random(uint32_t nrows, int ntables, int nqueries)
{
    for (int t = 0; t < ntables; t++) {
        struct table table;
        struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
        fill_table(&table, index, nrows);
        for (int i = 0; i < nqueries; i++) {
            compare(&table, index);
            change_rows(&table, index, below(2) ? below(nrows / 20) : below(20));
        }
        index_free(index);
        free_table(&table);
    }
}

START_TEST(grids_of_small_tables_are_what_a_walk_gives)
{
    rows_begin();
    compare_random(2000, 3, rows_rounds(100));
}
END_TEST

START_TEST(grids_of_large_tables_are_what_a_walk_gives)
{
    rows_begin();
    compare_random(150000, 1, rows_rounds(20));
}
END_TEST

START_TEST(each_way_of_summing_is_taken)
{
    uint64_t chunks_by[COUNT_NMETHODS] = {0};
    rows_begin();
    for (uint32_t nrows = 3000; nrows <= 75000; nrows *= 25) {
        struct table table;
        struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
        fill_table(&table, index, nrows);
        compare_sums(&table, index, chunks_by);
        change_rows(&table, index, nrows / 10);
        compare_sums(&table, index, chunks_by);
        index_free(index);
        free_table(&table);
    }
    for (int i = COUNT_LIST; i < COUNT_NMETHODS; i++) {
        ck_assert_msg(chunks_by[i] > 0, "method %d was never chosen", i);
    }
}
END_TEST

/* A chunk of rows: sex, a scale of five points, a hundred values, and a year. */
static struct index *
index_of_a_survey(void)
{
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    for (uint32_t row = 0; row < CHUNK_ROWS; row++) {
        static const char *const FIELDS[] = {"sex", "scale", "percent", "year"};
        const uint32_t numbers[] = {1 + row % 2, 1 + row % 5, row % 101, 1900 + row % 101};
        char name[32], texts[4][12];
        struct index_pair pairs[4];
        for (size_t i = 0; i < 4; i++) {
            sprintf(texts[i], "%u", numbers[i]);
            pairs[i] = (struct index_pair){slice_str(FIELDS[i]), slice_str(texts[i])};
        }
        index_put_row(index, row_name(name, row), pairs, 4);
    }
    return index;
}

/* The answer of a text over an index, by a set of kernels. */
static struct slice
count_of_text(struct arena *arena, struct index *index, const char *text, enum kernel_set kernels,
              struct count_facts *facts)
{
    struct bound_query *query;
    struct partials *partials;
    struct error err = {"", ""};
    struct strbuf out;
    ck_assert(query_bind(arena, parse(arena, slice_str(text)), catalog, 1000000, &query, &err));
    struct count *count = count_new(index, query, &(struct count_options){.kernels = kernels});
    ck_assert_msg(count_answer(count, arena, &partials, &err), "%s", err.message);
    count_facts(count, facts);
    strbuf_init(&out);
    partials_print(partials, &out);
    struct slice printed = arena_copy(arena, strbuf_slice(&out));
    strbuf_fini(&out);
    count_free(count);
    return printed;
}

/* Few (cell, value) are counted on planes, more are added up by bytes where there is a kernel for that. */
START_TEST(sums_are_made_in_the_way_that_was_faster)
{
    bool has_bytes = kernels_of(kernel_set_chosen(KERNELS_AUTO))->sum_bytes != NULL;
    static const struct {
        const char *text;
        bool by_bytes;
    } cases[] = {
        {"sum(scale) by sex from current", false},
        {"avg(scale), min(scale), max(scale) by sex from current", false},
        {"sum(scale) from current", false},
        {"sum(scale) by scale from current where percent > 7", false},
        {"sum(percent) from current", true},
        {"sum(percent) by sex from current", true},
        {"sum(year), min(year) by sex from current where percent > 7", true},
        {"sum(year) by scale from current", true},
        {"avg(percent), max(percent) by sex, scale from current", true},
        {"sum(year) by sex, scale from current where percent > 7", true},
    };
    struct index *index = index_of_a_survey();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        struct count_facts facts, plain;
        struct slice answer = count_of_text(arena, index, cases[i].text, KERNELS_AUTO, &facts);
        ck_assert_msg((facts.chunks_by[COUNT_BYTES] > 0) == (cases[i].by_bytes && has_bytes), "%s",
                      cases[i].text);
        ck_assert_str_eq(answer.ptr,
                         count_of_text(arena, index, cases[i].text, KERNELS_PLAIN, &plain).ptr);
        arena_free(arena);
    }
    index_free(index);
}
END_TEST

START_TEST(cells_that_are_kept_are_limited)
{
    struct index *index = index_new(&(struct index_options){.prefix = slice_lit("r_")});
    struct arena *arena = arena_new();
    char name[32], value[32];
    for (uint32_t row = 0; row < 3000; row++) {
        sprintf(value, "%u", row);
        struct index_pair pairs[] = {{slice_lit("a"), slice_str(value)},
                                     {slice_lit("b"), slice_str(value)}};
        index_put_row(index, row_name(name, row), pairs, 2);
    }
    struct bound_query *query;
    struct error err = {"", ""};
    struct ast_query *ast = parse(arena, slice_lit("count a, b from current"));
    ck_assert(query_bind(arena, ast, catalog, 1000000, &query, &err));
    static const struct {
        uint64_t most;
        const char *message;
    } cases[] = {{50000, "max-partial-bytes is 50000, the query needs more"}, {200000, ""}};
    for (size_t i = 0; i < 2; i++) {
        struct partials *partials;
        struct count *count =
            count_new(index, query, &(struct count_options){.max_partial_bytes = cases[i].most});
        bool ok = count_answer(count, arena, &partials, &err);
        ck_assert_str_eq(err.message, cases[i].message);
        ck_assert_int_eq(ok, !*cases[i].message);
        error_clear(&err);
        count_free(count);
    }
    arena_free(arena);
    index_free(index);
}
END_TEST

int
main(void)
{
    struct error err = {"", ""};
    catalog = catalog_new();
    if (!catalog_add(catalog, slice_lit("current"), slice_lit("r_"), 64, METHOD_AUTO, &err)) {
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("count_grids");
    TCase *tcase = tcase_create("count_grids");
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, cells_that_are_kept_are_limited);
    tcase_add_test(tcase, sums_are_made_in_the_way_that_was_faster);
    tcase_add_test(tcase, each_way_of_summing_is_taken);
    tcase_add_test(tcase, grids_of_small_tables_are_what_a_walk_gives);
    tcase_add_test(tcase, grids_of_large_tables_are_what_a_walk_gives);
    suite_add_tcase(suite, tcase);
    int status = suite_run(suite);
    catalog_free(catalog);
    return status;
}
