/*
 * The finished crosstab: dimensions with their positions, and the cells that are not zero.
 *
 *     count a in [1,2], b in [1,3] from current
 *
 *     dims   a {"1","2"}  b {"1","2","3"}      ncells 6
 *     cells  0: 17, 4: 3                      a=1,b=1: 17; a=2,b=2: 3; the other four are 0
 *
 * In a cell's index the last dimension runs fastest; answer/cell.h has the rest. Without a
 * dimension ncells is 1. With a dimension that has no position ncells is 0. The query owns the
 * table, and frees it when its callback returns.
 */
#ifndef QUIPU_ANSWER_TABLE_H
#define QUIPU_ANSWER_TABLE_H

#include "answer/partial.h"
#include "planner/bind.h"

struct table_dim {
    struct slice name; /* AS name, or the field */
    struct slice *labels;
    size_t npositions;
    bool is_open;  /* its positions are the values that occur */
    bool has_bins; /* its positions are bins */
};

struct table {
    size_t ndims;
    struct table_dim *dims;
    uint64_t ncells;
    struct cell_list cells;
    enum ast_format format; /* never AST_FORMAT_DEFAULT */
};

/* True if a shard's part can belong to this query. */
bool table_fits(const struct bound_query *query, const struct partial *part);
/*
 * Adds the shards' parts up, with labels. Everything is in the arena, or borrowed from the query
 * and the parts: if there is only one part, its cells are the table's. Fails with LIMIT (more than
 * max_cells cells that are not zero), or SHARDDOWN (a part does not fit the query). The caller must
 * still call table_check.
 */
bool table_of_parts(struct arena *arena, const struct bound_query *query,
                    const struct partial *const *parts, size_t nparts, uint64_t max_cells,
                    struct table **out, struct error *err) QUIPU_MUST_CHECK;
/*
 * Checks that the table may be an answer: it has at most max_cells visible cells. Call it after
 * suppress_below, so that hidden cells do not matter. Fails with LIMIT, also if numbers are too
 * long for a bin (PLACE_TOO_LONG).
 */
bool table_check(const struct table *table, uint64_t max_cells, struct error *err) QUIPU_MUST_CHECK;

#endif
