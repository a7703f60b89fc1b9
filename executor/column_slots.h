/*
 * Whose word holds for which slot, when the shards of a cluster have counted.
 *
 *     shard 0   counted 0-92 94-8191    93 goes to shard 1: its rows by name       epoch 1
 *     shard 1   counted 8192-16383                                                 epoch 2
 *
 *     column_slots_check   every slot was counted once, but for 93, which is moving
 *     (shard 1 is asked for the rows of 93)
 *     column_slots_join    rows that both have are shard 1's
 *
 * Why that is right: a slot's keys go from its source to its target and not back, so a row that is
 * not at the source when that answers is at the target already, or nowhere, and stays there; the
 * target is asked later. A row that moves in between is in both answers and counted once, as the
 * target has it, which is later. So each row is counted as it was at some moment of the count. What
 * could take a row from the target is that it is sent on, or back: the target says for how long it
 * has sent none. Such a count is made again.
 *
 * Two that say that they serve the same slot: also again, unless one of them is giving it away and
 * the other's configuration is newer: that one has all of it already. No sockets here.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_SLOTS_H
#define QUIPU_EXECUTOR_COLUMN_SLOTS_H

#include "answer/named_rows.h"

/* What a shard answered. */
struct column_slots {
    size_t shard;
    const char *name;         /* for errors */
    struct slice counted;     /* "0-92 94-8191"; "replica" */
    struct named_rows *named; /* rows of slots that leave it; NULL: none */
};

struct moving_slot {
    struct named_slot *source; /* its rows there; rows that are not to be counted are made so */
    struct slice id, address;  /* of the node it goes to: "10.0.0.2:6379" */
};

/*
 * Every slot is in one answer, or moves. moving: in the arena. Fails with SHARDDOWN, and says which
 * shard or how many slots.
 */
bool column_slots_check(struct arena *arena, const struct column_slots *parts, size_t nparts,
                        struct moving_slot **moving, size_t *nmoving,
                        struct error *err) QUIPU_MUST_CHECK;
/*
 * The target's answer about one of them. since_us: how long ago the count began. Fails with
 * SHARDDOWN where it has sent rows of the slot away since, or says nothing about it.
 */
bool column_slots_join(struct arena *arena, const struct moving_slot *moving,
                       const struct named_rows *target, uint64_t since_us,
                       struct error *err) QUIPU_MUST_CHECK;

#endif
