/*
 * Makes the positions of a table's dimension, and maps what was counted to them. in: the bound axis,
 * merged partials; out: positions with labels, lists of positions.
 *
 * A tail (`*`, BY) has a position for each of its values that occur, in order. All other items have
 * one position each.
 *
 * Example: the items {missing, *} and the keys "#0", "=1:7", "=1:9" make the positions missing, 7, 9.
 */
#include "answer/axis.h"

#include <string.h>

#include "answer/bytes.h"
#include "answer/place_key.h"
#include "answer/ranks.h"

/* ---- What a counted position says ---- */

/* The parts of a counted position: the items and the tail's values that it stands for. */
struct parts {
    struct slice rest;
    bool is_key;
    bool is_item;
    size_t item;
    bool is_over;
};

static struct parts
parts_of(const struct bound_dim *dim, const struct partial_dim *part, size_t position)
{
    struct parts parts = {.is_key = dim->kind == DIM_PLACED, .is_item = !part->is_open};
    parts.item = position;
    parts.rest = part->is_open ? part->values[position] : slice_lit("");
    return parts;
}

/* The next part; false: there is none, or the key is malformed (*is_odd). */
static bool
parts_next(struct parts *parts, struct place_part *part, bool *is_odd)
{
    if (parts->is_key) {
        bool is_there = place_key_next(&parts->rest, part);
        *is_odd = *is_odd || (!is_there && parts->rest.len > 0);
        return is_there;
    }
    if (parts->is_over) {
        return false;
    }
    parts->is_over = true;
    *part = (struct place_part){parts->is_item, parts->item, parts->rest};
    return true;
}

/* ---- Tails ---- */

/* The values of a tail that occur, as they are met. */
struct found {
    struct slice *values;
    size_t n, capacity;
};

static void
mark_positions(const struct partial *grid, size_t dim, bool *occurs)
{
    uint64_t span = 1;
    size_t npositions = grid->dims[dim].npositions;
    for (size_t d = dim + 1; d < grid->ndims; d++) {
        span *= grid->dims[d].npositions;
    }
    for (size_t i = 0; i < grid->cells.n; i++) {
        occurs[grid->cells.indexes[i] / span % npositions] = true;
    }
}

/* Finds the tail's values that are in a cell; some more than once. */
static bool
find_tails(struct arena *arena, const struct bound_dim *dim, const struct partial *grid,
           size_t first_dim, struct found *found)
{
    const struct partial_dim *part = &grid->dims[first_dim];
    bool *occurs = arena_array(arena, part->npositions, sizeof *occurs), is_odd = false;
    mark_positions(grid, first_dim, occurs);
    for (size_t i = 0; i < part->npositions; i++) {
        struct parts parts = parts_of(dim, part, i);
        struct place_part next;
        while (occurs[i] && parts_next(&parts, &next, &is_odd)) {
            if (!next.is_item) {
                found->values = arena_room(arena, found->values, found->n, &found->capacity,
                                           sizeof *found->values);
                found->values[found->n++] = next.value;
            }
        }
    }
    return !is_odd;
}

static bool
tail_label(struct arena *arena, const struct bound_dim *dim, struct slice value,
           struct slice *label, struct error *err)
{
    bool is_right = dim->kind == DIM_PLACED ? place_tail_label(arena, dim->rule, value, label)
                                            : place_label(arena, dim, 0, value, label);
    return is_right || bytes_are_malformed(err);
}

static bool
tail_is_bins(const struct bound_dim *dim)
{
    return dim->kind == DIM_WIDTH || (dim->kind == DIM_PLACED && (dim->rule->tail == TAIL_WIDTH ||
                                                                  dim->rule->tail == TAIL_UNIT));
}

/* ---- Positions ---- */

static void
add_position(struct axis *axis, enum item_kind kind, struct slice label)
{
    axis->kinds[axis->npositions] = kind;
    axis->labels[axis->npositions++] = label;
}

static bool
add_tails(struct axis *axis, struct arena *arena, const struct slice *values, size_t n,
          struct error *err)
{
    const struct bound_dim *dim = axis->bound->dim;
    enum item_kind kind = tail_is_bins(dim) ? ITEM_BIN : ITEM_VALUE;
    for (size_t i = 0; i < n; i++) {
        struct slice label;
        if (!tail_label(arena, dim, values[i], &label, err)) {
            return false;
        }
        *map_add(&axis->tails, values[i], NULL) = axis->npositions;
        add_position(axis, kind, label);
    }
    return true;
}

/* How many items a counted position can name. */
static size_t
items_of(const struct bound_dim *dim)
{
    switch (dim->kind) {
    case DIM_LIST:
    case DIM_BINS: return dim->npositions;
    case DIM_PLACED: return dim->rule->nitems;
    case DIM_OPEN:
    case DIM_WIDTH:
    case DIM_WHEN: break;
    }
    return 0;
}

/* The values of the tail, sorted, each once. */
static bool
sort_tails(struct arena *arena, const struct bound_axis *bound, const struct partial *occurring,
           size_t first_dim, struct found *sorted, struct error *err)
{
    struct found found = {.n = 0};
    if (!find_tails(arena, bound->dim, occurring, first_dim, &found)) {
        return bytes_are_malformed(err);
    }
    sorted->values = arena_array(arena, found.n, sizeof *sorted->values);
    size_t *ranks = arena_array(arena, found.n, sizeof *ranks);
    sorted->n = values_rank(arena, found.values, found.n, sorted->values, ranks);
    return true;
}

