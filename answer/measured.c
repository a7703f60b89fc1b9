/*
 * Makes values of a cell's sums, or of its values with their counts. in: expanded grids; out: exact
 * fractions, numbers as they are shown.
 *
 *     COUNT            rows, or the sum of weights          MIN, MAX     the bound
 *     SUM              the sum, of w x under weights        DISTINCT     how many values there are
 *     AVG              the sum / rows (or weights)          MEDIAN, QUANTILE    R's type 7
 *     VARIANCE, STDDEV ratio_of_variance                    (value_parts: where a text holds several)
 *
 * Example: type 7 of {10 x 1, 20 x 3} at p = 0.25: h = (4 - 1) x 0.25 = 0.75 lies between the values
 * 0 and 1 of the sorted list, 10 and 20, so it is 10 + 0.75 x (20 - 10) = 17.5.
 */
#include "answer/measured.h"

#include <string.h>

#include "base/double.h"
#include "base/number.h"

enum { P_DECIMALS_MOST = 18 };

static bool
is_of_values(enum ast_measure_kind kind)
{
    return kind == AST_DISTINCT || kind == AST_MEDIAN || kind == AST_QUANTILE;
}

void
measured_init(struct measured *measured, struct arena *arena, const struct bound_measure *bound,
              const struct bound_grid *grid, const struct partial *partial, const uint64_t *indexes,
              size_t n)
{
    const struct cell_list *cells = &partial->cells;
    *measured = (struct measured){.bound = bound, .partial = partial, .nvalues = 1};
    measured->layout = fold_layout_of(grid);
    measured->has_weight = grid->has_weight && grid->is_folded;
    if (is_of_values(bound->kind)) {
        measured->nvalues = partial->dims[partial->ndims - 1].npositions;
    }
    if (bound->separator.ptr) {
        const struct partial_dim *values = &partial->dims[partial->ndims - 1];
        measured->parts =
            value_parts_new(arena, bound->separator, values->values, measured->nvalues);
    }
    measured->begins = arena_array(arena, n, sizeof *measured->begins);
    measured->ends = arena_array(arena, n, sizeof *measured->ends);
    for (size_t i = 0, at = 0; i < n; i++) {
        uint64_t first = indexes[i] * measured->nvalues;
        while (at < cells->n && cells->indexes[at] < first) {
            at++;
        }
        measured->begins[i] = at;
        while (at < cells->n && cells->indexes[at] - first < measured->nvalues) {
            at++;
        }
        measured->ends[i] = at;
    }
}

/* ---- Sums ---- */

static bool
is_empty(const struct measured *measured, size_t cell)
{
    return measured->begins[cell] == measured->ends[cell];
}

/* A number of a cell's vector; of a cell that has rows. */
static struct wide
vector_get(const struct measured *measured, size_t cell, enum fold_number number)
{
    return cell_wide(&measured->partial->cells, measured->begins[cell],
                     measured->layout.offsets[number]);
}

static size_t
vector_scale(const struct measured *measured, enum fold_number number)
{
    return scale_of(measured->partial->scales, measured->layout.offsets[number]);
}

static enum fold_number
amount_number(const struct measured *measured)
{
    return measured->bound->kind == AST_SUM ? FOLDED_SUM
           : measured->has_weight           ? FOLDED_WEIGHTS
                                            : FOLDED_ROWS;
}

bool
measured_amount(const struct measured *measured, size_t cell, struct wide *amount)
{
    bool is_there = !is_empty(measured, cell);
    *amount = is_there ? vector_get(measured, cell, amount_number(measured)) : (struct wide){{0}};
    return is_there || measured->bound->kind == AST_COUNT;
}

size_t
measured_amount_scale(const struct measured *measured)
{
    return vector_scale(measured, amount_number(measured));
}

/* Which of the last dim's values a cell of the partial has. */
static size_t
value_number(const struct measured *measured, size_t i)
{
    return measured->partial->cells.indexes[i] % measured->nvalues;
}

uint64_t
measured_rows(const struct measured *measured, size_t cell)
{
    uint64_t n = 0;
    for (size_t i = measured->begins[cell]; i < measured->ends[cell]; i++) {
        if (!measured->parts || value_parts_has(measured->parts, value_number(measured, i))) {
            n += (uint64_t) cell_value(&measured->partial->cells, i, 0);
        }
    }
    return n;
}

struct wide
measured_weight_squares(const struct measured *measured, size_t cell)
{
    return is_empty(measured, cell) ? (struct wide){{0}}
                                    : vector_get(measured, cell, FOLDED_WEIGHT_SQUARES);
}

