/*
 * Ties between counts. in: the counts that change in a move; out: those of them that the first one
 * needs.
 *
 *     1. Write the equations as rows, with a column for each of the counts, and make them as simple as
 *        possible (Gauss-Jordan elimination, modulo a prime: only zero or not matters).
 *     2. Counts that still share a row are tied.
 *
 *         x0 x1 x2 x3                  x0 x1 x2 x3
 *          1  1  0  0                   1  1  0  0       x0, x1
 *          0  0  1  1         ->        0  0  1  1       x2, x3
 *          1  1  1  1
 *
 * These are the connected components of a matroid, which reduced rows show (Cunningham, 1973).
 */
#include "answer/ties.h"

#include <string.h>

#define PRIME ((int64_t) 2147483647)

struct ties {
    const struct equations *equations;
    uint32_t *columns;                  /* of each count, plus one; 0: it has none */
    bool *is_done;                      /* of each equation */
    int64_t rows[TIES_MOST][TIES_MOST]; /* reduced; each has a pivot */
    size_t pivots[TIES_MOST];           /* the column where a row has a 1, and all others a 0 */
    size_t nrows, ncolumns;
    size_t groups[TIES_MOST]; /* of each column: itself, or another of its group */
};

struct ties *
ties_new(struct arena *arena, const struct equations *equations)
{
    struct ties *ties = arena_alloc(arena, sizeof *ties);
    ties->equations = equations;
    ties->columns = arena_array(arena, equations->ncounts, sizeof *ties->columns);
    ties->is_done = arena_array(arena, equations->n, sizeof *ties->is_done);
    return ties;
}

/* ---- Groups ---- */

static size_t
group_of(const struct ties *ties, size_t column)
{
    while (ties->groups[column] != column) {
        column = ties->groups[column];
    }
    return column;
}

/* All columns where the row is not 0 are one group. */
static void
tie_row(struct ties *ties, const int64_t *row)
{
    size_t first = ties->ncolumns;
    for (size_t c = 0; c < ties->ncolumns; c++) {
        if (row[c] != 0 && first == ties->ncolumns) {
            first = c;
        } else if (row[c] != 0) {
            ties->groups[group_of(ties, c)] = group_of(ties, first);
        }
    }
}

/* ---- Rows ---- */

static int64_t
inverse(int64_t a)
{
    int64_t result = 1;
    for (int64_t power = PRIME - 2; power > 0; power >>= 1, a = a * a % PRIME) {
        result = power & 1 ? result * a % PRIME : result;
    }
    return result;
}

/* row - times x other. */
static void
row_subtract(const struct ties *ties, int64_t *row, const int64_t *other, int64_t times)
{
    for (size_t c = 0; c < ties->ncolumns && times != 0; c++) {
        row[c] = (row[c] + (PRIME - times) * other[c]) % PRIME;
    }
}

/* Adds a row, and reduces all. */
static void
add_row(struct ties *ties, int64_t *row)
{
    for (size_t r = 0; r < ties->nrows; r++) {
        row_subtract(ties, row, ties->rows[r], row[ties->pivots[r]]);
    }
    size_t pivot = 0;
    while (pivot < ties->ncolumns && row[pivot] == 0) {
        pivot++;
    }
    if (pivot == ties->ncolumns) {
        return; /* the others say it already */
    }
    int64_t by = inverse(row[pivot]);
    for (size_t c = 0; c < ties->ncolumns; c++) {
        row[c] = row[c] * by % PRIME;
    }
    for (size_t r = 0; r < ties->nrows; r++) {
        row_subtract(ties, ties->rows[r], row, ties->rows[r][pivot]);
    }
    memcpy(ties->rows[ties->nrows], row, ties->ncolumns * sizeof *row);
    ties->pivots[ties->nrows++] = pivot;
}

static void
add_equation(struct ties *ties, uint32_t equation)
{
    const struct equation *e = &ties->equations->list[equation];
    int64_t row[TIES_MOST] = {0};
    for (size_t i = e->first; i < e->first + e->nterms; i++) {
        struct equation_term term = ties->equations->terms[i];
        if (ties->columns[term.count] != 0) {
            row[ties->columns[term.count] - 1] = (term.coef + PRIME) % PRIME;
        }
    }
    if (e->kind == EQUATION_EQUAL) {
        add_row(ties, row);
    } else {
        tie_row(ties, row);
    }
}

size_t
ties_cut(struct ties *ties, uint32_t *counts, size_t n)
{
    const size_t *first_use = ties->equations->first_use;
    const struct equation_use *uses = ties->equations->uses;
    if (n > TIES_MOST) {
        return n;
    }
    ties->nrows = 0;
    ties->ncolumns = n;
    for (size_t c = 0; c < n; c++) {
        ties->columns[counts[c]] = (uint32_t) c + 1;
        ties->groups[c] = c;
    }
    for (size_t c = 0; c < n; c++) {
        for (size_t u = first_use[counts[c]]; u < first_use[counts[c] + 1]; u++) {
            if (!ties->is_done[uses[u].equation]) {
                ties->is_done[uses[u].equation] = true;
                add_equation(ties, uses[u].equation);
            }
        }
    }
    for (size_t r = 0; r < ties->nrows; r++) {
        tie_row(ties, ties->rows[r]);
    }
    size_t ntied = 0;
    for (size_t c = 0; c < n; c++) {
        ties->columns[counts[c]] = 0;
        for (size_t u = first_use[counts[c]]; u < first_use[counts[c] + 1]; u++) {
            ties->is_done[uses[u].equation] = false;
        }
    }
    for (size_t c = 0; c < n; c++) {
        if (group_of(ties, c) == group_of(ties, 0)) {
            uint32_t count = counts[c];
            counts[c] = counts[ntied];
            counts[ntied++] = count;
        }
    }
    return ntied;
}
