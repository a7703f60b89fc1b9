/*
 * Budget holds how many cells the queries of one client may have together. in: claims, and their
 * ends; out: which queries may run, and which wait.
 *
 * Queries that wait stand in a line: each release wakes the first, which claims again. No query
 * overtakes another, so small queries do not keep a large one waiting for ever.
 */
#include "executor/budget.h"

static void
line_leave(struct query_claim *claim)
{
    struct query_claim **link = &claim->budget->first_waiting;
    while (*link && *link != claim) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = claim->next;
    }
    claim->is_waiting = false;
    claim->next = NULL;
}

static void
line_join(struct query_claim *claim)
{
    struct query_claim **link = &claim->budget->first_waiting;
    while (*link) {
        link = &(*link)->next;
    }
    *link = claim;
    claim->is_waiting = true;
}

enum budget_answer
budget_claim(struct query_claim *claim, uint64_t cells, struct error *err)
{
    struct query_budget *budget = claim->budget;
    if (!budget || budget->max_cells == 0 || cells == 0) {
        return BUDGET_TAKEN;
    }
    if (cells > budget->max_cells) {
        (void) error_set(err, "LIMIT", "client-max-cells is %llu, the query asks for %llu",
                         (unsigned long long) budget->max_cells, (unsigned long long) cells);
        return BUDGET_NEVER;
    }
    bool is_next = !budget->first_waiting || budget->first_waiting == claim;
    if (!is_next || cells > budget->max_cells - budget->cells ||
        budget->cells > budget->max_cells) {
        if (!claim->is_waiting) {
            line_join(claim);
        }
        return BUDGET_WAIT;
    }
    if (claim->is_waiting) {
        line_leave(claim);
    }
    claim->cells = cells;
    budget->cells += cells;
    if (budget->first_waiting) { /* the first may find room now */
        budget->first_waiting->wake(budget->first_waiting->arg);
    }
    return BUDGET_TAKEN;
}

void
budget_release(struct query_claim *claim)
{
    struct query_budget *budget = claim->budget;
    if (!budget) {
        return;
    }
    if (claim->is_waiting) {
        line_leave(claim);
    }
    budget->cells -= claim->cells;
    *claim = (struct query_claim){0};
    if (budget->first_waiting) {
        budget->first_waiting->wake(budget->first_waiting->arg);
    }
}
