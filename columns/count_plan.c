/*
 * Counting, made ready. in: struct bound_query, a snapshot; out: struct count_plan.
 *
 * Example: `income > 5000` over a dictionary of a million values is one pass over their order keys:
 * key > order_key("5000"), with the digits compared only where the keys are the same. Codes of
 * values that nobody has any more may be in the set or not: no row has them.
 */
#include "columns/count_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/number.h"

/* So many values of a list are looked up by the writer; a longer list is compared with the
 * dictionary afterwards. */
enum { LOOKUPS_MOST = 1000 };

/* ---- Sets of codes ---- */

static struct code_set
set_none(void)
{
    return (struct code_set){.kind = CODES_NONE};
}

static struct code_set
set_one(uint32_t code)
{
    return code ? (struct code_set){.kind = CODES_ONE, .code = code} : set_none();
}

static uint64_t *
bits_new(struct arena *arena, uint32_t ncodes)
{
    return arena_array(arena, (size_t) ncodes / 64 + 1, sizeof(uint64_t));
}

static void
bits_add(uint64_t *bits, uint32_t code)
{
    bits[code / 64] |= 1ull << code % 64;
}

/* The simplest set of these codes. Takes the bits over. */
static struct code_set
set_of_bits(uint64_t *bits, uint32_t ncodes)
{
    bits[0] &= ~1ull;
    uint32_t n = 0, last = 0;
    for (uint32_t i = 0; i <= ncodes / 64; i++) {
        if (bits[i]) {
            n += (uint32_t) __builtin_popcountll(bits[i]);
            last = i * 64 + 63 - (uint32_t) __builtin_clzll(bits[i]);
        }
    }
    if (n <= 1) {
        return set_one(last);
    }
    if (n == ncodes) {
        return (struct code_set){.kind = CODES_ANY};
    }
    return (struct code_set){.kind = CODES_SET, .bits = bits, .ncodes = ncodes};
}

/* ---- Programs ---- */

struct builder {
    struct match_program program;
    const struct code_set *set;
    bool is_too_long;
};

static unsigned
add_step(struct builder *builder, unsigned plane, unsigned one, unsigned zero)
{
    struct match_program *program = &builder->program;
    for (unsigned i = 0; i < program->nsteps; i++) {
        const struct match_step *step = &program->steps[i];
        if (step->plane == plane && step->one == one && step->zero == zero) {
            return i + 2;
        }
    }
    if (program->nsteps == MATCH_STEPS_MOST) {
        builder->is_too_long = true;
        return 0;
    }
    program->steps[program->nsteps] =
        (struct match_step){(uint8_t) plane, (uint8_t) one, (uint8_t) zero};
    return ++program->nsteps + 1;
}

/* Does a code hold? Codes that no row has may do as they like. */
enum truth { FALSE_CODE, TRUE_CODE, ANY_TRUTH };

/* The result for the codes of a table with 2^nplanes entries. */
static unsigned
build_steps(struct builder *builder, const uint8_t *table, unsigned nplanes)
{
    uint32_t n = 1u << nplanes, half = n / 2;
    bool has_false = false, has_true = false, are_alike = true;
    uint8_t merged[1 << MATCH_TABLE_BITS];
    for (uint32_t i = 0; i < n; i++) {
        has_false = has_false || table[i] == FALSE_CODE;
        has_true = has_true || table[i] == TRUE_CODE;
    }
    if (!has_false || !has_true) {
        return has_true;
    }
    for (uint32_t i = 0; i < half; i++) {
        uint8_t zero = table[i], one = table[half + i];
        are_alike = are_alike && (zero == one || zero == ANY_TRUTH || one == ANY_TRUTH);
        merged[i] = zero == ANY_TRUTH ? one : zero;
    }
    if (are_alike) {
        return build_steps(builder, merged, nplanes - 1);
    }
    unsigned zero = build_steps(builder, table, nplanes - 1);
    unsigned one = build_steps(builder, table + half, nplanes - 1);
    return one == zero ? one : add_step(builder, nplanes - 1, one, zero);
}

