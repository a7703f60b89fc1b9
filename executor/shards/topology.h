/*
 * Which shard owns which slot.
 *
 *     static, embedded: shard i of n owns the slots [i * 16384 / n, (i + 1) * 16384 / n), for ever
 *     cluster:          what CLUSTER SLOTS of any node says; asked again when a node says MOVED,
 *                       when one is not reached or does not answer, and every few seconds
 *
 * A cluster's masters get numbers in the order in which they are found. A master that no longer
 * owns slots keeps its number, and its connections are closed.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_TOPOLOGY_H
#define QUIPU_EXECUTOR_SHARDS_TOPOLOGY_H

#include "executor/shards/shard.h"

struct shards;
struct topology;

/* Makes the shards: all shards of a static list, or the first nodes of a cluster. */
struct topology *topology_new(struct shards *shards, const struct shard_address *addresses,
                              size_t naddresses);
void topology_free(struct topology *topology);

/*
 * The slot's owner. NULL: why is SHARDDOWN (no owner is known) or LOADING (all nodes that could
 * tell are loading their data).
 */
struct shard *topology_owner(const struct shards *shards, unsigned slot, struct error *why);
/* The shard at "host:port"; it is made if it is new. NULL: not an address. */
struct shard *topology_shard_at(struct shards *shards, const char *address);
/* The shard of the node with this id. NULL: the map has no such node. */
struct shard *topology_shard_of_node(const struct shards *shards, struct slice id);
/* A node says that this shard owns the slot. */
void topology_moved(struct shards *shards, unsigned slot, struct shard *shard);
/* The map may be old. */
void topology_refresh_soon(struct shards *shards);
/*
 * Asks for the map when it is time, and retires shards that own no slots. To be called every
 * LINK_TICK_MS.
 */
void topology_tick(struct shards *shards, int64_t now_ms);
/*
 * True if the slot's owner has been loading its data for two seconds. why is LOADING, and waiting
 * is of no use. (Before that it may be done in a moment.)
 */
bool topology_loads(const struct shards *shards, unsigned slot, struct error *why);
/* True if topology_loads is true for some slot. */
bool topology_loads_somewhere(const struct shards *shards);
/* True if every slot has an owner. Otherwise why is SHARDDOWN or LOADING. */
bool topology_is_known(const struct shards *shards, struct error *why);

#endif
