/*
 * Peers: the other servers over the same shards, and the version of the catalog that each knows.
 *
 *     server:4f0a...   17          a field of quipu:catalog, by each server
 *
 *     peers_tell(peers, 18)                          this server knows 18
 *     peers_await(peers, 18, on_known, change)       the others know it, too, or will answer errors
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DEFINITIONS_PEERS_H
#define QUIPU_EXECUTOR_DATASETS_DEFINITIONS_PEERS_H

#include "executor/shards/shards.h"

struct peers;

/* The shards are borrowed, and outlive it. */
struct peers *peers_new(struct shards *shards);
/* Waiting callers are told as if all peers knew the version. */
void peers_free(struct peers *peers);

/* Writes down that this server knows a version. */
void peers_tell(struct peers *peers, uint64_t version);

/*
 * While the store is read: peers_begin before its fields, peers_take for each field, peers_end
 * after them.
 */
void peers_begin(struct peers *peers);
/* True if the field is a peer's. A peer that did not answer in time is taken off the list. */
bool peers_take(struct peers *peers, struct slice name, struct slice value);
void peers_end(struct peers *peers);

typedef void peers_known_fn(void *arg, const struct error *err);
/*
 * Calls done, with NULL, when the others know the version. After two and a half seconds done is
 * called in any case: a server that does not know the version by then is gone, or answers errors
 * until it does. If there are no others, done is called in the loop's next turn.
 */
void peers_await(struct peers *peers, uint64_t version, peers_known_fn *done, void *arg);
/*
 * Must be called often. True if the store must be read now, to see which version the others know.
 */
bool peers_tick(struct peers *peers, int64_t now_ms);

#endif
