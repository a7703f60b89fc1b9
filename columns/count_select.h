/*
 * A filter over one chunk: as a bitmap of the rows it holds for, or row by row.
 *
 *     select_state(filter, 70)                   -> never, for all rows, or for some
 *     select_bitmap(&scratch, filter, 70, bits)  rows of chunk 70
 *     select_mark(&scratch, filter, 70, rows, n, hits)
 */
#ifndef QUIPU_COLUMNS_COUNT_SELECT_H
#define QUIPU_COLUMNS_COUNT_SELECT_H

#include <stdatomic.h>

#include "columns/count_plan.h"

struct select_scratch {
    const struct kernels *kernels;
    const _Atomic bool *is_cancelled; /* what comes out then may be anything. NULL: never */
    uint64_t *bitmaps;                /* CHUNK_WORDS for each level of the filter */
    uint64_t read_bytes;              /* of chunks, ever more */
};

enum select_state { SELECT_NEVER, SELECT_SOME, SELECT_ALL };

/* ALL: each of the 65,536 rows, so they all exist. */
enum select_state select_state(const struct count_node *node, uint32_t chunk);
/* At most so many rows, by the chunks' figures. */
uint32_t select_rows_most(const struct count_node *node, uint32_t chunk);
/* What a bitmap costs, in nanoseconds, and reads, in bytes: roughly. */
void select_cost(const struct count_node *node, uint32_t chunk, double *ns, double *bytes);
/* How many tests there are on chunks that are neither empty nor constant. */
uint32_t select_tests(const struct count_node *node, uint32_t chunk);

void select_bitmap(struct select_scratch *scratch, const struct count_node *node, uint32_t chunk,
                   uint64_t out[CHUNK_WORDS]);
/* hits[i] = does it hold for row rows[i]? Rows ascend. */
void select_mark(struct select_scratch *scratch, const struct count_node *node, uint32_t chunk,
                 const uint16_t *rows, uint32_t n, bool *hits);
/* The small chunks that select_mark will read when it comes to this one. */
void select_touch_small(const struct count_node *node, uint32_t chunk, struct touch *touch);
/* What select_mark will read for these rows, of chunks that are not small. */
void select_touch_rows(const struct count_node *node, uint32_t chunk, const uint16_t *rows,
                       uint32_t n, struct touch *touch);
/* The rows of a sparse chunk whose codes are in the set. Returns how many. */
uint32_t select_sparse(const struct chunk *chunk, const struct code_set *codes, uint16_t *rows,
                       uint32_t *codes_of);

#endif
