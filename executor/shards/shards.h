/*
 * The shards, seen from above: how many there are, which of them owns which slot, whether they are
 * ready.
 *
 *     shards_count(shards)                            3: numbers 0, 1, 2
 *     shard_name(shards_at(shards, 1))                "10.0.0.2:6379"
 *     shards_owner(shards, key_slot(key))             1, or NO_SHARD
 *
 * executor/shards/shards_open.h makes them. What is asked of them goes by executor/shards/slot_call.h (whoever
 * owns a slot), broadcast.h (all), long_call.h (one, by a connection of its own), forward.h
 * (clients' own commands) and session.h (a client's own connection).
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARDS_H
#define QUIPU_EXECUTOR_SHARDS_SHARDS_H

#include "executor/shards/shard.h"

struct command_table;
struct event_base;
struct shards;

/* Shards have numbers below this; in a cluster some of them are given to nobody now. */
size_t shards_count(const struct shards *shards);
/* That one owns slots now. */
bool shards_has(const struct shards *shards, size_t shard);
size_t shards_count_active(const struct shards *shards);
/* shard < shards_count. Lives as long as the shards. */
struct shard *shards_at(const struct shards *shards, size_t shard);
/* The number of the shard that owns a slot now; NO_SHARD: none is known. */
size_t shards_owner(const struct shards *shards, unsigned slot);
/* Its name, for errors. Lives as long as the shards. */
const char *shards_owner_name(const struct shards *shards, unsigned slot);
/* One shard, always the same as long as it is there: shards_count where none is known. */
size_t shards_any(const struct shards *shards);

bool shards_is_cluster(const struct shards *shards);
/* Keys of several slots can be in one command: there is one shard, and it is no cluster's. */
bool shards_are_one_keyspace(const struct shards *shards);

/* All that own slots are up, and each slot has an owner. Else why: SHARDDOWN, LOADING, ERR. */
bool shards_are_ready(const struct shards *shards, struct error *why);
/* The end has begun: no callback of a user is to be called any more. */
bool shards_are_closing(const struct shards *shards);

/* What the shards say of their commands; NULL before the first of them was reached. */
const struct command_table *shards_commands(const struct shards *shards);
/* How many commands of clients' own were passed on since the start, or the last reset. */
uint64_t shards_nforwarded(const struct shards *shards);
void shards_reset_nforwarded(struct shards *shards);

struct event_base *shards_base(const struct shards *shards);
const struct log *shards_log(const struct shards *shards);

#endif
