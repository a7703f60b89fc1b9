/*
 * From the sum of all replies to a result. in: a gather that has all replies; out: parts, or
 * PROFILE's lines.
 *
 * Example: of `count, sum(x) by a format json` over two shards the parts are one sum of the grids (a),
 * (a | x) and (); the shards "0" and "1" have the rows that each of them counted in the last one.
 */
#include "executor/sets_result.h"

#include <string.h>

#include "planner/sets_explain.h"

/* The plan, and what running it has shown. */
static void
profile(const struct sets_counted *counted, const struct partials *partials,
        struct method_result *result)
{
    size_t nlines, ncells = 0;
    struct slice *plan = plan_explain(counted->arena, counted->plan, &nlines);
    struct slice *lines = arena_array(counted->arena, nlines + 1, sizeof *lines);
    memcpy(lines, plan, nlines * sizeof *lines);
    for (size_t g = 0; g < partials->n; g++) {
        ncells += partials->items[g]->cells.n;
    }
    lines[nlines] =
        arena_printf(counted->arena,
                     "measured %.1f ms; cached filters found %lld times, built %lld; "
                     "%zu cells that are not zero",
                     (double) counted->took_us / 1000, (long long) counted->gather->hits,
                     (long long) counted->gather->misses, ncells);
    result->lines = lines;
    result->nlines = nlines + 1;
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
        profile(counted, partials, result);
    } else {
        take_parts(counted, partials, result);
    }
    return true;
}
