/*
 * Which slots of a Redis Cluster this node serves: what its rows are the rows of.
 *
 *     slots_ask(redis, ctx, &slots, &err)       slots.text "0-5460 6000", and of
 *                                               "0-5460 6000 [93->-292f...]" "0-92 94-5460 6000"
 *
 * The module API has nothing about slots; CLUSTER NODES has, in the line of the node itself.
 *
 * While a slot is under way some of its rows are here and some are not, and which ones changes from
 * one moment to the next: counts of two nodes cannot be added up to a right one. Both nodes know it
 * (the one it leaves as MIGRATING, the one it goes to as IMPORTING). So a node counts the rows of
 * slots that are settled here: served, and not leaving. Those slots stand beside each partial count.
 * So the server that adds the counts up can see that no slot is missing and none is there twice,
 * also when one went from node to node between two answers. Rows of slots that leave are told by
 * name (answer/named_rows.h).
 *
 * A replica's rows are its master's; which of that one's slots are under way it does not know.
 */
#ifndef QUIPU_MODULE_SLOTS_H
#define QUIPU_MODULE_SLOTS_H

#include "base/slot.h"
#include "base/strbuf.h"
#include "module/redis_api.h"

/* One that is under way. */
struct slot_way {
    unsigned slot;
    bool is_leaving;          /* else it comes to this node */
    size_t peer_at, peer_len; /* in peers: "id host:port" of the other node; what is not known of
                                 it is missing */
};

struct slots {
    bool is_own;                       /* false: the master's, of a replica; or none are known */
    uint64_t epoch;                    /* of the node's configuration */
    uint8_t has[CLUSTER_SLOTS / 8];    /* served */
    uint8_t leaves[CLUSTER_SLOTS / 8]; /* of those */
    struct strbuf text; /* the settled ones as in CLUSTER NODES: ranges with spaces between; empty
                           out of a cluster */
    struct slot_way *ways;
    size_t nways;
    struct strbuf peers;
};

void slots_init(struct slots *slots);
void slots_fini(struct slots *slots);
/*
 * What this node serves now. Fails with TRYAGAIN where it does not know its place. Out of a cluster
 * there are none.
 */
bool slots_ask(const struct redis_api *redis, struct redis_ctx *ctx, struct slots *out,
               struct error *err) QUIPU_MUST_CHECK;
/* The same from the text of CLUSTER NODES. */
bool slots_read(struct slice nodes, struct slots *out, struct error *err) QUIPU_MUST_CHECK;
/* None is under way. Else TRYAGAIN. */
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

/* NULL: it is not under way. */
const struct slot_way *slots_way(const struct slots *slots, unsigned slot);

#endif
