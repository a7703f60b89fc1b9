/*
 * Suppression hides small counts. in: a finished table; out: the same without them.
 *
 *     count sex, age in {young, old} from current suppress below 3, where the cells are
 *
 *              young  old                      young  old
 *     female       9    1        ->    female      9    -
 *     male         2    0                                    no count of male would be told
 */
#include "answer/suppress.h"

/* Finds the positions of a dimension that are in a visible cell; returns how many. */
static size_t
positions_shown(const struct table *table, size_t d, uint64_t span, bool *is_shown)
{
    size_t n = 0;
    const struct cell_list *cells = &table->cells;
    for (size_t i = 0; i < cells->n; i++) {
        size_t position = cells->indexes[i] / span % table->dims[d].npositions;
        if (cell_state(cells, i, 0) != CELL_HIDDEN && !is_shown[position]) {
            is_shown[position] = true;
            n++;
        }
    }
    return n;
}

/*
 * Removes the positions that are not shown, and their cells. The others' indexes, (outer x
 * positions + position) x span + inner, are computed again; their order stays.
 */
static void
positions_leave(struct arena *arena, struct table *table, size_t d, uint64_t span,
                const bool *is_shown)
{
    struct table_dim *dim = &table->dims[d];
    struct cell_list *cells = &table->cells;
    size_t before = dim->npositions, after = 0;
    size_t *places = arena_array(arena, before, sizeof *places);
    struct slice *labels = arena_array(arena, before, sizeof *labels);
    for (size_t i = 0; i < before; i++) {
        places[i] = after;
        if (is_shown[i]) {
            labels[after++] = dim->labels[i];
        }
    }
    size_t nkept = 0;
    for (size_t i = 0; i < cells->n; i++) {
        uint64_t inner = cells->indexes[i] % span, outer = cells->indexes[i] / span / before;
        size_t position = cells->indexes[i] / span % before;
        if (is_shown[position]) {
            cell_list_put(cells, i, cells, nkept);
            cells->indexes[nkept++] = (outer * after + places[position]) * span + inner;
        }
    }
    cells->n = nkept;
    table->ncells = table->ncells / before * after;
    dim->labels = labels;
    dim->npositions = after;
}

void
suppress_below(struct arena *arena, struct table *table, int64_t least)
{
    if (least <= 1) {
        return; /* no count lies between 0 and the limit */
    }
    cell_list_need_states(arena, &table->cells);
    for (size_t i = 0; i < table->cells.n; i++) {
        if (cell_value(&table->cells, i, 0) < least) {
            cell_list_hide(&table->cells, i);
        }
    }
    uint64_t span = 1; /* number of cells under one position */
    for (size_t d = table->ndims; d-- > 0; span *= table->dims[d].npositions) {
        struct table_dim *dim = &table->dims[d];
        if (!dim->is_open) {
            continue;
        }
        bool *is_shown = arena_array(arena, dim->npositions, sizeof *is_shown);
        if (positions_shown(table, d, span, is_shown) < dim->npositions) {
            positions_leave(arena, table, d, span, is_shown);
        }
    }
}
