/*
 * One chunk. in: its number; out: cells, added to those of the worker.
 *
 * chunk_count(number):
 *     no row, or the filter holds nowhere          -> skipped
 *     each dimension: empty or constant            -> its position is fixed, or nothing is counted
 *     all fixed, no filter                         -> the chunk's number of rows is the answer
 *     something sparse that all rows must have     -> its rows as a list, if that is cheaper: each
 *                                                     other dimension and the filter shorten it
 *     else the filter becomes a bitmap; few rows   -> the list of them
 *     up to JOINT_BITS_MOST planes                 -> AND and popcount
 *     up to 16 planes                              -> one number per row, and a histogram
 *     more                                         -> codes gathered, cells added one by one
 *
 * Example, the mission's query: value_3 is sparse with 65 rows; value_4 leaves 6 of them, the
 * filter 3; value_1 and value_2 are looked up for those. Nothing else of the chunk is read.
 */
#include "columns/count_chunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_MOST = SPARSE_MOST, /* rows of a list */
    LISTED_MASK_MOST = 2048, /* a bitmap with so few rows is listed */
    JOINT_BITS_MOST = 7,
    LINE = 64
};

/* Rough prices, in nanoseconds; measured by bench_columns. */
static const double ENTRY_NS = 1.2, PROBE_NS = 8, CELL_NS = 3, PLANE_NS = 350, PATTERN_NS = 60,
                    HISTOGRAM_NS = 35000, WALK_NS = 400000, CHUNK_NS = 150;

static void *
room(size_t n, size_t size_bytes)
{
    void *ptr = calloc(n ? n : 1, size_bytes);
    if (!ptr) {
        fputs("quipu: out of memory\n", stderr);
        abort();
    }
    return ptr;
}

/* Not zeroed. */
static void *
buffer(size_t n, size_t size_bytes)
{
    void *ptr = malloc(n * size_bytes);
    if (!ptr) {
        fputs("quipu: out of memory\n", stderr);
        abort();
    }
    return ptr;
}

static size_t
most_dims(const struct count_plan *plan)
{
    return plan->grids[0].ndims + 1;
}

/* Aligned to 64 bytes: the vectors of the kernels. The block's own start stands in the word before.
 */
static uint64_t *
bitmaps_new(size_t n)
{
    char *start = buffer(n * PLANE_BYTES + LINE + sizeof start, 1);
    uintptr_t at = ((uintptr_t) start + LINE + sizeof start) & ~(uintptr_t) (LINE - 1);
    char **bitmaps = (char **) at;
    bitmaps[-1] = start;
    return (uint64_t *) at;
}

/* NULL is allowed. */
static void
bitmaps_free(uint64_t *bitmaps)
{
    if (bitmaps) {
        free(((char **) bitmaps)[-1]);
    }
}

void
chunk_work_init(struct chunk_work *work, const struct count_plan *plan,
                const struct kernels *kernels, bool wants_base)
{
    *work = (struct chunk_work){.plan = plan, .wants_base = wants_base};
    work->select.kernels = kernels;
    work->select.bitmaps = bitmaps_new(plan->filter ? plan->filter->depth + 2 : 1);
    work->grids = room(plan->ngrids, sizeof *work->grids);
    for (size_t g = 0; g < plan->ngrids; g++) {
        cells_init(&work->grids[g].cells, plan->grids[g].ncells);
        raw_init(&work->grids[g].raw, &plan->grids[g]);
    }
    work->mask = bitmaps_new(1);
    work->row_bits = bitmaps_new(1);
    work->marks = room(CHUNK_WORDS, sizeof *work->marks);
    work->dims = room(most_dims(plan), sizeof *work->dims);
    work->order = room(most_dims(plan), sizeof *work->order);
    work->layout = room(most_dims(plan), sizeof *work->layout);
    work->rows = buffer(LIST_MOST + 64, sizeof *work->rows);
    work->cells = buffer(LIST_MOST + 64, sizeof *work->cells);
    work->codes = buffer(LIST_MOST + 64, sizeof *work->codes);
    work->hits = buffer(LIST_MOST + 64, sizeof *work->hits);
    work->pending = buffer(PENDING_CHUNKS, sizeof *work->pending);
}

