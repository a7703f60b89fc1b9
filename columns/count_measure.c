/*
 * Counts a chunk of a grid whose last dimension is numbers, in the way that is cheapest for it. in:
 * the dimensions in the chunk, and a mask; out: rows and sums by pattern, or by cell.
 *
 *     few planes together        counts of (cell, code), as other grids (count_planes)
 *     few codes, few bytes       bytes are looked up and added up by pattern (kernel sum_bytes)
 *     some planes together       a histogram of (cell, code), as other grids (count_planes)
 *     many codes, few patterns   codes are gathered, numbers looked up, added up (kernel sum_offsets)
 *     many codes                 codes are gathered, and each row's number is added to its pattern
 *     many cells                 a walk over all rows (count_walk)
 *
 * The least and the greatest number of a cell soon are those of the whole field: a chunk looks for
 * better ones only while a cell that has rows in it lacks them. It looks at blocks that have a number
 * outside of what all its cells have.
 *
 * Example: SUM of a field of 100,000 values in 16 cells: 17 planes and 4 are gathered to 32 bits for
 * each row, 512 rows at a time. The lower 17 are the place in the table of numbers.
 */
#include "columns/count_measure.h"

#include <string.h>

#include "columns/count_mask.h"
#include "columns/count_planes.h"
#include "columns/count_walk.h"

/* Up to so many planes of the cells, with the mask's, sums stand side by side. */
enum { LANES = 4, LANE_BITS = 7 };

/* What is in hand: the planes of a chunk, laid out. */
struct measure {
    struct chunk_work *work;
    struct chunk_grid *grid;
    const struct count_numbers *numbers;
    const struct chunk *chunk; /* of the numbers */
    const uint64_t *mask;      /* NULL: all rows count */
    /* The numbers' planes, the cells', the mask's. */
    const uint64_t *planes[GATHERED_PLANES_MOST];
    unsigned width, nbits;
    uint32_t rows[1 << PATTERN_BITS]; /* of this chunk, by pattern */
    /* Offsets from low to low + span are within the bounds of each cell that has rows here. */
    uint32_t low, span;
};

/* ---- Bounds ---- */

/* True: no number can be less or greater than what the cells of the chunk's rows have. */
static bool
bounds_are_settled(const struct measure *measure)
{
    const struct sums *sums = &measure->grid->sums;
    const uint64_t *cells = measure->grid->patterns.cells;
    for (size_t i = 0; i < (size_t) 1 << measure->nbits; i++) {
        if (measure->rows[i] && cells[i] != NO_CELL &&
            (sums->least[cells[i]] != measure->numbers->least ||
             sums->greatest[cells[i]] != measure->numbers->greatest)) {
            return false;
        }
    }
    return true;
}

/* Sets low and span; false: a cell has no bounds yet. */
static bool
find_common_bounds(struct measure *measure)
{
    const struct sums *sums = &measure->grid->sums;
    const uint64_t *cells = measure->grid->patterns.cells;
    int64_t low = measure->numbers->least, high = measure->numbers->greatest;
    for (size_t i = 0; i < (size_t) 1 << measure->nbits; i++) {
        if (measure->rows[i] && cells[i] != NO_CELL) {
            low = sums->least[cells[i]] > low ? sums->least[cells[i]] : low;
            high = sums->greatest[cells[i]] < high ? sums->greatest[cells[i]] : high;
        }
    }
    if (low > high) {
        return false;
    }
    measure->low = (uint32_t) (low - measure->numbers->least);
    measure->span = (uint32_t) (high - low);
    return true;
}

static void
bound_block(const struct measure *measure, const uint32_t *gathered)
{
    const struct sums *sums = &measure->grid->sums;
    const uint64_t *cells = measure->grid->patterns.cells;
    uint32_t codes = (1u << measure->width) - 1, patterns = (1u << measure->nbits) - 1;
    for (unsigned r = 0; r < BLOCK_ROWS; r++) {
        uint32_t pattern = gathered[r] >> measure->width;
        uint64_t cell = cells[pattern & patterns];
        if ((measure->mask && pattern <= patterns) || cell == NO_CELL) {
            continue;
        }
        int64_t number = measure->numbers->values[gathered[r] & codes];
        if (number < sums->least[cell]) {
            sums->least[cell] = number;
        }
        if (number > sums->greatest[cell]) {
            sums->greatest[cell] = number;
        }
    }
}

