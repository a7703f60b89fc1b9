/*
 * Works out ranges, lists, patterns and bins over whole dictionaries, before chunks are counted. in: a plan
 * from the writer; out: the same with all its codes.
 *
 *     a pass:     begin -> step over codes 1 .. 4096 -> ... -> step over the last ones -> end
 *     then:       each test's match programs, a few at a time; then the grids
 *
 * Example: `income > 5000 || income in [7,9]` over a dictionary of a million values is one pass
 * over their order keys. A key is searched among the ranges, which are sorted and do not touch.
 * Digits are compared only if keys are equal. Codes of values that no row has any more may be in
 * the set or not.
 */
#include "columns/count_prepare.h"

#include <stdlib.h>
#include <string.h>

#include "answer/place.h"
#include "answer/place_key.h"
#include "base/map.h"
#include "base/number.h"

enum { PROGRAM_VALUES = 64 }; /* a test's programs take about as long as this many values */

/* ---- Ranges ---- */

/* Compares the value with a bound: negative, 0 or positive. */
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

/* A range with the order keys of its bounds. */
struct span {
    uint64_t keys[2];
    const struct filter *range;
};

struct spans {
    struct span *items;
    size_t count;
};

static int
order_spans(const struct span *a, const struct span *b)
{
    const struct filter_bound *x = &a->range->lo, *y = &b->range->lo;
    if (!x->given || !y->given) {
        return (int) x->given - (int) y->given;
    }
    return a->range->is_text ? slice_compare(x->value, y->value)
                             : number_compare(x->value, y->value);
}

static int
by_lower(const void *a, const void *b)
{
    return order_spans(a, b);
}

/* Adds a range; the array has room, and is sorted when all are there. */
static void
span_add(struct spans *spans, const struct filter *range)
{
    struct span *span = &spans->items[spans->count++];
    span->range = range;
    span->keys[0] = range->lo.given ? order_key(range->lo.value) : 0;
    span->keys[1] = range->hi.given ? order_key(range->hi.value) : 0;
}

