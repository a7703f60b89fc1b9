/*
 * Lets rows of several chunks wait together, so that their memory is fetched at the same time. in:
 * the short lists of several chunks; out: their rows in the cells.
 *
 * A handful of rows in a chunk costs little except the wait for memory. So the lists of up to
 * PENDING_CHUNKS chunks wait until the filter's memory was fetched for all of them together; then
 * the same happens for the other dimensions.
 */
#include "columns/count_pending.h"

#include <string.h>

#include "columns/count_list.h"

static void
filter_pending(struct chunk_work *work, struct pending_rows *pending)
{
    const struct count_grid *grid = &work->plan->grids[pending->grid];
    bool hits[PENDING_ROWS], wanted = !work->plan->is_complement;
    select_mark(&work->select, work->plan->filter, pending->number, pending->rows, pending->n,
                hits);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pending->n; i++) {
        pending->rows[kept] = pending->rows[i];
        pending->cells[kept] = pending->cells[i];
        kept += hits[i] == wanted;
    }
    pending->n = kept;
    for (size_t d = 0; kept && d < grid->ndims; d++) {
        const struct count_dim *dim = grid->dims[d].dim;
        const struct chunk *chunk = table_chunk(dim->column->table, pending->number);
        if (dim->when && dim->when->filter) {
            select_touch_rows(dim->when->filter, pending->number, pending->rows, kept,
                              &work->touch);
        }
        for (uint32_t i = 0; chunk->kind == CHUNK_PLANES && i < kept; i++) {
            chunk_touch(chunk, pending->rows[i], &work->touch);
        }
    }
}

static void
count_pending(struct chunk_work *work, const struct pending_rows *pending)
{
    const struct count_grid *grid = &work->plan->grids[pending->grid];
    size_t at = 0;
    work->number = pending->number;
    if (!pending->n || !chunk_dims_look(work->plan, grid, work->number, work->dims)) {
        return;
    }
    memcpy(work->rows, pending->rows, pending->n * sizeof *work->rows);
    memcpy(work->cells, pending->cells, pending->n * sizeof *work->cells);
    size_t nvariable = list_order_dims(work, grid->ndims, pending->source);
    while (at < nvariable && chunk_dim_is_rare(&work->dims[work->order[at]])) {
        at++;
    }
    list_count_placed(work, &work->grids[pending->grid], nvariable, at, pending->n);
}

void
pending_drain(struct chunk_work *work)
{
    touch_all(&work->touch);
    for (size_t i = 0; i < work->npending; i++) {
        filter_pending(work, &work->pending[i]);
    }
    touch_all(&work->touch);
    for (size_t i = 0; i < work->npending; i++) {
        count_pending(work, &work->pending[i]);
    }
    work->npending = 0;
}

void
pending_add(struct chunk_work *work, size_t grid, size_t source, uint32_t n)
{
    struct pending_rows *pending = &work->pending[work->npending++];
    pending->number = work->number;
    pending->n = n;
    pending->grid = grid;
    pending->source = source;
    memcpy(pending->rows, work->rows, n * sizeof *work->rows);
    memcpy(pending->cells, work->cells, n * sizeof *work->cells);
    select_touch_rows(work->plan->filter, work->number, pending->rows, n, &work->touch);
    if (work->npending == PENDING_CHUNKS) {
        pending_drain(work);
    }
}
