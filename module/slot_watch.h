/*
 * The watch over slots decides which rows are counted, and which are set apart.
 *
 *     slot_watch_look(&watch, ctx, &slots, &err)        before each count, and ten times a second
 *
 *     slot     served here, settled     leaves         is not served
 *     rows     counted                  apart: told    apart: not counted. Being imported, or left
 *                                       by name        behind by a move that was given up
 *
 * Rows that are set apart have their slot as a mark in the index. When a slot stops being settled,
 * Redis is asked for its keys, once, to mark its rows. Rows that come to the slot later are marked
 * as they come (registry.h). When the slot is settled again, its rows are counted from that moment
 * on, since counts leave out slots, not rows.
 *
 * Some keys are dropped without an event: when a node hears that another one owns its slot, it
 * drops the keys that it still has in the slot, and Redis 7.0 does not tell modules. So the number
 * of rows of each slot is kept. When a slot is given away in order, its keys move one by one, with
 * an event each, and no row is left. If rows are left without keys, the keys were dropped silently,
 * and the dataset's rows are read again. Counts answer -INDEXING meanwhile.
 */
#ifndef QUIPU_MODULE_SLOT_WATCH_H
#define QUIPU_MODULE_SLOT_WATCH_H

#include "module/backfill.h"
#include "module/slots.h"

enum { NAMED_ROWS_MOST = 100000 }; /* the most rows of a slot that are sent by name */

struct slot_watch {
    const struct redis_api *redis;
    struct registry *registry;
    struct backfill *backfill;
    bool has_timer;
    uint64_t timer;
    bool was_own;
    unsigned next_left; /* the next slot in the search for rows without keys */
    uint64_t start_us;
    uint64_t *moved_us; /* by slot: when its keys were last sent to another node; NULL: not in a
                           cluster */
};

void slot_watch_init(struct slot_watch *watch, const struct redis_api *redis,
                     struct registry *registry, struct backfill *backfill);
/* Frees what it has. Its timer was stopped before. */
void slot_watch_fini(struct slot_watch *watch);
/*
 * In a cluster: starts the timer if there are datasets, and stops it if there are none, since a
 * timer would prevent unloading the module.
 */
void slot_watch_settle(struct slot_watch *watch, struct redis_ctx *ctx);
/* Calls slots_ask, and acts on changes since the last look. Fails like slots_ask. */
bool slot_watch_look(struct slot_watch *watch, struct redis_ctx *ctx, struct slots *out,
                     struct error *err) QUIPU_MUST_CHECK;
/* The command of that name is about to run. MIGRATE is noted, because it takes keys away. */
void slot_watch_note(struct slot_watch *watch, struct redis_filter *filter, struct slice name);
/* The time for which no key of the slot was sent to another node. */
uint64_t slot_watch_quiet_us(const struct slot_watch *watch, unsigned slot);
/*
 * Marks all rows of the slot, also if the slot is settled. False: there are more than
 * NAMED_ROWS_MOST, or some of them are no longer keys in Redis.
 */
bool slot_watch_mark(struct slot_watch *watch, struct redis_ctx *ctx, struct registry_entry *entry,
                     unsigned slot) QUIPU_MUST_CHECK;

#endif
