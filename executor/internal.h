/*
 * What the executor's own files share: the executor's parts. Not for other folders.
 */
#ifndef QUIPU_EXECUTOR_INTERNAL_H
#define QUIPU_EXECUTOR_INTERNAL_H

#include <event2/event.h>

#include "executor/executor.h"
#include "executor/handle.h"
#include "executor/keys.h"
#include "executor/later.h"
#include "executor/script.h"
#include "executor/script_user.h"
#include "executor/shard.h"

struct row_batch;
struct prepared_cache;

enum { MAX_SHARDS = 1024, NO_SHARD = 0xffff };

struct definitions;
struct dataset_work;

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
    struct crew *crews;      /* of each shard, for long calls */
    struct handles *handles; /* of the catalog's datasets */
    struct definitions *definitions;
    struct later *later;        /* to be called when the loop comes round */
    struct dataset_work *works; /* datasets that this server drops or indexes */
    struct prepared_cache *prepared;
    struct query *queries; /* running, newest first */
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

/* Takes the table over. One that says no more than the one there is is freed. */
void executor_take_commands(struct executor *executor, struct command_table *table);
/* query.c: ends every running query without its callback. */
void query_cancel_all(struct executor *executor);
/* row.c: sends what waits; drops what waits, calling nobody. */
void row_flush(struct executor *executor);
void row_drop_all(struct executor *executor);

#endif
