/*
 * Which of a table's cells are rows of its answer. in: a table; out: places in its cells, in order.
 *
 * Example: count a in [1,3] totals format rows, where no row has a = 2: the cells of 1, 3 and total.
 */
#include "answer/shown.h"

/* Nothing was found is told by totals of 0. */
static bool
is_grand_total(const struct table *table, size_t i)
{
    bool is_total = table->ndims > 0 && table->cells.indexes[i] + 1 == table->ncells;
    for (size_t d = 0; is_total && d < table->ndims; d++) {
        is_total = table->dims[d].has_total;
    }
    return is_total;
}

bool
shown_has_rows(const struct table *table, size_t i)
{
    return cell_value(&table->cells, i, 0) != 0 || cell_state(&table->cells, i, 0) == CELL_HIDDEN;
}

bool
shown_next(struct shown_cells *cells, size_t *i)
{
    const struct table *table = cells->table;
    if (table->has_list) {
        bool is_there = cells->next < table->nlist;
        *i = is_there ? table->list[cells->next++] : 0;
        return is_there;
    }
    while (cells->next < table->cells.n) {
        *i = cells->next++;
        if (shown_has_rows(table, *i) || is_grand_total(table, *i)) {
            return true;
        }
    }
    return false;
}

size_t
shown_count(const struct table *table)
{
    struct shown_cells cells = shown_cells_of(table);
    size_t n = 0, i;
    while (shown_next(&cells, &i)) {
        n++;
    }
    return n;
}