void
chunk_work_fini(struct chunk_work *work)
{
    for (size_t g = 0; g < work->plan->ngrids; g++) {
        cells_fini(&work->grids[g].cells);
        raw_fini(&work->grids[g].raw);
    }
    bitmaps_free(work->select.bitmaps);
    free(work->grids);
    bitmaps_free(work->mask);
    bitmaps_free(work->row_bits);
    free(work->marks);
    free(work->dims);
    free(work->order);
    free(work->layout);
    free(work->rows);
    free(work->cells);
    free(work->codes);
    free(work->hits);
    free(work->pending);
    bitmaps_free(work->expanded);
}

/* ---- What a grid is in a chunk ---- */

/* False: no row of the chunk is in a cell. */
static bool
look_at_dims(const struct count_plan *plan, const struct count_grid *grid, uint32_t number,
             struct chunk_dim *dims)
{
    for (size_t d = 0; d < grid->ndims; d++) {
        const struct count_dim *dim = &grid->dims[d];
        const struct chunk *chunk = table_chunk(dim->column->table, number);
        dims[d] = (struct chunk_dim){dim, chunk, false, 0};
        if (chunk->kind == CHUNK_EMPTY || chunk->kind == CHUNK_CONSTANT) {
            dims[d].is_fixed = true;
            dims[d].position =
                chunk->kind == CHUNK_EMPTY ? dim->of_missing : dim_position(dim, chunk->code);
            if (!plan->is_prepared && chunk->kind == CHUNK_CONSTANT) {
                dims[d].position = 0;
            }
        }
        if ((dims[d].is_fixed && dims[d].position == NO_POSITION) ||
            (dim->codes.kind == CODES_NONE && dim->of_missing == NO_POSITION)) {
            return false;
        }
    }
    return true;
}

/* Must each row in a cell have a code there? */
static bool
dim_is_needed(const struct chunk_dim *dim)
{
    return !dim->is_fixed && dim->dim->of_missing == NO_POSITION;
}

/* What a list of rows may start from. */
struct source {
    const struct chunk *chunk; /* sparse; NULL: there is none */
    const struct code_set *codes;
    const struct count_dim *dim; /* whose chunk it is; NULL: none's */
};

static void
offer(struct source *source, const struct chunk *chunk, const struct code_set *codes,
      const struct count_dim *dim)
{
    if (chunk->kind == CHUNK_SPARSE && (!source->chunk || chunk->rows < source->chunk->rows)) {
        *source = (struct source){chunk, codes, dim};
    }
}

static const struct code_set ANY_CODE = {.kind = CODES_ANY};

/* The smallest sparse chunk that all rows must be in. */
static struct source
find_source(const struct count_plan *plan, const struct chunk *rows_chunk, bool has_filter,
            uint32_t number, const struct chunk_dim *dims, size_t ndims)
{
    struct source source = {NULL, NULL, NULL};
    for (size_t d = 0; d < ndims; d++) {
        if (dim_is_needed(&dims[d])) {
            offer(&source, dims[d].chunk, &dims[d].dim->codes, dims[d].dim);
        }
    }
    if (has_filter && !plan->is_complement) {
        const struct count_node *node = plan->filter;
        if (node->kind == NODE_TEST) {
            offer(&source, table_chunk(node->column->table, number), &node->codes, NULL);
        }
        for (size_t i = 0; node->kind == NODE_AND && i < node->npositive; i++) {
            const struct count_node *child = node->children[i];
            if (child->kind == NODE_TEST) {
                offer(&source, table_chunk(child->column->table, number), &child->codes, NULL);
            }
        }
    }
    offer(&source, rows_chunk, &ANY_CODE, NULL);
    return source;
}

/* Bits that tell a dimension's codes apart: in a full chunk of 8 values three, code 8 being 000. */
static unsigned
dim_bits(const struct chunk_dim *dim, bool *is_full)
{
    if (dim->chunk->kind == CHUNK_PLANES) {
        uint32_t ncodes = dim->dim->column->dictionary.ncodes;
        unsigned nbits = ncodes > 2 ? 32 - (unsigned) __builtin_clz(ncodes - 1) : 1;
        *is_full = dim->chunk->rows == CHUNK_ROWS && nbits <= dim->chunk->width;
        return *is_full ? nbits : dim->chunk->width;
    }
    *is_full = false;
    return code_bits(dim->dim->column->dictionary.ncodes);
}

/* ---- Prices ---- */

