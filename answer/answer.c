/*
 * Makes the answer of a query. in: the shards' partials; out: its tables.
 *
 * A plain query's table is its merged partial with labels. All others are built: each grid is merged
 * once, and each table takes what it needs of them. What must not be told is decided when all tables
 * have their counts, since each may tell of the others.
 *
 * Example: `count by (a), (a, b)` has the grids a and (a, b), and two tables.
 */
#include "answer/answer.h"

#include "answer/disclosure.h"

static bool
build_plain(struct arena *arena, const struct bound_query *query,
            const struct partials *const *parts, size_t nparts, const struct table_limits *limits,
            struct answer *answer, struct error *err)
{
    const struct partial **counts = arena_array(arena, nparts, sizeof *counts);
    for (size_t i = 0; i < nparts; i++) {
        counts[i] = parts[i]->items[0];
    }
    return table_of_parts(arena, query, counts, nparts, limits->max_cells, &answer->tables[0], err);
}

static bool
build_tables(struct arena *arena, const struct bound_query *query,
             const struct partials *const *parts, size_t nparts, const struct table_limits *limits,
             struct answer *answer, struct error *err)
{
    struct partials *grids;
    uint64_t ncells = 0, nshown = 0;
    struct table_builder **builders = arena_array(arena, query->ntables, sizeof(void *));
    struct draft **drafts = arena_array(arena, query->ntables, sizeof(void *));
    if (!partials_merge(arena, query, parts, nparts, NULL, &grids, err)) {
        return false;
    }
    for (size_t t = 0; t < query->ntables; t++) {
        if (!table_builder_new(arena, query, &query->tables[t], grids, limits, &ncells,
                               &builders[t], err)) {
            return false;
        }
        drafts[t] = table_builder_draft(builders[t]);
    }
    if (limits->suppress_below > 1 && !disclosure_hide(arena, query, grids, drafts, query->ntables,
                                                       limits->suppress_below, err)) {
        return false;
    }
    for (size_t t = 0; t < query->ntables; t++) {
        if (!table_builder_finish(builders[t], &nshown, &answer->tables[t])) {
            return false;
        }
    }
    return true;
}

bool
answer_build(struct arena *arena, const struct bound_query *query,
             const struct partials *const *parts, size_t nparts, const struct table_limits *limits,
             struct answer **out, struct error *err)
{
    struct answer *answer = arena_alloc(arena, sizeof *answer);
    answer->dataset = query->dataset->name;
    answer->ntables = query->is_plain ? 1 : query->ntables;
    answer->is_list = answer->ntables > 1;
    answer->tables = arena_array(arena, answer->ntables, sizeof(struct table *));
    *out = answer;
    return query->is_plain ? build_plain(arena, query, parts, nparts, limits, answer, err)
                           : build_tables(arena, query, parts, nparts, limits, answer, err);
}
