/*
 * Tests a table's counts, layer by layer. in: a draft; out: what chi2.h and column_letters.h make of
 * each layer.
 *
 * Totals take no part. Under weights a cell has the sum of its weights, and a layer is scaled by its
 * effective base over its sum of weights:
 *
 *     (W^2 / Q) / W = W / Q        W the sum of the layer's weights, Q that of their squares
 *
 * Example: weights 1 1 2 have W 4, Q 6. Four weighted rows count as 4 x 4/6 = 2.67.
 */
#include "answer/table_tests.h"

#include "answer/chi2.h"
#include "answer/column_letters.h"

/* One layer: what is tested, and the first of its cells. */
struct layer {
    struct observed observed;
    uint64_t index; /* of the cell at positions 0, 0 */
};

/* How many positions there are, without a total. */
static size_t
positions_of(const struct draft *draft, size_t axis)
{
    return draft->axes[axis].npositions - draft->axes[axis].has_total;
}

/* ---- Counts ---- */

/* Of weights in units of their last digit: 0.25 and 1.5 are 25 and 150. */
static long double
amount_of(const struct measured *rows, size_t place)
{
    struct wide amount;
    struct ratio ratio;
    if (!measured_amount(rows, place, &amount) || wide_is_zero(amount)) {
        return 0;
    }
    __int128 whole;
    if (wide_to_int128(amount, &whole) && whole <= INT64_MAX) {
        return (long double) whole;
    }
    ratio_of(&ratio, amount, wide_of_uint64(1));
    return ratio_to_double(&ratio);
}

/* W / Q, in the same units. Sums that fit their cells fit together: a layer is a part of the whole grid. */
static bool
layer_scale(const struct draft *draft, const size_t *places, size_t n, double *scale,
            struct error *err)
{
    struct wide weights = {{0}}, squares = {{0}}, amount;
    struct ratio ratio;
    *scale = 1;
    for (size_t i = 0; i < n && draft->rows.has_weight; i++) {
        if (places[i] != NO_PLACE && measured_amount(&draft->rows, places[i], &amount) &&
            (!wide_add(weights, amount, &weights) ||
             !wide_add(squares, measured_weight_squares(&draft->rows, places[i]), &squares))) {
            return error_set(err, "LIMIT", "a sum of weights has more than 256 bits");
        }
    }
    if (!wide_is_zero(squares)) {
        ratio_of(&ratio, weights, squares);
        *scale = ratio_to_double(&ratio);
    }
    return true;
}

static bool
observe(struct arena *arena, const struct draft *draft, struct layer *layer, struct error *err)
{
    struct observed *observed = &layer->observed;
    size_t n = observed->nrows * observed->ncols, span = draft->axes[draft->naxes - 1].npositions;
    long double *cells = arena_array(arena, n, sizeof *cells);
    size_t *places = arena_array(arena, n, sizeof *places);
    for (size_t i = 0; i < n; i++) {
        uint64_t index = layer->index + i / observed->ncols * span + i % observed->ncols;
        places[i] = draft_find(draft, index);
        cells[i] = places[i] == NO_PLACE ? 0 : amount_of(&draft->rows, places[i]);
    }
    observed->cells = cells;
    observed->weighted = draft->rows.has_weight;
    return layer_scale(draft, places, n, &observed->scale, err);
}

/* ---- Tests ---- */

static bool
find_letters(struct arena *arena, const struct draft *draft, const struct observed *observed,
             const struct margins *margins, const struct letters **letters, struct error *err)
{
    struct column_options options = {.alpha = draft->query->level};
    struct column_test test;
    if (!column_test_init(&test, arena, observed, margins, &options, err)) {
        return false;
    }
    if (!margins->is_testable) {
        return true;
    }
    struct letters *sets = arena_array(arena, observed->nrows * observed->ncols, sizeof *sets);
    for (size_t row = 0; row < observed->nrows; row++) {
        column_test_row(&test, row, sets + row * observed->ncols);
    }
    *letters = sets;
    return true;
}

static bool
test_layer(struct arena *arena, const struct draft *draft, struct layer *layer,
           struct table_test *test, struct error *err)
{
    const struct bound_query *query = draft->query;
    if (!observe(arena, draft, layer, err)) {
        return false;
    }
    const struct observed *observed = &layer->observed;
    struct margins margins = margins_of(arena, observed);
    test->nrows = observed->nrows;
    test->ncols = observed->ncols;
    if (query->test_chi2 && margins.is_testable) {
        struct chi2_test *chi2 = arena_alloc(arena, sizeof *chi2);
        *chi2 = chi2_test(observed, &margins);
        test->chi2 = chi2;
    }
    if (query->residuals && margins.is_testable) {
        double *residuals =
            arena_array(arena, observed->nrows * observed->ncols, sizeof *residuals);
        for (size_t row = 0; row < observed->nrows; row++) {
            chi2_residuals_row(observed, &margins, row, residuals + row * observed->ncols);
        }
        test->residuals = residuals;
    }
    return !query->test_columns ||
           find_letters(arena, draft, observed, &margins, &test->letters, err);
}

/* The positions of layer number n, and the index of its first cell. */
static void
layer_find(struct arena *arena, const struct draft *draft, uint64_t n, struct layer *layer,
           struct table_test *test)
{
    size_t ndims = draft->naxes - 2;
    size_t *positions = arena_array(arena, ndims, sizeof *positions);
    layer->index = 0;
    for (size_t a = ndims; a-- > 0;) {
        positions[a] = n % positions_of(draft, a);
        n /= positions_of(draft, a);
    }
    for (size_t a = 0; a < draft->naxes; a++) {
        layer->index *= draft->axes[a].npositions;
        layer->index += a < ndims ? positions[a] : 0;
    }
    test->layer = positions;
}

bool
table_tests_make(struct arena *arena, const struct draft *draft, struct table_test **tests,
                 size_t *ntests, struct error *err)
{
    const struct bound_query *query = draft->query;
    uint64_t n = 1;
    *ntests = 0;
    if (!query->test_chi2 && !query->test_columns && !query->residuals) {
        return true;
    }
    for (size_t a = 0; a + 2 < draft->naxes; a++) {
        n *= positions_of(draft, a);
    }
    *tests = arena_array(arena, n, sizeof **tests);
    for (; *ntests < n; ++*ntests) {
        struct layer layer = {.observed = {.nrows = positions_of(draft, draft->naxes - 2),
                                           .ncols = positions_of(draft, draft->naxes - 1)}};
        struct table_test *test = &(*tests)[*ntests];
        layer_find(arena, draft, *ntests, &layer, test);
        if (!test_layer(arena, draft, &layer, test, err)) {
            return false;
        }
    }
    return true;
}
