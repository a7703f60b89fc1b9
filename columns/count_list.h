/*
 * A chunk counted row by row: the list is in work->rows, in ascending order, with each row's cell as far as it is known in
 * work->cells. What shortens the list returns how many rows are left.
 *
 *     n = list_begin(work, &source, fixed)                  65 rows of a sparse dimension
 *     list_count(work, grid, ndims, source.dim, false, n)   those that the other dimensions and the filter leave
 */
#ifndef QUIPU_COLUMNS_COUNT_LIST_H
#define QUIPU_COLUMNS_COUNT_LIST_H

#include "columns/count_source.h"
#include "columns/count_work.h"

/* The rows of a source become the list; their cells have the fixed positions and the source's. */
uint32_t list_begin(struct chunk_work *work, const struct list_source *source, uint64_t fixed);
/* Counts the first n rows of the list. but: a dimension that is in their cells already. */
void list_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, size_t but,
                bool is_filtered, uint32_t n);
/* Lists the rows of a bitmap and counts them. */
void list_count_mask(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
                     const uint64_t *mask, uint64_t fixed);

/* The steps of list_count, for lists that wait in between (count_pending). */

/* Puts the variable dimensions into work->order, the rarest first. Returns how many they are. */
size_t list_order_dims(struct chunk_work *work, size_t ndims, size_t but);
/* Rare dimensions shorten the list; *at is the first one in work->order that is not rare. */
uint32_t list_place_rare(struct chunk_work *work, size_t nvariable, size_t *at, uint32_t n);
/* The filter shortens it. */
uint32_t list_keep_filtered(struct chunk_work *work, uint32_t n);
/* The other dimensions, from `at` on; what is left is counted. */
void list_count_placed(struct chunk_work *work, struct chunk_grid *grid, size_t nvariable,
                       size_t at, uint32_t n);

#endif
