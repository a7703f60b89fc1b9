/*
 * Estimates the cost of counting a chunk in one way or another. in: a plan and a chunk's figures;
 * out: nanoseconds, and bytes to read, roughly.
 *
 * Two ways compete: a list of rows, which each part of the query shortens, and a mask, which reads
 * whole planes. bench_columns has measured the figures.
 */
#include "columns/count_price.h"

#include <stdlib.h>

#include "base/must.h"
#include "columns/count_cells.h"
#include "columns/count_select.h"

enum { LINE = 64 }; /* bytes that come from memory at once */

/* Rough prices, in nanoseconds. */
static const double ENTRY_NS = 1.2, PROBE_NS = 8, CELL_NS = 3, PLANE_NS = 350, PATTERN_NS = 60,
                    HISTOGRAM_NS = 35000, WALK_NS = 400000, CHUNK_NS = 150;

double
price_list(const struct count_plan *plan, const struct list_source *source, bool has_filter,
           uint32_t number, const struct chunk_dim *dims, size_t ndims, double *bytes)
{
    double rows = source->chunk->rows, ns = rows * ENTRY_NS;
    *bytes = rows * (2 + source->chunk->width);
    for (size_t d = 0; d < ndims; d++) {
        const struct count_when *when = dims[d].dim->when;
        if (!dims[d].is_fixed && when) {
            double tests = select_tests(when->filter, number);
            ns += rows * tests * PROBE_NS;
            *bytes += rows * tests * LINE;
        } else if (!dims[d].is_fixed && d != source->dim) {
            double probed = rows * LINE, whole = (double) chunk_bytes(dims[d].chunk);
            ns += rows * PROBE_NS;
            *bytes += probed < whole ? probed : whole;
            if (chunk_dim_is_needed(&dims[d]) && dims[d].chunk->kind == CHUNK_SPARSE) {
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

double
price_mask(const struct count_plan *plan, bool has_filter, uint32_t number,
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
            unsigned own = chunk_dim_bits(&dims[d], &is_full);
            nbits += own;
            ns += own * PLANE_NS;
            if (dims[d].dim->when) {
                select_cost(dims[d].dim->when->filter, number, &ns, bytes);
                continue;
            }
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
price_grid(const struct count_plan *plan, const struct count_grid *grid,
           const struct chunk *rows_chunk, bool has_filter, uint32_t number, struct chunk_dim *dims,
           double *ns, double *bytes)
{
    if (!chunk_dims_look(plan, grid, number, dims)) {
        return;
    }
    struct list_source source =
        list_source_find(plan, rows_chunk, has_filter, number, dims, grid->ndims);
    double list_bytes = 0, mask_bytes = 0, list_ns = 0;
    double mask_ns = price_mask(plan, has_filter, number, dims, grid->ndims, &mask_bytes);
    if (source.chunk) {
        list_ns = price_list(plan, &source, has_filter, number, dims, grid->ndims, &list_bytes);
    }
    bool lists = source.chunk && list_ns < mask_ns;
    *ns += lists ? list_ns : mask_ns;
    *bytes += lists ? list_bytes : mask_bytes;
}

/* The filter is looked at once: the grids behind the first find its bitmap. */
static void
price_chunk(const struct count_plan *plan, uint32_t number, struct chunk_dim *dims, double *ns,
            double *bytes)
{
    const struct chunk *rows_chunk = table_chunk(plan->snapshot->rows.table, number);
    *ns += CHUNK_NS;
    bool has_filter = plan->filter && select_state(plan->filter, number) == SELECT_SOME;
    for (size_t g = 0; rows_chunk->rows && g < plan->nown_grids; g++) {
        price_grid(plan, &plan->grids[g], rows_chunk, has_filter && g == 0, number, dims, ns,
                   bytes);
    }
}

void
price_chunks(const struct count_plan *plan, uint32_t nchunks, double *ns, double *bytes)
{
    /*
     * For a filter of thousands of parts, fewer chunks are looked at: this runs in the writer's
     * thread.
     */
    enum { SAMPLES = 16, LOOKS_MOST = 8000 };
    size_t most = plan->ntests * SAMPLES > LOOKS_MOST ? LOOKS_MOST / plan->ntests + 1 : SAMPLES;
    uint32_t nsamples = nchunks < most ? nchunks : (uint32_t) most;
    struct chunk_dim *dims = must_alloc(count_plan_dims_most(plan) * sizeof *dims);
    *ns = *bytes = 0;
    for (uint32_t i = 0; i < nsamples; i++) {
        price_chunk(plan, (uint32_t) ((uint64_t) i * nchunks / nsamples), dims, ns, bytes);
    }
    free(dims);
    double scale = nsamples ? (double) nchunks / nsamples : 0;
    *ns *= scale;
    *bytes *= scale;
}
