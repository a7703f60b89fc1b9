/*
 * A count from beginning to end. in: a bound query and an index; out: a partial count.
 *
 *     made --count_prepare--> ready --count_run in any threads--> all chunks taken
 *                                                                      |
 *          partial <--count_finish-- totals <--count_worker_free-------+
 *
 * Workers share the plan, which does not change, and the number of the next chunk, which is taken
 * by an atomic addition. A worker's counts are its own until it is freed. Then they are added to
 * the totals, under a lock that only workers take.
 *
 * Example: two workers take 1,526 chunks in turn; a worker that is slower takes fewer.
 */
#include "columns/count.h"
#include "base/must.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "columns/count_chunk.h"
#include "columns/count_named.h"
#include "columns/count_planner.h"
#include "columns/count_prepare.h"
#include "columns/count_price.h"
#include "columns/count_print.h"
#include "columns/count_result.h"
#include "columns/snapshot.h"

struct count {
    struct arena *arena;
    struct snapshot *snapshot;
    const struct bound_query *query;
    struct count_options options;
    enum kernel_set kernels;
    struct count_plan *plan;
    double cost_ns, cost_bytes;
    uint32_t nchunks;
    _Atomic uint32_t next_chunk;
    _Atomic uint32_t ndone;
    _Atomic bool is_cancelled;
    _Atomic uint64_t kept_bytes; /* of the workers' cells */
    _Atomic bool is_too_large;   /* more than the options allow */
    /* The totals; under the lock while there are workers. */
    pthread_mutex_t lock;
    uint32_t nworkers;
    bool has_totals;      /* of a worker at least */
    struct cells *totals; /* per grid; NULL: not prepared */
    struct sums *sums;    /* per grid */
    uint64_t base, read_bytes;
    uint64_t chunks_by[COUNT_NMETHODS];
};

struct count_worker {
    struct count *count;
    struct chunk_work work;
    uint64_t kept_bytes; /* that the count knows of */
};

/* ---- Before ---- */

struct count *
count_new(struct index *index, const struct bound_query *query, const struct count_options *options)
{
    enum { BIN_NS = 400, POSITION_NS = 5 };
    struct arena *arena = arena_new();
    struct count *count = arena_alloc(arena, sizeof *count);
    count->arena = arena;
    count->query = query;
    count->options = *options;
    count->kernels = kernel_set_chosen(options->kernels);
    count->snapshot = index_snapshot(index);
    count->nchunks = options->is_of_named_rows ? 0 : snapshot_nchunks(count->snapshot);
    count->plan = count_plan_new(arena, index, count->snapshot, query, options->marks_left_out);
    pthread_mutex_init(&count->lock, NULL);
    price_chunks(count->plan, count->nchunks, &count->cost_ns, &count->cost_bytes);
    count->cost_ns += count->plan->prepare_ns;
    for (size_t d = 0; d < query->ndims; d++) {
        const struct count_dim *dim = &count->plan->dims[d];
        bool has_bins = query->dims[d].kind == DIM_WIDTH || query->dims[d].kind == DIM_PLACED;
        count->cost_ns +=
            (double) dim->column->dictionary.ncodes * (has_bins ? BIN_NS : POSITION_NS);
    }
    return count;
}

void
count_free(struct count *count)
{
    if (!count) {
        return;
    }
    for (size_t g = 0; count->totals && g < count->plan->ngrids; g++) {
        cells_fini(&count->totals[g]);
        sums_fini(&count->sums[g]);
    }
    pthread_mutex_destroy(&count->lock);
    snapshot_release(count->snapshot);
    arena_free(count->arena);
}

double
count_cost_us(const struct count *count)
{
    return count->cost_ns / 1000;
}

static bool
check_cancelled(const struct count *count, struct error *err)
{
    return !atomic_load_explicit(&count->is_cancelled, memory_order_relaxed) ||
           error_set(err, "ERR", "the count was cancelled");
}