static void
square_block(const struct measure *measure, const uint32_t *gathered)
{
    __int128 *squares = measure->grid->sums.squares;
    const uint64_t *cells = measure->grid->patterns.cells;
    uint32_t codes = (1u << measure->width) - 1, patterns = (1u << measure->nbits) - 1;
    for (unsigned r = 0; r < BLOCK_ROWS; r++) {
        uint32_t pattern = gathered[r] >> measure->width;
        uint64_t cell = cells[pattern & patterns];
        if ((!measure->mask || pattern > patterns) && cell != NO_CELL) {
            int64_t number = measure->numbers->values[gathered[r] & codes];
            squares[cell] += (__int128) number * number;
        }
    }
}

/* ---- Sums ---- */

/* Adds up a block's offsets by pattern, with the mask's bit on top. */
static void
add_offsets(const struct measure *measure, const uint32_t *gathered, uint64_t *lanes[LANES])
{
    const uint32_t *offsets = measure->numbers->offsets;
    unsigned width = measure->width;
    uint32_t codes = (1u << width) - 1;
    for (unsigned r = 0; r < BLOCK_ROWS; r += LANES) {
        lanes[0][gathered[r] >> width] += offsets[gathered[r] & codes];
        lanes[1][gathered[r + 1] >> width] += offsets[gathered[r + 1] & codes];
        lanes[2][gathered[r + 2] >> width] += offsets[gathered[r + 2] & codes];
        lanes[3][gathered[r + 3] >> width] += offsets[gathered[r + 3] & codes];
    }
}

/* The same; true: one of them is outside of what all cells have. */
static bool
add_offsets_and_look(const struct measure *measure, const uint32_t *gathered,
                     uint64_t *lanes[LANES])
{
    const uint32_t *offsets = measure->numbers->offsets;
    unsigned width = measure->width;
    uint32_t codes = (1u << width) - 1, low = measure->low, span = measure->span, nout = 0;
    for (unsigned r = 0; r < BLOCK_ROWS; r += LANES) {
        uint32_t first = offsets[gathered[r] & codes], second = offsets[gathered[r + 1] & codes],
                 third = offsets[gathered[r + 2] & codes],
                 fourth = offsets[gathered[r + 3] & codes];
        lanes[0][gathered[r] >> width] += first;
        lanes[1][gathered[r + 1] >> width] += second;
        lanes[2][gathered[r + 2] >> width] += third;
        lanes[3][gathered[r + 3] >> width] += fourth;
        nout += (first - low > span) | (second - low > span) | (third - low > span) |
                (fourth - low > span);
    }
    return nout;
}

/* Adds a block's offsets and keeps its bounds. */
static void
add_bounded_offsets(struct measure *measure, const uint32_t *gathered, uint64_t *lanes[LANES],
                    bool *has_common)
{
    if (!*has_common) {
        add_offsets(measure, gathered, lanes);
    } else if (!add_offsets_and_look(measure, gathered, lanes)) {
        return;
    }
    bound_block(measure, gathered);
    *has_common = find_common_bounds(measure);
}

/* The same for numbers whose offsets have more than 32 bits. */
static void
add_wide_offsets(const struct measure *measure, const uint32_t *gathered, uint64_t *sums)
{
    const struct count_numbers *numbers = measure->numbers;
    uint32_t codes = (1u << measure->width) - 1;
    for (unsigned r = 0; r < BLOCK_ROWS; r++) {
        uint64_t offset =
            (uint64_t) numbers->values[gathered[r] & codes] - (uint64_t) numbers->least;
        sums[gathered[r] >> measure->width] += offset;
    }
}

static void
count_rows(struct measure *measure)
{
    const struct kernels *kernels = measure->work->select.kernels;
    const uint64_t *const *planes = measure->planes + measure->width;
    unsigned nbits = measure->nbits;
    uint16_t patterns[BLOCK_ROWS];
    memset(measure->rows, 0, sizeof *measure->rows << nbits);
    if (nbits == 0) {
        measure->rows[0] = measure->mask ? kernels->popcount(measure->mask) : CHUNK_ROWS;
    } else if (nbits <= JOINT_BITS_MOST) {
        kernels->joint(planes, nbits, measure->mask, measure->rows);
    } else {
        for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
            kernels->gather16(planes, nbits, block, patterns);
            const uint64_t *mask =
                measure->mask ? measure->mask + (size_t) block * BLOCK_WORDS : NULL;
            for (unsigned r = 0; r < BLOCK_ROWS; r++) {
                measure->rows[patterns[r]] += !mask || (mask[r / 64] >> r % 64 & 1);
            }
        }
    }
}

