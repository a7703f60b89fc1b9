/*
 * Quantile bins: ranges of numbers that hold about as many rows each.
 *
 *     values  1: 5 rows  2: 4  8: 9       2 quantiles of 18 rows: the values of rows 9 and 18
 *     bins    [1,2]  (2,8]
 *
 * In a list, a bin leaves out what the list names otherwise: `{5, BY 1 QUANTILES}` over the values 2,
 * 5 and 8 has the bin [2,8], which is the ranges [2,2] and [8,8].
 */
#ifndef QUIPU_ANSWER_QUANTILE_BINS_H
#define QUIPU_ANSWER_QUANTILE_BINS_H

#include "answer/first_value.h"
#include "parser/ast.h"

/*
 * The bins as items of a list, in order, linked; NULL: there are no values.
 *
 * values: numbers, in order, each once, none that `named` names. Edge k is the value of row
 * ceil(rows * k / n); equal edges merge, so there are at most n bins. named: the items beside the bins;
 * NULL: none. at: where n is written, for messages. Linear in values, but for the sorting of what is named.
 */
struct ast_item *quantile_bins(struct arena *arena, const struct first_value *values,
                               size_t nvalues, uint64_t n, const struct ast_item *named, size_t at);

#endif
