/*
 * How many cells the queries of one client may have together while they run.
 *
 *     struct query_budget budget = {.max_cells = 1000};
 *     query_set_budget(query, &budget);      right behind query_start
 *
 *     600 cells run, 300 more run beside them, 600 more wait for the first, 1200 are -LIMIT
 *
 * The cells of closed dimensions count, as soon as a query is parsed. The cells of open dimensions
 * do not; max_cells bounds them for each query alone. Waiting queries are served in the order in
 * which they came.
 */
#ifndef QUIPU_EXECUTOR_BUDGET_H
#define QUIPU_EXECUTOR_BUDGET_H

#include "base/error.h"

/* A query's part of a budget. All zero: no part. */
struct query_claim {
    struct query_budget *budget; /* NULL: the query has no budget */
    uint64_t cells;              /* taken */
    bool is_waiting;
    void (*wake)(void *arg); /* claim again, but not from inside this call */
    void *arg;
    struct query_claim *next; /* in the list of waiting claims */
};

/* All zero: no limit. Lives longer than the claims on it. */
struct query_budget {
    uint64_t max_cells; /* 0: no limit */
    uint64_t cells;     /* of running queries */
    struct query_claim *first_waiting;
};

enum budget_answer { BUDGET_TAKEN, BUDGET_WAIT, BUDGET_NEVER };

/*
 * Takes the cells (BUDGET_TAKEN), or waits until wake is called (BUDGET_WAIT). BUDGET_NEVER: the
 * query alone is larger than the budget, and err (LIMIT) says so.
 */
enum budget_answer budget_claim(struct query_claim *claim, uint64_t cells,
                                struct error *err) QUIPU_MUST_CHECK;
/* Gives taken cells back, or stops waiting. Then wakes the first waiting claim. */
void budget_release(struct query_claim *claim);

#endif
