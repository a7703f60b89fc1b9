/*
 * Folds the hidden dims of a grid into vectors. in: a partial count with the measured value and the
 * weight as its last dims; out: one without them, whose cells have sums.
 *
 *     1. Which values and weights are of rows that stay, and how many decimals have they?
 *     2. Each of them becomes an integer at that scale, once.
 *     3. Cells are sorted, and hidden dims run fastest: what belongs to one vector is side by side.
 *
 * Example: values {800, 1200.5} have the scale 1, so they are 8000 and 12005. Two rows of the first
 * and one of the second have the sum 2 x 8000 + 12005 = 28005, which is 2800.5.
 */
#include "answer/fold.h"

#include "base/number.h"

/* ---- Layout ---- */

static void
layout_add(struct fold_layout *layout, enum fold_number number, enum measure_kind kind,
           unsigned value_power, unsigned weight_power)
{
    size_t at = layout->nwords, nwords = measure_words((unsigned char) kind);
    layout->offsets[number] = at;
    layout->scales.value_powers[at] = (unsigned char) value_power;
    layout->scales.weight_powers[at] = (unsigned char) weight_power;
    for (size_t i = 0; i < nwords; i++) {
        layout->kinds[at + i] = i ? MEASURE_CONTINUED : (unsigned char) kind;
    }
    layout->nwords += nwords;
}

struct fold_layout
fold_layout_of(const struct bound_grid *grid)
{
    struct fold_layout layout = {.nwords = 0};
    unsigned weight = grid->has_weight;
    for (size_t i = 0; i < FOLDED_NNUMBERS; i++) {
        layout.offsets[i] = FOLD_ABSENT;
    }
    layout_add(&layout, FOLDED_ROWS, MEASURE_COUNT, 0, 0);
    if (grid->has_weight) {
        layout_add(&layout, FOLDED_WEIGHTS, MEASURE_SUM128, 0, 1);
        layout_add(&layout, FOLDED_WEIGHT_SQUARES, MEASURE_SUM256, 0, 2);
    }
    if (grid->has_value && grid->parts & FOLD_SUM) {
        layout_add(&layout, FOLDED_SUM, weight ? MEASURE_SUM256 : MEASURE_SUM128, 1, weight);
    }
    if (grid->has_value && grid->parts & FOLD_SQUARES) {
        layout_add(&layout, FOLDED_SQUARES, MEASURE_SUM256, 2, weight);
    }
    if (grid->has_value && grid->parts & FOLD_BOUNDS) {
        layout_add(&layout, FOLDED_LEAST, MEASURE_LEAST128, 1, 0);
        layout_add(&layout, FOLDED_GREATEST, MEASURE_GREATEST128, 1, 0);
    }
    return layout;
}

size_t
fold_offset(const struct bound_grid *grid, enum fold_number number)
{
    return fold_layout_of(grid).offsets[number];
}

/* ---- Hidden dims ---- */

/* The values of a hidden dim as integers. A dim that is not there has one value, 1. */
struct hidden {
    size_t n;
    const struct slice *texts; /* NULL: the dim is not there */
    bool *counts;              /* by value: it is a number that rows may have */
    bool *occurs;              /* by value: a row that stays has it */
    __int128 *numbers;         /* by value, where it occurs */
    size_t scale;
};

static struct hidden
hidden_of(struct arena *arena, const struct partial_dim *dim, bool is_weight)
{
    struct hidden hidden = {.n = dim ? dim->npositions : 1, .texts = dim ? dim->values : NULL};
    hidden.counts = arena_array(arena, hidden.n, sizeof *hidden.counts);
    hidden.occurs = arena_array(arena, hidden.n, sizeof *hidden.occurs);
    hidden.numbers = arena_array(arena, hidden.n, sizeof *hidden.numbers);
    for (size_t i = 0; i < hidden.n; i++) {
        struct slice text = dim ? hidden.texts[i] : slice_lit("1");
        hidden.counts[i] =
            number_is_canonical(text) && (!is_weight || number_compare(text, slice_lit("0")) > 0);
    }
    return hidden;
}

