/*
 * The positions that a list names, for a dim and for its axis.
 *
 *     {1, (2,3) as some, net (3,4), [5,9), missing, *}
 *
 *     rule    items {1} {2,3} net{3,4} {[5,9)} {missing}; tail VALUES
 *     items   VALUE 1, GROUP some, NET net(3,4), RANGE [5,9), MISSING missing, TAIL
 */
#ifndef QUIPU_PLANNER_BIND_LIST_H
#define QUIPU_PLANNER_BIND_LIST_H

#include "base/error.h"
#include "planner/bound.h"

/* A list, bound: its items are written as place items and as an axis' items. */
struct bound_list {
    struct place_item *places; /* of a PLACED dim: without WHEN and tails */
    size_t nplaces;
    struct bound_item *items;
    size_t nitems;
    const struct ast_item *tail; /* `*` or BY ...; NULL: there is none */
    const struct ast_item **whens;
    size_t nwhens;
    bool is_simple; /* only single values, ranges, missing and other: no place items are needed */
    bool has_ranges, has_missing, has_other, has_nets;
};

/*
 * Binds a list. Fails with ERR at a column: an empty range, positions that overlap, something that
 * is listed twice. TOP and quantiles must have been replaced (bind_fix.h).
 */
bool bind_list(struct arena *arena, const struct ast_positions *positions, struct bound_list *out,
               struct error *err) QUIPU_MUST_CHECK;

#endif