static double
list_cost(const struct count_plan *plan, const struct source *source, bool has_filter,
          uint32_t number, const struct chunk_dim *dims, size_t ndims, double *bytes)
{
    double rows = source->chunk->rows, ns = rows * ENTRY_NS;
    *bytes = rows * (2 + source->chunk->width);
    for (size_t d = 0; d < ndims; d++) {
        if (!dims[d].is_fixed && dims[d].dim != source->dim) {
            double probed = rows * LINE, whole = (double) chunk_bytes(dims[d].chunk);
            ns += rows * PROBE_NS;
            *bytes += probed < whole ? probed : whole;
            if (dim_is_needed(&dims[d]) && dims[d].chunk->kind == CHUNK_SPARSE) {
                rows *= (double) dims[d].chunk->rows / CHUNK_ROWS;
            }
        }
    }
    if (has_filter) {
        double tests = select_tests(plan->filter, number);
        ns += rows * tests * PROBE_NS;
        *bytes += rows * tests * LINE;
    }
    return ns + rows * CELL_NS * (double) (ndims + 1);
}

static double
mask_cost(const struct count_plan *plan, bool has_filter, uint32_t number,
          const struct chunk_dim *dims, size_t ndims, double *bytes)
{
    double ns = 0;
    unsigned nbits = 0;
    *bytes = 0;
    if (has_filter) {
        select_cost(plan->filter, number, &ns, bytes);
    }
    for (size_t d = 0; d < ndims; d++) {
        bool is_full;
        if (!dims[d].is_fixed) {
            unsigned own = dim_bits(&dims[d], &is_full);
            nbits += own;
            ns += own * PLANE_NS;
            *bytes += dims[d].chunk->kind == CHUNK_PLANES ? (double) own * PLANE_BYTES
                                                          : (double) chunk_bytes(dims[d].chunk);
        }
    }
    if (nbits <= JOINT_BITS_MOST) {
        return ns + PATTERN_NS * (double) (1u << nbits);
    }
    return ns + (nbits <= RAW_BITS ? HISTOGRAM_NS : WALK_NS);
}

static void
price_chunk(const struct count_plan *plan, uint32_t number, struct chunk_dim *dims, double *ns,
            double *bytes)
{
    const struct count_grid *grid = &plan->grids[0];
    const struct chunk *rows_chunk = table_chunk(plan->snapshot->rows.table, number);
    *ns += CHUNK_NS;
    bool has_filter = plan->filter && select_state(plan->filter, number) == SELECT_SOME;
    if (rows_chunk->rows && look_at_dims(plan, grid, number, dims)) {
        struct source source = find_source(plan, rows_chunk, has_filter, number, dims, grid->ndims);
        double list_bytes = 0, mask_bytes = 0, list_ns = 0;
        double mask_ns = mask_cost(plan, has_filter, number, dims, grid->ndims, &mask_bytes);
        if (source.chunk) {
            list_ns = list_cost(plan, &source, has_filter, number, dims, grid->ndims, &list_bytes);
        }
        bool lists = source.chunk && list_ns < mask_ns;
        *ns += lists ? list_ns : mask_ns;
        *bytes += lists ? list_bytes : mask_bytes;
    }
}

void
chunk_costs(const struct count_plan *plan, uint32_t nchunks, double *ns, double *bytes)
{
    /* Of a filter of thousands of parts fewer chunks are looked at: this is the writer's thread. */
    enum { SAMPLES = 16, LOOKS_MOST = 8000 };
    size_t most = plan->ntests * SAMPLES > LOOKS_MOST ? LOOKS_MOST / plan->ntests + 1 : SAMPLES;
    uint32_t nsamples = nchunks < most ? nchunks : (uint32_t) most;
    struct chunk_dim *dims = room(most_dims(plan), sizeof *dims);
    *ns = *bytes = 0;
    for (uint32_t i = 0; i < nsamples; i++) {
        price_chunk(plan, (uint32_t) ((uint64_t) i * nchunks / nsamples), dims, ns, bytes);
    }
    free(dims);
    double scale = nsamples ? (double) nchunks / nsamples : 0;
    *ns *= scale;
    *bytes *= scale;
}

/* ---- Lists ---- */

/* Drops the list's rows that a sparse chunk has not. No step depends on the data: nothing to guess
 * wrong. */
static uint32_t
keep_sparse(struct chunk_work *work, const struct chunk *chunk, uint32_t n)
{
    const uint16_t *positions = chunk->positions;
    uint64_t *marks = work->marks;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < chunk->rows; i++) {
        marks[positions[i] / 64] |= 1ull << positions[i] % 64;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = work->rows[i];
        work->rows[kept] = (uint16_t) row;
        work->cells[kept] = work->cells[i];
        kept += marks[row / 64] >> row % 64 & 1;
    }
    for (uint32_t i = 0; i < chunk->rows; i++) {
        marks[positions[i] / 64] = 0;
    }
    return kept;
}

