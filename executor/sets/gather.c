/*
 * Gather: what the count script's replies say, as one partial.
 * in: replies of executor/sets/lua/count.lua; out: struct partial, from which answer/table goes on.
 *
 * Example, `count a, b in [1,2] from current` over two shards:
 *     shard 0: open a {"x","y"}, radices 3, 2, cells {2: 5, 4: 1}      2 = id 1 "x", b position 0
 *     shard 1: open a {"y"},     radices 2, 2, cells {2: 7}            2 = id 1 "y", b position 0
 *     partial: {x,y} x 2 | 0:5 2:8
 */
#include "executor/sets/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

enum { DROPPED = GATHER_DROPPED, HEADER = 5 /* elements before the cells */ };

void
gather_init(struct gather *gather, struct arena *arena, const struct bound_query *query,
            uint64_t max_cells)
{
    *gather = (struct gather){.arena = arena, .query = query, .max_cells = max_cells};
    gather->dims = arena_array(arena, query->ndims, sizeof *gather->dims);
    for (size_t i = 0; i < query->ndims; i++) {
        const struct bound_dim *dim = &query->dims[i];
        struct gather_dim *out = &gather->dims[i];
        switch (dim->kind) {
        case DIM_LIST:
        case DIM_BINS:
            /* A list that the script has looked up comes with positions, not with values. */
            out->list.other = DROPPED;
            if (bound_dim_is_open(dim)) {
                place_list_init(&out->list, arena, dim, true);
            }
            break;
        case DIM_OPEN: map_init(&out->ids, arena); break;
        case DIM_WIDTH: place_bins_init(&out->bins, arena, dim->width); break;
        }
    }
}

/* ---- Positions ---- */

/* Of a dimension whose positions are the values that occur. */
static uint32_t
position_of_text(struct gather *gather, struct gather_dim *dim, struct slice value)
{
    size_t *known = map_find(&dim->ids, value);
    if (known) {
        return (uint32_t) *known;
    }
    dim->values =
        arena_room(gather->arena, dim->values, dim->nvalues, &dim->capacity, sizeof *dim->values);
    struct slice own = arena_copy(gather->arena, value);
    *map_add(&dim->ids, own, NULL) = dim->nvalues;
    dim->values[dim->nvalues] = own;
    return (uint32_t) dim->nvalues++;
}

static bool
position_of_bin(struct gather *gather, size_t d, struct slice value, uint32_t *out,
                struct error *err)
{
    const struct bound_dim *dim = &gather->query->dims[d];
    struct place_bins *bins = &gather->dims[d].bins;
    *out = place_bin(bins, gather->arena, order_key(value), value);
    if (*out == DROPPED || *out != bins->too_long || gather->hides) {
        return true;
    }
    char quoted[ERROR_QUOTE_BYTES], field[ERROR_QUOTE_BYTES];
    return error_set(err, "LIMIT", "value %s of %s has more than 37 digits: no bin of width %.*s",
                     error_quote(quoted, value), error_quote(field, dim->field),
                     SLICE_ARG(dim->width));
}

static bool
position_of_value(struct gather *gather, size_t d, struct slice value, uint32_t *out,
                  struct error *err)
{
    struct gather_dim *dim = &gather->dims[d];
    switch (gather->query->dims[d].kind) {
    case DIM_LIST:
    case DIM_BINS: *out = place_of(&dim->list, order_key(value), value); return true;
    case DIM_OPEN: *out = position_of_text(gather, dim, value); return true;
    case DIM_WIDTH: break;
    }
    return position_of_bin(gather, d, value, out, err);
}

/* Local ids of one reply's dimension -> positions; what is behind them is no id. */
struct id_map {
    uint32_t *positions;
    size_t nids;
};

/* Ids count from 1 where it is open, 0 is missing. A radix may be larger than there are ids. */
static bool
map_local_ids(struct gather *gather, size_t d, const struct resp_value *values, size_t radix,
              struct id_map *out, struct error *err)
{
    const struct bound_dim *dim = &gather->query->dims[d];
    size_t nvalues = reply_count(values);
    size_t most = nvalues + 1 > dim->npositions ? nvalues + 1 : dim->npositions;
    size_t nids = radix < most ? radix : most;
    uint32_t *map = arena_array(gather->arena, nids, sizeof *map);
    memset(map, 0xff, nids * sizeof *map);
    bool is_open = bound_dim_is_open(dim);
    for (size_t i = 0; i < dim->npositions && nids > 0; i++) {
        if (!is_open && i < nids) {
            map[i] = (uint32_t) i;
        } else if (is_open && dim->positions[i].kind == POSITION_MISSING) {
            map[0] = (uint32_t) i;
        }
    }
    for (size_t i = 0; i < nvalues && i + 1 < nids; i++) {
        if (!position_of_value(gather, d, reply_text(reply_at(values, i)), &map[i + 1], err)) {
            return false;
        }
    }
    *out = (struct id_map){map, nids};
    return true;
}

