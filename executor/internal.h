/*
 * What the executor's own files share: the executor's parts. Not for other folders.
 */
#ifndef QUIPU_EXECUTOR_INTERNAL_H
#define QUIPU_EXECUTOR_INTERNAL_H

#include <event2/event.h>

#include "executor/executor.h"
#include "executor/keys.h"
#include "executor/script.h"
#include "executor/shard.h"
#include "planner/stats.h"

/* One partition of one dataset: where it is. */
struct partition {
    char tag[PARTITION_TAG_BYTES];
    unsigned slot;
    struct slice rows_key; /* "current:rows{06S}" */
};

struct row_batch;
struct prepared;

enum { NPREPARED = 64, MAX_SHARDS = 1024, NO_SHARD = 0xffff };

/* A dataset as the executor sees it: partitions, cardinalities, writes that wait to be sent. */
struct executor_dataset {
    const struct dataset *dataset;
    struct partition *partitions;
    struct row_batch **batches;  /* by partition; NULL: nothing waits */
    unsigned *batches_in_flight; /* by partition */
    struct stats *stats;
    bool refreshing; /* cardinalities are on their way */
};

struct executor {
    struct stream_loop *loop;
    struct event_base *base; /* the loop's */
    const struct executor_settings *settings;
    const struct catalog *catalog;
    const struct log *log;
    struct arena *arena; /* partitions */
    bool is_cluster;
    struct topology *topology;
    struct shard *shards[MAX_SHARDS];
    size_t nshards;                 /* numbers that have been given */
    bool is_active[MAX_SHARDS];     /* it owns slots */
    uint16_t owners[CLUSTER_SLOTS]; /* of each slot a shard's number, or NO_SHARD */
    struct slice scripts[NSCRIPTS]; /* their texts as they are sent */
    char shas[NSCRIPTS][SCRIPT_SHA_BYTES];
    struct slot_call *waiting; /* for a slot's owner */
    struct session *sessions;
    struct executor_dataset *datasets; /* by dataset.index */
    size_t ndatasets;
    struct prepared *prepared[NPREPARED]; /* by hash of the query's text */
    struct query *queries;                /* running, newest first */
    uint64_t last_query_id;
    struct row_batch *batches;      /* waiting to be sent, any dataset */
    struct event *tick;             /* ends what waits for a shard for too long */
    struct event *flush_batches;    /* runs when this turn of the loop has read its input */
    struct command_table *commands; /* as the shards describe them; NULL: none was reached */
    struct command_table *old_commands;
    bool closing; /* no callback of a user is called any more */
    struct executor_counters counters;
};

/* Milliseconds and microseconds of the monotonic clock. */
int64_t now_ms(void);
int64_t now_us(void);
/* Cheaper, a few milliseconds behind. */
int64_t now_coarse_ms(void);

/* malloc that aborts when there is no memory; zeroed. */
void *must_alloc(size_t size_bytes);

struct executor_dataset *executor_dataset(struct executor *executor, const struct dataset *dataset);

/* Takes the table over. One that says no more than the one there is is freed. */
void executor_take_commands(struct executor *executor, struct command_table *table);
/* query.c: ends every running query without its callback. */
void query_cancel_all(struct executor *executor);
/* row.c: sends what waits; drops what waits, calling nobody. */
void row_flush(struct executor *executor);
void row_drop_all(struct executor *executor);

#endif
