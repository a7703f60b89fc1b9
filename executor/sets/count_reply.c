/*
 * Reads replies of the count script. in: replies of executor/sets/lua/count.lua; out: partials.
 *
 *     1. The header: is it of this query's shape, and do all radices multiply?
 *     2. Each dim once, for all grids: its ids are mapped to positions, in order.
 *     3. Each grid: its cells' indexes become the partial's; sorted, added up, folded.
 *
 * Example: sex has the values {"m","f"} with ids 1 and 2, so its positions are f = 0, m = 1. The
 * grids (sex) and (sex, value of age) read the same map.
 */
#include "executor/sets/count_reply.h"

#include "answer/fold.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"
#include "planner/sets_plan.h"

/* The elements of a reply. */
enum { REPLY_HITS, REPLY_MISSES, REPLY_NAMED, REPLY_OPEN, REPLY_RADICES, REPLY_CELLS, REPLY_SIZE };

/* One reply while it is read. */
struct reading {
    struct count_reader *reader;
    struct arena *arena;
    struct partial_dim *dims; /* the next three: by dim of the query */
    struct position_map *maps;
    size_t *radices;
};

void
count_reader_init(struct count_reader *reader, struct arena *arena, const struct bound_query *query)
{
    *reader = (struct count_reader){.query = query, .has_grids = !plan_is_of_one_grid(query)};
    positions_init(&reader->positions, arena, query);
}

static bool
malformed(const struct reading *reading, struct error *err)
{
    const char *shard = reading->reader->shard;
    return reply_misshapen(shard ? shard : "?", "a count", err);
}

/* ---- A grid ---- */

