/*
 * What a counting thread has of its own. in: a plan; out: scratch memory for any chunk of it, and
 * cells that are 0.
 *
 * It is allocated once per thread, so that no chunk allocates. Lists have room for the most rows
 * that are ever listed.
 */
#include "columns/count_work.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/must.h"

enum { LISTED_MOST = LIST_MOST + 64 };

/* The word before the first bitmap holds the block's own start. */
uint64_t *
bitmaps_new(size_t n)
{
    enum { LINE = 64 };
    char *start = must_grow(NULL, n * PLANE_BYTES + LINE + sizeof start, 1);
    uintptr_t at = ((uintptr_t) start + LINE + sizeof start) & ~(uintptr_t) (LINE - 1);
    char **bitmaps = (char **) at;
    bitmaps[-1] = start;
    return (uint64_t *) at;
}

void
bitmaps_free(uint64_t *bitmaps)
{
    if (bitmaps) {
        free(((char **) bitmaps)[-1]);
    }
}

static void
init_sums(struct chunk_grid *to, const struct count_grid *grid)
{
    sums_init(&to->sums, grid->numbers, grid->bound ? grid->bound->parts : 0, grid->ncells);
    to->patterns = (struct patterns){.grid = NULL};
    if (grid->numbers || grid->is_set) {
        patterns_init(&to->patterns, grid);
    }
}

void
chunk_work_init(struct chunk_work *work, const struct count_plan *plan,
                const struct kernels *kernels, bool wants_base)
{
    size_t dims_most = count_plan_dims_most(plan);
    *work = (struct chunk_work){.plan = plan, .wants_base = wants_base};
    work->select.kernels = kernels;
    work->select.bitmaps = bitmaps_new(plan->filter_depth + 2);
    work->grids = must_alloc(plan->ngrids * sizeof *work->grids);
    for (size_t g = 0; g < plan->ngrids; g++) {
        cells_init(&work->grids[g].cells, plan->grids[g].ncells, plan->grids[g].is_set);
        raw_init(&work->grids[g].raw, &plan->grids[g]);
        init_sums(&work->grids[g], &plan->grids[g]);
    }
    work->mask = bitmaps_new(1);
    work->row_bits = bitmaps_new(1);
    work->whens = must_array(plan->nwhens, sizeof *work->whens);
    work->when_bits = plan->nwhens ? bitmaps_new(plan->nwhens) : NULL;
    work->number_mask = bitmaps_new(1);
    work->pattern_sums = must_alloc((2 << PATTERN_BITS) * sizeof *work->pattern_sums);
    work->marks = must_alloc(CHUNK_WORDS * sizeof *work->marks);
    work->dims = must_alloc(dims_most * sizeof *work->dims);
    work->order = must_alloc(dims_most * sizeof *work->order);
    work->layout = must_alloc(dims_most * sizeof *work->layout);
    work->rows = must_grow(NULL, LISTED_MOST, sizeof *work->rows);
    work->cells = must_grow(NULL, LISTED_MOST, sizeof *work->cells);
    work->codes = must_grow(NULL, LISTED_MOST, sizeof *work->codes);
    work->hits = must_grow(NULL, LISTED_MOST, sizeof *work->hits);
    work->pending = must_grow(NULL, PENDING_CHUNKS, sizeof *work->pending);
}

void
chunk_work_fini(struct chunk_work *work)
{
    for (size_t g = 0; g < work->plan->ngrids; g++) {
        cells_fini(&work->grids[g].cells);
        raw_fini(&work->grids[g].raw);
        sums_fini(&work->grids[g].sums);
        patterns_fini(&work->grids[g].patterns);
    }
    bitmaps_free(work->select.bitmaps);
    free(work->grids);
    bitmaps_free(work->mask);
    bitmaps_free(work->row_bits);
    free(work->whens);
    bitmaps_free(work->when_bits);
    bitmaps_free(work->number_mask);
    free(work->pattern_sums);
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
