/*
 * Merging: partials of one query become one. in: partials, each in order; out: one, in order.
 *
 *     1. Open dimensions: the union of the parts' values, and a map from each part's positions.
 *     2. Each part's cells take the union's indexes. They stay in order: the maps grow.
 *     3. Runs of cells are merged two by two, until one is left:   A B C D E -> AB CD E -> ABCD E
 *        Counts are added in an array instead, if there are as many as the table has cells.
 *
 * Example: {10,x} and {9,10} become {9,10,x}. The first part's positions become 1 and 2, the second
 * part's 0 and 1.
 */
#include "answer/merge.h"

#include <string.h>

#include "answer/bytes.h"
#include "answer/ranks.h"
#include "answer/scales.h"

/* ---- Open dimensions ---- */

/*
 * The union of the parts' values; maps[part] maps a part's positions into it. NULL: they are the
 * same.
 */
static bool
unite_dim(struct arena *arena, const struct partial *const *parts, size_t nparts, size_t d,
          struct partial_dim *dim, size_t **maps, struct error *err)
{
    *dim = parts[0]->dims[d];
    size_t total = 0;
    for (size_t i = 0; i < nparts; i++) {
        const struct partial_dim *part = &parts[i]->dims[d];
        if (part->is_open != dim->is_open ||
            (!dim->is_open && part->npositions != dim->npositions)) {
            return bytes_are_malformed(err);
        }
        total += part->npositions;
        maps[i] = NULL;
    }
    if (!dim->is_open) {
        return true;
    }
    struct slice *values = arena_array(arena, total, sizeof *values);
    size_t *ranks = arena_array(arena, total, sizeof *ranks);
    total = 0;
    for (size_t i = 0; i < nparts; i++) {
        const struct partial_dim *part = &parts[i]->dims[d];
        if (part->npositions) {
            memcpy(values + total, part->values, part->npositions * sizeof *values);
        }
        total += part->npositions;
    }
    dim->values = arena_array(arena, total, sizeof *dim->values);
    dim->npositions = values_rank(arena, values, total, dim->values, ranks);
    for (size_t i = 0; i < nparts; i++) {
        /* A part that has all values keeps its positions. */
        maps[i] = parts[i]->dims[d].npositions == dim->npositions ? NULL : ranks;
        ranks += parts[i]->dims[d].npositions;
    }
    return true;
}

/* ---- Cells ---- */

/* A sorted run of cells in the arrays of a list. */
struct run {
    size_t at, n;
};

/* Appends a part's cells, with the union's indexes. */
static void
place_cells(const struct partial *sum, const struct partial *part, size_t *const *maps,
            struct cell_list *to)
{
    const struct cell_list *from = &part->cells;
    uint64_t *indexes = to->indexes + to->n;
    size_t nvalues = from->n * from->nmeasures;
    bool is_same = true; /* all positions stay */
    for (size_t d = 0; d < sum->ndims; d++) {
        is_same = is_same && !maps[d];
    }
    if (is_same && from->n) {
        memcpy(indexes, from->indexes, from->n * sizeof *indexes);
    }
    for (size_t i = 0; i < from->n && !is_same; i++) {
        uint64_t rest = from->indexes[i], index = 0, stride = 1;
        for (size_t d = sum->ndims; d-- > 0;) {
            size_t radix = part->dims[d].npositions;
            size_t position = maps[d] ? maps[d][rest % radix] : rest % radix;
            index += position * stride;
            stride *= sum->dims[d].npositions;
            rest /= radix;
        }
        indexes[i] = index;
    }
    if (nvalues) {
        memcpy(to->values + to->n * to->nmeasures, from->values, nvalues * sizeof *to->values);
    }
    if (from->states) {
        memcpy(to->states + to->n * to->nmeasures, from->states, nvalues);
    }
    to->n += from->n;
}

/* Appends one cell as it is. */
static void
copy_cell(const struct cell_list *from, size_t i, struct cell_list *to)
{
    cell_list_put(from, i, to, to->n++);
}

static bool
is_plain(const struct cell_list *cells)
{
    return cells->nmeasures == 1 && !cells->states && cells->kinds[0] == MEASURE_COUNT;
}

