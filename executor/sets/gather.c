/*
 * Gather: each reply of the count script is checked and becomes a partial, and the partials are
 * merged into one. in: replies of executor/sets/lua/count.lua; out: struct partial, from which
 * answer/table goes on.
 *
 * Example, `count a, b in [1,2] from current` over two shards:
 *     shard 0: open a {"x","y"}, radices 3, 2, cells {2: 5, 4: 1}      2 = id 1 "x", b position 0
 *              partial {x,y} x 2 | 0:5 2:1
 *     shard 1: open a {"y"},     radices 2, 2, cells {2: 7}            2 = id 1 "y", b position 0
 *              partial {y} x 2 | 0:7
 *     merged:  {x,y} x 2 | 0:5 2:8
 */
#include "executor/sets/gather.h"

#include <stdlib.h>
#include <string.h>

#include "answer/merge.h"
#include "answer/ranks.h"
#include "base/must.h"
#include "base/number.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

enum {
    DROPPED = PLACE_NONE,
    HEADER = 5,          /* elements before the cells */
    PART_WEIGHT = 16,    /* weight of a partial itself, in cells and values */
    LEAST_WEIGHT = 16384 /* partials that weigh less are merged at the end: some 500 KB */
};

void
gather_init(struct gather *gather, struct arena *arena, const struct bound_query *query,
            uint64_t max_cells)
{
    *gather = (struct gather){.arena = arena, .query = query, .max_cells = max_cells};
    gather->parts_arena = arena_new();
    gather->lists = arena_array(arena, query->ndims, sizeof *gather->lists);
    for (size_t i = 0; i < query->ndims; i++) {
        const struct bound_dim *dim = &query->dims[i];
        if (bound_dim_is_open(dim) && !bound_dim_is_unlisted(dim)) {
            place_list_init(&gather->lists[i], arena, dim, true);
        } else {
            /* The script looked up a list: its reply has positions, not values. */
            gather->lists[i].other = DROPPED;
        }
    }
}

void
gather_fini(struct gather *gather)
{
    arena_free(gather->parts_arena);
    free(gather->parts);
    gather->parts_arena = NULL;
    gather->parts = NULL;
}

static bool
malformed(const struct gather *gather, struct error *err)
{
    return reply_misshapen(gather->shard ? gather->shard : "?", "a count", err);
}

/* ---- Positions ---- */

/* Maps local ids of one reply's dimension to positions; numbers beyond them are no ids. */
struct id_map {
    uint32_t *positions;
    size_t nids;
};

/* One reply while it is read into a partial. */
struct reading {
    const struct gather *gather;
    struct arena *arena; /* freed when the partial has been copied */
    struct partial *partial;
    struct id_map *maps; /* by dimension */
    size_t *radices;
    int64_t hits, misses; /* hits and misses of the gather, and of the reply */
};

static bool
position_of_bin(const struct reading *reading, const struct bound_dim *dim, struct place_bins *bins,
                struct slice value, uint32_t *out, struct error *err)
{
    *out = place_bin(bins, reading->arena, order_key(value), value);
    if (*out == DROPPED || *out != bins->too_long || reading->gather->hides) {
        return true;
    }
    char quoted[ERROR_QUOTE_BYTES], field[ERROR_QUOTE_BYTES];
    return error_set(err, "LIMIT", "value %s of %s has more than 37 digits: no bin of width %.*s",
                     error_quote(quoted, value), error_quote(field, dim->field),
                     SLICE_ARG(dim->width));
}

/*
 * Maps ids 1 to nvalues in a dimension whose positions are the values that occur, or their bins.
 * The positions are the partial's, in order.
 */
static bool
place_unlisted(const struct reading *reading, const struct bound_dim *dim,
               const struct resp_value *values, size_t nvalues, uint32_t *positions,
               struct partial_dim *out, struct error *err)
{
    struct arena *arena = reading->arena;
    struct place_bins bins;
    bool has_bins = dim->kind == DIM_WIDTH;
    struct slice *met = arena_array(arena, nvalues, sizeof *met);
    size_t nmet = nvalues;
    if (has_bins) {
        place_bins_init(&bins, arena, dim->width);
    }
    for (size_t i = 0; i < nvalues; i++) {
        met[i] = reply_text(reply_at(values, i));
        positions[i] = (uint32_t) i;
        if (has_bins && !position_of_bin(reading, dim, &bins, met[i], &positions[i], err)) {
            return false;
        }
    }
    if (has_bins) {
        met = bins.lowers;
        nmet = bins.nlowers;
    }
    size_t *ranks = arena_array(arena, nmet, sizeof *ranks);
    out->values = arena_array(arena, nmet, sizeof *out->values);
    out->npositions = values_rank(arena, met, nmet, out->values, ranks);
    for (size_t i = 0; i < nvalues; i++) {
        positions[i] = positions[i] == DROPPED ? DROPPED : (uint32_t) ranks[positions[i]];
    }
    return true;
}

