/*
 * The finished crosstab: dimensions with their positions, and the cells that are not zero.
 *
 *     count a in [1,2], b in [1,3] from current
 *
 *     dims   a {"1","2"}  b {"1","2","3"}      ncells 6
 *     cells  0: 17, 4: 3                      a=1,b=1: 17; a=2,b=2: 3; the other four are 0
 *
 * A cell's index counts with the last dimension running fastest; answer/cell.h has the rest. No dimension: ncells is 1. A dimension with no position: ncells is 0.
 * Owned by the query; gone when its callback returns.
 */
#ifndef QUIPU_ANSWER_TABLE_H
#define QUIPU_ANSWER_TABLE_H

#include "answer/partial.h"
#include "planner/bind.h"

struct table_dim {
    struct slice name; /* AS name, or the field */
    struct slice *labels;
    size_t npositions;
    bool is_open;  /* its positions are those that occur */
    bool has_bins; /* and are bins */
};

struct table {
    size_t ndims;
    struct table_dim *dims;
    uint64_t ncells;
    struct cell_list cells;
    enum ast_format format; /* never AST_FORMAT_DEFAULT */
};

/* Whether a shard's part can be of this query. */
bool table_fits(const struct bound_query *query, const struct partial *part);
/*
 * The shards' parts added up, with labels. Everything is in the arena, or taken from the query and
 * the parts: the cells of an only part are the table's. Fails with LIMIT (more than max_cells that are not zero; table_check is the
 * caller's), or SHARDDOWN where a part does not fit the query.
 */
bool table_of_parts(struct arena *arena, const struct bound_query *query,
                    const struct partial *const *parts, size_t nparts, uint64_t max_cells,
                    struct table **out, struct error *err) QUIPU_MUST_CHECK;
/*
 * Whether the table may be an answer: it has no more than max_cells that would be told. Behind
 * suppress_below, so that what is not told has no say. Fails with LIMIT, also where numbers are too long
 * for a bin (PLACE_TOO_LONG).
 */
bool table_check(const struct table *table, uint64_t max_cells, struct error *err) QUIPU_MUST_CHECK;

#endif