/* Adds up two cells of the same index. False: a sum has too many bits. */
static bool
combine_cells(const struct cell_list *from, size_t a, size_t b, struct cell_list *to)
{
    copy_cell(from, a, to);
    return cell_add(to, to->n - 1, from, b);
}

/* Merges two runs into one at the end of `to`. */
static bool
merge_runs(const struct cell_list *from, struct run a, struct run b, struct cell_list *to)
{
    size_t i = a.at, j = b.at, end_a = a.at + a.n, end_b = b.at + b.n;
    while (i < end_a && j < end_b) {
        if (from->indexes[i] == from->indexes[j]) {
            if (!combine_cells(from, i++, j++, to)) {
                return false;
            }
        } else {
            copy_cell(from, from->indexes[i] < from->indexes[j] ? i++ : j++, to);
        }
    }
    while (i < end_a) {
        copy_cell(from, i++, to);
    }
    while (j < end_b) {
        copy_cell(from, j++, to);
    }
    return true;
}

/*
 * The same for counts alone, as in nearly all lists. They cannot overflow: the sum of all was
 * checked.
 */
static void
merge_counts(const struct cell_list *from, struct run a, struct run b, struct cell_list *to)
{
    const uint64_t *indexes = from->indexes;
    const int64_t *values = from->values;
    size_t i = a.at, j = b.at, end_a = a.at + a.n, end_b = b.at + b.n;
    while (i < end_a && j < end_b) {
        if (indexes[i] == indexes[j]) {
            cell_list_add(to, indexes[i], values[i] + values[j]);
            i++;
            j++;
        } else if (indexes[i] < indexes[j]) {
            cell_list_add(to, indexes[i], values[i]);
            i++;
        } else {
            cell_list_add(to, indexes[j], values[j]);
            j++;
        }
    }
    size_t rest = i < end_a ? i : j, nrest = i < end_a ? end_a - i : end_b - j;
    if (nrest) {
        memcpy(to->indexes + to->n, indexes + rest, nrest * sizeof *indexes);
        memcpy(to->values + to->n, values + rest, nrest * sizeof *values);
    }
    to->n += nrest;
}

static bool
check_limit(size_t n, uint64_t max_cells, struct error *err)
{
    return !max_cells || n <= max_cells ||
           error_set(err, "LIMIT", "max-cells is %llu, the answer has more",
                     (unsigned long long) max_cells);
}

/* One round: merges runs[0 .. nruns) two by two. Returns how many are left, or 0 if it failed. */
static size_t
merge_round(const struct cell_list *from, struct run *runs, size_t nruns, struct cell_list *to,
            uint64_t max_cells, struct slice summed, struct error *err)
{
    size_t nleft = 0;
    bool has_counts_alone = is_plain(from);
    to->n = 0;
    for (size_t i = 0; i < nruns; i += 2) {
        struct run a = runs[i], b = i + 1 < nruns ? runs[i + 1] : (struct run){0, 0};
        size_t at = to->n;
        if (has_counts_alone) {
            merge_counts(from, a, b, to);
        } else if (!merge_runs(from, a, b, to)) {
            (void) cell_too_long(summed, err);
            return 0;
        }
        runs[nleft] = (struct run){at, to->n - at};
        if (!check_limit(runs[nleft++].n, max_cells, err)) {
            return 0;
        }
    }
    return nleft;
}

/*
 * Adds counts in an array of all cells. It is used if there are as many counts as cells, or more.
 */
static bool
add_dense(struct arena *arena, struct partial *sum, const struct cell_list *cells,
          uint64_t max_cells, struct error *err)
{
    int64_t *counts = arena_array(arena, sum->ncells, sizeof *counts);
    size_t n = 0;
    for (size_t i = 0; i < cells->n; i++) {
        n += counts[cells->indexes[i]] == 0;
        counts[cells->indexes[i]] += cells->values[i];
    }
    sum->cells = cell_list_counts(arena, n);
    for (uint64_t index = 0; index < sum->ncells; index++) {
        if (counts[index]) {
            cell_list_add(&sum->cells, index, counts[index]);
        }
    }
    return check_limit(n, max_cells, err);
}

/*
 * Places all parts' cells with the union's indexes, a run each, then merges in rounds or all at
 * once. maps: by part and dimension.
 */
