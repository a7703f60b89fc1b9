/*
 * The first pass: questions whose answers fix a query's positions before it is counted.
 *
 *     count a in {TOP 2, other}, b by 2 quantiles from current where c = 1
 *
 *     questions   count `a` from `current` where `c` = 1       x: 9, y: 7, z: 2
 *                 count `b` from `current` where `c` = 1       1: 5, 2: 3, 8: 10
 *     fixed       count a in {x, y, other}, b in {[1,2], (2,8]} from current where c = 1
 */
#ifndef QUIPU_ANSWER_FIRST_PASS_H
#define QUIPU_ANSWER_FIRST_PASS_H

#include "answer/first_value.h"
#include "base/error.h"
#include "parser/ast.h"

struct first_question {
    struct slice text; /* a query of one open dimension, answered as rows */
    struct ast_dim *dim;
    struct ast_item *item; /* NULL: the dimension is BY n QUANTILES */
};

/* Finds what must be asked, in the order of the query; none for most queries. */
void first_pass_find(struct arena *arena, const struct ast_query *ast,
                     struct first_question **questions, size_t *nquestions);
/*
 * Writes an answer into the tree: TOP becomes the most frequent values, quantiles become ranges. Both
 * are of the values that the list does not name. The values are borrowed, and in the order of the
 * answer. If none is left, the item goes; a dimension without items will have no position. Fails with
 * ERR where the list that the item is in is wrong.
 */
bool first_pass_fix(struct arena *arena, struct ast_query *ast,
                    const struct first_question *question, const struct first_value *values,
                    size_t nvalues, struct error *err) QUIPU_MUST_CHECK;

#endif