/* Ranges do not touch: only the last one that begins no later can hold the value. */
static bool
spans_have(const struct spans *spans, const struct value *value)
{
    size_t first = 0, last = spans->count; /* the first range that begins behind the value */
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        const struct span *span = &spans->items[middle];
        if (span->range->lo.given &&
            compare_bound(span->range, &span->range->lo, span->keys[0], value) < 0) {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    return first && range_has(spans->items[first - 1].range, spans->items[first - 1].keys, value);
}

/* ---- Which values hold ---- */

/* The state of a pass between two steps. */
struct preparation {
    uint64_t *bits;
    /* VALUES */
    struct spans numbers, texts;
    const struct filter **likes; /* patterns, and tests of parts */
    size_t nlikes;
    struct map listed; /* VALUES: a list that is too long to be looked up */
    bool has_list;
    /* LISTED, POSITIONS, BINS, KEYS */
    uint32_t *positions;
    struct place_list places;
    struct place_bins bins;
    struct place_keys keys;
    /* The place in the pass. */
    size_t pass;
    uint32_t next_code; /* 0: the pass has not begun */
    size_t next_test;
};

static void
values_begin(struct count_plan *plan, struct count_node *node)
{
    struct preparation *at = plan->preparation;
    struct arena *arena = plan->arena;
    at->bits = code_bits_new(arena, node->column->dictionary.ncodes);
    at->numbers = at->texts = (struct spans){NULL, 0};
    at->numbers.items = arena_array(arena, node->nparts, sizeof *at->numbers.items);
    at->texts.items = arena_array(arena, node->nparts, sizeof *at->texts.items);
    at->likes = arena_array(arena, node->nparts, sizeof *at->likes);
    at->nlikes = 0;
    map_init(&at->listed, arena);
    for (size_t i = 0; i < node->nparts; i++) {
        const struct filter *part = node->parts[i];
        if (part->kind == FILTER_RANGE) {
            span_add(part->is_text ? &at->texts : &at->numbers, part);
        } else if (part->kind == FILTER_LIKE || part->kind == FILTER_PARTS) {
            at->likes[at->nlikes++] = part;
        } else if (!node->found) {
            for (size_t v = 0; v < part->nvalues; v++) {
                map_add(&at->listed, part->values[v], NULL);
            }
        }
    }
    at->has_list = at->listed.count;
    qsort(at->numbers.items, at->numbers.count, sizeof *at->numbers.items, by_lower);
    qsort(at->texts.items, at->texts.count, sizeof *at->texts.items, by_lower);
}

/* Ranges, lists and patterns: any of them. */
static bool
value_holds(const struct preparation *at, const struct value *value)
{
    if ((value->key && spans_have(&at->numbers, value)) || spans_have(&at->texts, value) ||
        (at->has_list && map_find(&at->listed, value_text(value)))) {
        return true;
    }
    for (size_t i = 0; i < at->nlikes; i++) {
        if (filter_value_holds(at->likes[i], value_text(value))) {
            return true;
        }
    }
    return false;
}

static void
values_step(struct preparation *at, const struct count_node *node, uint32_t from, uint32_t to)
{
    const struct dictionary_view *view = &node->column->dictionary;
    if (at->numbers.count == 1 && !at->texts.count && !at->has_list && !at->nlikes) {
        const struct span *span = at->numbers.items;
        for (uint32_t code = from; code < to; code++) {
            if (range_has(span->range, span->keys, dictionary_value(view, code))) {
                code_bits_add(at->bits, code);
            }
        }
        return;
    }
    for (uint32_t code = from; code < to; code++) {
        if (value_holds(at, dictionary_value(view, code))) {
            code_bits_add(at->bits, code);
        }
    }
}

static void
values_end(struct preparation *at, struct count_node *node)
{
    for (size_t i = 0; i < node->nfound; i++) {
        code_bits_add(at->bits, node->found[i].code);
    }
    node->codes = code_set_of_bits(at->bits, node->column->dictionary.ncodes);
}

/* ---- The position of each value ---- */

/* Room for the positions of a dim's codes; that of rows without the field is known. */
static void
positions_room(struct count_plan *plan, const struct count_dim *dim)
{
    struct preparation *at = plan->preparation;
    uint32_t ncodes = dim->column->dictionary.ncodes;
    at->bits = code_bits_new(plan->arena, ncodes);
    at->positions = arena_array(plan->arena, (size_t) ncodes + 1, sizeof *at->positions);
    at->positions[0] = dim->of_missing;
}

/* Starts the positions of values. For lists that were looked up they are known already. */
static void
positions_begin(struct count_plan *plan, struct count_dim *dim)
{
    positions_room(plan, dim);
    place_list_init(&plan->preparation->places, plan->arena, dim->bound, !dim->found);
}

static void
positions_step(struct preparation *at, const struct count_dim *dim, uint32_t from, uint32_t to)
{
    for (uint32_t code = from; code < to; code++) {
        const struct value *value = dictionary_value(&dim->column->dictionary, code);
        at->positions[code] = place_of(&at->places, value->key, value_text(value));
        if (at->positions[code] != NO_POSITION) {
            code_bits_add(at->bits, code);
        }
    }
}

static void
positions_end(struct preparation *at, struct count_dim *dim)
{
    for (size_t i = 0; i < dim->nfound; i++) {
        at->positions[dim->found[i].code] = dim->found[i].position;
        code_bits_add(at->bits, dim->found[i].code);
    }
    dim->positions_of = at->positions;
    dim->codes = code_set_of_bits(at->bits, dim->column->dictionary.ncodes);
}

/* ---- Positions that are met: bins and keys ---- */

static void
bins_begin(struct count_plan *plan, struct count_dim *dim)
{
    place_bins_init(&plan->preparation->bins, plan->arena, dim->bound->width);
    positions_room(plan, dim);
}

static void
keys_begin(struct count_plan *plan, struct count_dim *dim)
{
    place_keys_init(&plan->preparation->keys, plan->arena, dim->bound->rule);
    dim->of_missing = place_key_missing(&plan->preparation->keys);
    positions_room(plan, dim);
}

static void
met_take(struct preparation *at, struct count_dim *dim, uint32_t code, uint32_t position,
         uint32_t too_long)
{
    at->positions[code] = position;
    if (position == NO_POSITION) {
        return;
    }
    code_bits_add(at->bits, code);
    if (position == too_long && dim->bad_position == NO_POSITION) {
        dim->bad_position = position;
        dim->bad_code = code;
    }
}

static void
bins_step(struct preparation *at, struct count_dim *dim, uint32_t from, uint32_t to)
{
    struct arena *scratch = arena_new();
    for (uint32_t code = from; code < to; code++) {
        const struct value *value = dictionary_value(&dim->column->dictionary, code);
        uint32_t bin = place_bin(&at->bins, scratch, value->key, value_text(value));
        met_take(at, dim, code, bin, at->bins.too_long);
    }
    arena_free(scratch);
}

static void
keys_step(struct preparation *at, struct count_dim *dim, uint32_t from, uint32_t to)
{
    struct arena *scratch = arena_new();
    for (uint32_t code = from; code < to; code++) {
        const struct value *value = dictionary_value(&dim->column->dictionary, code);
        uint32_t key = place_key_of(&at->keys, scratch, value->key, value_text(value));
        met_take(at, dim, code, key, at->keys.too_long);
    }
    arena_free(scratch);
}

static void
met_end(struct preparation *at, struct count_dim *dim, struct slice *texts, size_t ntexts)
{
    dim->positions_of = at->positions;
    dim->texts = texts;
    dim->npositions = (uint32_t) ntexts;
    dim->codes = code_set_of_bits(at->bits, dim->column->dictionary.ncodes);
}

/* ---- Numbers ---- */

static void
dim_numbers_begin(struct count_plan *plan, struct count_dim *dim)
{
    struct preparation *at = plan->preparation;
    uint32_t ncodes = dim->column->dictionary.ncodes;
    numbers_begin(dim->numbers, plan->arena, ncodes);
    at->bits = code_bits_new(plan->arena, ncodes);
    at->positions = arena_array(plan->arena, (size_t) ncodes + 1, sizeof *at->positions);
    at->positions[0] = NO_POSITION;
}

static void
dim_numbers_end(struct count_plan *plan, struct count_dim *dim)
{
    struct preparation *at = plan->preparation;
    uint32_t ncodes = dim->column->dictionary.ncodes;
    numbers_end(dim->numbers, plan->arena, ncodes, at->bits);
    dim->positions_of = at->positions;
    dim->codes = dim->has_number->codes = code_set_of_bits(at->bits, ncodes);
}

/* ---- Passes ---- */

static void
pass_begin(struct count_plan *plan, const struct count_pass *pass)
{
    switch (pass->kind) {
    case PASS_FOUND:
        plan->preparation->bits = code_bits_new(plan->arena, pass->node->column->dictionary.ncodes);
        return;
    case PASS_VALUES: values_begin(plan, pass->node); return;
    case PASS_LISTED:
    case PASS_POSITIONS: positions_begin(plan, pass->dim); return;
    case PASS_BINS: bins_begin(plan, pass->dim); return;
    case PASS_KEYS: keys_begin(plan, pass->dim); return;
    case PASS_NUMBERS: dim_numbers_begin(plan, pass->dim); return;
    }
}

static void
pass_step(struct preparation *at, const struct count_pass *pass, uint32_t from, uint32_t to)
{
    switch (pass->kind) {
    case PASS_FOUND: return;
    case PASS_VALUES: values_step(at, pass->node, from, to); return;
    case PASS_LISTED:
        memset(at->positions + from, 0xff, (to - from) * sizeof *at->positions);
        return;
    case PASS_POSITIONS: positions_step(at, pass->dim, from, to); return;
    case PASS_BINS: bins_step(at, pass->dim, from, to); return;
    case PASS_KEYS: keys_step(at, pass->dim, from, to); return;
    case PASS_NUMBERS:
        numbers_read(pass->dim->numbers, &pass->dim->column->dictionary, from, to, at->bits,
                     at->positions);
        return;
    }
}

static void
pass_end(struct count_plan *plan, const struct count_pass *pass)
{
    struct preparation *at = plan->preparation;
    switch (pass->kind) {
    case PASS_FOUND:
    case PASS_VALUES: values_end(at, pass->node); return;
    case PASS_LISTED:
    case PASS_POSITIONS: positions_end(at, pass->dim); return;
    case PASS_BINS: met_end(at, pass->dim, at->bins.lowers, at->bins.nlowers); return;
    case PASS_KEYS: met_end(at, pass->dim, at->keys.texts, at->keys.ntexts); return;
    case PASS_NUMBERS: dim_numbers_end(plan, pass->dim); return;
    }
}

/* Returns how many of max_values are left for other passes. */
static uint32_t
pass_some(struct count_plan *plan, const struct count_pass *pass, uint32_t max_values)
{
    struct preparation *at = plan->preparation;
    uint32_t ncodes = (pass->node ? pass->node->column : pass->dim->column)->dictionary.ncodes;
    if (!at->next_code) {
        pass_begin(plan, pass);
        at->next_code = 1;
    }
    uint32_t left = ncodes - (at->next_code - 1), n = left < max_values ? left : max_values;
    if (n) {
        pass_step(at, pass, at->next_code, at->next_code + n);
    }
    at->next_code += n;
    if (n == left) {
        pass_end(plan, pass);
        at->next_code = 0;
        at->pass++;
    }
    return max_values - n;
}

static void
finish_test(struct arena *arena, struct count_node *node)
{
    if (node->same) {
        node->codes = node->same->codes; /* with its programs: the other test comes first */
    } else {
        code_set_add_programs(arena, &node->codes, node->column->dictionary.ncodes);
    }
}

static void
prepare_grid(struct count_grid *grid)
{
    grid->ncells = 1;
    grid->is_countable = true;
    for (size_t d = grid->ndims; d-- > 0;) {
        grid->dims[d].stride = grid->ncells;
        uint64_t npositions = grid->dims[d].dim->npositions;
        if (grid->is_set && d == grid->ndims - 1) {
            npositions = grid->row_cells;
        }
        if (__builtin_mul_overflow(grid->ncells, npositions, &grid->ncells)) {
            grid->is_countable = false;
            return;
        }
    }
}

static void
prepare_set(struct count_grid *grid)
{
    enum { WORD = 64 };
    const struct bound_grid *bound = grid->bound;
    grid->is_set = bound && bound->is_set && !bound->has_weight;
    if (grid->is_set) {
        uint64_t npositions = grid->dims[grid->ndims - 1].dim->npositions;
        grid->row_cells = (npositions + WORD - 1) / WORD * WORD;
        prepare_grid(grid);
        grid->is_set = grid->is_countable && grid->ncells <= SET_CELLS_MOST;
    }
}

static void
finish_grids(struct count_plan *plan)
{
    for (size_t d = 0; d < plan->query->ndims; d++) {
        struct count_dim *dim = &plan->dims[d];
        if (dim->bound->kind == DIM_OPEN) {
            dim->npositions = dim->column->dictionary.ncodes;
        }
    }
    for (size_t g = 0; g < plan->ngrids; g++) {
        struct count_grid *grid = &plan->grids[g];
        prepare_set(grid);
        prepare_grid(grid);
        if (grid->numbers &&
            (!grid->numbers->fits || !grid->is_countable || grid->ncells > SUMMED_CELLS_MOST)) {
            grid->numbers = NULL;
            grid->dims[grid->ndims - 1].dim = grid->raw_value;
            prepare_grid(grid);
        }
    }
}

bool
count_plan_prepare(struct count_plan *plan, uint32_t max_values)
{
    if (!plan->preparation) {
        plan->preparation = arena_alloc(plan->arena, sizeof *plan->preparation);
    }
    struct preparation *at = plan->preparation;
    /* A pass without values counts as one value, so that a call ends if there are many of them. */
    while (max_values && at->pass < plan->npasses) {
        uint32_t left = pass_some(plan, &plan->passes[at->pass], max_values);
        max_values = left < max_values ? left : left - 1;
    }
    while (max_values && at->next_test < plan->ntests) {
        finish_test(plan->arena, plan->tests[at->next_test++]);
        max_values = max_values > PROGRAM_VALUES ? max_values - PROGRAM_VALUES : 0;
    }
    if (at->pass < plan->npasses || at->next_test < plan->ntests) {
        return false;
    }
    finish_grids(plan);
    plan->is_prepared = true;
    return true;
}
