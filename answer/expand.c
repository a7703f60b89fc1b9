/*
 * Puts counted cells into all positions of a table that they stand in. in: a merged partial, the
 * axes; out: a partial whose dims are the axes.
 *
 * One axis is done after the other, so what comes together in the first is added up before the
 * second multiplies it. An axis that changes nothing costs nothing; one that leaves the cells in order
 * is done by answer/expand_rising. All others:
 *
 *     for each cell:  for each position it goes to:  write the cell there
 *     sort; add up what has the same index
 *
 * What is written is added up whenever the room for it is full. So it takes room for twice as many
 * cells as there are in the end, however many positions a cell goes to.
 *
 * Example: cell 2 of {"#0","#0#1"} x 2 has the positions (1, 0). Its key names items 0 and 1, so with
 * the total it goes to (0, 0), (1, 0), (2, 0): to cells 0, 2, 4.
 */
#include "answer/expand.h"

#include "answer/bytes.h"
#include "answer/expand_rising.h"

enum { ROOM_LEAST = 1 << 12 };

/* Cells as they are written. */
struct written {
    struct cell_list cells;
    size_t capacity;
    uint64_t max_bytes;
    struct slice summed;
};

/* ---- Room ---- */

static struct cell_list
room_like(struct arena *arena, const struct cell_list *cells, size_t capacity)
{
    return cell_list_new(arena, cells->kinds, cells->nmeasures, capacity, cells->states != NULL);
}

/* Fails where the cells are too many, or could not be added up. */
static bool
check_sums(const struct cell_list *cells, bool fits, uint64_t max_bytes, struct slice summed,
           struct error *err)
{
    uint64_t per_cell = sizeof *cells->indexes + cells->nmeasures * sizeof *cells->values;
    if (max_bytes && cells->n > max_bytes / per_cell) {
        return error_set(err, "LIMIT",
                         "max-partial-bytes is %llu, the answer needs more on the way",
                         (unsigned long long) max_bytes);
    }
    return fits || cell_too_long(summed, err);
}

/* Sorts the cells, and adds up those of the same index. Fails where they are too many then. */
static bool
add_up(struct written *written, struct error *err)
{
    struct cell_list *cells = &written->cells;
    struct arena *scratch = arena_new();
    struct cell_list sorted = *cells;
    bool fits = true;
    cell_list_sort(scratch, &sorted);
    cells->n = 0;
    for (size_t i = 0; i < sorted.n && fits; i++) {
        if (cells->n && cells->indexes[cells->n - 1] == sorted.indexes[i]) {
            fits = cell_add(cells, cells->n - 1, &sorted, i);
        } else {
            cell_list_put(&sorted, i, cells, cells->n++);
        }
    }
    arena_free(scratch);
    return check_sums(cells, fits, written->max_bytes, written->summed, err);
}

/* Makes room for n more cells: adds up what there is, and takes more room if that was of little use. */
static bool
make_room(struct arena *arena, struct written *written, size_t n, struct error *err)
{
    struct cell_list *cells = &written->cells;
    if (written->capacity - cells->n >= n) {
        return true;
    }
    if (!add_up(written, err)) {
        return false;
    }
    if (cells->n > written->capacity / 2 || written->capacity - cells->n < n) {
        written->capacity = 2 * written->capacity + n;
        struct cell_list larger = room_like(arena, cells, written->capacity);
        for (size_t i = 0; i < cells->n; i++) {
            cell_list_put(cells, i, &larger, i);
        }
        larger.n = cells->n;
        *cells = larger;
    }
    return true;
}

/* ---- One axis ---- */

static bool
expand_axis(struct arena *arena, const struct expand_step *step, struct partial *partial,
            uint64_t max_bytes, struct slice summed, struct error *err)
{
    const struct cell_list *from = &partial->cells;
    if (step->map->is_rising) {
        struct cell_list cells;
        bool fit = expand_rising(arena, step, from, &cells);
        partial->cells = cells;
        return check_sums(&cells, fit, max_bytes, summed, err);
    }
    size_t most = axis_map_most(step->map), npositions = step->map->axis->npositions;
    uint32_t *positions = arena_array(arena, most, sizeof *positions);
    struct written written = {
        .capacity = from->n + most + ROOM_LEAST, .max_bytes = max_bytes, .summed = summed};
    written.cells = room_like(arena, from, written.capacity);
    for (size_t i = 0; i < from->n; i++) {
        uint64_t inner = from->indexes[i] % step->inner, rest = from->indexes[i] / step->inner;
        size_t n = axis_map_find(step->map, rest % step->span, positions);
        uint64_t outer = rest / step->span * npositions;
        if (!make_room(arena, &written, n, err)) {
            return false;
        }
        for (size_t p = 0; p < n; p++) {
            size_t at = written.cells.n++;
            cell_list_put(from, i, &written.cells, at);
            written.cells.indexes[at] = (outer + positions[p]) * step->inner + inner;
        }
    }
    bool fits = add_up(&written, err);
    partial->cells = written.cells;
    return fits;
}

