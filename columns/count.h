/*
 * A count: one bound query over one snapshot, chunk by chunk, in as many threads as are given.
 *
 *     struct count *count = count_new(index, query, &options);      the writer's thread
 *     if (count_cost_us(count) < 500) ...                           here, or in other threads:
 *
 *     count_prepare(count, &err)                                    one thread
 *     struct count_worker *worker = count_worker_new(count);        each thread its own
 *     count_run(worker, UINT32_MAX);                                all take chunks until none is left
 *     count_worker_free(worker);                                    one thread at a time: adds up
 *     count_finish(count, arena, &partials, &err)                   one thread, when all are done
 *     count_free(count);
 *
 *     count_answer(count, arena, &partials, &err)                   prepare, run, finish in one call
 *
 * The same rows are counted whatever the threads, the kernels or the kinds of the chunks: the
 * answer is that of a walk over all rows of the snapshot (docs/language.md).
 *
 * In a chunk: what the chunk must have, dimensions and parts of the filter, is looked at from the
 * rarest on; one that is empty ends the chunk. Few rows are walked as a list; else the filter
 * becomes a bitmap and cells are counted on bit planes, or by a histogram of gathered codes,
 * whichever is cheapest by the chunk's own figures.
 */
#ifndef QUIPU_COLUMNS_COUNT_H
#define QUIPU_COLUMNS_COUNT_H

#include "answer/named_rows.h"
#include "answer/partials.h"
#include "base/error.h"
#include "columns/count_facts.h"
#include "columns/count_named.h"
#include "columns/count_rows.h"
#include "columns/index.h"
#include "columns/kernel.h"
#include "planner/bind.h"

struct count;
struct count_worker;

struct count_options {
    /* Of a plain query: cells that are not zero; more is the error LIMIT. 0: no limit. */
    uint64_t max_cells;
    uint64_t max_partial_bytes; /* of cells while they are counted; likewise */
    uint64_t max_values;        /* of dictionaries that preparing looks at; likewise */
    bool hides;              /* small counts will not be told: numbers that are too long for a bin
                                are in one called "", where they would be an error with their value */
    enum kernel_set kernels; /* KERNELS_AUTO: the best this processor has */
    bool wants_base;         /* also the rows of the filter: the first partial's base. Costs more
                                where a dimension leaves few of them. For tests: queries ask for it
                                by a grid without dims */
    /* A bit per mark (index_mark_row), mark 0's clear: rows with these are left out. Borrowed for
     * count_new. NULL: none are. */
    const uint64_t *marks_left_out;
    bool is_of_named_rows; /* nothing but count_named is wanted */
};

/*
 * The writer's thread: takes a snapshot, looks up fields and values; the time goes with the length
 * of the query, not with the data. The query, and the arena it lives in, must outlive the count;
 * they are only read. A field the index does not know is one that no row has. Never fails.
 */
struct count *count_new(struct index *index, const struct bound_query *query,
                        const struct count_options *options);
/* Any thread, when no worker is left. Releases the snapshot. NULL is allowed. */
void count_free(struct count *count);

/*
 * An estimate of one thread's time for prepare and run, in microseconds: whether to answer at once
 * or to hand over. Made by count_new from a few of the chunks.
 */
double count_cost_us(const struct count *count);

/*
 * Ranges and bins are worked out over the dictionaries: some milliseconds for a million values, and
 * at most max_values of them. Before the first worker. Fails with LIMIT: max_values; open
 * dimensions that have more than 2^64 combinations. Fails with ERR where the count is cancelled.
 */
bool count_prepare(struct count *count, struct error *err) QUIPU_MUST_CHECK;
/* The same, some 4,096 values at a time, by one thread at a time: until *is_ready, or it fails. */
bool count_prepare_some(struct count *count, bool *is_ready, struct error *err) QUIPU_MUST_CHECK;

/* Between count_prepare and count_finish; for one thread at a time. */
struct count_worker *count_worker_new(struct count *count);
/*
 * Counts up to max_chunks chunks (a chunk takes 1 to 300 us) that no other worker has taken. True:
 * call again. False: none is left, or the count was cancelled, or it failed (count_finish says so).
 */
bool count_run(struct count_worker *worker, uint32_t max_chunks);
/* Adds what the worker counted to the count; takes a short lock, not the writer's. */
void count_worker_free(struct count_worker *worker);

/* Any thread, at any time: preparing and workers end soon, and they or count_finish fail. */
void count_cancel(struct count *count);

/*
 * The result, in the arena: a partial for each of the query's grids. Fails with LIMIT (max-cells,
 * max-partial-bytes; a value too long to be put in a bin), or with ERR where the count was
 * cancelled or chunks are left.
 */
bool count_finish(struct count *count, struct arena *arena, struct partials **out,
                  struct error *err) QUIPU_MUST_CHECK;

/*
 * The count's answer for single rows, whatever their marks: which of them the filter takes, and
 * where they stand. After count_prepare, in any thread. The rows are in the order of their ids,
 * which are of the moment of count_new; names are borrowed, the rest is in the arena. Fails with
 * LIMIT as count_finish does.
 */
bool count_named(struct count *count, struct arena *arena, const struct count_row *rows,
                 size_t nrows, struct named_rows *out, struct error *err) QUIPU_MUST_CHECK;

/*
 * Walks over the rows that the filter takes, names and values of the only dim. After count_prepare,
 * in the writer's thread, before it writes again.
 */
void count_rows(const struct count *count, const struct index *index, struct row_walk *walk);

/* All of it in the calling thread. */
bool count_answer(struct count *count, struct arena *arena, struct partials **out,
                  struct error *err) QUIPU_MUST_CHECK;

/*
 * What EXPLAIN tells of this shard's part, as lines of text in the arena: the fields with their
 * values, rows and chunks by kind, the kernels, the estimated bytes read. After count_new.
 *
 *     columns  15259 chunks of 65536 rows, kernels avx512
 *       field  value_1: 2 values, 100000000 rows; chunks: 15258 planes, 1 sparse
 *     estimate 75.0 MB read, 2.8 ms
 */
struct slice *count_explain(struct arena *arena, const struct count *count, size_t *nlines);
/*
 * What PROFILE adds, after count_finish: how many chunks were counted by which method, and what was
 * read.
 *
 *     chunks   15259: 2 skipped, 12 by list, 15245 by planes, 0 by histogram, 0 by walk
 *     read     75.0 MB
 */
struct slice *count_profile(struct arena *arena, const struct count *count, size_t *nlines);

void count_facts(const struct count *count, struct count_facts *facts);

#endif