bool
axis_init(struct axis *axis, struct arena *arena, const struct bound_axis *bound,
          const struct partial *occurring, size_t first_dim, bool has_total, struct error *err)
{
    struct found tails = {.n = 0};
    *axis = (struct axis){.bound = bound, .has_total = has_total};
    axis->nitems = bound->has_field ? items_of(bound->dim) : 0;
    axis->of_item = arena_array(arena, axis->nitems, sizeof *axis->of_item);
    axis->of_when = arena_array(arena, bound->nwhens, sizeof *axis->of_when);
    memset(axis->of_item, 0xff, axis->nitems * sizeof *axis->of_item);
    map_init(&axis->tails, arena);
    if (bound->is_open && !sort_tails(arena, bound, occurring, first_dim, &tails, err)) {
        return false;
    }
    size_t most = bound->nitems + tails.n + has_total;
    axis->kinds = arena_array(arena, most, sizeof *axis->kinds);
    axis->labels = arena_array(arena, most, sizeof *axis->labels);
    for (size_t i = 0; i < bound->nitems; i++) {
        const struct bound_item *item = &bound->items[i];
        if (item->kind == ITEM_TAIL) {
            if (!add_tails(axis, arena, tails.values, tails.n, err)) {
                return false;
            }
            continue;
        }
        uint32_t *of = item->kind == ITEM_WHEN ? axis->of_when : axis->of_item;
        of[item->number] = (uint32_t) axis->npositions;
        add_position(axis, item->kind, item->label);
    }
    if (has_total) {
        add_position(axis, ITEM_TOTAL, slice_lit("total"));
    }
    return true;
}

/* ---- Maps ---- */

/* Where one part goes; AXIS_NONE: nowhere. */
static uint32_t
target_of(const struct axis *axis, const struct place_part *part, bool *is_odd)
{
    if (part->is_item) {
        *is_odd = *is_odd || part->item >= axis->nitems;
        return *is_odd ? (uint32_t) AXIS_NONE : axis->of_item[part->item];
    }
    const size_t *position = map_find(&axis->tails, part->value);
    return position ? (uint32_t) *position : (uint32_t) AXIS_NONE;
}

static bool
map_field(struct axis_map *map, struct arena *arena, const struct partial_dim *part)
{
    const struct bound_dim *dim = map->axis->bound->dim;
    size_t n = 0, capacity = 0;
    bool is_odd = false;
    map->nfield = part->npositions;
    map->begins = arena_array(arena, part->npositions + 1, sizeof *map->begins);
    for (size_t i = 0; i < part->npositions; i++) {
        struct parts parts = parts_of(dim, part, i);
        struct place_part next;
        while (parts_next(&parts, &next, &is_odd)) {
            uint32_t target = target_of(map->axis, &next, &is_odd);
            if (target == AXIS_NONE) {
                continue;
            }
            map->targets = arena_room(arena, map->targets, n, &capacity, sizeof *map->targets);
            map->targets[n++] = target;
        }
        map->begins[i + 1] = n;
    }
    return !is_odd;
}

static bool
is_identity(const struct axis_map *map)
{
    bool is_same = !map->nwhens && !map->axis->has_total && map->nfield == map->axis->npositions;
    for (size_t i = 0; is_same && i < map->nfield; i++) {
        is_same = map->begins[i] == i && map->begins[i + 1] == i + 1 && map->targets[i] == i;
    }
    return is_same;
}

static bool
is_rising(const struct axis_map *map)
{
    bool rises = !map->nwhens;
    for (size_t i = 0; rises && i < map->nfield; i++) {
        size_t begin = map->begins[i], end = map->begins[i + 1];
        rises = begin == end ||
                (end - begin == 1 && (!begin || map->targets[begin - 1] < map->targets[begin]));
    }
    return rises;
}

bool
axis_map_init(struct axis_map *map, struct arena *arena, const struct axis *axis,
              const struct partial *grid, size_t first_dim, struct error *err)
{
    *map = (struct axis_map){.axis = axis, .nfield = 1, .nwhens = axis->bound->nwhens};
    map->begins = arena_array(arena, 2, sizeof *map->begins);
    if (axis->bound->has_field && !map_field(map, arena, &grid->dims[first_dim])) {
        return bytes_are_malformed(err);
    }
    map->is_identity = is_identity(map);
    map->is_rising = is_rising(map);
    return true;
}

size_t
axis_map_most(const struct axis_map *map)
{
    size_t most = 0;
    for (size_t i = 0; i < map->nfield; i++) {
        size_t n = map->begins[i + 1] - map->begins[i];
        most = n > most ? n : most;
    }
    return most + map->nwhens + map->axis->has_total;
}

size_t
axis_map_find(const struct axis_map *map, uint64_t at, uint32_t *positions)
{
    const struct axis *axis = map->axis;
    uint64_t field = at >> map->nwhens;
    size_t n = map->begins[field + 1] - map->begins[field];
    if (n) {
        memcpy(positions, map->targets + map->begins[field], n * sizeof *positions);
    }
    for (size_t w = 0; w < map->nwhens; w++) {
        if (at >> (map->nwhens - 1 - w) & 1) {
            positions[n++] = axis->of_when[w];
        }
    }
    if (n && axis->has_total) {
        positions[n++] = (uint32_t) axis->npositions - 1;
    }
    return n;
}
