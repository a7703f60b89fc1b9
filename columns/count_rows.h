/*
 * The rows that a filter takes, one by one with their names: count_rows of count.h, for count.c.
 */
#ifndef QUIPU_COLUMNS_COUNT_ROWS_H
#define QUIPU_COLUMNS_COUNT_ROWS_H

#include "answer/row_order.h"

struct count_plan;
struct index;
struct kernels;

/* A walk over rows in the order of their ids, which can be left and gone on with. */
struct row_walk {
    uint64_t next; /* the id to begin with; afterwards the one to go on with */
    int64_t
        until_us; /* by now_us: it is left when this is over; at least some rows are looked at */
    bool is_done; /* afterwards: there are no more rows */
    /*
     * Takes a row that the filter holds. The value is that of the query's dim; a query without dims
     * has none. Key and texts are valid until it returns. False: the walk is left behind this row.
     */
    bool (*take)(void *arg, const struct row_key *key);
    void *arg;
};

void rows_of_plan(const struct count_plan *plan, const struct kernels *kernels, uint32_t nchunks,
                  const struct index *index, struct row_walk *walk);

#endif