bool
measured_effective(const struct measured *measured, size_t cell, struct ratio *ratio)
{
    __int128 weights;
    if (is_empty(measured, cell) ||
        !wide_to_int128(vector_get(measured, cell, FOLDED_WEIGHTS), &weights)) {
        return false;
    }
    ratio_of(ratio, wide_mul_128x128(weights, weights),
             vector_get(measured, cell, FOLDED_WEIGHT_SQUARES));
    return true;
}

static void
amount_ratio(struct ratio *ratio, struct wide amount, size_t scale)
{
    ratio_of(ratio, amount, wide_of_uint64(1));
    ratio_divide10(ratio, scale);
}

/* The mean: its scale is that of the values, as the weights' is in both sums. */
static void
mean_ratio(const struct measured *measured, size_t cell, struct ratio *ratio)
{
    enum fold_number number = measured->has_weight ? FOLDED_WEIGHTS : FOLDED_ROWS;
    ratio_of(ratio, vector_get(measured, cell, FOLDED_SUM), vector_get(measured, cell, number));
    ratio_divide10(ratio, measured->partial->scales->value);
}

static bool
variance_ratio(const struct measured *measured, size_t cell, struct ratio *ratio)
{
    const struct partial_scales *scales = measured->partial->scales;
    enum fold_number number = measured->has_weight ? FOLDED_WEIGHTS : FOLDED_ROWS;
    return ratio_of_variance(ratio, vector_get(measured, cell, number),
                             vector_get(measured, cell, FOLDED_SUM),
                             vector_get(measured, cell, FOLDED_SQUARES), scales->value,
                             measured->has_weight ? scales->weight : 0);
}

/* ---- Values with their counts ---- */

/* A cell's numbers, in order: they come before its texts. */
struct sample {
    const struct measured *measured;
    size_t begin, end;
    int64_t n; /* rows */
};

static struct slice
sample_text(const struct sample *sample, size_t i)
{
    const struct partial *partial = sample->measured->partial;
    return partial->dims[partial->ndims - 1].values[value_number(sample->measured, i)];
}

static struct sample
sample_of(const struct measured *measured, size_t cell)
{
    struct sample sample = {measured, measured->begins[cell], measured->begins[cell], 0};
    while (sample.end < measured->ends[cell] &&
           number_is_canonical(sample_text(&sample, sample.end))) {
        sample.n += cell_value(&measured->partial->cells, sample.end++, 0);
    }
    return sample;
}

/* Value k of the sorted list of all rows' values, and the next one. */
static void
sample_find(const struct sample *sample, int64_t k, struct slice *low, struct slice *high)
{
    const struct cell_list *cells = &sample->measured->partial->cells;
    size_t i = sample->begin;
    int64_t before = 0;
    while (k >= before + cell_value(cells, i, 0)) {
        before += cell_value(cells, i++, 0);
    }
    *low = sample_text(sample, i);
    bool is_last = k + 1 >= before + cell_value(cells, i, 0);
    *high = is_last && i + 1 < sample->end ? sample_text(sample, i + 1) : *low;
}

static bool
too_long(struct slice value, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    return error_set(err, "LIMIT", "the value %s has too many digits for a quantile",
                     error_quote(quoted, value));
}

/* low + (high - low) x part / one, exactly. */
static bool
between(struct slice low, struct slice high, __int128 part, __int128 one, size_t p_scale,
        struct ratio *ratio, struct error *err)
{
    size_t scale = decimals_of(low) > decimals_of(high) ? decimals_of(low) : decimals_of(high);
    __int128 a, b;
    struct wide sum = {{0}};
    if (part == 0 || slice_equal(low, high)) {
        return ratio_of_decimal(ratio, low) || too_long(low, err);
    }
    if (scale > PARTIAL_SCALE_MOST || !wide_parse_decimal(low, scale, &a)) {
        return too_long(low, err);
    }
    if (!wide_parse_decimal(high, scale, &b) ||
        !wide_add(wide_mul_128x128(a, one - part), wide_mul_128x128(b, part), &sum)) {
        return too_long(high, err);
    }
    ratio_of(ratio, sum, wide_of_uint64(1));
    ratio_divide10(ratio, scale + p_scale);
    return true;
}