static unsigned
build_table(struct builder *builder, unsigned nplanes, uint32_t ncodes)
{
    uint8_t table[1 << MATCH_TABLE_BITS];
    for (uint32_t code = 0; code < 1u << nplanes; code++) {
        table[code] = code > ncodes                      ? ANY_TRUTH
                      : code_set_has(builder->set, code) ? TRUE_CODE
                                                         : FALSE_CODE;
    }
    return build_steps(builder, table, nplanes);
}

/* A chain with one step per plane: for one code, or for any. */
static unsigned
build_chain(struct builder *builder, unsigned nplanes)
{
    bool is_any = builder->set->kind == CODES_ANY;
    unsigned result = is_any ? 0 : 1;
    for (unsigned p = 0; p < nplanes; p++) {
        bool bit = is_any || builder->set->code >> p & 1;
        result = is_any ? add_step(builder, p, 1, result)
                        : add_step(builder, p, bit ? result : 0, bit ? 0 : result);
    }
    return result;
}

static const struct match_program *
program_new(struct arena *arena, const struct code_set *set, unsigned nplanes, uint32_t ncodes)
{
    struct builder *builder = arena_alloc(arena, sizeof *builder);
    builder->set = set;
    if (nplanes <= MATCH_TABLE_BITS) {
        builder->program.result = build_table(builder, nplanes, ncodes);
    } else if (set->kind != CODES_SET) {
        bool fits = set->kind != CODES_ONE || nplanes >= code_bits(set->code);
        builder->program.result = fits ? build_chain(builder, nplanes) : 0;
    } else {
        return NULL;
    }
    return builder->is_too_long ? NULL : &builder->program;
}

static void
set_programs(struct arena *arena, struct code_set *set, uint32_t ncodes)
{
    for (unsigned nplanes = 1; set->kind != CODES_NONE && nplanes <= code_bits(ncodes); nplanes++) {
        set->programs[nplanes] = program_new(arena, set, nplanes, ncodes);
    }
}

/* ---- With the writer ---- */

struct planner {
    struct count_plan *plan;
    const struct index *index;
};

/* NULL: no row has the field. */
static const struct column_view *
find_column(const struct planner *planner, struct slice field)
{
    static const struct column_view NOTHING = {.table = NULL};
    int64_t number = index_column(planner->index, field);
    return number == NO_COLUMN ? &NOTHING : &planner->plan->snapshot->columns[number];
}

static const struct dictionary *
find_dictionary(const struct planner *planner, struct slice field)
{
    int64_t number = index_column(planner->index, field);
    return number == NO_COLUMN ? NULL : &planner->index->columns[number]->dictionary;
}

static void
look_up_values(const struct planner *planner, struct count_node *node)
{
    const struct filter *filter = node->filter;
    const struct dictionary *dictionary = find_dictionary(planner, filter->field);
    node->codes = set_none();
    if (!dictionary) {
        return;
    }
    if (filter->nvalues == 1) {
        node->codes = set_one(dictionary_code(dictionary, filter->values[0]));
        node->rows = node->codes.kind == CODES_ONE
                         ? (double) dictionary_rows(dictionary, node->codes.code)
                         : 0;
        return;
    }
    uint64_t *bits = bits_new(planner->plan->arena, dictionary->ncodes);
    node->rows = 0;
    for (size_t i = 0; i < filter->nvalues; i++) {
        uint32_t code = dictionary_code(dictionary, filter->values[i]);
        if (code) {
            bits_add(bits, code);
            node->rows += (double) dictionary_rows(dictionary, code);
        }
    }
    node->codes = set_of_bits(bits, dictionary->ncodes);
}

static int
by_most_rows(const void *a, const void *b)
{
    double x = (*(struct count_node *const *) a)->rows, y = (*(struct count_node *const *) b)->rows;
    return (x < y) - (x > y);
}

static int
by_fewest_rows(const void *a, const void *b)
{
    return by_most_rows(b, a);
}

