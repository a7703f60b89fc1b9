/*
 * Makes the shards, gives them their tick, and closes them.
 *
 *     shards_new(&setup, addresses, 2, &shards, &err)
 *     shards_close(shards); ... shards_disconnect(shards); ... shards_free(shards)
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARDS_OPEN_H
#define QUIPU_EXECUTOR_SHARDS_SHARDS_OPEN_H

#include "executor/shards/shards_setup.h"

struct shards;

/*
 * Starts to connect to all shards, and goes on trying, with backoff, for as long as they live. For
 * a cluster, the addresses are nodes that know the others. The setup is borrowed, addresses are
 * copied. The owner is called from the loop, not from here. Fails with ERR (nshards 0, a malformed
 * address).
 */
bool shards_new(const struct shards_setup *setup, const struct shard_address *addresses,
                size_t nshards, struct shards **out, struct error *err) QUIPU_MUST_CHECK;
/* Begins the end: shards_are_closing is true from now on. */
void shards_close(struct shards *shards);
/* Closes the connections. Calls under way are told SHARDDOWN, from inside this call. */
void shards_disconnect(struct shards *shards);
/* Call after shards_disconnect. */
void shards_free(struct shards *shards);

#endif
