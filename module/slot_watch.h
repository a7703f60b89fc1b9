/*
 * Slots that went without a word: a node that hears that another one has its slot drops the keys it
 * still has in it, and Redis 7.0 tells no module of that.
 *
 *     slot_watch_look(&watch, ctx, &slots, &err)        before each count, and ten times a second
 *
 * So rows are counted by slot (registry.h). A slot that was given away in good order had its keys
 * moved one by one, each of which was an event: no row of it is left. Where some are, they are gone
 * silently, and the dataset's rows are read anew: counts answer -INDEXING meanwhile.
 */
#ifndef QUIPU_MODULE_SLOT_WATCH_H
#define QUIPU_MODULE_SLOT_WATCH_H

#include "module/backfill.h"
#include "module/slots.h"

struct slot_watch {
    const struct redis_api *redis;
    struct registry *registry;
    struct backfill *backfill;
    bool was_own;
    uint8_t had[SLOTS_COUNT / 8];
};

void slot_watch_init(struct slot_watch *watch, const struct redis_api *redis,
                     struct registry *registry, struct backfill *backfill);
/* In a cluster: has Redis call us from now on. */
void slot_watch_start(struct slot_watch *watch, struct redis_ctx *ctx);
/* slots_ask, and what has gone since the last look is seen to. Fails like that. */
bool slot_watch_look(struct slot_watch *watch, struct redis_ctx *ctx, struct slots *out,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
