/*
 * Counts a chunk on its bit planes. in: the planes of its dimensions and a mask; out: raw counts by
 * bit pattern, which become cells when the layout changes (count_cells).
 *
 * Few planes are counted by AND and popcount for each pattern. More planes are gathered into one
 * number per row, and these into a histogram. A sparse dimension is written out as planes first.
 *
 * Example: sex has 1 bit and age 3: 16 patterns, of which 0b0101 is sex's code 1 and age's code 2.
 */
#include "columns/count_planes.h"

#include <string.h>

const uint64_t *
planes_expand(struct chunk_work *work, const struct chunk *chunk, unsigned nbits,
              size_t first_plane)
{
    uint64_t *planes = work->expanded + first_plane * CHUNK_WORDS;
    memset(planes, 0, (size_t) nbits * PLANE_BYTES);
    const void *codes = sparse_codes(chunk);
    for (uint32_t i = 0; i < chunk->rows; i++) {
        uint32_t row = chunk->positions[i], code = sparse_code(codes, chunk->width, i);
        for (; code; code &= code - 1) {
            planes[(size_t) __builtin_ctz(code) * CHUNK_WORDS + row / 64] |= 1ull << row % 64;
        }
    }
    work->select.read_bytes += (uint64_t) chunk->rows * (2u + chunk->width);
    return planes;
}

void
planes_reserve(struct chunk_work *work, size_t ndims)
{
    size_t nplanes = 0;
    for (size_t d = 0; d < ndims; d++) {
        if (!work->dims[d].is_fixed && work->dims[d].chunk->kind == CHUNK_SPARSE) {
            nplanes += work->layout[d].nbits;
        }
    }
    if (nplanes > work->expanded_planes) {
        bitmaps_free(work->expanded);
        work->expanded = bitmaps_new(nplanes);
        work->expanded_planes = nplanes;
    }
}

unsigned
planes_lay_out(struct chunk_work *work, size_t ndims)
{
    unsigned nbits = 0;
    for (size_t d = 0; d < ndims; d++) {
        const struct chunk_dim *dim = &work->dims[d];
        struct layout_dim *layout = &work->layout[d];
        *layout = (struct layout_dim){.position = dim->position};
        if (dim->is_fixed && dim->dim->numbers) {
            layout->code = dim->chunk->code; /* it is constant: a row without one is in no cell */
        } else if (!dim->is_fixed) {
            bool is_full;
            unsigned own = chunk_dim_bits(dim, &is_full);
            layout->shift = (uint8_t) (nbits < UINT8_MAX ? nbits : UINT8_MAX);
            layout->nbits = (uint8_t) own;
            layout->is_full = is_full;
            nbits += own;
        }
    }
    return nbits;
}

/* Copies the planes of a dimension's chunk to `to`; a sparse chunk is expanded. */
static void
dim_planes(struct chunk_work *work, const struct chunk_dim *dim, unsigned nbits, size_t *nexpanded,
           const uint64_t **to)
{
    const uint64_t *words = dim->chunk->planes;
    if (dim->chunk->kind == CHUNK_SPARSE) {
        words = planes_expand(work, dim->chunk, nbits, *nexpanded);
        *nexpanded += nbits;
    } else {
        work->select.read_bytes += (uint64_t) nbits * PLANE_BYTES;
    }
    for (unsigned p = 0; p < nbits; p++) {
        to[p] = words + (size_t) p * CHUNK_WORDS;
    }
}

void
planes_collect(struct chunk_work *work, size_t ndims, const uint64_t **planes)
{
    size_t nexpanded = 0;
    planes_reserve(work, ndims);
    for (size_t d = 0; d < ndims; d++) {
        if (!work->dims[d].is_fixed) {
            dim_planes(work, &work->dims[d], work->layout[d].nbits, &nexpanded,
                       planes + work->layout[d].shift);
        }
    }
}

bool
planes_collect_last_first(struct chunk_work *work, size_t ndims,
                          const uint64_t *planes[GATHERED_PLANES_MOST], unsigned *width,
                          unsigned *nbits)
{
    struct layout_dim *last = &work->layout[ndims - 1];
    const struct chunk *chunk = work->dims[ndims - 1].chunk;
    *nbits = last->shift;
    if (chunk->kind == CHUNK_PLANES) {
        last->nbits = chunk->width;
        last->is_full = false;
    }
    *width = last->nbits;
    if (*nbits > PATTERN_BITS || *nbits + *width + 1 > GATHERED_PLANES_MOST) {
        return false;
    }
    const uint64_t *collected[GATHERED_PLANES_MOST];
    planes_collect(work, ndims, collected);
    memcpy(planes, collected + *nbits, *width * sizeof *planes);
    memcpy(planes + *width, collected, *nbits * sizeof *planes);
    return true;
}

static void
count_histogram(struct chunk_work *work, struct raw *raw, const uint64_t *const *planes)
{
    uint16_t pattern[BLOCK_ROWS];
    unsigned nbits = raw->layout.nbits;
    uint32_t *counts = raw->counts;
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        work->select.kernels->gather16(planes, nbits, block, pattern);
        if (raw->layout.has_lanes) {
            uint32_t *second = counts + ((size_t) 1 << nbits),
                     *third = counts + ((size_t) 2 << nbits),
                     *fourth = counts + ((size_t) 3 << nbits);
            for (unsigned r = 0; r < BLOCK_ROWS; r += RAW_LANES) {
                counts[pattern[r]]++;
                second[pattern[r + 1]]++;
                third[pattern[r + 2]]++;
                fourth[pattern[r + 3]]++;
            }
        } else {
            for (unsigned r = 0; r < BLOCK_ROWS; r++) {
                counts[pattern[r]]++;
            }
        }
    }
}

enum count_method
planes_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, unsigned nbits,
             const uint64_t *mask)
{
    const uint64_t *planes[RAW_BITS];
    planes_collect(work, ndims, planes);
    struct layout layout = {.nbits = nbits, .dims = work->layout};
    if (nbits <= JOINT_BITS_MOST) {
        raw_begin(&grid->raw, &grid->cells, &grid->sums, &layout);
        work->select.kernels->joint(planes, nbits, mask, grid->raw.counts);
        return COUNT_PLANES;
    }
    if (mask) {
        planes[nbits] = mask;
        layout.nbits++;
        layout.has_mask = true;
    }
    layout.has_lanes = layout.nbits <= LANES_BITS;
    raw_begin(&grid->raw, &grid->cells, &grid->sums, &layout);
    count_histogram(work, &grid->raw, planes);
    return COUNT_HISTOGRAM;
}
