/*
 * What a user's floor allows: counts below it are to be kept from that user, whatever the query says.
 *
 *     query_floor_allows(5, bound, &err)        -NOPERM: EXPLAIN, MIN, ROWS, ... of a user with a floor
 *     query_floor_least(5, bound)               8, where the query says SUPPRESS BELOW 8
 *
 * A floor may be raised while a query runs. So it is looked at before the query is counted, when it was
 * counted, and when its answer was made. 0: no floor.
 */
#ifndef QUIPU_EXECUTOR_QUERY_FLOOR_H
#define QUIPU_EXECUTOR_QUERY_FLOOR_H

#include "executor/answering.h"

/* Whether a query may be answered at all. Fails with NOPERM. */
bool query_floor_allows(int64_t floor, const struct bound_query *bound,
                        struct error *err) QUIPU_MUST_CHECK;
/* Whether a query may have a first pass: TOP, QUANTILES. Fails with NOPERM. */
bool query_floor_allows_questions(int64_t floor, struct error *err) QUIPU_MUST_CHECK;
/* The least count that is told: the query's own SUPPRESS BELOW, or the floor if that is higher. */
int64_t query_floor_least(int64_t floor, const struct bound_query *bound);
/*
 * Whether what was counted is enough for hiding small counts: where several tables hide them, it takes
 * counts that were not asked for without a floor. Fails with NOPERM.
 */
bool query_floor_can_hide(int64_t floor, const struct bound_query *bound,
                          struct error *err) QUIPU_MUST_CHECK;
/*
 * Was everything hidden that is to be hidden by now? A description has left small counts out as it was
 * made; and the floor may have been raised while an answer was made. Fails with NOPERM.
 */
bool query_floor_was_kept(int64_t floor, const struct answering *answering,
                          struct error *err) QUIPU_MUST_CHECK;

#endif
