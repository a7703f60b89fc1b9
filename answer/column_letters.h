/*
 * TEST COLUMNS: which columns' shares differ in a row, in letters, as SPSS CTABLES shows it.
 *
 *                       (A)      (B)      (C)      (D)      (E)
 *     Never married    18 D     36 D       21        9        6
 *     Married            12       36       45   36 A B       21
 *     Divorced            6        9        9        3        3
 *     Widowed             3        9        9        6        3
 *
 * D at 18: 18 of 39 in column A is a significantly larger share than 9 of 54 in column D.
 *
 *     struct column_test test;
 *     if (!column_test_init(&test, arena, &observed, &margins, &options, err)) { return false; }
 *     column_test_row(&test, row, sets);           once per row, in any order
 *     letters_print(&sets[3], &text);              "A B"
 *
 * A share is the count over the column's base. Two shares are compared by the two-sided z test with
 * a pooled variance; p is multiplied by how many pairs are compared in the row (Bonferroni). Shares
 * of 0 or 1 and bases under 2 are not compared.
 */
#ifndef QUIPU_ANSWER_COLUMN_LETTERS_H
#define QUIPU_ANSWER_COLUMN_LETTERS_H

#include <stdint.h>

#include "answer/observed.h"
#include "base/error.h"
#include "base/strbuf.h"

enum { LETTER_COLUMNS_MOST = 100, COLUMN_LETTER_BYTES = 3 };

/* A set of columns: bit j is column j. */
struct letters {
    uint64_t bits[2];
};

struct column_options {
    double alpha; /* 0.05 unless LEVEL says otherwise; above 0, below 1 */
    /*
     * By column, not scaled, like the cells. NULL: the columns' totals. Others are needed where a
     * row of data can be in several cells of a column.
     */
    const long double *bases;
    /* By column: its own effective base over its sum of weights. NULL: observed's scale for all. */
    const double *scales;
};

/* The owner of all of it is who called column_test_init; the arena holds the arrays. */
struct column_test {
    const struct observed *observed;
    const long double *bases; /* not scaled */
    const long double *sizes; /* scaled: the n of the test */
    double alpha;
};

/*
 * Fails with LIMIT if there are more than LETTER_COLUMNS_MOST columns. Borrows what the pointers
 * point to for as long as the test is used.
 */
QUIPU_MUST_CHECK bool column_test_init(struct column_test *test, struct arena *arena,
                                       const struct observed *observed,
                                       const struct margins *margins,
                                       const struct column_options *options, struct error *err);

/*
 * Writes one set per column: those whose share in this row is significantly smaller. Time: the
 * square of the columns; 100 of them take about 40 microseconds.
 */
void column_test_row(const struct column_test *test, size_t row, struct letters *sets);

/* A, ..., Z, AA, AB, ... as a text with a NUL, in `text` (COLUMN_LETTER_BYTES), which is returned. */
const char *column_letter(char *text, size_t column);
/* Appends the letters with blanks between them; nothing for the empty set. */
void letters_print(const struct letters *letters, struct strbuf *out);

#endif
