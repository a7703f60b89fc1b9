/*
 * One chunk counted: how it is done is chosen by what the chunk is made of.
 *
 *     chunk_work_init(&work, plan, kernels, false)     one per worker: scratch and its own cells
 *     chunk_count(&work, 70)                           work.grids[..].cells += those of chunk 70
 */
#ifndef QUIPU_COLUMNS_COUNT_CHUNK_H
#define QUIPU_COLUMNS_COUNT_CHUNK_H

#include "columns/count.h"
#include "columns/count_cells.h"
#include "columns/count_select.h"

/* A dimension in a chunk. */
struct chunk_dim {
    const struct count_dim *dim;
    const struct chunk *chunk;
    bool is_fixed;     /* the same position for all rows */
    uint32_t position; /* fixed */
};

struct chunk_grid {
    struct cells cells;
    struct raw raw;
};

/*
 * A few rows of a chunk that wait for what they need from memory: several chunks' are filtered
 * together, then several chunks' are put in their cells.
 */
enum { PENDING_ROWS = 16, PENDING_CHUNKS = 16 };

struct pending_rows {
    uint32_t number; /* of the chunk */
    uint32_t n;
    const struct count_dim *source; /* is in the cells already, as are rare dimensions */
    uint16_t rows[PENDING_ROWS];
    uint64_t cells[PENDING_ROWS];
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

void chunk_work_init(struct chunk_work *work, const struct count_plan *plan,
                     const struct kernels *kernels, bool wants_base);
void chunk_work_fini(struct chunk_work *work);
/* Fetches what is small of chunks that will be counted next, together. */
void chunk_touch_run(struct chunk_work *work, uint32_t first, uint32_t end);
void chunk_count(struct chunk_work *work, uint32_t number);
/* Turns what is left of raw counts into cells: before the cells are read. */
void chunk_work_flush(struct chunk_work *work);

/* An estimate of one thread's time and of the bytes that are read: the price of up to 16 chunks,
 * evenly picked, stands for all. */
void chunk_costs(const struct count_plan *plan, uint32_t nchunks, double *ns, double *bytes);

#endif
