/*
 * What the executor's own files share: the executor's parts. Not for other folders.
 */
#ifndef QUIPU_EXECUTOR_INTERNAL_H
#define QUIPU_EXECUTOR_INTERNAL_H

#include <event2/event.h>

#include "executor/executor.h"
#include "executor/keys.h"
#include "executor/script.h"
#include "executor/script_user.h"
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

struct definitions;
struct dataset_work;
struct later;

/*
 * A dataset as the executor sees it: partitions, cardinalities, writes that wait to be sent. It
 * lives as long as it has users: the executor's list while the catalog has the dataset, and all
 * that runs on it. So what was started before a name came to mean another ends on the old one.
 */
struct executor_dataset {
    struct executor_dataset *next; /* in executor->datasets */
    size_t users;
    const struct dataset *dataset; /* retained */
    struct arena *arena;           /* partitions */
    struct slice row_prefix;       /* before a row's key where it is stored: "" or "w47:row:" */
    struct slice born;             /* as the scripts are told it */
    bool is_checked;               /* the shards' layouts */
    int percent;                   /* of the work on it, while it is not live */
    uint64_t work_since;           /* which work that is */
    struct slice beat;             /* what its worker last said; malloced */
    int64_t beat_ms;               /* when that changed, or when the work was first seen */
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
    struct catalog *catalog;
    const struct log *log;
    struct arena *arena; /* names of slots */
    bool is_cluster;
    struct topology *topology;
    struct shard *shards[MAX_SHARDS];
    size_t nshards;                 /* numbers that have been given */
    bool is_active[MAX_SHARDS];     /* it owns slots */
    uint16_t owners[CLUSTER_SLOTS]; /* of each slot a shard's number, or NO_SHARD */
    struct slice scripts[NSCRIPTS]; /* their texts as they are sent */
    char shas[NSCRIPTS][SCRIPT_SHA_BYTES];
    struct redirect *redirects; /* that wait for a slot's owner */
    struct session *sessions;
    struct crew *crews;                /* of each shard, for long calls */
    uint32_t *slot_names;              /* slot_names_init's */
    struct executor_dataset *datasets; /* of the catalog */
    struct definitions *definitions;
    struct later *later, **last_later; /* to be called when the loop comes round */
    struct event *run_later;
    struct dataset_work *works;           /* datasets that this server drops or indexes */
    struct prepared *prepared[NPREPARED]; /* by hash of the query's text */
    struct query *queries;                /* running, newest first */
    uint64_t last_query_id;
    struct row_batch *batches;      /* waiting to be sent, any dataset */
    struct event *reap_sessions;    /* runs when the loop comes round */
    struct event *tick;             /* ends what waits for a shard for too long */
    struct event *flush_batches;    /* runs when this turn of the loop has read its input */
    struct command_table *commands; /* as the shards describe them; NULL: none was reached */
    struct command_table *old_commands;
    char script_server[17];    /* script_server_name's */
    uint64_t last_script_user; /* numbers are not given twice */
    bool closing;              /* no callback of a user is called any more */
    struct executor_counters counters;
};

/* executor_is_ready, but for the datasets. */
bool executor_shards_are_ready(const struct executor *executor, struct error *why);

/* A dataset of the catalog; borrowed from the executor's list. */
struct executor_dataset *executor_dataset(struct executor *executor, const struct dataset *dataset);
/* One that is in no list yet; the caller is its user. */
struct executor_dataset *executor_dataset_new(struct executor *executor,
                                              const struct dataset *dataset);
struct executor_dataset *executor_dataset_retain(struct executor_dataset *dataset);
void executor_dataset_release(struct executor_dataset *dataset);
/* After a change of the catalog: drops from the list what it has not any more. */
void executor_datasets_sync(struct executor *executor);
/* False, with INDEXING and how far it is, while its index is being made anew. */
bool executor_dataset_is_counted(const struct executor_dataset *dataset,
                                 struct error *err) QUIPU_MUST_CHECK;
void executor_dataset_indexing(const struct executor_dataset *dataset, struct error *err);

/* Calls fn(arg) from the loop, not from here; at the executor's end, with closing set. */
typedef void later_fn(void *arg);
void executor_later(struct executor *executor, later_fn *fn, void *arg);

/* Takes the table over. One that says no more than the one there is is freed. */
void executor_take_commands(struct executor *executor, struct command_table *table);
/* query.c: ends every running query without its callback. */
void query_cancel_all(struct executor *executor);
/* row.c: sends what waits; drops what waits, calling nobody. */
void row_flush(struct executor *executor);
void row_drop_all(struct executor *executor);

#endif
