/*
 * The parts of struct shards, for the files of this folder. Other folders use
 * executor/shards/shards.h.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARDS_PARTS_H
#define QUIPU_EXECUTOR_SHARDS_SHARDS_PARTS_H

#include <event2/event.h>

#include "base/list.h"
#include "base/slot.h"
#include "executor/shards/shards_setup.h"

struct shards {
    struct shards_setup setup;
    struct event_base *base; /* the loop's */
    struct topology *topology;
    struct shard *at[MAX_SHARDS];
    size_t nshards;                 /* numbers given so far */
    bool is_active[MAX_SHARDS];     /* whether it owns slots */
    uint16_t owners[CLUSTER_SLOTS]; /* of each slot a shard's number, or NO_SHARD */
    uint64_t epoch;                 /* shards_epoch */
    struct list redirects;          /* those that wait for a slot's owner */
    struct list sessions;
    struct crew *crews;             /* for long calls, by shard */
    struct event *reap_sessions;    /* runs in the loop's next turn */
    struct event *tick;             /* ends calls that have waited for a shard for too long */
    struct command_table *commands; /* as the shards describe them; NULL: no shard was reached
                                       yet */
    struct command_table *old_commands;
    char script_server[17];    /* script_server_name's */
    uint64_t last_script_user; /* no number is used twice */
    uint64_t nforwarded;       /* clients' own commands */
    bool is_closing;           /* no callback of a user is called any more */
};

#endif