static struct count_node *
plan_node(const struct planner *planner, const struct filter *filter)
{
    struct count_node *node = arena_alloc(planner->plan->arena, sizeof *node);
    node->filter = filter;
    if (filter->kind <= FILTER_EXISTS) {
        node->kind = NODE_TEST;
        node->column = find_column(planner, filter->field);
        node->rows = (double) node->column->rows;
        /* Ranges and long lists: any value, until they are prepared. */
        node->codes = (struct code_set){.kind = CODES_ANY};
        if (filter->kind == FILTER_IN && filter->nvalues <= LOOKUPS_MOST) {
            look_up_values(planner, node);
        }
        return node;
    }
    node->kind = filter->kind == FILTER_OR ? NODE_OR : NODE_AND;
    node->nchildren = filter->nchildren;
    node->npositive = filter->kind == FILTER_OR ? filter->nchildren : filter->npositive;
    node->children = arena_array(planner->plan->arena, node->nchildren, sizeof *node->children);
    for (size_t i = 0; i < node->nchildren; i++) {
        const struct filter *child = filter->children[i];
        bool is_excluded = child->kind == FILTER_NOT;
        node->children[i] = plan_node(planner, is_excluded ? child->children[0] : child);
        node->depth =
            node->children[i]->depth + 1 > node->depth ? node->children[i]->depth + 1 : node->depth;
        if (node->kind == NODE_OR) {
            node->rows += node->children[i]->rows;
        } else if (i < node->npositive && (i == 0 || node->children[i]->rows < node->rows)) {
            node->rows = node->children[i]->rows;
        }
    }
    qsort(node->children, node->npositive, sizeof *node->children,
          node->kind == NODE_OR ? by_most_rows : by_fewest_rows);
    qsort(node->children + node->npositive, node->nchildren - node->npositive,
          sizeof *node->children, by_most_rows);
    return node;
}

/* Codes of the listed values; positions of ranges come later. */
static void
look_up_positions(const struct planner *planner, struct count_dim *dim)
{
    const struct bound_dim *bound = dim->bound;
    uint32_t ncodes = dim->column->dictionary.ncodes;
    uint32_t *positions = arena_array(planner->plan->arena, (size_t) ncodes + 1, sizeof *positions);
    memset(positions, 0xff, ((size_t) ncodes + 1) * sizeof *positions);
    dim->positions_of = positions;
    dim->npositions = (uint32_t) bound->npositions;
    const struct dictionary *dictionary = find_dictionary(planner, bound->field);
    for (size_t i = 0; i < bound->npositions; i++) {
        const struct position *position = &bound->positions[i];
        if (position->kind == POSITION_MISSING) {
            positions[0] = (uint32_t) i;
        } else if (position->kind == POSITION_VALUE && dictionary &&
                   bound->npositions <= LOOKUPS_MOST) {
            uint32_t code = dictionary_code(dictionary, position->value);
            if (code) {
                positions[code] = (uint32_t) i;
            }
        }
    }
    dim->of_missing = positions[0];
}

static void
plan_dim(const struct planner *planner, const struct bound_dim *bound, struct count_dim *dim)
{
    dim->bound = bound;
    dim->column = find_column(planner, bound->field);
    dim->is_open = bound_dim_is_unlisted(bound);
    dim->of_missing = dim->bad_position = NO_POSITION;
    dim->codes = (struct code_set){.kind = CODES_ANY};
    if (!dim->is_open) {
        look_up_positions(planner, dim);
    }
}

