/*
 * Brings partials to the same scales. in: partials of one folded grid; out: the same numbers, each
 * with as many decimals as the longest of any part.
 *
 * Example: 12.5 is 125 at scale 1. At scale 3 it is 125 x 10^2. A sum of squares has the scale
 * twice, so it takes 10^4.
 */
#include "answer/scales.h"

#include <string.h>

bool
scales_fit(const struct partial *const *parts, size_t nparts)
{
    const struct partial_scales *first = parts[0]->scales;
    bool fit = true;
    for (size_t i = 1; i < nparts && fit; i++) {
        const struct partial_scales *scales = parts[i]->scales;
        fit = first ? scales &&
                          memcmp(first->value_powers, scales->value_powers, MEASURES_MOST) == 0 &&
                          memcmp(first->weight_powers, scales->weight_powers, MEASURES_MOST) == 0
                    : !scales;
    }
    return fit;
}

/*
 * Names the field, and no number: where small counts are hidden, the sum may be one row's value, and
 * so many decimals may be those of one other.
 */
static bool
refuse(struct slice summed, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    return error_set(err, "LIMIT",
                     "a sum of %s with as many decimals as other values have has too many digits",
                     error_quote(quoted, summed));
}

/* Multiplies one measure of all cells. */
static bool
rescale_measure(struct cell_list *cells, size_t m, size_t from, size_t to, struct slice summed,
                struct error *err)
{
    size_t nwords = measure_words(cells->kinds[m]);
    for (size_t i = 0; i < cells->n && to > from; i++) {
        struct wide n = cell_wide(cells, i, m), scaled;
        if (!wide_scale10(n, to - from, &scaled) ||
            !words_set(cells->values + i * cells->nmeasures + m, nwords, scaled)) {
            return refuse(summed, err);
        }
    }
    return true;
}

static bool
rescale(struct arena *arena, const struct partial *part, const struct partial_scales *scales,
        struct slice summed, const struct partial **out, struct error *err)
{
    struct partial *rescaled = arena_alloc(arena, sizeof *rescaled);
    *rescaled = *part;
    rescaled->scales = scales;
    rescaled->cells = cell_list_copy(arena, &part->cells);
    struct cell_list *cells = &rescaled->cells;
    for (size_t m = 0; m < cells->nmeasures; m += measure_words(cells->kinds[m])) {
        if (!rescale_measure(cells, m, scale_of(part->scales, m), scale_of(scales, m), summed,
                             err)) {
            return false;
        }
    }
    *out = rescaled;
    return true;
}

bool
scales_unite(struct arena *arena, const struct partial *const *parts, size_t nparts,
             struct slice summed, const struct partial *const **out, struct error *err)
{
    *out = parts;
    if (!parts[0]->scales) {
        return true;
    }
    struct partial_scales *united = arena_alloc(arena, sizeof *united);
    const struct partial **same = arena_array(arena, nparts, sizeof *same);
    *united = *parts[0]->scales;
    for (size_t i = 1; i < nparts; i++) {
        const struct partial_scales *scales = parts[i]->scales;
        united->value = scales->value > united->value ? scales->value : united->value;
        united->weight = scales->weight > united->weight ? scales->weight : united->weight;
    }
    for (size_t i = 0; i < nparts; i++) {
        const struct partial_scales *scales = parts[i]->scales;
        same[i] = parts[i];
        if ((scales->value < united->value || scales->weight < united->weight) &&
            !rescale(arena, parts[i], united, summed, &same[i], err)) {
            return false;
        }
    }
    *out = same;
    return true;
}