static void
keep_rows(const struct measure *measure)
{
    for (size_t i = 0; i < (size_t) 1 << measure->nbits; i++) {
        measure->grid->patterns.rows[i] += measure->rows[i];
    }
}

enum { WANT_SUMS = 1, WANT_BOUNDS = 2, WANT_SQUARES = 4 };

/* Goes through all rows, block by block. */
static void
scatter(struct measure *measure, unsigned wanted)
{
    uint64_t sums[LANES << LANE_BITS], *lanes[LANES];
    uint64_t *wide = NULL;
    uint32_t gathered[BLOCK_ROWS];
    unsigned nbits = measure->nbits, nplanes = measure->width + nbits + (measure->mask != NULL);
    size_t npatterns = (size_t) 1 << (nbits + (measure->mask != NULL));
    bool has_lanes = npatterns <= 1 << LANE_BITS && measure->numbers->offsets;
    if (!has_lanes) {
        wide = measure->work->pattern_sums;
        memset(wide, 0, npatterns * sizeof *wide);
    } else {
        memset(sums, 0, sizeof sums);
    }
    for (unsigned i = 0; i < LANES; i++) {
        lanes[i] = has_lanes ? sums + ((size_t) i << LANE_BITS) : wide;
    }
    bool has_common = wanted & WANT_BOUNDS && find_common_bounds(measure);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        planes_ask_ahead(measure->planes, nplanes, block);
        measure->work->select.kernels->gather32(measure->planes, nplanes, block, gathered);
        if (!measure->numbers->offsets) {
            add_wide_offsets(measure, gathered, wide);
            if (wanted & WANT_BOUNDS) {
                bound_block(measure, gathered);
            }
        } else if (wanted & WANT_BOUNDS) {
            add_bounded_offsets(measure, gathered, lanes, &has_common);
        } else if (wanted & WANT_SUMS) {
            add_offsets(measure, gathered, lanes);
        }
        if (wanted & WANT_SQUARES) {
            square_block(measure, gathered);
        }
    }
    const size_t counted = npatterns - ((size_t) 1 << nbits); /* where the mask's bit is set */
    for (size_t i = 0; wanted & WANT_SUMS && i < (size_t) 1 << nbits; i++) {
        for (unsigned lane = 0; lane < (has_lanes ? LANES : 1); lane++) {
            measure->grid->patterns.sums[i] += lanes[lane][counted + i];
        }
    }
}

/* ---- Kernels that add up ---- */

static struct sum_rows
rows_to_sum(const struct measure *measure)
{
    return (struct sum_rows){.planes = measure->planes + measure->width,
                             .nplanes = measure->nbits,
                             .code_planes = measure->planes,
                             .ncode_planes = measure->width,
                             .mask = measure->mask};
}

static void
sum_bytes(struct measure *measure)
{
    struct sum_rows rows = rows_to_sum(measure);
    measure->work->select.kernels->sum_bytes(
        &rows, measure->numbers->bytes, measure->numbers->nbytes, measure->grid->patterns.sums);
}

/* Looks for better bounds in some blocks. */
static void
bound_blocks(const struct measure *measure, const uint64_t blocks[CHUNK_BLOCKS / 64])
{
    uint32_t gathered[BLOCK_ROWS];
    unsigned nplanes = measure->width + measure->nbits + (measure->mask != NULL);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        if (blocks[block / 64] >> block % 64 & 1) {
            measure->work->select.kernels->gather32(measure->planes, nplanes, block, gathered);
            bound_block(measure, gathered);
        }
    }
}

static void
sum_offsets(struct measure *measure, bool wants_bounds)
{
    const struct count_numbers *numbers = measure->numbers;
    struct sum_rows rows = rows_to_sum(measure);
    struct sum_offsets offsets = {numbers->offsets, numbers->offset_bytes, 0, UINT32_MAX};
    uint64_t outside[CHUNK_BLOCKS / 64] = {0};
    if (wants_bounds && find_common_bounds(measure)) {
        offsets.low = measure->low;
        offsets.span = measure->span;
    } else if (wants_bounds) {
        memset(outside, 0xff, sizeof outside);
    }
    measure->work->select.kernels->sum_offsets(&rows, &offsets, measure->grid->patterns.sums,
                                               outside);
    bound_blocks(measure, outside);
}