/* Makes integers of the values that occur. */
static bool
hidden_read(struct hidden *hidden, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    for (size_t i = 0; i < hidden->n; i++) {
        size_t decimals = hidden->texts && hidden->occurs[i] ? decimals_of(hidden->texts[i]) : 0;
        hidden->scale = decimals > hidden->scale ? decimals : hidden->scale;
        if (decimals > PARTIAL_SCALE_MOST) {
            return error_set(err, "LIMIT", "the value %s has more than %d decimals",
                             error_quote(quoted, hidden->texts[i]), PARTIAL_SCALE_MOST);
        }
    }
    for (size_t i = 0; i < hidden->n; i++) {
        if (!hidden->texts) {
            hidden->numbers[i] = 1;
        } else if (hidden->occurs[i] &&
                   !wide_parse_decimal(hidden->texts[i], hidden->scale, &hidden->numbers[i])) {
            return error_set(err, "LIMIT",
                             "the value %s with %zu decimals, as others have them, has more than "
                             "128 bits",
                             error_quote(quoted, hidden->texts[i]), hidden->scale);
        }
    }
    return true;
}

/* ---- Sums ---- */

/* A sum that is added up in 128 bits for as long as they suffice. */
struct sum {
    __int128 low;
    struct wide high;
};

static bool
sum_add_wide(struct sum *sum, struct wide n)
{
    return wide_add(sum->high, n, &sum->high);
}

static bool
sum_add(struct sum *sum, __int128 n)
{
    __int128 low = sum->low;
    if (!__builtin_add_overflow(low, n, &sum->low)) {
        return true;
    }
    sum->low = n;
    return sum_add_wide(sum, wide_of_int128(low));
}

/* Adds a product. False: it needs more than 256 bits. */
static bool
sum_add_product(struct sum *sum, __int128 a, __int128 b, __int128 c)
{
    __int128 product;
    struct wide wide;
    if (!__builtin_mul_overflow(a, b, &product) && !__builtin_mul_overflow(product, c, &product)) {
        return sum_add(sum, product);
    }
    return wide_mul(wide_mul_128x128(a, b), wide_of_int128(c), &wide) && sum_add_wide(sum, wide);
}

static bool
sum_total(const struct sum *sum, struct wide *total)
{
    return wide_add(sum->high, wide_of_int128(sum->low), total);
}

struct folding {
    const struct fold_layout *layout;
    struct sum sums[FOLDED_NNUMBERS]; /* of the vector that is being made */
    int64_t rows;
    __int128 least, greatest;
    struct cell_list *out;
};

/* Adds the rows of one cell: all of the same value and weight. */
static bool
vector_add(struct folding *folding, int64_t rows, __int128 x, __int128 w)
{
    const size_t *offsets = folding->layout->offsets;
    struct sum *sums = folding->sums;
    bool fits = true;
    folding->least = !folding->rows || x < folding->least ? x : folding->least;
    folding->greatest = !folding->rows || x > folding->greatest ? x : folding->greatest;
    folding->rows += rows; /* partial_add_rows has checked their sum */
    __int128 weight = (__int128) rows;
    if (offsets[FOLDED_WEIGHTS] != FOLD_ABSENT) {
        fits = !__builtin_mul_overflow(weight, w, &weight) &&
               sum_add(&sums[FOLDED_WEIGHTS], weight) &&
               sum_add_product(&sums[FOLDED_WEIGHT_SQUARES], weight, w, 1);
    }
    if (fits && offsets[FOLDED_SUM] != FOLD_ABSENT) {
        fits = sum_add_product(&sums[FOLDED_SUM], weight, x, 1);
    }
    if (fits && offsets[FOLDED_SQUARES] != FOLD_ABSENT) {
        fits = sum_add_product(&sums[FOLDED_SQUARES], x, x, weight);
    }
    return fits;
}

/* Writes the vector into the cell that was begun last, and begins another. */
static bool
vector_end(struct folding *folding)
{
    const struct fold_layout *layout = folding->layout;
    int64_t *words = folding->out->values + (folding->out->n - 1) * layout->nwords;
    struct wide number;
    words[0] = folding->rows;
    for (size_t i = FOLDED_WEIGHTS; i < FOLDED_NNUMBERS; i++) {
        size_t at = layout->offsets[i];
        if (at == FOLD_ABSENT) {
            continue;
        }
        if (i == FOLDED_LEAST || i == FOLDED_GREATEST) {
            number = wide_of_int128(i == FOLDED_LEAST ? folding->least : folding->greatest);
        } else if (!sum_total(&folding->sums[i], &number)) {
            return false;
        }
        if (!words_set(words + at, measure_words(layout->kinds[at]), number)) {
            return false;
        }
        folding->sums[i] = (struct sum){.low = 0};
    }
    folding->rows = 0;
    return true;
}

