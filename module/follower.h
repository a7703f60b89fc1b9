/*
 * Follows the keyspace: what is written to a row is in the indexes before anyone can count.
 *
 *     follower_changed(&follower, ctx, key, &change)    some event: the row may be another now
 *     follower_gone(&follower, db, key)          there is no such key any more
 *     follower_before_command(&follower, ctx, name)     a command is about to run
 *     follower_catch_up(&follower, ctx, db)      before each look at an index
 *     follower_turn(&follower, ctx)              at the end of each turn of the event loop
 *
 * An event says which key it is about, not what was done to it. So a changed row is noted down by
 * its name, once, and read when it is wanted: before a count, before the command that comes when 64
 * are noted, or at the end of this turn of the event loop. Whatever was done to it, in whatever
 * order, the index gets what the key is by then: a rename, a copy, an overwriting SET need no code
 * of their own. All of it is in the thread that writes, and a count catches up before it takes its
 * snapshot, so nobody can see the difference.
 *
 * Where keys may be read: Redis 7.4, Valkey 8 and later keep a cluster's keys by slot, and while a
 * command runs they look for each key in the slot of that command. Another key is not found there,
 * which says nothing. So in a cluster
 *
 *     between two commands        every key can be read
 *     in MULTI and in scripts     a key that is found is what it is; one that is not found stays
 *                                 noted: if it is gone, that is an event of its own
 *     in an event                 nothing is read
 *
 * The main thread's alone.
 */
#ifndef QUIPU_MODULE_FOLLOWER_H
#define QUIPU_MODULE_FOLLOWER_H

#include "module/expiry.h"
#include "module/field_times.h"
#include "module/rows.h"
#include "module/written.h"

enum { FOLLOWER_MOST = 64 };

/* What an event says of a row. */
struct row_change {
    enum field_change fields;
    size_t nwords; /* it got these fields and values; 0: it is to be read whole */
    struct redis_string *words[WRITTEN_MOST];
};

struct changed_row {
    struct redis_string *key;
    uint64_t hash;
    int db;
    bool is_gone; /* it was removed, and nothing was written since */
    struct row_change change;
};

struct follower {
    const struct redis_api *redis;
    struct registry *registry;
    struct expiry *expiry;
    struct rows *rows;
    struct field_times field_times;
    bool is_by_slot; /* keys may be looked for in another slot than theirs, see above */
    bool is_loading; /* then no command tells that 64 are noted */
    bool saw_exec;
    struct strbuf gone; /* the row that went last, and nothing was written since */
    int gone_db;        /* -1: there is none */
    int behind_db;      /* -1; or one of which a row could not be read that is due */
    struct changed_row *changed;
    size_t nchanged, capacity;
    size_t nleft;             /* of them: could not be read when they were tried */
    uint32_t *table;          /* hash -> place in changed + 1; open addressing */
    size_t table_size;        /* a power of two */
    uint64_t nevents, nreads; /* for INFO */
};

/* is_by_slot: this is a cluster's node. */
void follower_init(struct follower *follower, const struct redis_api *redis, struct redis_ctx *ctx,
                   struct registry *registry, struct expiry *expiry, struct rows *rows);
/* Gives back what is held. */
void follower_fini(struct follower *follower);
/*
 * The context's database has the key. The change's words are taken over: a row that is written once
 * before it is wanted is not read at all.
 */
void follower_changed(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key,
                      const struct row_change *change);
/* Opens nothing: it may come from loops over Redis' own tables. */
void follower_gone(struct follower *follower, int db, struct slice name);
/* Reads what is noted, where that is a good moment. The context is of no command. */
void follower_before_command(struct follower *follower, struct redis_ctx *ctx, struct slice name);
/*
 * The indexes are what the keyspace is now. Rows of this database whose time is over are out, too,
 * and so are fields. False: a transaction's clock has passed the time of a row of another slot,
 * which cannot be read before the transaction's end.
 */
bool follower_catch_up(struct follower *follower, struct redis_ctx *ctx, int db) QUIPU_MUST_CHECK;
/* As much as needs no look at the clock. */
void follower_turn(struct follower *follower, struct redis_ctx *ctx);
/* Reads a row that the walk over all keys has met: into rows, and its time. */
bool follower_add(struct follower *follower, struct redis_ctx *ctx, int db,
                  struct redis_string *name, struct redis_key *key, enum field_change change);
/* All keys of the database are gone; -1: of all. */
void follower_cleared(struct follower *follower, int db);
void follower_swapped(struct follower *follower, int first, int second);
/* Can keys of any slot be read in this context? */
bool follower_reads_all(const struct follower *follower, struct redis_ctx *ctx);

#endif