struct count_plan *
count_plan_new(struct arena *arena, const struct index *index, const struct snapshot *snapshot,
               const struct bound_query *query)
{
    struct count_plan *plan = arena_alloc(arena, sizeof *plan);
    struct planner planner = {plan, index};
    *plan = (struct count_plan){.arena = arena, .snapshot = snapshot, .query = query};
    if (query->filter) {
        plan->is_complement = query->filter->kind == FILTER_NOT;
        plan->filter =
            plan_node(&planner, plan->is_complement ? query->filter->children[0] : query->filter);
    }
    plan->grids = arena_array(arena, query->ndims + 1, sizeof *plan->grids);
    plan->axis_dims = arena_array(arena, query->ndims, sizeof *plan->axis_dims);
    plan->grids[0].ndims = query->ndims;
    plan->grids[0].dims = arena_array(arena, query->ndims, sizeof *plan->grids[0].dims);
    plan->ngrids = 1;
    for (size_t d = 0; d < query->ndims; d++) {
        struct count_dim *dim = &plan->grids[0].dims[d];
        plan_dim(&planner, &query->dims[d], dim);
        if (dim->is_open && query->format == AST_FORMAT_NESTED && query->ndims > 1) {
            plan->axis_dims[plan->ngrids - 1] = d;
            plan->ngrids++;
        }
    }
    return plan;
}

/* ---- Over dictionaries ---- */

/* How the value lies to a bound: negative, 0 or positive. */
static int
compare_bound(const struct filter *range, const struct filter_bound *bound, uint64_t bound_key,
              const struct value *value)
{
    if (range->is_text) {
        return slice_compare(value_text(value), bound->value);
    }
    if (value->key != bound_key) {
        return value->key < bound_key ? -1 : 1;
    }
    return number_compare(value_text(value), bound->value);
}

static bool
range_has(const struct filter *range, const uint64_t keys[2], const struct value *value)
{
    if (!range->is_text && !value->key) {
        return false;
    }
    if (range->lo.given) {
        int order = compare_bound(range, &range->lo, keys[0], value);
        if (order < 0 || (order == 0 && !range->lo.inclusive)) {
            return false;
        }
    }
    if (range->hi.given) {
        int order = compare_bound(range, &range->hi, keys[1], value);
        return order < 0 || (order == 0 && range->hi.inclusive);
    }
    return true;
}

static void
prepare_range(struct arena *arena, struct count_node *node)
{
    const struct dictionary_view *view = &node->column->dictionary;
    const struct filter *range = node->filter;
    uint64_t *bits = bits_new(arena, view->ncodes);
    uint64_t keys[2] = {range->lo.given ? order_key(range->lo.value) : 0,
                        range->hi.given ? order_key(range->hi.value) : 0};
    for (uint32_t code = 1; code <= view->ncodes; code++) {
        if (range_has(range, keys, dictionary_value(view, code))) {
            bits_add(bits, code);
        }
    }
    node->codes = set_of_bits(bits, view->ncodes);
}

static void
prepare_long_list(struct arena *arena, struct count_node *node)
{
    const struct dictionary_view *view = &node->column->dictionary;
    struct map listed;
    map_init(&listed, arena);
    for (size_t i = 0; i < node->filter->nvalues; i++) {
        map_add(&listed, node->filter->values[i], NULL);
    }
    uint64_t *bits = bits_new(arena, view->ncodes);
    for (uint32_t code = 1; code <= view->ncodes; code++) {
        if (map_find(&listed, value_text(dictionary_value(view, code)))) {
            bits_add(bits, code);
        }
    }
    node->codes = set_of_bits(bits, view->ncodes);
}

static void
prepare_node(struct arena *arena, struct count_node *node)
{
    if (node->kind != NODE_TEST) {
        for (size_t i = 0; i < node->nchildren; i++) {
            prepare_node(arena, node->children[i]);
        }
        return;
    }
    const struct filter *filter = node->filter;
    if (filter->kind == FILTER_RANGE) {
        prepare_range(arena, node);
    } else if (filter->kind == FILTER_IN && filter->nvalues > LOOKUPS_MOST) {
        prepare_long_list(arena, node);
    }
    set_programs(arena, &node->codes, node->column->dictionary.ncodes);
}

struct bin_range {
    uint64_t lo_key;
    const struct position *position;
};

static int
by_lower_bound(const void *a, const void *b)
{
    return number_compare(((const struct bin_range *) a)->position->lo,
                          ((const struct bin_range *) b)->position->lo);
}

