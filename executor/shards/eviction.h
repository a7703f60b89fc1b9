/*
 * Whether a shard evicts rows and index sets when its memory is full, as its INFO says.
 *
 *     maxmemory:1073741824
 *     maxmemory_policy:allkeys-lru     -> evicts: a row may go and its index stay, or the other way
 *     evicted_keys:17                     about, and counts by sets would not agree with each other
 *
 * A volatile policy takes keys that expire. By sets that is the cached filters alone: one that is
 * gone is built again, and what notes them (executor/sets/lua/filters.lua) does not expire. By columns rows
 * are followed as they go.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_EVICTION_H
#define QUIPU_EXECUTOR_SHARDS_EVICTION_H

#include "base/error.h"

struct eviction {
    bool evicts;     /* any key, as far as is known */
    char policy[32]; /* "allkeys-lru"; "": not heard yet */
    int64_t nevicted;
    bool has_lost; /* keys went while it did */
};

/* INFO memory and stats. True where evicts is another than before, or has_lost has become true. */
bool eviction_read(struct eviction *eviction, struct slice info);
/* ERR: why nothing is counted by sets. */
void eviction_error(const struct eviction *eviction, const char *name, struct error *err);

#endif
