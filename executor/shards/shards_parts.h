/*
 * What the files about shards share: the root's parts. Not for others, who have executor/shards/shards.h.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARDS_PARTS_H
#define QUIPU_EXECUTOR_SHARDS_SHARDS_PARTS_H

#include <event2/event.h>

#include "base/slot.h"
#include "executor/shards/shards_setup.h"

struct shards {
    struct shards_setup setup;
    struct event_base *base; /* the loop's */
    struct topology *topology;
    struct shard *at[MAX_SHARDS];
    size_t nshards;                 /* numbers that have been given */
    bool is_active[MAX_SHARDS];     /* it owns slots */
    uint16_t owners[CLUSTER_SLOTS]; /* of each slot a shard's number, or NO_SHARD */
    struct redirect *redirects;     /* that wait for a slot's owner */
    struct session *sessions;
    struct crew *crews;             /* of each shard, for long calls */
    struct event *reap_sessions;    /* runs when the loop comes round */
    struct event *tick;             /* ends what waits for a shard for too long */
    struct command_table *commands; /* as the shards describe them; NULL: none was reached */
    struct command_table *old_commands;
    char script_server[17];    /* script_server_name's */
    uint64_t last_script_user; /* numbers are not given twice */
    uint64_t nforwarded;       /* clients' own commands */
    bool is_closing;           /* no callback of a user is called any more */
};

#endif
