/*
 * The last step of a query: its answer is made of what the shards have counted, and written as the
 * reply's bytes. It touches nothing but its own memory, so it may be done beside the event loop.
 *
 *     struct answering answering = {.arena = arena, .bound = bound, ...};
 *     answering_make(&answering)       answering.result, or answering.err if it is set
 *     answering_write(&answering)      answering.result.reply
 */
#ifndef QUIPU_EXECUTOR_ANSWERING_H
#define QUIPU_EXECUTOR_ANSWERING_H

#include "executor/method.h"
#include "executor/query_result.h"

struct answering {
    /* What it is made of. All of it stays as it is until the answer is made. */
    struct arena *arena; /* the query's: the answer lives in it */
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
};

/* True: it may take so long that other clients would notice. */
bool answering_is_long(const struct answering *answering);
/* Makes the result, or sets err: LIMIT, SHARDDOWN. */
void answering_make(struct answering *answering);
/* Writes the result as bytes, if it is to be written. */
void answering_write(struct answering *answering);
void answering_fini(struct answering *answering);

#endif