/* Maps ids to positions that the query lists. */
static void
place_listed(const struct place_list *list, const struct resp_value *values, size_t nvalues,
             uint32_t *positions)
{
    for (size_t i = 0; i < nvalues; i++) {
        struct slice value = reply_text(reply_at(values, i));
        positions[i] = place_of(list, order_key(value), value);
    }
}

/*
 * Ids of an open dimension count from 1; 0 is missing. A radix may be larger than the number of
 * ids.
 */
static bool
read_dim(struct reading *reading, size_t d, size_t query_dim, const struct resp_value *values,
         struct error *err)
{
    const struct bound_dim *dim = &reading->gather->query->dims[query_dim];
    struct partial_dim *out = &reading->partial->dims[query_dim];
    size_t nvalues = reply_count(values), radix = reading->radices[d];
    size_t most = nvalues + 1 > dim->npositions ? nvalues + 1 : dim->npositions;
    size_t nids = radix < most ? radix : most;
    uint32_t *map = arena_array(reading->arena, nids, sizeof *map);
    memset(map, 0xff, nids * sizeof *map);
    reading->maps[d] = (struct id_map){map, nids};
    bool is_open = bound_dim_is_open(dim);
    for (size_t i = 0; i < dim->npositions && nids > 0; i++) {
        if (!is_open && i < nids) {
            map[i] = (uint32_t) i;
        } else if (is_open && dim->positions[i].kind == POSITION_MISSING) {
            map[0] = (uint32_t) i;
        }
    }
    size_t nmapped = nids == 0 ? 0 : nvalues < nids - 1 ? nvalues : nids - 1;
    if (out->is_open) {
        return place_unlisted(reading, dim, values, nmapped, map + (nids > 0), out, err);
    }
    place_listed(&reading->gather->lists[query_dim], values, nmapped, map + (nids > 0));
    return true;
}

/* ---- A reply ---- */

/* Reads the parts of a reply and checks its shape; the product of the radices fits. */
static bool
read_header(struct reading *reading, const struct resp_value *reply, size_t ndims, uint64_t *ncells,
            struct error *err)
{
    const struct gather *gather = reading->gather;
    reading->radices = arena_array(reading->arena, ndims, sizeof *reading->radices);
    reading->maps = arena_array(reading->arena, ndims, sizeof *reading->maps);
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
        reading->radices[d] = (size_t) radix;
    }
    for (size_t i = 0; i < reply_count(reply_at(reply, 2)); i++) {
        int64_t rows = 0;
        if (!reply_add(reply_at(reply_at(reply, 2), i), &rows)) {
            return malformed(gather, err);
        }
    }
    return true;
}

/* Makes an empty partial of the query, and room to read a reply into it. */
static struct reading
reading_begin(const struct gather *gather)
{
    const struct bound_query *query = gather->query;
    struct reading reading = {
        .gather = gather, .arena = arena_new(), .hits = gather->hits, .misses = gather->misses};
    reading.partial = arena_alloc(reading.arena, sizeof *reading.partial);
    reading.partial->ndims = query->ndims;
    reading.partial->dims = arena_array(reading.arena, query->ndims, sizeof *reading.partial->dims);
    for (size_t d = 0; d < query->ndims; d++) {
        struct partial_dim *dim = &reading.partial->dims[d];
        dim->is_open = bound_dim_is_unlisted(&query->dims[d]);
        dim->npositions = dim->is_open ? 0 : query->dims[d].npositions;
    }
    reading.partial->cells = cell_list_counts(reading.arena, 0);
    return reading;
}

/* The partial's index of a reply's cell; is_dropped: one of the cell's values has no position. */
static bool
index_of_cell(const struct reading *reading, uint64_t cell, uint64_t *index, bool *is_dropped)
{
    uint64_t stride = 1;
    *index = 0;
    *is_dropped = false;
    for (size_t d = reading->partial->ndims; d-- > 0;) {
        uint64_t id = cell % reading->radices[d];
        if (id >= reading->maps[d].nids) {
            return false;
        }
        uint32_t position = reading->maps[d].positions[id];
        *is_dropped = *is_dropped || position == DROPPED;
        *index += position * stride;
        stride *= reading->partial->dims[d].npositions;
        cell /= reading->radices[d];
    }
    return true;
}

/* Adds up cells of the same index, which are neighbours. */
static void
join_cells(struct cell_list *cells)
{
    size_t n = 0;
    for (size_t i = 0; i < cells->n; i++) {
        if (n && cells->indexes[n - 1] == cells->indexes[i]) {
            cells->values[n - 1] += cells->values[i];
        } else {
            cells->indexes[n] = cells->indexes[i];
            cells->values[n++] = cells->values[i];
        }
    }
    cells->n = n;
}

