/*
 * A measure's values in the cells of a table: exact, and as they are shown.
 *
 *     avg(income)         the expanded grid     2 | 0:2,24 1:1,5 | scales 1,0       two cells
 *
 *     measured_ratio      24/20   5/10                     exact, for HAVING, ORDER BY and shares
 *     measured_number     "1.2"   "0.5"                    what is shown: rounded once
 *
 * A cell has no value where no row has a number in the field.
 */
#ifndef QUIPU_ANSWER_MEASURED_H
#define QUIPU_ANSWER_MEASURED_H

#include "answer/fold.h"
#include "answer/leaf.h"
#include "answer/ratio.h"
#include "answer/value_parts.h"

struct measured {
    const struct bound_measure *bound;
    const struct partial *partial; /* the expanded grid of the measure */
    struct fold_layout layout;     /* of a folded grid; else only rows are there */
    bool has_weight;
    size_t nvalues;            /* DISTINCT, MEDIAN, QUANTILE: of the last dim; else 1 */
    size_t *begins, *ends;     /* by cell of the table: its cells of the partial; none: equal */
    struct value_parts *parts; /* DISTINCT of a field of several values; else NULL */
};

/*
 * partial is an expansion of the bound grid; indexes are the table's n cells, in order. Borrows
 * all of them. Linear.
 */
void measured_init(struct measured *measured, struct arena *arena,
                   const struct bound_measure *bound, const struct bound_grid *grid,
                   const struct partial *partial, const uint64_t *indexes, size_t n);

/* The exact value in a cell; of STDDEV it is the variance. *is_null: there is none. */
bool measured_ratio(const struct measured *measured, size_t cell, struct ratio *ratio,
                    bool *is_null, struct error *err) QUIPU_MUST_CHECK;
/* The value as it is shown; its text is in the arena. Fails with LIMIT: a value is too long. */
bool measured_number(const struct measured *measured, struct arena *arena, size_t cell,
                     struct number *number, struct error *err) QUIPU_MUST_CHECK;

/*
 * COUNT and SUM: the value as an integer, times 10^-scale with the same scale in all cells. False:
 * there is none.
 */
bool measured_amount(const struct measured *measured, size_t cell, struct wide *amount);
size_t measured_amount_scale(const struct measured *measured);

/* Rows of a cell, or those of them that have a value; without weights. */
uint64_t measured_rows(const struct measured *measured, size_t cell);
/* COUNT under WEIGHT: the sum of the squares of the weights, at twice the amount's scale. */
struct wide measured_weight_squares(const struct measured *measured, size_t cell);
/* COUNT under WEIGHT: Kish's effective base of a cell, (sum w)^2 / sum w^2. False: it has no rows. */
bool measured_effective(const struct measured *measured, size_t cell, struct ratio *ratio);

/* The text of the double nearest to a ratio. */
struct number number_of_ratio(struct arena *arena, const struct ratio *ratio);
struct number number_of_double(struct arena *arena, double x);

#endif
