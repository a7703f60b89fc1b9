/*
 * What goes together in a query: options, formats, measures and dimensions.
 *
 *     count a from current format nested order by count      ERR: a list of rows has no FORMAT NESTED
 */
#ifndef QUIPU_PLANNER_BIND_CHECK_H
#define QUIPU_PLANNER_BIND_CHECK_H

#include "base/error.h"
#include "planner/bound.h"

/* Checks a query whose tables are bound. Fails with ERR, which says what to leave out. */
bool bind_check(const struct bound_query *query, struct error *err) QUIPU_MUST_CHECK;
/* Checks that the weight has one value. Fails with ERR, which names the field. */
bool bind_check_weight(const struct bound_query *query, struct error *err) QUIPU_MUST_CHECK;
/*
 * Checks what may be asked where small counts are hidden. Fails with this code; bind_check_own_hidden
 * with ERR where the query's SUPPRESS BELOW hides them, and NOPERM where the floor of its user does,
 * with which it was bound.
 */
bool bind_check_hidden(const struct bound_query *query, const char *code,
                       struct error *err) QUIPU_MUST_CHECK;
bool bind_check_own_hidden(const struct bound_query *query, struct error *err) QUIPU_MUST_CHECK;

#endif
