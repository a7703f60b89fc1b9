/*
 * Holds moves against the equations. in: a move; out: whether the counts after it are possible.
 *
 *     x0 + x1 = 9, x0 and x1 hidden, 2 and 7, below 3:
 *
 *         x0 + 1              no: the sum is 10
 *         x0 - 2, x1 + 2      no: a 0 would not be hidden
 *         x0 + 1, x1 - 1      no: for 3 and 6 nothing would be hidden
 *         x0 - 1, x1 + 1      yes: 1 and 8
 */
#include "answer/move.h"

#include <assert.h>

bool
move_is_possible(const struct equations *equations, int64_t below, const bool *is_hidden,
                 const struct move *move, int64_t *sums)
{
    bool is_possible = true, has_cause = false;
    for (size_t i = 0; i < move->n; i++) {
        uint32_t count = move->counts[i];
        const struct equations_count *c = &equations->counts[count];
        int64_t after = c->value + move->steps[i];
        is_possible =
            is_possible && is_hidden[count] && move->steps[i] != 0 && after >= equations_least(c);
        has_cause = has_cause || equations_is_cause(c, after, below);
        for (size_t u = equations->first_use[count]; u < equations->first_use[count + 1]; u++) {
            sums[equations->uses[u].equation] += equations->uses[u].coef * move->steps[i];
        }
    }
    for (size_t i = 0; i < move->n; i++) {
        uint32_t count = move->counts[i];
        for (size_t u = equations->first_use[count]; u < equations->first_use[count + 1]; u++) {
            uint32_t e = equations->uses[u].equation;
            if (sums[e] != 0) { /* else nothing changed, or it was looked at already */
                is_possible = is_possible && equations->list[e].kind == EQUATION_AT_LEAST &&
                              equations_slack(equations, e) + sums[e] >= 0;
                sums[e] = 0;
            }
        }
    }
    return is_possible && has_cause;
}
