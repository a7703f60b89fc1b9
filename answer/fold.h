/*
 * Folding: a grid's cells by measured value become one vector of sums per cell.
 *
 *     sum, min of income by sex under weight w       grid: sex | value income, weight w
 *
 *     raw      {f,m} x {800,1200.5} x {1,2}          f: two rows of 800, weight 1; one of 1200.5, weight 2
 *     folded   {f,m}, scales 1,0                     f: 3 rows; weights 4; their squares 6;
 *                                                       sum 40010 (of w x); least 8000, greatest 12005
 *
 * All numbers are integers times 10^-scale (answer/partial.h). The value's scale is how many decimals
 * the values have, the weight's how many the weights have.
 *
 * A row whose value is no number is dropped, and a row whose weight is no number above 0. A cell
 * without rows is not there, so each cell has all its numbers.
 */
#ifndef QUIPU_ANSWER_FOLD_H
#define QUIPU_ANSWER_FOLD_H

#include "answer/partial.h"
#include "planner/bound.h"

/* The numbers of a vector, in this order; those that the grid does not want are left out. */
enum fold_number {
    FOLDED_ROWS,           /* COUNT: rows */
    FOLDED_WEIGHTS,        /* SUM128: of the weights */
    FOLDED_WEIGHT_SQUARES, /* SUM256: of their squares */
    FOLDED_SUM,            /* SUM128: of the values; weighted, SUM256: of w x */
    FOLDED_SQUARES,        /* SUM256: of x^2; weighted: of w x^2 */
    FOLDED_LEAST,          /* LEAST128: of the values, without weights */
    FOLDED_GREATEST,       /* GREATEST128 */
    FOLDED_NNUMBERS
};

enum { FOLD_ABSENT = MEASURES_MOST };

/* Where each number stands in the vector, for those who fill it in another way. */
struct fold_layout {
    size_t nwords;                      /* of the vector: a cell's nmeasures */
    unsigned char kinds[MEASURES_MOST]; /* enum measure_kind, by word */
    size_t offsets[FOLDED_NNUMBERS];    /* a number's first word; FOLD_ABSENT: it is not there */
    struct partial_scales scales;       /* the powers; both scales are 0 */
};

/* Of a folded grid. */
struct fold_layout fold_layout_of(const struct bound_grid *grid);
/* A number's first word in the grid's vectors; FOLD_ABSENT. */
size_t fold_offset(const struct bound_grid *grid, enum fold_number number);

/*
 * raw is a count of the grid with its hidden dims behind the others: open, of values as they are.
 * The folded one has the others, the same ones. Linear in raw's cells and in the hidden dims'
 * values. Texts are borrowed from raw. Fails with LIMIT: a value has too many digits, or a sum; the
 * message names the value.
 */
bool fold_partial(struct arena *arena, const struct bound_grid *grid, const struct partial *raw,
                  struct partial **out, struct error *err) QUIPU_MUST_CHECK;
/* The same; hides: small counts are hidden, so the message does not name the value. */
bool fold_partial_hiding(struct arena *arena, const struct bound_grid *grid,
                         const struct partial *raw, bool hides, struct partial **out,
                         struct error *err) QUIPU_MUST_CHECK;

#endif
