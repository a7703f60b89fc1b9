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
/* Those who wait are told, as if all were known. */
void peers_free(struct peers *peers);

/* This server knows a version. */
void peers_tell(struct peers *peers, uint64_t version);

/* The store is read: before its fields, for each of them, behind them. */
void peers_begin(struct peers *peers);
/* True where the field is a peer's. One that was waited for in vain is taken off the list. */
bool peers_take(struct peers *peers, struct slice name, struct slice value);
void peers_end(struct peers *peers);

typedef void peers_known_fn(void *arg, const struct error *err);
/*
 * Calls done, with NULL, when the others know the version; or after two and a half seconds, when
 * who does not is not there or will answer errors until it does. At once (but later) where there
 * are no others.
 */
void peers_await(struct peers *peers, uint64_t version, peers_known_fn *done, void *arg);
/* To be called often. True where the store is to be read now, for what the others know by now. */
bool peers_tick(struct peers *peers, int64_t now_ms);

#endif