/* Both ascend, and the chunk has all rows of the list: step through them together. */
static uint32_t
place_merged(struct chunk_work *work, const struct chunk_dim *dim, uint32_t n)
{
    const struct chunk *chunk = dim->chunk;
    const void *codes = sparse_codes(chunk);
    uint32_t kept = 0, at = 0;
    for (uint32_t i = 0; i < n; i++) {
        while (chunk->positions[at] != work->rows[i]) {
            at++;
        }
        uint32_t position = dim_position(dim->dim, sparse_code(codes, chunk->width, at));
        work->rows[kept] = work->rows[i];
        work->cells[kept] = work->cells[i] + position * dim->dim->stride;
        kept += position != NO_POSITION;
    }
    return kept;
}

/* Adds the dimension's position to each row's cell; rows without one leave the list. */
static uint32_t
place_dim(struct chunk_work *work, const struct chunk_dim *dim, uint32_t n)
{
    enum { MERGE_RATIO = 8 };
    const struct chunk *chunk = dim->chunk;
    if (chunk->kind == CHUNK_SPARSE) {
        uint64_t whole = (uint64_t) chunk->rows * (2u + chunk->width), probed = (uint64_t) n * LINE;
        work->select.read_bytes += probed < whole ? probed : whole;
        if (dim_is_needed(dim) && chunk->rows < n * MERGE_RATIO) {
            n = keep_sparse(work, chunk, n);
            if (chunk->rows < n * MERGE_RATIO) {
                return place_merged(work, dim, n);
            }
        }
    } else {
        work->select.read_bytes += (uint64_t) n * chunk->width * LINE;
    }
    bool is_full = false;
    unsigned nbits = chunk->kind == CHUNK_PLANES ? dim_bits(dim, &is_full) : 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t code = nbits ? planes_low_code(chunk->planes, nbits, work->rows[i])
                              : chunk_get(chunk, work->rows[i]);
        if (nbits && !code && is_full) {
            code = 1u << nbits;
        }
        uint32_t position = dim_position(dim->dim, code);
        work->rows[kept] = work->rows[i];
        work->cells[kept] = work->cells[i] + position * dim->dim->stride;
        kept += position != NO_POSITION;
    }
    return kept;
}

static uint32_t
keep_filtered(struct chunk_work *work, uint32_t n)
{
    select_mark(&work->select, work->plan->filter, work->number, work->rows, n, work->hits);
    bool wanted = !work->plan->is_complement;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        work->rows[kept] = work->rows[i];
        work->cells[kept] = work->cells[i];
        kept += work->hits[i] == wanted;
    }
    return kept;
}

/* Variable dimensions, the rarest first. */
static size_t
order_dims(struct chunk_work *work, size_t ndims, const struct count_dim *but)
{
    size_t n = 0;
    for (size_t d = 0; d < ndims; d++) {
        if (work->dims[d].is_fixed || work->dims[d].dim == but) {
            continue;
        }
        uint32_t rows = dim_is_needed(&work->dims[d]) ? work->dims[d].chunk->rows : CHUNK_ROWS;
        size_t at = n++;
        for (; at > 0; at--) {
            const struct chunk_dim *before = &work->dims[work->order[at - 1]];
            uint32_t before_rows = dim_is_needed(before) ? before->chunk->rows : CHUNK_ROWS;
            if (before_rows <= rows) {
                break;
            }
            work->order[at] = work->order[at - 1];
        }
        work->order[at] = d;
    }
    return n;
}

enum { RARE_ROWS = CHUNK_ROWS / 4 };

/* Is the dimension worth asking before the filter? */
static bool
dim_is_rare(const struct chunk_dim *dim)
{
    return dim_is_needed(dim) && dim->chunk->rows <= RARE_ROWS;
}

/* Rare dimensions shorten the list; *at is the first one that is not. */
static uint32_t
place_rare(struct chunk_work *work, size_t nvariable, size_t *at, uint32_t n)
{
    for (; *at < nvariable && n && dim_is_rare(&work->dims[work->order[*at]]); ++*at) {
        n = place_dim(work, &work->dims[work->order[*at]], n);
    }
    return n;
}