static bool
quantile_ratio(const struct measured *measured, size_t cell, struct ratio *ratio, bool *is_null,
               struct error *err)
{
    struct sample sample = sample_of(measured, cell);
    struct slice p = measured->bound->kind == AST_MEDIAN ? slice_lit("0.5") : measured->bound->p;
    struct slice low, high;
    size_t scale = decimals_of(p);
    __int128 numerator, one;
    *is_null = sample.n == 0;
    if (*is_null) {
        return true;
    }
    if (scale > P_DECIMALS_MOST || !wide_parse_decimal(p, scale, &numerator) ||
        !wide_parse_decimal(slice_lit("1"), scale, &one)) {
        return error_set(err, "LIMIT", "QUANTILE takes at most %d decimals", P_DECIMALS_MOST);
    }
    __int128 h = (__int128) (sample.n - 1) * numerator;
    sample_find(&sample, (int64_t) (h / one), &low, &high);
    return between(low, high, h % one, one, scale, ratio, err);
}

/* How many different values a cell has. */
static uint64_t
distinct_count(const struct measured *measured, size_t cell)
{
    uint64_t n = 0;
    if (!measured->parts) {
        return measured->ends[cell] - measured->begins[cell];
    }
    value_parts_begin(measured->parts);
    for (size_t i = measured->begins[cell]; i < measured->ends[cell]; i++) {
        n += value_parts_add(measured->parts, value_number(measured, i));
    }
    return n;
}

/* ---- All of them ---- */

bool
measured_ratio(const struct measured *measured, size_t cell, struct ratio *ratio, bool *is_null,
               struct error *err)
{
    struct wide amount;
    enum ast_measure_kind kind = measured->bound->kind;
    *is_null = is_empty(measured, cell) && kind != AST_COUNT;
    if (*is_null) {
        return true;
    }
    switch (kind) {
    case AST_COUNT:
    case AST_SUM:
        *is_null = !measured_amount(measured, cell, &amount);
        amount_ratio(ratio, amount, measured_amount_scale(measured));
        return true;
    case AST_AVG: mean_ratio(measured, cell, ratio); return true;
    case AST_MIN:
    case AST_MAX:
        amount_ratio(ratio,
                     vector_get(measured, cell, kind == AST_MIN ? FOLDED_LEAST : FOLDED_GREATEST),
                     measured->partial->scales->value);
        return true;
    case AST_STDDEV:
    case AST_VARIANCE: *is_null = !variance_ratio(measured, cell, ratio); return true;
    case AST_DISTINCT: {
        uint64_t n = distinct_count(measured, cell);
        *is_null = n == 0;
        amount_ratio(ratio, wide_of_uint64(n), 0);
        return true;
    }
    case AST_MEDIAN:
    case AST_QUANTILE: break;
    }
    return quantile_ratio(measured, cell, ratio, is_null, err);
}

struct number
number_of_double(struct arena *arena, double x)
{
    char text[DOUBLE_TEXT_BYTES];
    return number_of_text(arena_copy(arena, slice_of(text, double_write(text, x))));
}

struct number
number_of_ratio(struct arena *arena, const struct ratio *ratio)
{
    return number_of_double(arena, ratio_to_double(ratio));
}

/* COUNT and SUM show all their digits. */
static struct number
number_of_amount(const struct measured *measured, struct arena *arena, struct wide amount)
{
    struct strbuf text;
    if (measured->bound->kind == AST_COUNT && !measured->has_weight) {
        return number_of_integer((int64_t) amount.word[0]);
    }
    strbuf_init(&text);
    wide_print_decimal(&text, amount, measured_amount_scale(measured));
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return number_of_exact(copy);
}

bool
measured_number(const struct measured *measured, struct arena *arena, size_t cell,
                struct number *number, struct error *err)
{
    enum ast_measure_kind kind = measured->bound->kind;
    struct ratio ratio;
    struct wide amount;
    bool is_null = false;
    *number = (struct number){.kind = NUMBER_NULL};
    if (kind == AST_COUNT || kind == AST_SUM) {
        if (measured_amount(measured, cell, &amount)) {
            *number = number_of_amount(measured, arena, amount);
        }
        return true;
    }
    if (kind == AST_DISTINCT) {
        uint64_t n = distinct_count(measured, cell);
        *number = n ? number_of_integer((int64_t) n) : *number;
        return true;
    }
    if (!measured_ratio(measured, cell, &ratio, &is_null, err)) {
        return false;
    }
    if (!is_null) {
        *number = kind == AST_STDDEV ? number_of_double(arena, ratio_to_sqrt(&ratio))
                                     : number_of_ratio(arena, &ratio);
    }
    return true;
}