/* ---- Cells ---- */

static size_t
probe(const struct gather *gather, const uint32_t *cell)
{
    size_t ndims = gather->query->ndims;
    uint64_t hash = 1469598103934665603u;
    for (size_t d = 0; d < ndims; d++) {
        hash = (hash ^ cell[d]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    size_t at = hash & (gather->capacity - 1);
    while (gather->counts[at] &&
           memcmp(gather->positions + at * ndims, cell, ndims * sizeof *cell) != 0) {
        at = (at + 1) & (gather->capacity - 1);
    }
    return at;
}

static void
grow_cells(struct gather *gather)
{
    size_t ndims = gather->query->ndims, old_capacity = gather->capacity;
    uint32_t *old_positions = gather->positions;
    int64_t *old_counts = gather->counts;
    gather->capacity = old_capacity ? old_capacity * 2 : 64;
    gather->positions = arena_array(gather->arena, gather->capacity * ndims, sizeof(uint32_t));
    gather->counts = arena_array(gather->arena, gather->capacity, sizeof *gather->counts);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old_counts[i]) {
            size_t at = probe(gather, old_positions + i * ndims);
            memcpy(gather->positions + at * ndims, old_positions + i * ndims,
                   ndims * sizeof(uint32_t));
            gather->counts[at] = old_counts[i];
        }
    }
}

static bool
malformed(const struct gather *gather, struct error *err)
{
    return reply_misshapen(gather->shard ? gather->shard : "?", "a count", err);
}

static bool
add_cell(struct gather *gather, const uint32_t *cell, int64_t count, struct error *err)
{
    if ((gather->ncells + 1) * 2 > gather->capacity) {
        grow_cells(gather);
    }
    size_t ndims = gather->query->ndims;
    size_t at = probe(gather, cell);
    if (!gather->counts[at]) {
        memcpy(gather->positions + at * ndims, cell, ndims * sizeof *cell);
        if (++gather->ncells > gather->max_cells) {
            return error_set(err, "LIMIT", "max-cells is %llu, the answer has more",
                             (unsigned long long) gather->max_cells);
        }
    }
    if (__builtin_add_overflow(gather->counts[at], count, &gather->counts[at])) {
        return malformed(gather, err);
    }
    return true;
}

/* The parts of a reply after a look at its shape; the radices' product fits. */
static bool
read_header(const struct gather *gather, const struct resp_value *reply, size_t ndims,
            size_t *radices, uint64_t *ncells, struct error *err)
{
    if (reply_count(reply) != HEADER + 1 || reply_at(reply, 2)->type != VALUE_ARRAY ||
        reply_count(reply_at(reply, 3)) != ndims || reply_count(reply_at(reply, 4)) != ndims ||
        reply_at(reply, 5)->type != VALUE_ARRAY || reply_count(reply_at(reply, 5)) % 2) {
        return malformed(gather, err);
    }
    *ncells = 1;
    for (size_t d = 0; d < ndims; d++) {
        int64_t radix;
        if (!reply_is_texts(reply_at(reply_at(reply, 3), d)) ||
            !reply_int(reply_at(reply_at(reply, 4), d), &radix) || radix < 0 ||
            __builtin_mul_overflow(*ncells, (uint64_t) radix, ncells)) {
            return malformed(gather, err);
        }
        radices[d] = (size_t) radix;
    }
    for (size_t i = 0; i < reply_count(reply_at(reply, 2)); i++) {
        int64_t rows = 0;
        if (!reply_add(reply_at(reply_at(reply, 2), i), &rows)) {
            return malformed(gather, err);
        }
    }
    return true;
}

