/*
 * Decides which shard's answer holds for which slot, when the shards of a cluster have counted.
 *
 *     shard 0   counted 0-92 94-8191    93 goes to shard 1: its rows by name       epoch 1
 *     shard 1   counted 8192-16383                                                 epoch 2
 *
 *     column_slots_check   every slot was counted once, but for 93, which is moving
 *     (shard 1 is asked for the rows of 93)
 *     column_slots_join    rows that both have are shard 1's
 *
 * This is right for the following reason. A slot's keys go from its source to its target and not
 * back. The target is asked after the source has answered. So a row that was not at the source is
 * at the target already and stays there, or it does not exist. A row that moves between the two
 * answers is in both. It is counted once, as the target has it, because that is later. So each row
 * is counted as it was at some moment of the count. One thing could take a row from the target:
 * that it is sent on, or back. The target says for how long it has sent no row. If that is too
 * short, the count is made again.
 *
 * If two shards say that they serve the same slot, the count is made again too, with one exception:
 * one of them is giving the slot away, and the other has a newer configuration. That one has the
 * whole slot already. This file knows no sockets.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_SLOTS_H
#define QUIPU_EXECUTOR_COLUMN_SLOTS_H

#include "answer/named_rows.h"

/* What a shard answered. */
struct column_slots {
    size_t shard;
    const char *name;         /* for errors */
    struct slice counted;     /* "0-92 94-8191"; "replica" */
    struct named_rows *named; /* rows of slots that are leaving the shard; NULL: none */
};

struct moving_slot {
    struct named_slot *source; /* its rows at the source; column_slots_join marks those that are
                                  not counted */
    struct slice id, address;  /* of the node it goes to: "10.0.0.2:6379" */
};

/*
 * Checks that every slot is in one answer, or is moving. moving lives in the arena. Fails with
 * SHARDDOWN, which names the shard or the number of slots.
 */
bool column_slots_check(struct arena *arena, const struct column_slots *parts, size_t nparts,
                        struct moving_slot **moving, size_t *nmoving,
                        struct error *err) QUIPU_MUST_CHECK;
/*
 * Takes the target's answer about one moving slot. since_us: how long ago the count began. Fails
 * with SHARDDOWN if the target has sent rows of the slot away since then, or does not mention the
 * slot.
 */
bool column_slots_join(struct arena *arena, const struct moving_slot *moving,
                       const struct named_rows *target, uint64_t since_us,
                       struct error *err) QUIPU_MUST_CHECK;

#endif
