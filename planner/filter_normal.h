/*
 * The normal form of conditions (filter.h).
 *
 *     filter_normalise(arena, cond)      "not (c=1) && B_2>5" -> (B_2 > 5 && !c = 1)
 */
#ifndef QUIPU_PLANNER_FILTER_NORMAL_H
#define QUIPU_PLANNER_FILTER_NORMAL_H

#include "parser/ast.h"
#include "planner/field_definitions.h"
#include "planner/filter.h"

/*
 * The normal form of a condition. fields: which fields have several values; NULL: none. Everything
 * lives in the arena; separators are borrowed from fields. Cannot fail.
 */
struct filter *filter_normalise(struct arena *arena, const struct field_definitions *fields,
                                const struct ast_cond *cond);
/* The filter that holds where all of these do; one or more. In normal form, with its own text. */
struct filter *filter_all(struct arena *arena, const struct filter *const *filters, size_t n);

#endif