bool
gather_add(struct gather *gather, const struct resp_value *reply, struct error *err)
{
    size_t ndims = gather->query->ndims;
    size_t *radices = arena_array(gather->arena, ndims, sizeof *radices);
    struct id_map *maps = arena_array(gather->arena, ndims, sizeof *maps);
    uint32_t *cell = arena_array(gather->arena, ndims, sizeof *cell);
    uint64_t ncells = 0;
    if (!read_header(gather, reply, ndims, radices, &ncells, err)) {
        return false;
    }
    if (!reply_add(reply_at(reply, 0), &gather->hits) ||
        !reply_add(reply_at(reply, 1), &gather->misses)) {
        return malformed(gather, err);
    }
    for (size_t d = 0; d < ndims; d++) {
        if (!map_local_ids(gather, d, reply_at(reply_at(reply, 3), d), radices[d], &maps[d], err)) {
            return false;
        }
    }
    const struct resp_value *cells = reply_at(reply, 5);
    for (size_t i = 0; i < reply_count(cells); i += 2) {
        int64_t index, count;
        if (!reply_int(reply_at(cells, i), &index) || !reply_int(reply_at(cells, i + 1), &count) ||
            index < 0 || (uint64_t) index >= ncells || count <= 0) {
            return malformed(gather, err);
        }
        bool dropped = false;
        uint64_t rest = (uint64_t) index;
        for (size_t d = ndims; d-- > 0;) {
            if (rest % radices[d] >= maps[d].nids) {
                return malformed(gather, err);
            }
            cell[d] = maps[d].positions[rest % radices[d]];
            rest /= radices[d];
            dropped = dropped || cell[d] == DROPPED;
        }
        if (!dropped && !add_cell(gather, cell, count, err)) {
            return false;
        }
    }
    return true;
}

bool
gather_add_axis(struct gather *gather, size_t dim, const struct resp_value *reply,
                struct error *err)
{
    size_t radix = 0;
    uint64_t ncells = 0;
    if (!read_header(gather, reply, 1, &radix, &ncells, err)) {
        return false;
    }
    struct id_map map;
    return map_local_ids(gather, dim, reply_at(reply_at(reply, 3), 0), radix, &map, err);
}

int64_t
gather_named_rows(const struct resp_value *reply, size_t id)
{
    int64_t rows = 0;
    if (reply_count(reply) == HEADER + 1 && id <= reply_count(reply_at(reply, 2)) &&
        !reply_int(reply_at(reply_at(reply, 2), id - 1), &rows)) {
        rows = 0;
    }
    return rows;
}

/* ---- The partial ---- */

struct order_entry {
    struct slice value;
    uint32_t position;
};

static int
by_value(const void *a, const void *b)
{
    return value_compare(((const struct order_entry *) a)->value,
                         ((const struct order_entry *) b)->value);
}

/* Fills a dimension of the partial; ranks[position] is the place of an open one's position in the
 * order of values. NULL: it is closed. */
static uint32_t *
finish_dim(struct gather *gather, size_t d, struct partial_dim *out)
{
    const struct bound_dim *dim = &gather->query->dims[d];
    const struct gather_dim *met = &gather->dims[d];
    out->is_open = bound_dim_is_unlisted(dim);
    if (!out->is_open) {
        out->npositions = dim->npositions;
        return NULL;
    }
    bool has_bins = dim->kind == DIM_WIDTH;
    const struct slice *values = has_bins ? met->bins.lowers : met->values;
    size_t n = has_bins ? met->bins.nlowers : met->nvalues;
    struct order_entry *order = arena_array(gather->arena, n, sizeof *order);
    for (size_t i = 0; i < n; i++) {
        order[i] = (struct order_entry){values[i], (uint32_t) i};
    }
    qsort(order, n, sizeof *order, by_value);
    uint32_t *ranks = arena_array(gather->arena, n, sizeof *ranks);
    out->npositions = n;
    out->values = arena_array(gather->arena, n, sizeof *out->values);
    for (size_t i = 0; i < n; i++) {
        ranks[order[i].position] = (uint32_t) i;
        out->values[i] = order[i].value;
    }
    return ranks;
}

bool
gather_partial(struct gather *gather, struct partial **out, struct error *err)
{
    size_t ndims = gather->query->ndims;
    struct partial *partial = arena_alloc(gather->arena, sizeof *partial);
    uint32_t **ranks = arena_array(gather->arena, ndims, sizeof *ranks);
    partial->ndims = ndims;
    partial->dims = arena_array(gather->arena, ndims, sizeof *partial->dims);
    for (size_t d = 0; d < ndims; d++) {
        ranks[d] = finish_dim(gather, d, &partial->dims[d]);
    }
    if (!partial_multiply_dims(partial)) {
        return error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
    }
    partial->cells = cell_list_counts(gather->arena, gather->ncells);
    for (size_t i = 0; i < gather->capacity; i++) {
        if (!gather->counts[i]) {
            continue;
        }
        uint64_t index = 0;
        for (size_t d = 0; d < ndims; d++) {
            uint32_t position = gather->positions[i * ndims + d];
            index =
                index * partial->dims[d].npositions + (ranks[d] ? ranks[d][position] : position);
        }
        cell_list_add(&partial->cells, index, gather->counts[i]);
    }
    cell_list_sort(gather->arena, &partial->cells);
    *out = partial;
    return true;
}
