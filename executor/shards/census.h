/*
 * A census asks every node of a cluster which slots it has. Two of them tell whether the keys of
 * some slots have stayed where they were in between.
 *
 *     census_start(shards, &wanted, on_census, sweep, &err)     on_census(sweep, before, NULL)
 *     ... SCAN over the shards ...
 *     census_start(shards, &wanted, on_census, sweep, &err)     on_census(sweep, after, NULL)
 *     census_is_same(before, after)                             true: SCAN could miss no key
 *
 * The server's own map is not enough for this. It may not know yet that a slot has moved. It does
 * not say that half of a slot's keys are under way, nor that a slot went away and came back.
 *
 * A census waits until none of the wanted slots is leaving its node: then all its keys are at that
 * node. A node that takes a slot gets a new epoch, unless it has the newest one already. So if
 * slot, node and epoch are the same twice, the slot was at that node all the time, and its keys
 * too. (Not seen: keys that were moved away and back before anybody took the slot.)
 *
 * Example: slot 93 went from node 0 to node 1 and back. Node 0 had epoch 7, node 1 got 8, node 0
 * has 9 now.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_CENSUS_H
#define QUIPU_EXECUTOR_SHARDS_CENSUS_H

#include "base/error.h"
#include "base/slot.h"

struct shards;
struct census;

struct census_slots {
    uint8_t bits[CLUSTER_SLOTS / 8];
};

static inline void
census_slots_add(struct census_slots *slots, unsigned slot)
{
    slots->bits[slot / 8] |= (uint8_t) (1 << slot % 8);
}

/*
 * The callee owns the census. It is NULL with an error: TIMEOUT, if a slot was under way until
 * shard-timeout; SHARDDOWN; or the shards are closing.
 */
typedef void census_fn(void *arg, struct census *census, const struct error *err);

/*
 * Asks. The wanted slots are copied. Only for a cluster. fn is called once, never from inside
 * this call.
 */
void census_start(struct shards *shards, const struct census_slots *wanted, census_fn *fn,
                  void *arg);
/* True if each wanted slot is at the same node, of the same epoch. Both have the same slots. */
bool census_is_same(const struct census *census, const struct census *other);
/* True if this shard has one of the wanted slots. */
bool census_has(const struct census *census, size_t shard);
/* NULL is allowed. */
void census_free(struct census *census);

#endif
