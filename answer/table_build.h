/*
 * Builds a table with numbers from the merged partials of a query's grids.
 *
 *     count, avg(income) by a in [1,2] totals        grids: a; a | value income, folded; the base
 */
#ifndef QUIPU_ANSWER_TABLE_BUILD_H
#define QUIPU_ANSWER_TABLE_BUILD_H

#include "answer/draft.h"
#include "answer/partials.h"
#include "answer/table.h"

struct table_limits {
    uint64_t max_cells; /* of all tables together, with totals; 0: no limit */
    uint64_t max_bytes; /* that are kept on the way; 0: no limit */
    /*
     * SUPPRESS BELOW: what must not be told, and how many cells may be told of what is left (0: no
     * limit). max_cells is one for memory then.
     */
    int64_t suppress_below;
    uint64_t max_shown;
};

struct table_builder;

/*
 * The first half: all that is in the table. grids are merged, a partial for each of the query's
 * grids. *ncells is how many cells the tables before it have, and is added to. In the arena; labels
 * may be borrowed from the grids. Borrows all, err too. Fails with LIMIT or SHARDDOWN.
 */
bool table_builder_new(struct arena *arena, const struct bound_query *query,
                       const struct bound_table *bound, const struct partials *grids,
                       const struct table_limits *limits, uint64_t *ncells,
                       struct table_builder **out, struct error *err) QUIPU_MUST_CHECK;

/* What is in the table; the caller may hide some of it before the table is finished. */
struct draft *table_builder_draft(struct table_builder *builder);

/*
 * The second half: the table as it is told. *ncells: as above, of the cells that are told. Fails with
 * LIMIT.
 */
bool table_builder_finish(struct table_builder *builder, uint64_t *ncells,
                          struct table **out) QUIPU_MUST_CHECK;

#endif