/* The other dimensions, from `at` on; what is left is counted. */
static void
count_placed(struct chunk_work *work, struct chunk_grid *grid, size_t nvariable, size_t at,
             uint32_t n)
{
    for (; at < nvariable && n; at++) {
        n = place_dim(work, &work->dims[work->order[at]], n);
    }
    for (uint32_t r = 0; r < n; r++) {
        cells_add(&grid->cells, work->cells[r], 1);
    }
}

/* Counts the first n rows of the list, whose cells have the fixed positions and `source`'s. */
static void
count_list(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
           const struct count_dim *source, bool is_filtered, uint32_t n)
{
    size_t nvariable = order_dims(work, ndims, source), at = 0;
    n = place_rare(work, nvariable, &at, n);
    if (!is_filtered && n) {
        n = keep_filtered(work, n);
    }
    count_placed(work, grid, nvariable, at, n);
}

/* The rows of a source become the list. */
static uint32_t
list_source(struct chunk_work *work, const struct source *source, uint64_t fixed)
{
    const struct chunk *chunk = source->chunk;
    uint32_t n = select_sparse(chunk, source->codes, work->rows, work->codes);
    work->select.read_bytes += (uint64_t) chunk->rows * (2u + chunk->width);
    for (uint32_t i = 0; i < n; i++) {
        work->cells[i] =
            fixed +
            (source->dim ? dim_position(source->dim, work->codes[i]) * source->dim->stride : 0);
    }
    return n;
}

/* ---- Rows that wait ---- */

static void
filter_pending(struct chunk_work *work, struct pending_rows *pending)
{
    const struct count_grid *grid = &work->plan->grids[0];
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
        const struct chunk *chunk = table_chunk(grid->dims[d].column->table, pending->number);
        for (uint32_t i = 0; chunk->kind == CHUNK_PLANES && i < kept; i++) {
            chunk_touch(chunk, pending->rows[i], &work->touch);
        }
    }
}

static void
count_pending(struct chunk_work *work, const struct pending_rows *pending)
{
    const struct count_grid *grid = &work->plan->grids[0];
    size_t at = 0;
    work->number = pending->number;
    if (!pending->n || !look_at_dims(work->plan, grid, work->number, work->dims)) {
        return;
    }
    memcpy(work->rows, pending->rows, pending->n * sizeof *work->rows);
    memcpy(work->cells, pending->cells, pending->n * sizeof *work->cells);
    size_t nvariable = order_dims(work, grid->ndims, pending->source);
    while (at < nvariable && dim_is_rare(&work->dims[work->order[at]])) {
        at++;
    }
    count_placed(work, &work->grids[0], nvariable, at, pending->n);
}

static void
drain_pending(struct chunk_work *work)
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

/* The list's rows wait until those of more chunks are there: what the filter reads is fetched
 * together. */
static void
let_wait(struct chunk_work *work, const struct count_dim *source, uint32_t n)
{
    struct pending_rows *pending = &work->pending[work->npending++];
    pending->number = work->number;
    pending->n = n;
    pending->source = source;
    memcpy(pending->rows, work->rows, n * sizeof *work->rows);
    memcpy(pending->cells, work->cells, n * sizeof *work->cells);
    select_touch_rows(work->plan->filter, work->number, pending->rows, n, &work->touch);
    if (work->npending == PENDING_CHUNKS) {
        drain_pending(work);
    }
}

void
chunk_work_flush(struct chunk_work *work)
{
    drain_pending(work);
    for (size_t g = 0; g < work->plan->ngrids; g++) {
        raw_flush(&work->grids[g].raw, &work->grids[g].cells);
    }
}

static void
count_listed_mask(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
                  const uint64_t *mask, uint64_t fixed)
{
    uint32_t n = work->select.kernels->list(mask, work->rows);
    for (uint32_t i = 0; i < n; i++) {
        work->cells[i] = fixed;
    }
    count_list(work, grid, ndims, NULL, true, n);
}

/* ---- Bitmaps ---- */

/* The rows that there are, as bits. */
static const uint64_t *
row_bits(struct chunk_work *work)
{
    const struct chunk *chunk = work->rows_chunk;
    if (chunk->kind == CHUNK_PLANES) {
        work->select.read_bytes += PLANE_BYTES;
        return chunk->planes; /* one plane: its blocks are a bitmap */
    }
    memset(work->row_bits, chunk->kind == CHUNK_CONSTANT ? 0xff : 0, PLANE_BYTES);
    for (uint32_t i = 0; chunk->kind == CHUNK_SPARSE && i < chunk->rows; i++) {
        uint32_t row = chunk->positions[i];
        work->row_bits[row / 64] |= 1ull << row % 64;
    }
    return work->row_bits;
}

