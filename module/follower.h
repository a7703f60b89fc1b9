/*
 * Follows the keyspace: what is written to a row is in the indexes before anyone can count.
 *
 *     follower_changed(&follower, ctx, key, words, n)   some event: the row may be another now
 *     follower_gone(&follower, ctx, key)         an event that leaves no such key
 *     follower_catch_up(&follower, ctx)          before each look at an index
 *
 * An event says which key it is about, not what was done to it. So a changed row is noted down by
 * its name, once, and read when it is wanted: before a count, or 64 rows later, or at the end of
 * this turn of the event loop. Whatever was done to it, in whatever order, the index gets what the
 * key is by then: a rename, a copy, an overwriting SET need no code of their own. All of it is in
 * the thread that writes, and a count catches up before it takes its snapshot, so nobody can see
 * the difference.
 *
 * The main thread's alone.
 */
#ifndef QUIPU_MODULE_FOLLOWER_H
#define QUIPU_MODULE_FOLLOWER_H

#include "module/expiry.h"
#include "module/rows.h"
#include "module/written.h"

enum { FOLLOWER_MOST = 64, FOLLOWER_TABLE = 256 };

struct follower {
    const struct redis_api *redis;
    struct registry *registry;
    struct expiry *expiry;
    struct rows *rows;
    struct changed_row {
        struct redis_string *key;
        uint64_t hash;
        int db;
        size_t nwords; /* it got these fields and values; 0: it is to be read whole */
        struct redis_string *words[WRITTEN_MOST];
    } changed[FOLLOWER_MOST];
    size_t nchanged;
    uint8_t table[FOLLOWER_TABLE]; /* hash -> place in changed + 1; open addressing */
    uint64_t nevents, nreads;      /* for INFO */
};

void follower_init(struct follower *follower, const struct redis_api *redis,
                   struct registry *registry, struct expiry *expiry, struct rows *rows);
/*
 * The context's database has the key. It got these fields and values, which are taken over: a row
 * that is written once before it is wanted is not read at all. nwords 0: it is not known what was
 * done. Reads what is noted when there is no room for more.
 */
void follower_changed(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key,
                      struct redis_string *const *words, size_t nwords);
void follower_gone(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key);
/* The indexes are what the keyspace is now. Rows of this database whose time is over are out, too.
 */
void follower_catch_up(struct follower *follower, struct redis_ctx *ctx, int db);
/* As much as needs no look at the clock: at the end of a turn of the event loop. */
void follower_read_changed(struct follower *follower, struct redis_ctx *ctx);
/* All keys of the database are gone; -1: of all. */
void follower_cleared(struct follower *follower, int db);
void follower_swapped(struct follower *follower, int first, int second);

#endif