bool
count_prepare_some(struct count *count, bool *is_ready, struct error *err)
{
    enum { VALUES_AT_ONCE = 4096 };
    struct count_plan *plan = count->plan;
    uint64_t max_values = count->options.max_values;
    *is_ready = false;
    if (max_values && plan->nvalues > max_values) {
        return error_set(err, "LIMIT",
                         "the ranges and lists of the query would be held against %llu values, of "
                         "at most %llu",
                         (unsigned long long) plan->nvalues, (unsigned long long) max_values);
    }
    if (!check_cancelled(count, err) || !count_plan_prepare(plan, VALUES_AT_ONCE)) {
        return !error_is_set(err);
    }
    for (size_t g = 0; g < plan->nown_grids; g++) {
        if (!plan->grids[g].is_countable) {
            return error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
        }
    }
    count->totals = arena_array(count->arena, plan->ngrids, sizeof *count->totals);
    count->sums = arena_array(count->arena, plan->ngrids, sizeof *count->sums);
    for (size_t g = 0; g < plan->ngrids; g++) {
        const struct count_grid *grid = &plan->grids[g];
        cells_init(&count->totals[g], grid->ncells, grid->is_set);
        sums_init(&count->sums[g], grid->numbers, grid->bound ? grid->bound->parts : 0,
                  grid->ncells);
    }
    *is_ready = true;
    return true;
}

bool
count_prepare(struct count *count, struct error *err)
{
    bool is_ready = false, ok = true;
    while (ok && !is_ready) {
        ok = count_prepare_some(count, &is_ready, err);
    }
    return ok;
}

/* ---- Workers ---- */

struct count_worker *
count_worker_new(struct count *count)
{
    struct count_worker *worker = must_have(malloc(sizeof *worker));
    worker->count = count;
    worker->kept_bytes = 0;
    pthread_mutex_lock(&count->lock);
    count->nworkers++;
    pthread_mutex_unlock(&count->lock);
    chunk_work_init(&worker->work, count->plan, kernels_of(count->kernels),
                    count->options.wants_base);
    worker->work.select.is_cancelled = &count->is_cancelled;
    return worker;
}

/* The number of chunks that a worker takes at a time: few enough for each to take many times. */
static uint32_t
run_chunks(uint32_t nchunks)
{
    enum { RUNS = 16, CHUNKS_MOST = 16 };
    uint32_t run = nchunks / RUNS;
    return run < 1 ? 1 : run < CHUNKS_MOST ? run : CHUNKS_MOST;
}

/* False: the cells of all workers together take more memory than is allowed. */
static bool
check_bytes(struct count_worker *worker)
{
    struct count *count = worker->count;
    uint64_t most = count->options.max_partial_bytes, bytes = 0;
    for (size_t g = 0; g < count->plan->ngrids; g++) {
        bytes +=
            cells_bytes(&worker->work.grids[g].cells) + sums_bytes(&worker->work.grids[g].sums);
    }
    if (most && bytes != worker->kept_bytes) {
        uint64_t added = bytes - worker->kept_bytes; /* cells only grow */
        worker->kept_bytes = bytes;
        if (atomic_fetch_add_explicit(&count->kept_bytes, added, memory_order_relaxed) + added >
            most) {
            atomic_store_explicit(&count->is_too_large, true, memory_order_relaxed);
        }
    }
    return !atomic_load_explicit(&count->is_too_large, memory_order_relaxed);
}

bool
count_run(struct count_worker *worker, uint32_t max_chunks)
{
    struct count *count = worker->count;
    uint32_t run_most = run_chunks(count->nchunks);
    while (max_chunks) {
        uint32_t run = run_most < max_chunks ? run_most : max_chunks;
        uint32_t number = atomic_fetch_add_explicit(&count->next_chunk, run, memory_order_relaxed);
        if (number >= count->nchunks) {
            /* The number stays there, so that 2^32 calls cannot make it wrap. */
            atomic_store_explicit(&count->next_chunk, count->nchunks, memory_order_relaxed);
            return false;
        }
        uint32_t end = run < count->nchunks - number ? number + run : count->nchunks;
        chunk_touch_run(&worker->work, number, end);
        for (; number < end; number++) {
            if (atomic_load_explicit(&count->is_cancelled, memory_order_relaxed)) {
                return false;
            }
            chunk_count(&worker->work, number);
            atomic_fetch_add_explicit(&count->ndone, 1, memory_order_relaxed);
        }
        if (!check_bytes(worker)) {
            return false;
        }
        max_chunks -= run;
    }
    return true;
}

/* Adds a worker's cells to the totals. The first worker's are the totals so far. */
static void
take_cells(struct count *count, size_t g, struct chunk_grid *grid)
{
    if (count->has_totals) {
        cells_merge(&count->totals[g], &grid->cells);
        sums_merge(&count->sums[g], &grid->sums);
        return;
    }
    struct cells none = count->totals[g];
    struct sums no_sums = count->sums[g];
    count->totals[g] = grid->cells;
    count->sums[g] = grid->sums;
    grid->cells = none;
    grid->sums = no_sums;
}