/* False: one of the cells is malformed. ncells: the product of the radices. */
static bool
read_cells(struct reading *reading, const struct resp_value *cells, uint64_t ncells)
{
    struct cell_list *out = &reading->partial->cells;
    *out = cell_list_counts(reading->arena, reply_count(cells) / 2);
    int64_t nrows = 0;
    for (size_t i = 0; i < reply_count(cells); i += 2) {
        int64_t cell, count;
        uint64_t index;
        bool is_dropped;
        if (!reply_int(reply_at(cells, i), &cell) || !reply_int(reply_at(cells, i + 1), &count) ||
            cell < 0 || (uint64_t) cell >= ncells || count <= 0 ||
            !index_of_cell(reading, (uint64_t) cell, &index, &is_dropped)) {
            return false;
        }
        if (!is_dropped) {
            if (__builtin_add_overflow(nrows, count, &nrows)) {
                return false;
            }
            cell_list_add(out, index, count);
        }
    }
    cell_list_sort(reading->arena, out);
    join_cells(out);
    return true;
}

/* The dimensions are known now: can every cell have a number? */
static bool
has_numbers(struct partial *partial, struct error *err)
{
    return partial_multiply_dims(partial) ||
           error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
}

static bool
read_reply(struct reading *reading, const struct resp_value *reply, struct error *err)
{
    const struct gather *gather = reading->gather;
    size_t ndims = gather->query->ndims;
    uint64_t ncells = 0;
    if (!read_header(reading, reply, ndims, &ncells, err)) {
        return false;
    }
    if (!reply_add(reply_at(reply, 0), &reading->hits) ||
        !reply_add(reply_at(reply, 1), &reading->misses)) {
        return malformed(gather, err);
    }
    for (size_t d = 0; d < ndims; d++) {
        if (!read_dim(reading, d, d, reply_at(reply_at(reply, 3), d), err)) {
            return false;
        }
    }
    if (!has_numbers(reading->partial, err)) {
        return false;
    }
    return read_cells(reading, reply_at(reply, 5), ncells) || malformed(gather, err);
}

/* Reads the positions of one dimension from a reply that has no other one, and no cells. */
static bool
read_axis(struct reading *reading, size_t dim, const struct resp_value *reply, struct error *err)
{
    uint64_t ncells = 0;
    return read_header(reading, reply, 1, &ncells, err) &&
           read_dim(reading, 0, dim, reply_at(reply_at(reply, 3), 0), err) &&
           has_numbers(reading->partial, err);
}

/* ---- Partials ---- */

static size_t
weight_of(const struct partial *partial)
{
    size_t weight = PART_WEIGHT + partial->cells.n;
    for (size_t d = 0; d < partial->ndims; d++) {
        weight += partial->dims[d].is_open ? partial->dims[d].npositions : 0;
    }
    return weight;
}

/* Merges all parts into one, in the arena. There is at least one. */
static bool
sum_up(const struct gather *gather, struct arena *arena, struct partial **out, struct error *err)
{
    struct arena *work = arena_new();
    struct partial *sum;
    bool ok = partial_merge(work, gather->parts, gather->nparts, gather->max_cells, &sum, err);
    if (ok) {
        *out = partial_copy(arena, sum);
    }
    arena_free(work);
    return ok;
}

/* Merges the parts, frees their memory, and keeps the sum as the only part. */
static bool
merge_parts(struct gather *gather, struct error *err)
{
    struct arena *arena = arena_new();
    struct partial *sum;
    if (!sum_up(gather, arena, &sum, err)) {
        arena_free(arena);
        return false;
    }
    arena_free(gather->parts_arena);
    gather->parts_arena = arena;
    gather->parts[0] = sum;
    gather->nparts = 1;
    gather->sum_weight = weight_of(sum);
    gather->late_weight = 0;
    return true;
}

static bool
add_part(struct gather *gather, const struct partial *partial, struct error *err)
{
    if (!partial_within(partial, gather->max_cells, err)) {
        return false;
    }
    if (!partial_add_rows(partial, &gather->nrows)) {
        return malformed(gather, err);
    }
    gather->parts =
        must_room(gather->parts, gather->nparts, &gather->capacity, sizeof *gather->parts);
    gather->parts[gather->nparts++] = partial_copy(gather->parts_arena, partial);
    gather->late_weight += weight_of(partial);
    return gather->late_weight < LEAST_WEIGHT || gather->late_weight / 2 < gather->sum_weight ||
           merge_parts(gather, err);
}

bool
gather_add(struct gather *gather, const struct resp_value *reply, struct error *err)
{
    struct reading reading = reading_begin(gather);
    bool ok = read_reply(&reading, reply, err) && add_part(gather, reading.partial, err);
    if (ok) {
        gather->hits = reading.hits;
        gather->misses = reading.misses;
    }
    arena_free(reading.arena);
    return ok;
}

bool
gather_add_axis(struct gather *gather, size_t dim, const struct resp_value *reply,
                struct error *err)
{
    struct reading reading = reading_begin(gather);
    bool ok = read_axis(&reading, dim, reply, err) && add_part(gather, reading.partial, err);
    arena_free(reading.arena);
    return ok;
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

bool
gather_partial(struct gather *gather, struct partial **out, struct error *err)
{
    if (gather->nparts == 0) {
        struct reading nothing = reading_begin(gather);
        bool ok = has_numbers(nothing.partial, err) && add_part(gather, nothing.partial, err);
        arena_free(nothing.arena);
        if (!ok) {
            return false;
        }
    }
    return sum_up(gather, gather->arena, out, err);
}
