/*
 * Which shard owns which slot.
 *
 *     static, embedded: shard i of n owns the slots [i * 16384 / n, (i + 1) * 16384 / n), for ever
 *     cluster:          what CLUSTER SLOTS of any node says; asked again when a node says MOVED,
 *                       when one is not reached or does not answer, and every few seconds
 *
 * A cluster's masters get numbers as they are met. One that owns nothing any more keeps its number
 * and loses its connections.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_TOPOLOGY_H
#define QUIPU_EXECUTOR_SHARDS_TOPOLOGY_H

#include "executor/shards/shard.h"

struct shards;
struct topology;

/* Makes the shards: of a static list all there are, of a cluster the seeds. */
struct topology *topology_new(struct shards *shards, const struct shard_address *addresses,
                              size_t naddresses);
void topology_free(struct topology *topology);

/* NULL, and SHARDDOWN: nobody that is known; LOADING: all who could say load their data. */
struct shard *topology_owner(const struct shards *shards, unsigned slot, struct error *why);
/* The shard at "host:port", which is made where it is new; NULL: that is no address. */
struct shard *topology_shard_at(struct shards *shards, const char *address);
/* The shard that the map's node with this id is. NULL: there is none in the map. */
struct shard *topology_shard_of_node(const struct shards *shards, struct slice id);
/* A node says that this shard owns the slot. */
void topology_moved(struct shards *shards, unsigned slot, struct shard *shard);
/* The map may be old. */
void topology_refresh_soon(struct shards *shards);
/* Asks for the map when it is time; lets go of shards that own nothing. Every LINK_TICK_MS. */
void topology_tick(struct shards *shards, int64_t now_ms);
/*
 * The slot's owner has been loading its data for two seconds, and there is no use in waiting: why
 * is LOADING. (Before that it may be through in a moment.)
 */
bool topology_loads(const struct shards *shards, unsigned slot, struct error *why);
/* That is so of some slot. */
bool topology_loads_somewhere(const struct shards *shards);
/* Every slot has an owner. Else why: SHARDDOWN, LOADING. */
bool topology_is_known(const struct shards *shards, struct error *why);

#endif
