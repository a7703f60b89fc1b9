/*
 * The slots of a Redis Cluster that this node serves, and so the slots of its rows.
 *
 *     slots_ask(redis, ctx, &slots, &err)       slots.text "0-5460 6000", and of
 *                                               "0-5460 6000 [93->-292f...]" "0-92 94-5460 6000"
 *
 * The module API has nothing about slots. CLUSTER NODES has them, in the line of the node itself.
 *
 * While a slot is under way, some of its rows are on this node and some are not, and which ones
 * changes all the time. So the sum of two nodes' counts would be wrong. Both nodes know that the
 * slot is moving: its source as MIGRATING, its target as IMPORTING. So a node counts the rows of
 * slots that are settled here: served, and not leaving. It sends the list of these slots with each
 * partial count. So the server that adds the counts up can see that no slot is missing or counted
 * twice, also if a slot changed its node between two answers. Rows of leaving slots are sent by
 * name (answer/named_rows.h).
 *
 * A replica has its master's rows. It does not know which of the master's slots are under way.
 */
#ifndef QUIPU_MODULE_SLOTS_H
#define QUIPU_MODULE_SLOTS_H

#include "base/slot.h"
#include "base/strbuf.h"
#include "module/redis_api.h"

/* A slot that is under way. */
struct slot_way {
    unsigned slot;
    bool is_leaving;          /* false: it comes to this node */
    size_t peer_at, peer_len; /* in peers: "id host:port" of the other node, as far as known */
};

struct slots {
    bool is_own;                       /* false: this is a replica, and they are its master's; or
                                          none are known */
    uint64_t epoch;                    /* the epoch of the node's configuration */
    uint8_t has[CLUSTER_SLOTS / 8];    /* served */
    uint8_t leaves[CLUSTER_SLOTS / 8]; /* those of them that are leaving */
    struct strbuf text; /* the settled slots as in CLUSTER NODES: ranges with spaces between;
                           empty outside of a cluster */
    struct slot_way *ways;
    size_t nways;
    struct strbuf peers;
};

void slots_init(struct slots *slots);
void slots_fini(struct slots *slots);
/*
 * Reads the slots that this node serves now. Fails with TRYAGAIN if the node does not know its
 * place yet. Outside of a cluster there are none.
 */
bool slots_ask(const struct redis_api *redis, struct redis_ctx *ctx, struct slots *out,
               struct error *err) QUIPU_MUST_CHECK;
/* The same from the text of CLUSTER NODES. */
bool slots_read(struct slice nodes, struct slots *out, struct error *err) QUIPU_MUST_CHECK;
/* True if no slot is under way. Otherwise fails with TRYAGAIN. */
bool slots_are_quiet(const struct slots *slots, struct error *err) QUIPU_MUST_CHECK;

static inline bool
slots_has(const struct slots *slots, unsigned slot)
{
    return slots->has[slot / 8] >> slot % 8 & 1;
}

static inline bool
slots_leaves(const struct slots *slots, unsigned slot)
{
    return slots->leaves[slot / 8] >> slot % 8 & 1;
}

static inline bool
slots_is_settled(const struct slots *slots, unsigned slot)
{
    return slots_has(slots, slot) && !slots_leaves(slots, slot);
}

/* The move of a slot. NULL: the slot is not under way. */
const struct slot_way *slots_way(const struct slots *slots, unsigned slot);

#endif
