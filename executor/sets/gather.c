/*
 * Gather: what each reply of the count script says is kept, and merged. in: replies; out: partials,
 * from which answer/ goes on.
 *
 * Example, `count a, b in [1,2] from current` over two shards:
 *     shard 0: {x,y} x 2 | 0:5 2:1
 *     shard 1: {y} x 2 | 0:7
 *     merged:  {x,y} x 2 | 0:5 2:8
 */
#include "executor/sets/gather.h"

#include <stdlib.h>

#include "answer/merge.h"
#include "base/must.h"
#include "executor/shards/shard_reply.h"

enum {
    PART_WEIGHT = 16,    /* weight of a partial itself, in cells and values */
    LEAST_WEIGHT = 16384 /* partials that weigh less are merged at the end: some 500 KB */
};

void
gather_init(struct gather *gather, struct arena *arena, const struct bound_query *query,
            const struct gather_limits *limits)
{
    *gather = (struct gather){.arena = arena, .query = query, .limits = *limits};
    if (!query->is_plain) {
        gather->limits.max_cells = 0; /* answer/ counts the cells of the answer */
    }
    gather->parts_arena = arena_new();
    gather->nrows = arena_array(arena, query->ngrids, sizeof *gather->nrows);
    count_reader_init(&gather->reader, arena, query);
}

void
gather_fini(struct gather *gather)
{
    arena_free(gather->parts_arena);
    free(gather->parts);
    gather->parts_arena = NULL;
    gather->parts = NULL;
}

/* ---- Sums ---- */

static size_t
weight_of(const struct partials *partials)
{
    size_t weight = 0;
    for (size_t g = 0; g < partials->n; g++) {
        const struct partial *partial = partials->items[g];
        weight += PART_WEIGHT + partial->cells.n * partial->cells.nmeasures;
        for (size_t d = 0; d < partial->ndims; d++) {
            weight += partial->dims[d].is_open ? partial->dims[d].npositions : 0;
        }
    }
    return weight;
}

static struct partials *
copy(struct arena *arena, const struct partials *from)
{
    struct partials *to = partials_new(arena, from->n);
    for (size_t g = 0; g < from->n; g++) {
        to->items[g] = partial_copy(arena, from->items[g]);
    }
    return to;
}

static bool
within_bytes(const struct gather *gather, size_t bytes, struct error *err)
{
    uint64_t most = gather->limits.max_partial_bytes;
    return !most || bytes <= most ||
           error_set(err, "LIMIT", "max-partial-bytes is %llu, the query needs more",
                     (unsigned long long) most);
}

/* Merges all parts into one, in the arena. There is at least one. */
static bool
sum_up(const struct gather *gather, struct arena *arena, struct partials **out, struct error *err)
{
    struct arena *work = arena_new();
    uint64_t *max_cells = arena_array(work, gather->query->ngrids, sizeof *max_cells);
    for (size_t g = 0; g < gather->query->ngrids; g++) {
        max_cells[g] = gather->limits.max_cells;
    }
    struct partials *sum;
    bool ok =
        partials_merge(work, gather->query, gather->parts, gather->nparts, max_cells, &sum, err);
    size_t before = arena_bytes(arena);
    if (ok) {
        *out = copy(arena, sum);
    }
    arena_free(work);
    return ok && within_bytes(gather, arena_bytes(arena) - before, err);
}

/* Merges the parts, frees their memory, and keeps the sum as the only part. */
static bool
merge_parts(struct gather *gather, struct error *err)
{
    struct arena *arena = arena_new();
    struct partials *sum;
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

/* True: merging the parts costs little for each of them, or their memory is needed. */
static bool
wants_merge(const struct gather *gather)
{
    uint64_t most = gather->limits.max_partial_bytes;
    bool is_heavy =
        gather->late_weight >= LEAST_WEIGHT && gather->late_weight / 2 >= gather->sum_weight;
    return is_heavy || (most && arena_bytes(gather->parts_arena) / 2 > most);
}

static bool
add_part(struct gather *gather, const struct partials *partials, struct error *err)
{
    for (size_t g = 0; g < partials->n; g++) {
        if (!partial_within(partials->items[g], gather->limits.max_cells, err)) {
            return false;
        }
        if (!partial_add_rows(partials->items[g], &gather->nrows[g])) {
            return reply_misshapen(gather->reader.shard ? gather->reader.shard : "?", "a count",
                                   err);
        }
    }
    gather->parts =
        must_room(gather->parts, gather->nparts, &gather->capacity, sizeof *gather->parts);
    gather->parts[gather->nparts++] = copy(gather->parts_arena, partials);
    gather->late_weight += weight_of(partials);
    return !wants_merge(gather) || merge_parts(gather, err);
}

/* ---- Replies ---- */

/* Filters that were found or built are a price, not an answer. */
static void
add_price(int64_t *sum, int64_t n)
{
    if (__builtin_add_overflow(*sum, n, sum)) {
        *sum = INT64_MAX;
    }
}

bool
gather_add(struct gather *gather, const struct resp_value *reply, struct error *err)
{
    struct arena *arena = arena_new();
    struct count_reply read;
    bool ok = count_reply_read(&gather->reader, arena, reply, &read, err) &&
              add_part(gather, read.partials, err);
    if (ok) {
        add_price(&gather->hits, read.hits);
        add_price(&gather->misses, read.misses);
    }
    arena_free(arena);
    return ok;
}

bool
gather_add_axis(struct gather *gather, size_t dim, const struct resp_value *reply,
                struct error *err)
{
    struct arena *arena = arena_new();
    struct count_reply read;
    bool ok = count_reply_read_axis(&gather->reader, arena, dim, reply, &read, err) &&
              add_part(gather, read.partials, err);
    arena_free(arena);
    return ok;
}

bool
gather_partials(struct gather *gather, struct partials **out, struct error *err)
{
    if (gather->nparts == 0) {
        struct arena *arena = arena_new();
        struct count_reply nothing;
        bool ok = count_reply_empty(&gather->reader, arena, &nothing, err) &&
                  add_part(gather, nothing.partials, err);
        arena_free(arena);
        if (!ok) {
            return false;
        }
    }
    return sum_up(gather, gather->arena, out, err);
}