/* The rows of the filter, once per chunk. */
static void
make_mask(struct chunk_work *work)
{
    if (work->has_mask) {
        return;
    }
    select_bitmap(&work->select, work->plan->filter, work->number, work->mask);
    if (work->plan->is_complement) {
        const uint64_t *rows = row_bits(work);
        for (size_t w = 0; w < CHUNK_WORDS; w++) {
            work->mask[w] = rows[w] & ~work->mask[w];
        }
    }
    work->has_mask = true;
    work->mask_rows = work->select.kernels->popcount(work->mask);
}

/* ---- Planes ---- */

/* A sparse chunk written out as planes, in scratch memory. */
static const uint64_t *
expand(struct chunk_work *work, const struct chunk *chunk, unsigned nbits, size_t first_plane)
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

static void
reserve_expanded(struct chunk_work *work, size_t nplanes)
{
    if (nplanes > work->expanded_planes) {
        bitmaps_free(work->expanded);
        work->expanded = bitmaps_new(nplanes);
        work->expanded_planes = nplanes;
    }
}

/* The bits of all variable dimensions, and where they stand in a pattern. */
static unsigned
lay_out(struct chunk_work *work, size_t ndims)
{
    unsigned nbits = 0;
    for (size_t d = 0; d < ndims; d++) {
        const struct chunk_dim *dim = &work->dims[d];
        struct layout_dim *layout = &work->layout[d];
        *layout = (struct layout_dim){.position = dim->position};
        if (!dim->is_fixed) {
            bool is_full;
            unsigned own = dim_bits(dim, &is_full);
            layout->shift = (uint8_t) (nbits < UINT8_MAX ? nbits : UINT8_MAX);
            layout->nbits = (uint8_t) own;
            layout->is_full = is_full;
            nbits += own;
        }
    }
    return nbits;
}

/* The planes of a dimension's chunk, at `to`; sparse ones are expanded. */
static void
dim_planes(struct chunk_work *work, const struct chunk_dim *dim, unsigned nbits, size_t *nexpanded,
           const uint64_t **to)
{
    const uint64_t *words = dim->chunk->planes;
    if (dim->chunk->kind == CHUNK_SPARSE) {
        words = expand(work, dim->chunk, nbits, *nexpanded);
        *nexpanded += nbits;
    } else {
        work->select.read_bytes += (uint64_t) nbits * PLANE_BYTES;
    }
    for (unsigned p = 0; p < nbits; p++) {
        to[p] = words + (size_t) p * CHUNK_WORDS;
    }
}

/* Planes of all variable dimensions, in the order of the layout. */
static void
all_planes(struct chunk_work *work, size_t ndims, const uint64_t **planes)
{
    size_t nsparse = 0, nexpanded = 0;
    for (size_t d = 0; d < ndims; d++) {
        if (!work->dims[d].is_fixed && work->dims[d].chunk->kind == CHUNK_SPARSE) {
            nsparse += work->layout[d].nbits;
        }
    }
    reserve_expanded(work, nsparse);
    for (size_t d = 0; d < ndims; d++) {
        if (!work->dims[d].is_fixed) {
            dim_planes(work, &work->dims[d], work->layout[d].nbits, &nexpanded,
                       planes + work->layout[d].shift);
        }
    }
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

/* More bits than a pattern has: dimension by dimension, each row's cell is made. */
static void
count_walk(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, const uint64_t *mask,
           uint64_t fixed)
{
    enum { ROWS_AT_ONCE = LIST_MOST };
    const struct kernels *kernels = work->select.kernels;
    size_t nexpanded = 0, nsparse = 0;
    for (size_t d = 0; d < ndims; d++) {
        if (!work->dims[d].is_fixed && work->dims[d].chunk->kind == CHUNK_SPARSE) {
            nsparse += work->layout[d].nbits;
        }
    }
    reserve_expanded(work, nsparse);
    size_t *expanded_at = work->order; /* first plane of each sparse dimension */
    for (size_t d = 0; d < ndims; d++) {
        expanded_at[d] = nexpanded;
        if (!work->dims[d].is_fixed && work->dims[d].chunk->kind == CHUNK_SPARSE) {
            expand(work, work->dims[d].chunk, work->layout[d].nbits, nexpanded);
            nexpanded += work->layout[d].nbits;
        } else if (!work->dims[d].is_fixed) {
            work->select.read_bytes += (uint64_t) work->layout[d].nbits * PLANE_BYTES;
        }
    }
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        bool *is_in = work->hits;
        for (unsigned r = 0; r < BLOCK_ROWS; r++) {
            unsigned row = block * BLOCK_ROWS + r;
            is_in[r] = !mask || (mask[row / 64] >> row % 64 & 1);
            work->cells[r] = fixed;
        }
        for (size_t d = 0; d < ndims; d++) {
            const struct chunk_dim *dim = &work->dims[d];
            if (dim->is_fixed) {
                continue;
            }
            const uint64_t *planes[32];
            unsigned nbits = work->layout[d].nbits;
            bool is_sparse = dim->chunk->kind == CHUNK_SPARSE;
            const uint64_t *words =
                is_sparse ? work->expanded + expanded_at[d] * CHUNK_WORDS : dim->chunk->planes;
            for (unsigned p = 0; p < nbits; p++) {
                planes[p] = words + (size_t) p * CHUNK_WORDS;
            }
            kernels->gather32(planes, nbits, block, work->codes);
            for (unsigned r = 0; r < BLOCK_ROWS; r++) {
                uint32_t code = work->codes[r];
                if (!code && work->layout[d].is_full) {
                    code = 1u << nbits;
                }
                uint32_t position = dim_position(dim->dim, code);
                work->cells[r] += position * dim->dim->stride;
                is_in[r] = is_in[r] && position != NO_POSITION;
            }
        }
        for (unsigned r = 0; r < BLOCK_ROWS; r++) {
            if (is_in[r]) {
                cells_add(&grid->cells, work->cells[r], 1);
            }
        }
    }
}