/* Sums up the last dim, of so many positions. The cells stay in order. */
static bool
drop_last(struct arena *arena, struct partial *partial, uint64_t npositions, struct slice summed,
          struct error *err)
{
    struct cell_list sums = room_like(arena, &partial->cells, partial->cells.n);
    bool fits = true;
    for (size_t i = 0; i < partial->cells.n && fits; i++) {
        uint64_t index = partial->cells.indexes[i] / npositions;
        if (sums.n && sums.indexes[sums.n - 1] == index) {
            fits = cell_add(&sums, sums.n - 1, &partial->cells, i);
        } else {
            cell_list_put(&partial->cells, i, &sums, sums.n);
            sums.indexes[sums.n++] = index;
        }
    }
    partial->cells = sums;
    return fits || cell_too_long(summed, err);
}

/* ---- All of it ---- */

/* The dims behind the axes', which stay. */
static size_t
first_hidden(const struct axis *axes, size_t naxes)
{
    const struct bound_axis *last = naxes ? axes[naxes - 1].bound : NULL;
    return last ? last->first_dim + last->has_field + last->nwhens : 0;
}

static bool
maps_of(struct arena *arena, const struct axis *axes, size_t naxes, const struct partial *grid,
        struct axis_map **maps, struct error *err)
{
    *maps = arena_array(arena, naxes, sizeof **maps);
    for (size_t a = 0; a < naxes; a++) {
        if (!axis_map_init(&(*maps)[a], arena, &axes[a], grid, axes[a].bound->first_dim, err)) {
            return false;
        }
    }
    return true;
}

/* Gives the expanded partial its dims, and ncells. A value's dim stays behind the axes'. */
static bool
give_dims(struct arena *arena, const struct axis *axes, size_t naxes, const struct partial *grid,
          bool has_value, struct partial *out, struct error *err)
{
    out->ndims = naxes + has_value;
    out->dims = arena_array(arena, out->ndims, sizeof *out->dims);
    for (size_t a = 0; a < naxes; a++) {
        out->dims[a].npositions = axes[a].npositions;
    }
    if (has_value) {
        out->dims[naxes] = grid->dims[first_hidden(axes, naxes)];
    }
    return partial_multiply_dims(out) ||
           error_set(err, "LIMIT", "the table has more than 2^64 cells");
}

/* No index on the way may need more than 64 bits: the larger size of each axis, multiplied. */
static bool
check_product(const struct axis_map *maps, size_t naxes, uint64_t inner, struct error *err)
{
    bool fits = true;
    for (size_t a = 0; fits && a < naxes; a++) {
        uint64_t span = axis_map_span(&maps[a]), n = maps[a].axis->npositions;
        n = span > n ? span : n;
        fits = !__builtin_mul_overflow(inner, n ? n : 1, &inner);
    }
    return fits || error_set(err, "LIMIT", "the dimensions have more than 2^64 combinations");
}

bool
expand_grid(struct arena *arena, const struct axis *axes, size_t naxes,
            const struct bound_grid *bound, const struct partial *grid, uint64_t max_bytes,
            struct partial **out, struct error *err)
{
    bool has_value = bound->has_value && !bound->is_folded;
    bool has_weight = bound->has_weight && !bound->is_folded;
    struct partial *table = arena_alloc(arena, sizeof *table);
    struct axis_map *maps;
    table->cells = grid->cells;
    table->scales = grid->scales;
    size_t hidden = first_hidden(axes, naxes);
    if (!maps_of(arena, axes, naxes, grid, &maps, err) ||
        !give_dims(arena, axes, naxes, grid, has_value, table, err)) {
        return false;
    }
    if (has_weight &&
        !drop_last(arena, table, grid->dims[hidden + has_value].npositions, bound->summed, err)) {
        return false;
    }
    uint64_t values = has_value ? grid->dims[hidden].npositions : 1, inner = 1;
    if (!check_product(maps, naxes, values, err)) {
        return false;
    }
    for (size_t a = 0; a < naxes; a++) {
        inner *= axis_map_span(&maps[a]);
    }
    /* the outer axes become the table's one by one; the inner ones are still the grid's */
    for (size_t a = 0; a < naxes && table->cells.n; a++) {
        struct expand_step step = {&maps[a], axis_map_span(&maps[a]), 1};
        inner /= step.span;
        step.inner = inner * values;
        if (!maps[a].is_identity &&
            !expand_axis(arena, &step, table, max_bytes, bound->summed, err)) {
            return false;
        }
    }
    *out = table;
    return true;
}

bool
expand_rows(struct arena *arena, const struct axis *axes, size_t naxes, const struct partial *grid,
            uint64_t *nrows, struct error *err)
{
    struct axis_map *maps;
    *nrows = 0;
    if (!maps_of(arena, axes, naxes, grid, &maps, err)) {
        return false;
    }
    for (size_t i = 0; i < grid->cells.n; i++) {
        uint64_t index = grid->cells.indexes[i];
        bool is_in = true;
        for (size_t d = grid->ndims; d-- > first_hidden(axes, naxes);) {
            index /= grid->dims[d].npositions;
        }
        for (size_t a = naxes; is_in && a-- > 0;) {
            uint64_t span = axis_map_span(&maps[a]);
            is_in = axis_map_is_in(&maps[a], index % span);
            index /= span;
        }
        *nrows += is_in ? (uint64_t) cell_value(&grid->cells, i, 0) : 0;
    }
    return true;
}
