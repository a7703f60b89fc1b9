/*
 * The last step of a query: its answer is made of what the shards have counted, and written as the
 * reply's bytes. It touches nothing but its own memory, so what may take long is done beside the event
 * loop.
 *
 *     struct answering answering = {.arena = arena, .bound = bound, ...};
 *     answering_make(&answering, side, on_made, query)
 *     on_made(query)                   answering.result, or answering.err if it is set
 *     answering_warn(&answering, warnings, n)
 *     answering_write(&answering, side, on_written, query)
 *     on_written(query)                answering.result.reply
 */
#ifndef QUIPU_EXECUTOR_ANSWERING_H
#define QUIPU_EXECUTOR_ANSWERING_H

#include "executor/method.h"
#include "executor/query_result.h"
#include "executor/side_thread.h"

struct answering {
    /* What it is made of. All of it stays as it is until the answer is made. */
    struct arena *arena; /* the query's: the answer lives in it, or in own */
    const struct bound_query *bound;
    struct slice dataset; /* its name as the query wrote it */
    struct method_result counted;
    int64_t suppress_below;
    uint64_t held_max_cells, told_max_cells; /* that are not zero, before and after suppression */
    uint64_t max_bytes;                      /* of memory for what is not plain */
    int64_t started_us;
    query_write_fn *write;     /* NULL: no bytes are wanted */
    struct resp_writer writer; /* how; its buffer becomes reply */
    /* What was made: */
    struct query_result result;
    struct answer *answer; /* the result's; NULL: it has none */
    struct table *table;   /* the result's; NULL: it has none */
    struct strbuf reply;   /* result.reply; freed by answering_fini */
    struct error err;
    /* The step under way: */
    bool is_beside; /* the side thread has all of this: it lives on until done */
    /* Of what is made beside the loop, where others take memory of the query's. NULL: nothing was. */
    struct arena *own;
    side_fn *done;
    void *arg;
};

/*
 * Makes the result, or sets err: LIMIT, SHARDDOWN. done is called once: later if the work may take so
 * long that other clients would notice, and is_beside is set until then; else from inside this call.
 */
void answering_make(struct answering *answering, struct side_thread *side, side_fn *done,
                    void *arg);
/* Adds warnings to the result that was made. Borrowed. */
void answering_warn(struct answering *answering, struct slice *warnings, size_t nwarnings);
/* Writes the result as bytes, if it is to be written. done: as of answering_make. */
void answering_write(struct answering *answering, struct side_thread *side, side_fn *done,
                     void *arg);
void answering_fini(struct answering *answering, struct side_thread *side);

#endif
