/*
 * What a thread that counts chunks has of its own: scratch memory, its cells, and the chunk in hand.
 *
 *     chunk_work_init(&work, plan, kernels, false)
 */
#ifndef QUIPU_COLUMNS_COUNT_WORK_H
#define QUIPU_COLUMNS_COUNT_WORK_H

#include "columns/count_cells.h"
#include "columns/count_dims.h"
#include "columns/count_facts.h"
#include "columns/count_patterns.h"
#include "columns/count_select.h"

enum { LIST_MOST = SPARSE_MOST }; /* rows of a list */

struct chunk_grid {
    struct cells cells;
    struct raw raw;
    /* Of a grid of numbers. */
    struct sums sums;
    struct patterns patterns;
};

/*
 * A few rows of a chunk that wait for what they need from memory: several chunks' are filtered
 * together, then several chunks' are put in their cells.
 */
enum { PENDING_ROWS = 16, PENDING_CHUNKS = 16 };

struct pending_rows {
    uint32_t number; /* of the chunk */
    uint32_t n;
    size_t grid;
    size_t source; /* this dimension is in the cells already, as are rare ones */
    uint16_t rows[PENDING_ROWS];
    uint64_t cells[PENDING_ROWS];
};

/* The rows of a chunk for which a condition holds, as a chunk of one plane. */
struct when_bitmap {
    bool is_made;
    uint32_t number; /* of the chunk */
    struct chunk chunk;
};

struct chunk_work {
    const struct count_plan *plan;
    bool wants_base;
    struct select_scratch select;
    struct chunk_grid *grids;
    /* Of the chunk in hand. */
    uint32_t number;
    const struct chunk *rows_chunk;
    bool has_filter; /* one that holds for some of its rows */
    bool has_mask;
    uint32_t mask_rows;
    uint64_t *mask;     /* rows of the filter */
    uint64_t *row_bits; /* rows that there are */
    uint64_t *marks;    /* all 0 between uses */
    struct when_bitmap *whens;
    uint64_t *when_bits;
    uint64_t *number_mask;  /* rows with a number */
    uint64_t *pattern_sums; /* with the mask's bit */
    struct chunk_dim *dims;
    size_t *order; /* of dims */
    struct layout_dim *layout;
    /* A list of rows with their cells. */
    uint16_t *rows;
    uint64_t *cells;
    uint32_t *codes;
    bool *hits;
    uint64_t *expanded; /* sparse dimensions as planes */
    size_t expanded_planes;
    struct pending_rows *pending; /* PENDING_CHUNKS */
    size_t npending;
    struct touch touch; /* what they will read */
    /* Results besides the cells. */
    uint64_t base;
    uint64_t chunks_by[COUNT_NMETHODS];
};

/* The plan and the kernels are borrowed. */
void chunk_work_init(struct chunk_work *work, const struct count_plan *plan,
                     const struct kernels *kernels, bool wants_base);
void chunk_work_fini(struct chunk_work *work);

/* n bitmaps of a chunk's rows, not set; aligned to 64 bytes, for the vectors of the kernels. */
uint64_t *bitmaps_new(size_t n);
/* NULL is allowed. */
void bitmaps_free(uint64_t *bitmaps);

#endif
