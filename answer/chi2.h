/*
 * The chi-square test of a table of two dimensions, and the residuals that say where it departs.
 *
 *                 Yes   No         statistic 133.05  df 2  p 1.28e-29  v 0.31797  low_expected 0
 *     1st         203  122
 *     2nd         118  167         residuals   10.5  -10.5
 *     3rd         178  528                      1.4   -1.4
 *                                             -10.2   10.2
 *
 * As R's chisq.test and fisher.test. Rows and columns that total 0 are left out.
 */
#ifndef QUIPU_ANSWER_CHI2_H
#define QUIPU_ANSWER_CHI2_H

#include "answer/fisher.h"
#include "answer/observed.h"

struct chi2_test {
    bool is_null; /* fewer than two rows or columns are left; nothing else is set then */
    double statistic, df, p;
    double v;            /* Cramer's: 0 (independent) to 1 */
    double low_expected; /* the share, 0 to 1, of cells with an expected count under 5 */
    /* Of 2 x 2 counts; never of weighted ones. */
    bool has_yates;
    double yates_statistic, yates_p;
    /* Of 2 x 2 counts of at most FISHER_ROWS_MOST rows. */
    bool has_fisher;
    struct fisher_test fisher;
};

/* Linear in the cells; Fisher's test as fisher.h says. Margins: of the same table. */
struct chi2_test chi2_test(const struct observed *observed, const struct margins *margins);

/*
 * Adjusted standardized residuals of one row, as R's stdres: about 2 and more is noteworthy. Writes
 * one per column: NAN in rows and columns that total 0, and everywhere if the table is not testable.
 */
void chi2_residuals_row(const struct observed *observed, const struct margins *margins, size_t row,
                        double *residuals);

#endif
