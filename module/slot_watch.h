/*
 * The watch over slots: which rows are to be counted, and which are set apart.
 *
 *     slot_watch_look(&watch, ctx, &slots, &err)        before each count, and ten times a second
 *
 *     slot     served here, settled     leaves         is not served
 *     rows     counted                  apart: told    apart: not counted. Being imported, or left
 *                                       by name        behind by a move that was given up
 *
 * Rows that are apart have their slot as a mark in the index. Those of a slot that becomes so are
 * found by asking Redis for the slot's keys, once; those that come to it later are marked as they
 * come (registry.h). When the slot is settled again they are counted from that moment, since counts
 * leave out slots, not rows.
 *
 * Slots that went without a word: a node that hears that another one has its slot drops the keys it
 * still has in it, and Redis 7.0 tells no module of that. So rows are counted by slot. A slot that
 * was given away in good order had its keys moved one by one, each of which was an event: no row of
 * it is left. Where some are and the keys are not, they are gone silently, and the dataset's rows
 * are read anew: counts answer -INDEXING meanwhile.
 */
#ifndef QUIPU_MODULE_SLOT_WATCH_H
#define QUIPU_MODULE_SLOT_WATCH_H

#include "module/backfill.h"
#include "module/slots.h"

enum { NAMED_ROWS_MOST = 100000 }; /* of a slot that are told by name */

struct slot_watch {
    const struct redis_api *redis;
    struct registry *registry;
    struct backfill *backfill;
    bool has_timer;
    uint64_t timer;
    bool was_own;
    unsigned next_left; /* the slot where the search for rows without keys goes on */
    uint64_t start_us;
    uint64_t *moved_us; /* per slot: when keys of it were last sent to another node. NULL: out of a
                           cluster */
};

void slot_watch_init(struct slot_watch *watch, const struct redis_api *redis,
                     struct registry *registry, struct backfill *backfill);
/* Gives back what it has; its timer has been stopped. */
void slot_watch_fini(struct slot_watch *watch);
/* In a cluster: has Redis call us as long as there are datasets; a timer would keep the module. */
void slot_watch_settle(struct slot_watch *watch, struct redis_ctx *ctx);
/* slots_ask, and what has changed since the last look is seen to. Fails like that. */
bool slot_watch_look(struct slot_watch *watch, struct redis_ctx *ctx, struct slots *out,
                     struct error *err) QUIPU_MUST_CHECK;
/* The command of that name is about to run: MIGRATE takes keys away. */
void slot_watch_note(struct slot_watch *watch, struct redis_filter *filter, struct slice name);
/* For so long no key of the slot has been sent to another node. */
uint64_t slot_watch_quiet_us(const struct slot_watch *watch, unsigned slot);
/*
 * All rows of the slot have its mark, also where it is settled. False: they are more than
 * NAMED_ROWS_MOST, or not all of them are keys of Redis any more.
 */
bool slot_watch_mark(struct slot_watch *watch, struct redis_ctx *ctx, struct registry_entry *entry,
                     unsigned slot) QUIPU_MUST_CHECK;

#endif
