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
 * whole slot already.
 *
 * A search for rows asks a shard several times, and slots may begin and end to move in between. A slot
 * that a shard served from its first answer to its last one is whole there. All others are asked for by
 * name at the end: where they go to by the source's last answer, or where they have come to. That is
 * again each row at some moment of the search. This file knows no sockets.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_SLOTS_H
#define QUIPU_EXECUTOR_COLUMN_SLOTS_H

#include "answer/named_rows.h"
#include "base/slot.h"

/* Slots, a bit each. */
struct slot_set {
    uint8_t bits[CLUSTER_SLOTS / 8];
};

/* Reads "0-5460 6000". False: the text makes no sense; "replica" does not. */
bool slot_set_read(struct slice text, struct slot_set *out) QUIPU_MUST_CHECK;
/* Leaves those that are in both. */
void slot_set_cut(struct slot_set *set, const struct slot_set *other);

/* What a shard answered. */
struct column_slots {
    size_t shard;
    const char *name;     /* for errors */
    struct slice counted; /* "0-92 94-8191"; "replica" */
    /*
     * If the shard was asked several times: which of its slots were in each of the answers, whose last
     * one counted is. NULL: there was one.
     */
    const struct slot_set *throughout;
    struct named_rows *named; /* rows of slots that are leaving the shard, by its last answer; NULL:
                                 none */
    int64_t asked_us;         /* when that was asked for, by now_us */
};

/* A slot whose rows are to be asked for by name. */
struct moving_slot {
    uint32_t slot;
    struct named_slot *source; /* its rows at the source; column_slots_join marks those that are
                                  not counted. NULL: it has come meanwhile, and stays */
    struct slice id, address;  /* of the node it goes to: "10.0.0.2:6379"; where it stays, the
                                  address alone, which is the shard's name */
    int64_t asked_us;          /* when the answer was asked for that says so */
};

/*
 * Checks that every slot is in one answer, or is moving. moving lives in the arena, and borrows from
 * the parts. Fails with SHARDDOWN, which names the shard or the number of slots.
 */
bool column_slots_check(struct arena *arena, const struct column_slots *parts, size_t nparts,
                        struct moving_slot **moving, size_t *nmoving,
                        struct error *err) QUIPU_MUST_CHECK;
/*
 * Takes the target's answer about one moving slot. now_us: when the answer came. Fails with SHARDDOWN
 * if the target has sent rows of the slot away since the source was asked, or does not mention the
 * slot.
 */
bool column_slots_join(struct arena *arena, const struct moving_slot *moving,
                       const struct named_rows *target, int64_t now_us,
                       struct error *err) QUIPU_MUST_CHECK;

#endif
