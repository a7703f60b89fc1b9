/*
 * Fills the indexes with the rows that were there before them, a little at a time.
 *
 *     backfill_start(&backfill, ctx);               after a dataset was added
 *     backfill_percent(&backfill)                   63: counts answer -INDEXING 63% meanwhile
 *
 * One walk over all keys of all databases, by Redis' own SCAN, fills all datasets that wait for it;
 * those that are added meanwhile wait for the next. What is written meanwhile goes into the indexes
 * by its own event, whether the walk has come by or not, so at the walk's end each row is there.
 *
 * Each turn of the event loop has a slice of half a millisecond of it, so between two slices Redis
 * serves all clients that are ready. While the walk lasts, the event loop does not sleep: a timer
 * would be waited for a millisecond and more, twice as long as the slice.
 */
#ifndef QUIPU_MODULE_BACKFILL_H
#define QUIPU_MODULE_BACKFILL_H

#include "module/follower.h"

struct backfill {
    const struct redis_api *redis;
    struct follower *follower;
    struct redis_scan_cursor *cursor;
    int fd; /* readable while the walk is running, so that the event loop goes on turning */
    bool is_running;
    int db;
    uint64_t nseen, ntotal; /* keys */
    uint64_t nrows;         /* read in all walks, for INFO */
    uint64_t us;            /* that took */
};

/* Fails with ERR where the event loop takes no descriptor. */
bool backfill_init(struct backfill *backfill, const struct redis_api *redis,
                   struct follower *follower, struct error *err) QUIPU_MUST_CHECK;
/* Ends a walk that is running. */
void backfill_fini(struct backfill *backfill);
/* Has the waiting datasets filled; at once where there is no key. */
void backfill_start(struct backfill *backfill, struct redis_ctx *ctx);
/* A slice of the walk, if it is running: once in each turn of the event loop. */
void backfill_turn(struct backfill *backfill, struct redis_ctx *ctx);
/* Databases have changed places: the walk begins again. */
void backfill_restart(struct backfill *backfill);
/* 0 .. 99. */
int backfill_percent(const struct backfill *backfill);

#endif
