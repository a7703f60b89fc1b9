/*
 * Fills indexes with the rows that were there before them, a little at a time.
 *
 *     backfill_start(&backfill, ctx);               after a dataset was added
 *     backfill_percent(&backfill)                   63: counts answer -INDEXING 63% meanwhile
 *
 * One walk over all keys of all databases, by Redis' own SCAN, fills all datasets that wait for it.
 * Datasets that are added during the walk wait for the next one. A row that is written during the
 * walk goes into the indexes by its own event, before or after the walk meets it. So at the end of
 * the walk every row is there.
 *
 * Each turn of the event loop does a slice of half a millisecond. Between two slices Redis serves
 * all clients that are ready. During the walk the event loop does not sleep, because a timer would
 * mean a wait of a millisecond or more, twice as long as the slice.
 */
#ifndef QUIPU_MODULE_BACKFILL_H
#define QUIPU_MODULE_BACKFILL_H

#include "module/follower.h"

struct backfill {
    const struct redis_api *redis;
    struct follower *follower;
    struct redis_scan_cursor *cursor;
    int fd; /* readable during the walk, so that the event loop does not sleep */
    bool is_running;
    int db;
    uint64_t nseen, ntotal; /* keys */
    uint64_t nrows;         /* rows read in all walks, for INFO */
    uint64_t us;            /* the time that took */
};

/* Fails with ERR if the event loop takes no descriptor. */
bool backfill_init(struct backfill *backfill, const struct redis_api *redis,
                   struct follower *follower, struct error *err) QUIPU_MUST_CHECK;
/* Ends a running walk. */
void backfill_fini(struct backfill *backfill);
/* Starts filling the waiting datasets. If there is no key, they are ready at once. */
void backfill_start(struct backfill *backfill, struct redis_ctx *ctx);
/* Does a slice of a running walk. Call it once in each turn of the event loop. */
void backfill_turn(struct backfill *backfill, struct redis_ctx *ctx);
/* Databases were swapped: begins the walk again. */
void backfill_restart(struct backfill *backfill);
/* The walk's progress, 0 .. 99. */
int backfill_percent(const struct backfill *backfill);

#endif