/*
 * Are sums by bytes faster than counts of (cell, code) on nbits planes? In pieces of 0.11 us a chunk,
 * which a pattern of such counts takes; their histogram, beyond 7 planes, takes 300. Measured in pairs
 * with 2 to 16 patterns of 2 to 200 values, of one byte and two:
 *
 *     planes            3      5      6      7      8      by bytes:   2    8   16 patterns
 *     counts, us      0.8    3.9    7.2     14     34      one byte  5.5  9.2   15.5
 *                                                          two       6.5 11.5   19
 */
static bool
bytes_pay(const struct measure *measure, unsigned nbits)
{
    enum { CHUNK = 30, CHUNK_BYTE = 8, PATTERN = 5, CHUNK_BOUNDS = 16 };
    const struct count_numbers *numbers = measure->numbers;
    if (!measure->work->select.kernels->sum_bytes || !numbers->nbytes ||
        measure->width > SUM_CODE_PLANES || measure->nbits > SUM_PLANES ||
        measure->grid->sums.squares) {
        return false;
    }
    unsigned pieces = CHUNK + CHUNK_BYTE * numbers->nbytes +
                      ((PATTERN + numbers->nbytes) << measure->nbits) +
                      (measure->grid->sums.least ? CHUNK_BOUNDS : 0);
    return nbits > JOINT_BITS_MOST || pieces < 1u << nbits;
}

static bool
offsets_pay(const struct measure *measure)
{
    return measure->work->select.kernels->sum_offsets && measure->numbers->offsets &&
           measure->nbits <= SUM_PLANES && !measure->grid->sums.squares;
}

/* ---- All of it ---- */

/* The rows of the mask that have a number. */
static const uint64_t *
mask_of_numbers(struct measure *measure, const struct count_dim *dim)
{
    struct chunk_work *work = measure->work;
    if (measure->numbers->all && measure->chunk->rows == CHUNK_ROWS) {
        return measure->mask;
    }
    select_bitmap(&work->select, dim->has_number, work->number, work->number_mask);
    for (size_t w = 0; measure->mask && w < CHUNK_WORDS; w++) {
        work->number_mask[w] &= measure->mask[w];
    }
    return work->number_mask;
}

enum count_method
measure_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, const uint64_t *mask,
              uint64_t fixed)
{
    const struct chunk_dim *value = &work->dims[ndims - 1];
    struct measure measure = {.work = work,
                              .grid = grid,
                              .numbers = grid->sums.numbers,
                              .chunk = value->chunk,
                              .mask = mask};
    unsigned nbits = planes_lay_out(work, ndims);
    struct layout_dim laid_out = work->layout[ndims - 1];
    bool can_gather = !value->is_fixed && planes_collect_last_first(work, ndims, measure.planes,
                                                                    &measure.width, &measure.nbits);
    bool by_bytes = can_gather && bytes_pay(&measure, nbits);
    if (!by_bytes && nbits + (mask != NULL) <= RAW_BITS) {
        work->layout[ndims - 1] = laid_out;
        return planes_count(work, grid, ndims, nbits, mask);
    }
    if (!can_gather) {
        walk_count(work, grid, ndims, mask, fixed);
        return COUNT_WALK;
    }
    struct layout layout = {.nbits = measure.nbits, .dims = work->layout};
    patterns_begin(&grid->patterns, &grid->cells, &grid->sums, &layout);
    measure.mask = mask_of_numbers(&measure, value->dim);
    measure.planes[measure.width + measure.nbits] = measure.mask;
    count_rows(&measure);
    bool wants_bounds = grid->sums.least && !bounds_are_settled(&measure);
    unsigned wanted = (grid->sums.sums ? WANT_SUMS : 0) | (grid->sums.squares ? WANT_SQUARES : 0) |
                      (wants_bounds ? WANT_BOUNDS : 0);
    if (by_bytes) {
        if (wanted & WANT_SUMS) {
            sum_bytes(&measure);
        }
        wanted &= WANT_BOUNDS;
    } else if (wanted && offsets_pay(&measure)) {
        sum_offsets(&measure, wants_bounds);
        wanted = 0;
    }
    if (wanted) {
        scatter(&measure, wanted);
    }
    keep_rows(&measure);
    return by_bytes ? COUNT_BYTES : COUNT_SCATTER;
}