/* The partial's index of a reply's cell; is_dropped: one of the cell's values has no position. */
static bool
index_of_cell(const struct reading *reading, const struct bound_grid *grid, uint64_t cell,
              uint64_t *index, bool *is_dropped)
{
    uint64_t stride = 1;
    *index = 0;
    *is_dropped = false;
    for (size_t k = grid->ndims; k-- > 0;) {
        size_t d = grid->dims[k];
        uint64_t id = cell % reading->radices[d];
        if (id >= reading->maps[d].nids) {
            return false;
        }
        uint32_t position = reading->maps[d].positions[id];
        *is_dropped = *is_dropped || position == PLACE_NONE;
        *index += position * stride;
        stride *= reading->dims[d].npositions;
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
read_cells(const struct reading *reading, const struct bound_grid *grid,
           const struct resp_value *cells, uint64_t ncells, struct cell_list *out)
{
    *out = cell_list_counts(reading->arena, reply_count(cells) / 2);
    int64_t nrows = 0;
    for (size_t i = 0; i < reply_count(cells); i += 2) {
        int64_t cell, count;
        uint64_t index;
        bool is_dropped;
        if (!reply_int(reply_at(cells, i), &cell) || !reply_int(reply_at(cells, i + 1), &count) ||
            cell < 0 || (uint64_t) cell >= ncells || count <= 0 ||
            !index_of_cell(reading, grid, (uint64_t) cell, &index, &is_dropped)) {
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

/* Reads one grid's cells; NULL: it has none. */
static bool
read_grid(const struct reading *reading, const struct bound_grid *grid,
          const struct resp_value *cells, struct partial **out, struct error *err)
{
    struct partial *raw = arena_alloc(reading->arena, sizeof *raw);
    uint64_t ncells = 1;
    raw->ndims = grid->ndims;
    raw->dims = arena_array(reading->arena, grid->ndims, sizeof *raw->dims);
    for (size_t k = 0; k < grid->ndims; k++) {
        raw->dims[k] = reading->dims[grid->dims[k]];
        if (cells && __builtin_mul_overflow(ncells, reading->radices[grid->dims[k]], &ncells)) {
            return malformed(reading, err);
        }
    }
    raw->cells = cell_list_counts(reading->arena, 0);
    if (!partial_multiply_dims(raw)) {
        return error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
    }
    if (cells && !read_cells(reading, grid, cells, ncells, &raw->cells)) {
        return malformed(reading, err);
    }
    *out = raw;
    return !grid->is_folded || fold_partial_hiding(reading->arena, grid, raw,
                                                   reading->reader->positions.hides, out, err);
}

/* ---- A reply ---- */

/* Room for a reply to the query: no positions are known yet, nor any cells. */
static struct reading
reading_begin(struct count_reader *reader, struct arena *arena)
{
    size_t ndims = reader->query->ndims;
    struct reading reading = {.reader = reader, .arena = arena};
    reading.dims = arena_array(arena, ndims, sizeof *reading.dims);
    reading.maps = arena_array(arena, ndims, sizeof *reading.maps);
    reading.radices = arena_array(arena, ndims, sizeof *reading.radices);
    for (size_t d = 0; d < ndims; d++) {
        const struct bound_dim *dim = &reader->query->dims[d];
        bool is_open = bound_dim_is_unlisted(dim);
        reading.dims[d] = (struct partial_dim){is_open, is_open ? 0 : dim->npositions, NULL};
    }
    return reading;
}

static bool
is_cells(const struct resp_value *cells)
{
    return cells->type == VALUE_ARRAY && reply_count(cells) % 2 == 0;
}

static bool
has_cells(const struct count_reader *reader, const struct resp_value *cells)
{
    if (!reader->has_grids) {
        return is_cells(cells);
    }
    bool fits = cells->type == VALUE_ARRAY && reply_count(cells) == reader->query->ngrids;
    for (size_t g = 0; fits && g < reader->query->ngrids; g++) {
        fits = is_cells(reply_at(cells, g));
    }
    return fits;
}

/* Checks all of the reply's shape but the cells. dims: those that it has, of the query. */
static bool
read_header(struct reading *reading, const struct resp_value *reply, size_t first_dim, size_t ndims)
{
    if (reply_count(reply) != REPLY_SIZE || reply_at(reply, REPLY_NAMED)->type != VALUE_ARRAY ||
        reply_count(reply_at(reply, REPLY_OPEN)) != ndims ||
        reply_count(reply_at(reply, REPLY_RADICES)) != ndims) {
        return false;
    }
    for (size_t d = 0; d < ndims; d++) {
        int64_t radix;
        if (!reply_is_texts(reply_at(reply_at(reply, REPLY_OPEN), d)) ||
            !reply_int(reply_at(reply_at(reply, REPLY_RADICES), d), &radix) || radix < 0) {
            return false;
        }
        reading->radices[first_dim + d] = (size_t) radix;
    }
    for (size_t i = 0; i < reply_count(reply_at(reply, REPLY_NAMED)); i++) {
        int64_t rows = 0;
        if (!reply_add(reply_at(reply_at(reply, REPLY_NAMED), i), &rows)) {
            return false;
        }
    }
    return true;
}

static bool
read_dim(struct reading *reading, size_t d, const struct resp_value *values, struct error *err)
{
    return positions_read(&reading->reader->positions, reading->arena, d, values,
                          reading->radices[d], &reading->dims[d], &reading->maps[d], err);
}

/* Makes the partials of what was read of the dims. cells: the reply's; NULL: none. */
static bool
read_grids(const struct reading *reading, const struct resp_value *cells, struct count_reply *out,
           struct error *err)
{
    const struct count_reader *reader = reading->reader;
    const struct bound_query *query = reader->query;
    out->partials = partials_new(reading->arena, query->ngrids);
    for (size_t g = 0; g < query->ngrids; g++) {
        const struct resp_value *own = cells && reader->has_grids ? reply_at(cells, g) : cells;
        if (!read_grid(reading, &query->grids[g], own, &out->partials->items[g], err)) {
            return false;
        }
    }
    return true;
}

bool
count_reply_read(struct count_reader *reader, struct arena *arena, const struct resp_value *reply,
                 struct count_reply *out, struct error *err)
{
    struct reading reading = reading_begin(reader, arena);
    size_t ndims = reader->query->ndims;
    *out = (struct count_reply){.hits = 0};
    if (!read_header(&reading, reply, 0, ndims) ||
        !has_cells(reader, reply_at(reply, REPLY_CELLS)) ||
        !reply_add(reply_at(reply, REPLY_HITS), &out->hits) ||
        !reply_add(reply_at(reply, REPLY_MISSES), &out->misses)) {
        return malformed(&reading, err);
    }
    for (size_t d = 0; d < ndims; d++) {
        if (!read_dim(&reading, d, reply_at(reply_at(reply, REPLY_OPEN), d), err)) {
            return false;
        }
    }
    return read_grids(&reading, reply_at(reply, REPLY_CELLS), out, err);
}

bool
count_reply_read_axis(struct count_reader *reader, struct arena *arena, size_t dim,
                      const struct resp_value *reply, struct count_reply *out, struct error *err)
{
    struct reading reading = reading_begin(reader, arena);
    *out = (struct count_reply){.hits = 0};
    if (!read_header(&reading, reply, dim, 1) || !is_cells(reply_at(reply, REPLY_CELLS))) {
        return malformed(&reading, err);
    }
    return read_dim(&reading, dim, reply_at(reply_at(reply, REPLY_OPEN), 0), err) &&
           read_grids(&reading, NULL, out, err);
}

bool
count_reply_empty(struct count_reader *reader, struct arena *arena, struct count_reply *out,
                  struct error *err)
{
    struct reading reading = reading_begin(reader, arena);
    *out = (struct count_reply){.hits = 0};
    return read_grids(&reading, NULL, out, err);
}

int64_t
count_reply_named_rows(const struct resp_value *reply, size_t id)
{
    int64_t rows = 0;
    if (reply_count(reply) == REPLY_SIZE && id <= reply_count(reply_at(reply, REPLY_NAMED)) &&
        !reply_int(reply_at(reply_at(reply, REPLY_NAMED), id - 1), &rows)) {
        rows = 0;
    }
    return rows;
}
