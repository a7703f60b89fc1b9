/*
 * From the sum of all replies to a result. in: a gather that has all replies; out: parts, and
 * PROFILE's lines.
 *
 * Example: of `count, sum(x) by a format json` over two shards the parts are one sum of the grids (a),
 * (a | x) and (); the shards "0" and "1" have the rows that each of them counted in the last one.
 */
#include "executor/sets_result.h"

#include <string.h>

#include "planner/sets_explain.h"

/* The plan, and a line of what running it has shown. */
static void
profile(const struct sets_counted *counted, struct slice measured, struct method_result *result)
{
    size_t nlines;
    struct slice *plan = plan_explain(counted->arena, counted->plan, &nlines);
    struct slice *lines = arena_array(counted->arena, nlines + 1, sizeof *lines);
    memcpy(lines, plan, nlines * sizeof *lines);
    lines[nlines] = measured;
    result->lines = lines;
    result->nlines = nlines + 1;
}

static struct slice
cells_measured(const struct sets_counted *counted, const struct partials *partials)
{
    size_t ncells = 0;
    for (size_t g = 0; g < partials->n; g++) {
        ncells += partials->items[g]->cells.n;
    }
    return arena_printf(counted->arena,
                        "measured %.1f ms; cached filters found %lld times, built %lld; "
                        "%zu cells that are not zero",
                        (double) counted->took_us / 1000, (long long) counted->gather->hits,
                        (long long) counted->gather->misses, ncells);
}

void
sets_result_of_rows(const struct sets_counted *counted, uint64_t nrows,
                    struct method_result *result)
{
    if (counted->bound->mode != AST_PROFILE) {
        return;
    }
    struct slice measured =
        arena_printf(counted->arena,
                     "search   %llu rows told in %.1f ms; cached filters found %lld times, built "
                     "%lld",
                     (unsigned long long) nrows, (double) counted->took_us / 1000,
                     (long long) counted->gather->hits, (long long) counted->gather->misses);
    profile(counted, measured, result);
}

static void
tell_shards(const struct sets_counted *counted, struct method_result *result)
{
    size_t nshards = counted->bound->base_grid == NO_GRID ? 0 : counted->nshards;
    struct answer_shard *shards = arena_array(counted->arena, nshards, sizeof *shards);
    result->shards = shards;
    for (size_t i = 0; i < nshards; i++) {
        if (counted->shards[i].has_answered) {
            struct slice name = arena_printf(counted->arena, "%zu", i);
            shards[result->nshards++] = (struct answer_shard){name, counted->shards[i].rows};
        }
    }
}

static void
take_parts(const struct sets_counted *counted, const struct partials *partials,
           struct method_result *result)
{
    const struct partials **parts = arena_alloc(counted->arena, sizeof *parts);
    *parts = partials;
    result->parts = parts;
    result->nparts = 1;
    tell_shards(counted, result);
}

bool
sets_result(const struct sets_counted *counted, struct method_result *result, struct error *err)
{
    struct partials *partials;
    if (!gather_partials(counted->gather, &partials, err)) {
        return false;
    }
    if (counted->bound->mode == AST_PROFILE) {
        profile(counted, cells_measured(counted, partials), result);
    }
    take_parts(counted, partials, result);
    return true;
}