static enum count_method
count_planes(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, const uint64_t *mask,
             uint64_t fixed)
{
    unsigned nbits = lay_out(work, ndims);
    if (nbits + (mask != NULL) > RAW_BITS) {
        count_walk(work, grid, ndims, mask, fixed);
        return COUNT_WALK;
    }
    const uint64_t *planes[RAW_BITS];
    all_planes(work, ndims, planes);
    struct layout layout = {.nbits = nbits, .dims = work->layout};
    if (nbits <= JOINT_BITS_MOST) {
        raw_begin(&grid->raw, &grid->cells, &layout);
        work->select.kernels->joint(planes, nbits, mask, grid->raw.counts);
        return COUNT_PLANES;
    }
    if (mask) {
        planes[nbits] = mask;
        layout.nbits++;
        layout.has_mask = true;
    }
    layout.has_lanes = layout.nbits <= LANES_BITS;
    raw_begin(&grid->raw, &grid->cells, &layout);
    count_histogram(work, &grid->raw, planes);
    return COUNT_HISTOGRAM;
}

/* ---- One grid ---- */

static enum count_method
count_masked(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, size_t nvariable,
             uint64_t fixed)
{
    const uint64_t *mask = NULL;
    uint32_t rows = work->rows_chunk->rows;
    if (work->has_filter) {
        make_mask(work);
        mask = work->mask;
        rows = work->mask_rows;
    } else if (work->rows_chunk->kind != CHUNK_CONSTANT) {
        bool is_needed = false;
        for (size_t d = 0; d < ndims; d++) {
            is_needed = is_needed || dim_is_needed(&work->dims[d]);
        }
        /* A code that is there says that the row is. */
        mask = is_needed || !nvariable ? NULL : row_bits(work);
    }
    if (rows == 0) {
        return COUNT_SKIPPED;
    }
    if (nvariable == 0) {
        cells_add(&grid->cells, fixed, rows);
        return work->has_filter ? COUNT_PLANES : COUNT_WHOLE;
    }
    if (mask && rows <= LISTED_MASK_MOST) {
        count_listed_mask(work, grid, ndims, mask, fixed);
        return COUNT_LIST;
    }
    return count_planes(work, grid, ndims, mask, fixed);
}

/* The index of the positions that are the same for all rows; how many others there are. */
static uint64_t
fixed_cell(const struct chunk_work *work, const struct count_grid *grid, size_t *nvariable)
{
    uint64_t fixed = 0;
    *nvariable = 0;
    for (size_t d = 0; d < grid->ndims; d++) {
        if (work->dims[d].is_fixed) {
            fixed += work->dims[d].position * grid->dims[d].stride;
        } else {
            ++*nvariable;
        }
    }
    return fixed;
}

