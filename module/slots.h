/*
 * Which slots of a Redis Cluster this node serves: what its rows are the rows of.
 *
 *     slots_ask(redis, ctx, &slots, &err)       slots.text "0-5460 6000"
 *                                               TRYAGAIN slot 93 is on its way to another node
 *
 * The module API has nothing about slots; CLUSTER NODES has, in the line of the node itself.
 *
 * While a slot is under way some of its rows are here and some are not, and which ones changes from
 * one moment to the next: counts of two nodes cannot be added up to a right one. Both nodes know it
 * (the one it leaves as MIGRATING, the one it goes to as IMPORTING), and both refuse. With the
 * slots beside each partial count, whoever adds them up can see that no slot is missing and none is
 * there twice, also when one went from node to node between two answers.
 *
 * A replica's rows are its master's; which of that one's slots are under way it does not know.
 */
#ifndef QUIPU_MODULE_SLOTS_H
#define QUIPU_MODULE_SLOTS_H

#include "base/strbuf.h"
#include "module/redis_api.h"

enum { SLOTS_COUNT = 16384 };

struct slots {
    bool is_own; /* false: the master's, of a replica; or none are known */
    uint8_t has[SLOTS_COUNT / 8];
    struct strbuf
        text; /* as in CLUSTER NODES: ranges with spaces between; empty out of a cluster */
};

void slots_init(struct slots *slots);
void slots_fini(struct slots *slots);
/*
 * What this node serves now. Fails with TRYAGAIN where one is under way; the others are in *out
 * nevertheless. Out of a cluster there are none.
 */
bool slots_ask(const struct redis_api *redis, struct redis_ctx *ctx, struct slots *out,
               struct error *err) QUIPU_MUST_CHECK;
/* The same from the text of CLUSTER NODES. */
bool slots_read(struct slice nodes, struct slots *out, struct error *err) QUIPU_MUST_CHECK;

static inline bool
slots_has(const struct slots *slots, unsigned slot)
{
    return slots->has[slot / 8] >> slot % 8 & 1;
}

/* The slot of a key: of what is between its first braces, if anything is, else of all of it. */
unsigned slot_of_key(struct slice key);

#endif
