/*
 * Columns' shares, compared in pairs within a row. in: a table and its columns' bases; out: a set
 * of columns per cell.
 *
 *     18 of 39 and 9 of 54      shares 0.4615 and 0.1667, pooled 27 of 93
 *     z = 0.2949 / sqrt(0.2903 0.7097 (1/39 + 1/54)) = 3.091
 *     5 columns, 10 pairs       p = 10 * 0.001992 = 0.0199: A is larger than D
 *
 * p times the pairs is at most alpha exactly where |z| is at least the z of alpha over the pairs.
 * That one is computed once per row, so that a pair costs neither a root nor a tail.
 *
 * Source: IBM SPSS Statistics Algorithms, "CTABLES: pairwise comparisons", column proportions.
 */
#include "answer/column_letters.h"

#include <assert.h>

#include "answer/special.h"

bool
column_test_init(struct column_test *test, struct arena *arena, const struct observed *observed,
                 const struct margins *margins, const struct column_options *options,
                 struct error *err)
{
    assert(options->alpha > 0 && options->alpha < 1);
    if (observed->ncols > LETTER_COLUMNS_MOST) {
        return error_set(err, "LIMIT",
                         "TEST COLUMNS compares at most %d columns, and there are %zu",
                         LETTER_COLUMNS_MOST, observed->ncols);
    }
    const long double *bases = options->bases ? options->bases : margins->columns;
    long double *sizes = arena_array(arena, observed->ncols, sizeof *sizes);
    for (size_t j = 0; j < observed->ncols; j++) {
        sizes[j] = bases[j] * (options->scales ? options->scales[j] : observed->scale);
    }
    *test = (struct column_test){observed, bases, sizes, options->alpha};
    return true;
}

/* One column in one row. */
struct share {
    size_t column;
    long double value, count, size; /* count and size are scaled */
};

/* The shares that are compared, in the order of the columns; returns how many. */
static size_t
find_shares(const struct column_test *test, size_t row, struct share *shares)
{
    size_t n = 0;
    for (size_t j = 0; j < test->observed->ncols; j++) {
        long double count = observed_at(test->observed, row, j), size = test->sizes[j];
        if (size >= 2 && count > 0 && count < test->bases[j]) {
            long double value = count / test->bases[j];
            shares[n++] = (struct share){j, value, value * size, size};
        }
    }
    return n;
}

/*
 * Is |z| at least the critical value, whose square is given? With n = a.size + b.size and the pooled
 * share k / n, z^2 = away^2 / (k/n (1 - k/n) (1/a.size + 1/b.size)) = away^2 a.size b.size n / (k (n - k)).
 * Written without a division, which would be most of the time.
 */
static bool
shares_differ(const struct share *a, const struct share *b, long double critical_square)
{
    long double away = a->value - b->value;
    long double n = a->size + b->size, k = a->count + b->count;
    return away * away * a->size * b->size * n >= critical_square * k * (n - k);
}

void
column_test_row(const struct column_test *test, size_t row, struct letters *sets)
{
    struct share shares[LETTER_COLUMNS_MOST];
    size_t n = find_shares(test, row, shares);
    for (size_t j = 0; j < test->observed->ncols; j++) {
        sets[j] = (struct letters){{0}};
    }
    if (n < 2) {
        return;
    }
    double npairs = (double) (n * (n - 1) / 2);
    long double critical = normal_quantile(test->alpha / npairs / 2);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            if (shares_differ(&shares[i], &shares[j], critical * critical)) {
                bool first_larger = shares[i].value > shares[j].value;
                size_t larger = shares[first_larger ? i : j].column;
                size_t smaller = shares[first_larger ? j : i].column;
                sets[larger].bits[smaller / 64] |= 1ull << smaller % 64;
            }
        }
    }
}

const char *
column_letter(char *text, size_t column)
{
    assert(column < LETTER_COLUMNS_MOST);
    char *end = text;
    if (column >= 26) {
        *end++ = (char) ('A' + column / 26 - 1);
    }
    *end++ = (char) ('A' + column % 26);
    *end = '\0';
    return text;
}

void
letters_print(const struct letters *letters, struct strbuf *out)
{
    char text[COLUMN_LETTER_BYTES];
    const char *blank = "";
    for (size_t j = 0; j < LETTER_COLUMNS_MOST; j++) {
        if (letters->bits[j / 64] >> j % 64 & 1) {
            strbuf_append_str(out, blank);
            strbuf_append_str(out, column_letter(text, j));
            blank = " ";
        }
    }
}