void
count_worker_free(struct count_worker *worker)
{
    struct count *count = worker->count;
    struct chunk_work *work = &worker->work;
    chunk_count_flush(work);
    pthread_mutex_lock(&count->lock);
    for (size_t g = 0; g < count->plan->ngrids; g++) {
        take_cells(count, g, &work->grids[g]);
    }
    count->has_totals = true;
    count->base += work->base;
    count->read_bytes += work->select.read_bytes;
    for (int i = 0; i < COUNT_NMETHODS; i++) {
        count->chunks_by[i] += work->chunks_by[i];
    }
    count->nworkers--;
    pthread_mutex_unlock(&count->lock);
    chunk_work_fini(work);
    free(worker);
}

void
count_cancel(struct count *count)
{
    atomic_store_explicit(&count->is_cancelled, true, memory_order_relaxed);
}

/* ---- The result ---- */

static bool
check_done(struct count *count, struct error *err)
{
    if (!check_cancelled(count, err)) {
        return false;
    }
    if (atomic_load_explicit(&count->is_too_large, memory_order_relaxed)) {
        return count_check_bytes(UINT64_MAX, count->options.max_partial_bytes, err);
    }
    /* Under the lock, the workers' additions are visible here. */
    pthread_mutex_lock(&count->lock);
    bool is_done = count->totals && !count->nworkers &&
                   atomic_load_explicit(&count->ndone, memory_order_relaxed) == count->nchunks;
    pthread_mutex_unlock(&count->lock);
    if (!is_done) {
        return error_set(err, "ERR", "the count is not done");
    }
    return true;
}

bool
count_finish(struct count *count, struct arena *arena, struct partials **out, struct error *err)
{
    const struct count_limits limits = {.max_cells = count->options.max_cells,
                                        .max_bytes = count->options.max_partial_bytes,
                                        .hides = count->options.hides};
    if (!check_done(count, err) ||
        !count_result(count->plan, count->totals, count->sums, &limits, arena, out, err)) {
        return false;
    }
    struct partial *first = (*out)->items[0];
    first->has_base = count->options.wants_base;
    if (first->has_base) {
        first->base = first->excluded = count->base;
        for (size_t i = 0; i < first->cells.n; i++) {
            first->excluded -= (uint64_t) first->cells.values[i];
        }
    }
    return true;
}

bool
count_named(struct count *count, struct arena *arena, const struct count_row *rows, size_t nrows,
            struct named_rows *out, struct error *err)
{
    return named_rows_of_plan(count->plan, kernels_of(count->kernels), count->options.hides, arena,
                              rows, nrows, out, err);
}

void
count_rows(const struct count *count, const struct index *index, struct row_walk *walk)
{
    rows_of_plan(count->plan, kernels_of(count->kernels), count->nchunks, index, walk);
}

bool
count_answer(struct count *count, struct arena *arena, struct partials **out, struct error *err)
{
    if (!count_prepare(count, err)) {
        return false;
    }
    struct count_worker *worker = count_worker_new(count);
    while (count_run(worker, UINT32_MAX)) {
    }
    count_worker_free(worker);
    return count_finish(count, arena, out, err);
}

/* ---- Telling ---- */

void
count_facts(const struct count *count, struct count_facts *facts)
{
    *facts = (struct count_facts){.chunks = count->nchunks,
                                  .grids = (uint32_t) count->plan->ngrids,
                                  .estimated_ns = count->cost_ns,
                                  .estimated_bytes = count->cost_bytes,
                                  .read_bytes = count->read_bytes,
                                  .kernels = count->kernels};
    memcpy(facts->chunks_by, count->chunks_by, sizeof facts->chunks_by);
}

struct slice *
count_explain(struct arena *arena, const struct count *count, size_t *nlines)
{
    struct count_facts facts;
    count_facts(count, &facts);
    return count_print_explain(arena, count->plan, &facts, nlines);
}

struct slice *
count_profile(struct arena *arena, const struct count *count, size_t *nlines)
{
    struct count_facts facts;
    count_facts(count, &facts);
    return count_print_profile(arena, &facts, nlines);
}