static bool
merge_cells(struct arena *arena, struct partial *sum, const struct partial *const *parts,
            size_t nparts, size_t *const *maps, uint64_t max_cells, struct slice summed,
            struct error *err)
{
    const struct cell_list *first = &parts[0]->cells;
    struct run *runs = arena_array(arena, nparts, sizeof *runs);
    size_t total = 0;
    bool has_states = false;
    for (size_t i = 0; i < nparts; i++) {
        total += parts[i]->cells.n;
        has_states = has_states || parts[i]->cells.states;
    }
    struct cell_list from = cell_list_new(arena, first->kinds, first->nmeasures, total, has_states);
    for (size_t i = 0; i < nparts; i++) {
        runs[i] = (struct run){from.n, parts[i]->cells.n};
        place_cells(sum, parts[i], maps + i * sum->ndims, &from);
    }
    if (is_plain(&from) && sum->ncells <= total) {
        return add_dense(arena, sum, &from, max_cells, err);
    }
    struct cell_list to = cell_list_new(arena, first->kinds, first->nmeasures, total, has_states);
    size_t nruns = nparts;
    while (nruns > 1) {
        nruns = merge_round(&from, runs, nruns, &to, max_cells, summed, err);
        struct cell_list swapped = from;
        from = to;
        to = swapped;
    }
    sum->cells = from;
    return nruns == 1;
}

/* ---- All of it ---- */

/*
 * True: the parts are of one kind, and their rows can be added up. Adds the rows outside all cells.
 */
static bool
add_rows(const struct partial *const *parts, size_t nparts, struct partial *sum)
{
    const struct cell_list *first = &parts[0]->cells;
    uint64_t in_cells = 0;
    if (!scales_fit(parts, nparts)) {
        return false;
    }
    for (size_t i = 0; i < nparts; i++) {
        const struct cell_list *cells = &parts[i]->cells;
        if (parts[i]->ndims != sum->ndims || parts[i]->has_base != sum->has_base ||
            cells->nmeasures != first->nmeasures ||
            memcmp(cells->kinds, first->kinds, first->nmeasures) != 0 ||
            !partial_add_rows(parts[i], &in_cells) || parts[i]->base > INT64_MAX - sum->base) {
            return false;
        }
        sum->base += parts[i]->base;
    }
    return true;
}

bool
partial_within(const struct partial *partial, uint64_t max_cells, struct error *err)
{
    return check_limit(partial->cells.n, max_cells, err);
}

bool
partial_merge(struct arena *arena, const struct partial *const *parts, size_t nparts,
              uint64_t max_cells, struct slice summed, struct partial **out, struct error *err)
{
    struct partial *sum = arena_alloc(arena, sizeof *sum);
    if (nparts == 0) {
        return bytes_are_malformed(err);
    }
    if (nparts == 1) {
        *sum = *parts[0];
        *out = sum;
        return check_limit(sum->cells.n, max_cells, err);
    }
    sum->ndims = parts[0]->ndims;
    sum->has_base = parts[0]->has_base;
    if (!add_rows(parts, nparts, sum)) {
        return bytes_are_malformed(err);
    }
    if (!scales_unite(arena, parts, nparts, summed, &parts, err)) {
        return false;
    }
    sum->scales = parts[0]->scales;
    sum->dims = arena_array(arena, sum->ndims, sizeof *sum->dims);
    size_t **maps = arena_array(arena, nparts * sum->ndims, sizeof *maps);
    size_t **of_dim = arena_array(arena, nparts, sizeof *of_dim);
    for (size_t d = 0; d < sum->ndims; d++) {
        if (!unite_dim(arena, parts, nparts, d, &sum->dims[d], of_dim, err)) {
            return false;
        }
        for (size_t i = 0; i < nparts; i++) {
            maps[i * sum->ndims + d] = of_dim[i];
        }
    }
    if (!partial_multiply_dims(sum)) {
        return error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
    }
    if (!merge_cells(arena, sum, parts, nparts, maps, max_cells, summed, err)) {
        return false;
    }
    if (!partial_count_excluded(sum)) {
        return bytes_are_malformed(err);
    }
    *out = sum;
    return true;
}