/* The range that holds a number: those of a dimension exclude each other. */
static const struct position *
find_range(const struct bin_range *ranges, size_t nranges, const struct value *value)
{
    size_t first = 0, last = nranges; /* the first range that begins above the value */
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        const struct bin_range *range = &ranges[middle];
        bool begins_above = range->lo_key != value->key
                                ? range->lo_key > value->key
                                : number_compare(range->position->lo, value_text(value)) > 0;
        if (begins_above) {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    if (first && number_compare(value_text(value), ranges[first - 1].position->hi) <= 0) {
        return ranges[first - 1].position;
    }
    return NULL;
}

/* Ranges, `other`, and lists too long to be looked up. */
static void
prepare_positions(struct arena *arena, struct count_dim *dim)
{
    const struct bound_dim *bound = dim->bound;
    const struct dictionary_view *view = &dim->column->dictionary;
    uint32_t *positions = (uint32_t *) dim->positions_of, other = NO_POSITION;
    bool is_long = bound->npositions > LOOKUPS_MOST;
    struct map listed;
    map_init(&listed, arena);
    struct bin_range *ranges = arena_array(arena, bound->npositions, sizeof *ranges);
    size_t nranges = 0;
    for (size_t i = 0; i < bound->npositions; i++) {
        const struct position *position = &bound->positions[i];
        if (position->kind == POSITION_RANGE) {
            ranges[nranges++] = (struct bin_range){order_key(position->lo), position};
        } else if (position->kind == POSITION_OTHER) {
            other = (uint32_t) i;
        } else if (position->kind == POSITION_VALUE && is_long) {
            *map_add(&listed, position->value, NULL) = i;
        }
    }
    if (!is_long && !nranges && other == NO_POSITION) {
        return;
    }
    qsort(ranges, nranges, sizeof *ranges, by_lower_bound);
    for (uint32_t code = 1; code <= view->ncodes; code++) {
        const struct value *value = dictionary_value(view, code);
        const size_t *known = is_long ? map_find(&listed, value_text(value)) : NULL;
        if (known) {
            positions[code] = (uint32_t) *known;
        }
        if (positions[code] == NO_POSITION && value->key) {
            const struct position *position = find_range(ranges, nranges, value);
            if (position) {
                positions[code] = (uint32_t) (position - bound->positions);
            }
        }
        if (positions[code] == NO_POSITION) {
            positions[code] = other;
        }
    }
}

/* Bins as they are met. Whole numbers, most of all values, need no text to find theirs. */
struct bins {
    struct arena *arena, *scratch;
    struct count_dim *dim;
    struct slice *lowers; /* by position */
    struct map by_text, by_integer;
    bool has_integer_width;
    int64_t width;
};

static uint32_t
bin_new(struct bins *bins, struct slice lower)
{
    bins->lowers[bins->dim->npositions] = lower;
    return bins->dim->npositions++;
}

static uint32_t
bin_of_text(struct bins *bins, struct slice lower)
{
    size_t *known = map_find(&bins->by_text, lower);
    if (!known) {
        struct slice own = arena_copy(bins->arena, lower);
        known = map_add(&bins->by_text, own, NULL);
        *known = bin_new(bins, own);
    }
    return (uint32_t) *known;
}

/* False: the bin's bounds are no 64-bit integers. */
static bool
bin_of_integer(struct bins *bins, int64_t n, uint32_t *bin)
{
    int64_t lower;
    int64_t quotient = n / bins->width - (n % bins->width < 0);
    if (__builtin_mul_overflow(quotient, bins->width, &lower)) {
        return false;
    }
    size_t *known = map_find(&bins->by_integer, slice_of(&lower, sizeof lower));
    if (!known) {
        struct slice key = arena_copy(bins->arena, slice_of(&lower, sizeof lower));
        known = map_add(&bins->by_integer, key, NULL);
        *known = bin_of_text(bins, arena_printf(bins->scratch, "%lld", (long long) lower));
    }
    *bin = (uint32_t) *known;
    return true;
}

static uint32_t
bin_of(struct bins *bins, uint32_t code, const struct value *value)
{
    struct slice lower, upper, text = value_text(value);
    uint32_t bin;
    int64_t n;
    if (!value->key) {
        return NO_POSITION;
    }
    if (bins->has_integer_width && slice_to_int64(text, &n) && bin_of_integer(bins, n, &bin)) {
        return bin;
    }
    if (number_bin(bins->scratch, text, bins->dim->bound->width, &lower, &upper)) {
        return bin_of_text(bins, lower);
    }
    if (bins->dim->bad_position == NO_POSITION) {
        bins->dim->bad_position = bin_new(bins, slice_lit(""));
        bins->dim->bad_code = code;
    }
    return bins->dim->bad_position;
}

static void
prepare_bins(struct arena *arena, struct count_dim *dim)
{
    enum { VALUES_PER_SCRATCH = 4096 };
    const struct dictionary_view *view = &dim->column->dictionary;
    uint32_t *positions = arena_array(arena, (size_t) view->ncodes + 1, sizeof *positions);
    struct bins bins = {.arena = arena, .scratch = arena_new(), .dim = dim};
    bins.lowers = arena_array(arena, (size_t) view->ncodes + 1, sizeof *bins.lowers);
    bins.has_integer_width = slice_to_int64(dim->bound->width, &bins.width);
    map_init(&bins.by_text, arena);
    map_init(&bins.by_integer, arena);
    positions[0] = NO_POSITION;
    for (uint32_t code = 1; code <= view->ncodes; code++) {
        positions[code] = bin_of(&bins, code, dictionary_value(view, code));
        if (code % VALUES_PER_SCRATCH == 0) {
            arena_free(bins.scratch);
            bins.scratch = arena_new();
        }
    }
    arena_free(bins.scratch);
    dim->positions_of = positions;
    dim->bins = bins.lowers;
}

/* The codes that have a position: what a row must have to be in a cell. */
static void
prepare_codes(struct arena *arena, struct count_dim *dim)
{
    uint32_t ncodes = dim->column->dictionary.ncodes;
    if (dim->positions_of) {
        uint64_t *bits = bits_new(arena, ncodes);
        for (uint32_t code = 1; code <= ncodes; code++) {
            if (dim->positions_of[code] != NO_POSITION) {
                bits_add(bits, code);
            }
        }
        dim->codes = set_of_bits(bits, ncodes);
    }
}

static void
prepare_dim(struct arena *arena, struct count_dim *dim)
{
    switch (dim->bound->kind) {
    case DIM_OPEN: dim->npositions = dim->column->dictionary.ncodes; break;
    case DIM_WIDTH: prepare_bins(arena, dim); break;
    case DIM_LIST:
    case DIM_BINS: prepare_positions(arena, dim); break;
    }
    prepare_codes(arena, dim);
}

static void
prepare_grid(struct count_grid *grid)
{
    grid->ncells = 1;
    grid->is_countable = true;
    for (size_t d = grid->ndims; d-- > 0;) {
        grid->dims[d].stride = grid->ncells;
        if (__builtin_mul_overflow(grid->ncells, (uint64_t) grid->dims[d].npositions,
                                   &grid->ncells)) {
            grid->is_countable = false;
            return;
        }
    }
}

void
count_plan_prepare(struct count_plan *plan)
{
    if (plan->filter) {
        prepare_node(plan->arena, plan->filter);
    }
    struct count_grid *grid = &plan->grids[0];
    for (size_t d = 0; d < grid->ndims; d++) {
        prepare_dim(plan->arena, &grid->dims[d]);
    }
    prepare_grid(grid);
    for (size_t i = 1; i < plan->ngrids; i++) {
        struct count_grid *axis = &plan->grids[i];
        axis->ndims = 1;
        axis->dims = arena_alloc(plan->arena, sizeof *axis->dims);
        axis->dims[0] = grid->dims[plan->axis_dims[i - 1]];
        prepare_grid(axis);
    }
    plan->is_prepared = true;
}
