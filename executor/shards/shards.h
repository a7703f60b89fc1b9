/*
 * The shards, seen from above: how many there are, which of them owns which slot, whether they are
 * ready.
 *
 *     shards_count(shards)                            3: numbers 0, 1, 2
 *     shard_name(shards_at(shards, 1))                "10.0.0.2:6379"
 *     shards_owner(shards, key_slot(key))             1, or NO_SHARD
 *
 * executor/shards/shards_open.h makes them. Commands are sent by executor/shards/slot_call.h (to
 * the owner of a slot), broadcast.h (to all shards), long_call.h (to one, over a connection of its
 * own), forward.h (clients' own commands) and session.h (a client's own connection).
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARDS_H
#define QUIPU_EXECUTOR_SHARDS_SHARDS_H

#include "executor/shards/shard.h"

struct command_table;
struct event_base;
struct shards;

/* Shards have numbers below this. In a cluster some numbers may be without a shard. */
size_t shards_count(const struct shards *shards);
/* True if this shard owns slots now. */
bool shards_has(const struct shards *shards, size_t shard);
size_t shards_count_active(const struct shards *shards);
/* shard < shards_count. Lives as long as the shards. */
struct shard *shards_at(const struct shards *shards, size_t shard);
/* The number of the shard that owns a slot now. NO_SHARD: no owner is known. */
size_t shards_owner(const struct shards *shards, unsigned slot);
/* Its name, for errors. Lives as long as the shards. */
const char *shards_owner_name(const struct shards *shards, unsigned slot);
/* Some shard, always the same one while it is there. shards_count if none is known. */
size_t shards_any(const struct shards *shards);

/*
 * Another number whenever a shard has come up again, or a slot has got another owner: what was
 * learnt of the shards' data before may no longer hold.
 */
uint64_t shards_epoch(const struct shards *shards);

bool shards_is_cluster(const struct shards *shards);
/*
 * True if one command may have keys of several slots: there is a single shard, and it is not part
 * of a cluster.
 */
bool shards_are_one_keyspace(const struct shards *shards);

/*
 * True if all shards that own slots are up, and each slot has an owner. Otherwise why is SHARDDOWN,
 * LOADING or ERR.
 */
bool shards_are_ready(const struct shards *shards, struct error *why);
/*
 * Whether a command for all shards may be sent now. In a cluster it is enough that each slot has an
 * owner: a node that is not up will be another one soon. Otherwise why is SHARDDOWN, LOADING or ERR.
 */
bool shards_can_be_asked(const struct shards *shards, struct error *why);
/*
 * Whether a command that has failed so may succeed in a moment, since nodes of a cluster come and go.
 * What static shards say is told at once.
 */
bool shards_error_will_pass(const struct shards *shards, const struct error *err);
/* True once the end has begun. Users' callbacks must not be called any more. */
bool shards_are_closing(const struct shards *shards);

/* The shards' commands, as the shards describe them. NULL before the first shard was reached. */
const struct command_table *shards_commands(const struct shards *shards);
/* How many clients' own commands were passed on since the start or the last reset. */
uint64_t shards_nforwarded(const struct shards *shards);
void shards_reset_nforwarded(struct shards *shards);

struct event_base *shards_base(const struct shards *shards);
const struct log *shards_log(const struct shards *shards);

#endif
