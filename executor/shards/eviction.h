/*
 * Whether a shard evicts rows and index sets when its memory is full, as its INFO says.
 *
 *     maxmemory:1073741824
 *     maxmemory_policy:allkeys-lru     -> evicts: a row may go and its index stay, or the other way
 *     evicted_keys:17                     about, and counts by sets would not agree with each other
 *
 * A volatile policy evicts keys that expire. By sets only cached filters expire. An evicted filter
 * is built again, and the notes about filters (executor/sets/lua/filters.lua) do not expire. By
 * columns the index follows evictions.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_EVICTION_H
#define QUIPU_EXECUTOR_SHARDS_EVICTION_H

#include "base/error.h"

struct eviction {
    bool evicts;     /* any key may be evicted, as far as is known */
    char policy[32]; /* "allkeys-lru"; "": not heard yet */
    int64_t nevicted;
    bool has_lost; /* keys were evicted while `evicts` was true */
};

/* Reads INFO memory and stats. True if evicts has changed, or has_lost has become true. */
bool eviction_read(struct eviction *eviction, struct slice info);
/* Sets err to ERR: why nothing is counted by sets. */
void eviction_error(const struct eviction *eviction, const char *name, struct error *err);

#endif
