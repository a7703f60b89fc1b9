/*
 * How many cells the queries of one client may have together while they run.
 *
 *     struct query_budget budget = {.max_cells = 1000};
 *     query_set_budget(query, &budget);      right behind query_start
 *
 *     600 cells run, 300 more run beside them, 600 more wait for the first, 1200 are -LIMIT
 *
 * The cells of closed dimensions count, as soon as a query is parsed; how many an open one finds is
 * bounded by max_cells for each query alone. Who waits is served in the order of coming.
 */
#ifndef QUIPU_EXECUTOR_BUDGET_H
#define QUIPU_EXECUTOR_BUDGET_H

#include "base/error.h"

/* A query's part of it; all zero: none. */
struct query_claim {
    struct query_budget *budget; /* NULL: it has no budget to keep to */
    uint64_t cells;              /* taken */
    bool is_waiting;
    void (*wake)(void *arg); /* claim again; may not be called from inside */
    void *arg;
    struct query_claim *next; /* of those that wait */
};

/* All zero: no limit. Lives longer than the claims on it. */
struct query_budget {
    uint64_t max_cells; /* 0: no limit */
    uint64_t cells;     /* of those that run */
    struct query_claim *first_waiting;
};

enum budget_answer { BUDGET_TAKEN, BUDGET_WAIT, BUDGET_NEVER };

/* Takes the cells; or waits, and wake will be called; or says in err (LIMIT) why that is useless.
 */
enum budget_answer budget_claim(struct query_claim *claim, uint64_t cells,
                                struct error *err) QUIPU_MUST_CHECK;
/* Gives back what was taken, or waits no more; then wakes who waits first. */
void budget_release(struct query_claim *claim);

#endif
