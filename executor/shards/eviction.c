/*
 * Eviction reads from a shard's INFO whether the shard throws keys away when its memory is full.
 * in: INFO's text; out: whether counts by sets can be right.
 *
 *     maxmemory:0, allkeys-lru              nothing is evicted
 *     maxmemory:100mb, noeviction           writes fail, nothing is evicted
 *     maxmemory:100mb, volatile-lru         cached filters are evicted
 *     maxmemory:100mb, allkeys-lfu          evicts
 */
#include "executor/shards/eviction.h"

#include <stdio.h>

#include "executor/shards/shard_reply.h"

bool
eviction_read(struct eviction *eviction, struct slice info)
{
    struct slice policy = reply_info(info, "maxmemory_policy");
    struct eviction before = *eviction;
    int64_t most = 0, nevicted = 0;
    if (!slice_to_int64(reply_info(info, "maxmemory"), &most) || !policy.len) {
        return false; /* INFO does not say */
    }
    (void) !slice_to_int64(reply_info(info, "evicted_keys"), &nevicted);
    eviction->evicts = most != 0 && slice_starts_with(policy, slice_lit("allkeys-"));
    snprintf(eviction->policy, sizeof eviction->policy, "%.*s", SLICE_ARG(policy));
    eviction->nevicted = nevicted;
    bool was_heard = before.policy[0] != '\0';
    if (was_heard && (before.evicts || eviction->evicts) && nevicted > before.nevicted) {
        eviction->has_lost = true;
    }
    return eviction->evicts != before.evicts || eviction->has_lost != before.has_lost;
}

void
eviction_error(const struct eviction *eviction, const char *name, struct error *err)
{
    (void) error_set(
        err, "ERR",
        "%s: maxmemory-policy %s evicts rows and their index apart, and counts by sets "
        "would be wrong: set noeviction or a volatile policy",
        name, eviction->policy);
}
