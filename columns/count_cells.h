/*
 * Cells as they are counted: a dense vector where there are few of them, else a hash table; bits, if
 * it only matters whether a cell has rows. And the
 * raw counts of bit patterns that become cells when the layout of the planes changes.
 *
 *     cells_add(&cells, index, 3)
 *
 *     layout: 4 bits, sex in bit 0, age in bits 1..3       raw[0b0101] += 17
 *     flush:  0b0101 is sex's code 1, age's code 2: the cell of their positions += 17
 */
#ifndef QUIPU_COLUMNS_COUNT_CELLS_H
#define QUIPU_COLUMNS_COUNT_CELLS_H

#include "columns/count_plan.h"
#include "columns/count_sums.h"

enum {
    RAW_BITS = 16,
    RAW_LANES = 4, /* histograms side by side, so that equal rows do not wait for each other */
    JOINT_BITS_MOST = 7, /* up to so many bits the patterns are counted by AND and popcount */
    LANES_BITS = 12,     /* up to so many bits there are lanes */
    DENSE_CELLS_MOST = 1 << 20
};

struct cells {
    uint64_t ncells;
    bool is_dense;
    uint64_t *bits;            /* of a set: by index; then there are no counts. Else NULL */
    uint64_t *counts;          /* dense: by index. Hash: by slot, 0 is free */
    uint64_t *keys;            /* hash: the index */
    size_t capacity, nnonzero; /* hash; a dense vector's are counted at the end */
};

/* is_set: of a cell only whether it has rows. */
void cells_init(struct cells *cells, uint64_t ncells, bool is_set);
void cells_fini(struct cells *cells);
void cells_add_hashed(struct cells *cells, uint64_t index, uint64_t count);
/* The memory that they take. */
size_t cells_bytes(const struct cells *cells);
/* Adds all of `from`. */
void cells_merge(struct cells *cells, const struct cells *from);
/* Calls visit for each cell that is not 0; false, and no more, where visit says false. Not of a
 * set. */
bool cells_each(const struct cells *cells, bool (*visit)(void *ctx, uint64_t index, uint64_t count),
                void *ctx);

static inline void
cells_add(struct cells *cells, uint64_t index, uint64_t count)
{
    if (cells->is_dense) {
        cells->counts[index] += count;
    } else if (cells->bits) {
        cells->bits[index / 64] |= 1ull << index % 64;
    } else {
        cells_add_hashed(cells, index, count);
    }
}

/* Where a dimension's code stands among the bits. */
struct layout_dim {
    uint8_t shift, nbits; /* nbits 0: the position is fixed */
    bool is_full;         /* no row is missing: bits 0 stand for code 2^nbits */
    uint32_t position;    /* fixed */
    uint32_t code;        /* fixed, of numbers: which number it is */
};

struct layout {
    unsigned nbits; /* with the mask's, which stands on top */
    bool has_mask;  /* only patterns with the top bit count */
    bool has_lanes;
    struct layout_dim *dims;
};

struct raw {
    const struct count_grid *grid;
    struct layout layout;
    bool is_used;
    uint32_t *counts; /* by lane and pattern */
    size_t capacity;
};

void raw_init(struct raw *raw, const struct count_grid *grid);
void raw_fini(struct raw *raw);
/* Counts of this layout follow: what was counted in another one becomes cells, and sums. */
void raw_begin(struct raw *raw, struct cells *cells, struct sums *sums,
               const struct layout *layout);
void raw_flush(struct raw *raw, struct cells *cells, struct sums *sums);

/*
 * The cell of a pattern whose first ndims dimensions are laid out so. False: it has none.
 */
bool layout_cell(const struct layout *layout, const struct count_grid *grid, size_t ndims,
                 uint32_t pattern, uint64_t *cell);
/* Do they have the same patterns for the same cells? */
bool layouts_equal(const struct layout *a, const struct layout *b, size_t ndims);

#endif