/* ---- All of it ---- */

/* Marks the values and weights of rows that stay; returns how many vectors there will be. */
static size_t
find_rows(const struct partial *raw, const struct hidden *values, const struct hidden *weights)
{
    uint64_t span = (uint64_t) values->n * weights->n, before = UINT64_MAX;
    size_t nvectors = 0;
    for (size_t i = 0; i < raw->cells.n; i++) {
        uint64_t index = raw->cells.indexes[i], at = index % span;
        size_t value = at / weights->n, weight = at % weights->n;
        if (values->counts[value] && weights->counts[weight]) {
            values->occurs[value] = weights->occurs[weight] = true;
            nvectors += index / span != before;
            before = index / span;
        }
    }
    return nvectors;
}

static bool
fold_cells(const struct partial *raw, const struct hidden *values, const struct hidden *weights,
           struct folding *folding, struct error *err)
{
    uint64_t span = (uint64_t) values->n * weights->n;
    struct cell_list *out = folding->out;
    size_t value = 0, weight = 0;
    bool fits = true;
    for (size_t i = 0; i < raw->cells.n && fits; i++) {
        uint64_t index = raw->cells.indexes[i] / span, at = raw->cells.indexes[i] % span;
        if (!values->occurs[at / weights->n] || !weights->occurs[at % weights->n]) {
            continue;
        }
        if (out->n == 0 || out->indexes[out->n - 1] != index) {
            fits = out->n == 0 || vector_end(folding);
            cell_list_index(out, index);
        }
        value = at / weights->n;
        weight = at % weights->n;
        fits = fits && vector_add(folding, cell_value(&raw->cells, i, 0), values->numbers[value],
                                  weights->numbers[weight]);
    }
    if (fits && (out->n == 0 || vector_end(folding))) {
        return true;
    }
    char quoted[ERROR_QUOTE_BYTES];
    struct slice text = values->texts ? values->texts[value] : weights->texts[weight];
    return error_set(err, "LIMIT", "with the value %s a sum has more bits than there is room for",
                     error_quote(quoted, text));
}

bool
fold_partial(struct arena *arena, const struct bound_grid *grid, const struct partial *raw,
             struct partial **out, struct error *err)
{
    struct fold_layout layout = fold_layout_of(grid);
    size_t nvisible = raw->ndims - grid_nhidden(grid);
    const struct partial_dim *hidden = raw->dims + nvisible;
    struct hidden values = hidden_of(arena, grid->has_value ? &hidden[0] : NULL, false);
    struct hidden weights =
        hidden_of(arena, grid->has_weight ? &hidden[grid->has_value] : NULL, true);
    struct partial *folded = arena_alloc(arena, sizeof *folded);
    size_t nvectors = find_rows(raw, &values, &weights);
    if (!hidden_read(&values, err) || !hidden_read(&weights, err)) {
        return false;
    }
    folded->ndims = nvisible;
    folded->dims = raw->dims;
    struct partial_scales *scales = arena_alloc(arena, sizeof *scales);
    *scales = layout.scales;
    scales->value = (unsigned) values.scale;
    scales->weight = (unsigned) weights.scale;
    folded->scales = scales;
    folded->cells = cell_list_new(arena, layout.kinds, layout.nwords, nvectors, false);
    struct folding folding = {.layout = &layout, .out = &folded->cells};
    if (!partial_multiply_dims(folded)) {
        return error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
    }
    *out = folded;
    return fold_cells(raw, &values, &weights, &folding, err);
}

bool
fold_partial_hiding(struct arena *arena, const struct bound_grid *grid, const struct partial *raw,
                    bool hides, struct partial **out, struct error *err)
{
    struct error told = {"", ""};
    if (fold_partial(arena, grid, raw, out, &told)) {
        return true;
    }
    return hides ? error_set(err, told.code, "a value, or a sum, has too many digits")
                 : error_set(err, told.code, "%s", told.message);
}