static enum count_method
count_grid(struct chunk_work *work, size_t g)
{
    const struct count_plan *plan = work->plan;
    const struct count_grid *grid = &plan->grids[g];
    if (!grid->is_countable || grid->ncells == 0 ||
        !look_at_dims(plan, grid, work->number, work->dims)) {
        return COUNT_SKIPPED;
    }
    size_t nvariable;
    uint64_t fixed = fixed_cell(work, grid, &nvariable);
    bool is_whole = nvariable == 0 && !work->has_filter;
    if (!work->has_mask && !is_whole) {
        double bytes;
        struct source source = find_source(plan, work->rows_chunk, work->has_filter, work->number,
                                           work->dims, grid->ndims);
        if (source.chunk &&
            list_cost(plan, &source, work->has_filter, work->number, work->dims, grid->ndims,
                      &bytes) <
                mask_cost(plan, work->has_filter, work->number, work->dims, grid->ndims, &bytes)) {
            uint32_t n = list_source(work, &source, fixed);
            count_list(work, &work->grids[g], grid->ndims, source.dim, !work->has_filter, n);
            return COUNT_LIST;
        }
    }
    return count_masked(work, &work->grids[g], grid->ndims, nvariable, fixed);
}

/*
 * Where the dimensions alone leave nothing, or a handful of rows, the filter needs no look at the
 * chunk as a whole: with a thousand chunks and sixteen tests that is most of the time. False: it
 * does.
 */
static bool
count_handful(struct chunk_work *work, enum count_method *method)
{
    enum { HANDFUL = 128 };
    const struct count_plan *plan = work->plan;
    const struct count_grid *grid = &plan->grids[0];
    if (work->wants_base || plan->ngrids > 1) {
        return false;
    }
    *method = COUNT_SKIPPED;
    if (!grid->is_countable || grid->ncells == 0 || !work->rows_chunk->rows ||
        !look_at_dims(plan, grid, work->number, work->dims)) {
        return true;
    }
    work->has_filter = plan->filter != NULL;
    struct source source = find_source(plan, work->rows_chunk, work->has_filter, work->number,
                                       work->dims, grid->ndims);
    if (!source.chunk || source.chunk->rows > HANDFUL) {
        return false;
    }
    size_t nvariable;
    uint64_t fixed = fixed_cell(work, grid, &nvariable);
    uint32_t n = list_source(work, &source, fixed);
    *method = COUNT_LIST;
    if (!work->has_filter) {
        count_list(work, &work->grids[0], grid->ndims, source.dim, true, n);
        return true;
    }
    size_t at = 0;
    nvariable = order_dims(work, grid->ndims, source.dim);
    n = place_rare(work, nvariable, &at, n);
    if (n > PENDING_ROWS) {
        n = keep_filtered(work, n);
        count_placed(work, &work->grids[0], nvariable, at, n);
    } else if (n) {
        let_wait(work, source.dim, n);
    }
    return true;
}

void
chunk_touch_run(struct chunk_work *work, uint32_t first, uint32_t end)
{
    const struct count_plan *plan = work->plan;
    for (uint32_t number = first; number < end; number++) {
        for (size_t d = 0; d < plan->grids[0].ndims; d++) {
            chunk_touch_small(table_chunk(plan->grids[0].dims[d].column->table, number),
                              &work->touch);
        }
        if (plan->filter) {
            select_touch_small(plan->filter, number, &work->touch);
        }
    }
    touch_all(&work->touch);
}

void
chunk_count(struct chunk_work *work, uint32_t number)
{
    const struct count_plan *plan = work->plan;
    work->number = number;
    work->rows_chunk = table_chunk(plan->snapshot->rows.table, number);
    work->has_mask = false;
    enum count_method method = COUNT_SKIPPED;
    if (count_handful(work, &method)) {
        work->chunks_by[method]++;
        return;
    }
    enum select_state state = plan->filter ? select_state(plan->filter, number) : SELECT_ALL;
    if (plan->filter && plan->is_complement) {
        state = SELECT_ALL - state;
    }
    work->has_filter = state == SELECT_SOME;
    if (work->rows_chunk->rows && state != SELECT_NEVER) {
        if (work->wants_base && work->has_filter) {
            make_mask(work);
        }
        work->base +=
            work->has_filter ? (work->has_mask ? work->mask_rows : 0) : work->rows_chunk->rows;
        for (size_t g = 0; g < plan->ngrids; g++) {
            enum count_method of_grid = count_grid(work, g);
            method = g == 0 ? of_grid : method;
        }
    }
    work->chunks_by[method]++;
}
