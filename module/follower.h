/*
 * Follows the keyspace: a written row is in the indexes before the next count.
 *
 *     follower_changed(&follower, ctx, key, &change)    some event: the row may be another now
 *     follower_gone(&follower, db, key)          there is no such key any more
 *     follower_before_command(&follower, ctx, name)     a command is about to run
 *     follower_catch_up(&follower, ctx, db)      before each look at an index
 *     follower_turn(&follower, ctx)              at the end of each turn of the event loop
 *
 * An event names a key, but does not say what was done to it. So a changed row is noted by its
 * name, once, and read later: before a count, before the next command once 64 rows are noted, or at
 * the end of this turn of the event loop. Whatever was done to the key, the index gets its present
 * state. So a rename, a copy or an overwriting SET need no code of their own. All this happens in
 * the thread that writes, and a count catches up before it takes its snapshot. So no client can see
 * the difference.
 *
 * Where keys may be read: Redis 7.4, Valkey 8 and later keep a cluster's keys by slot. While a
 * command runs, they look for each key in the slot of that command. They do not find keys of other
 * slots, even if these exist. So in a cluster
 *
 *     between two commands        every key can be read
 *     in MULTI and in scripts     a key that is found is what it is; one that is not found stays
 *                                 noted: if it is gone, that is an event of its own
 *     in an event                 nothing is read
 *
 * For the main thread alone.
 */
#ifndef QUIPU_MODULE_FOLLOWER_H
#define QUIPU_MODULE_FOLLOWER_H

#include "module/expiry.h"
#include "module/field_times.h"
#include "module/rows.h"
#include "module/written.h"

enum { FOLLOWER_MOST = 64 };

/* What an event tells about a row. */
struct row_change {
    enum field_change fields;
    size_t nwords; /* it got these fields and values; 0: read the whole row */
    struct redis_string *words[WRITTEN_MOST];
};

struct changed_row {
    struct redis_string *key;
    uint64_t hash;
    int db;
    bool is_gone; /* it was removed, and not written since */
    struct row_change change;
};

struct follower {
    const struct redis_api *redis;
    struct registry *registry;
    struct expiry *expiry;
    struct rows *rows;
    struct field_times field_times;
    bool is_by_slot; /* the server may look for keys in a wrong slot, see above */
    bool is_loading; /* data is being loaded, so no command comes that would read noted rows */
    bool saw_exec;
    struct strbuf gone; /* the row that was removed last, if it was not written since */
    int gone_db;        /* -1: there is none */
    int behind_db;      /* a database with an expired row that could not be read; or -1 */
    struct changed_row *changed;
    size_t nchanged, capacity;
    size_t nleft;             /* how many of them could not be read when that was tried */
    uint32_t *table;          /* hash -> place in changed + 1; open addressing */
    size_t table_size;        /* a power of two */
    uint64_t nevents, nreads; /* for INFO */
};

/*
 * Initialises it. All pointers are borrowed. is_by_slot is set on nodes of a cluster, from Redis
 * 7.2 on.
 */
void follower_init(struct follower *follower, const struct redis_api *redis, struct redis_ctx *ctx,
                   struct registry *registry, struct expiry *expiry, struct rows *rows);
/* Releases all held strings. */
void follower_fini(struct follower *follower);
/*
 * Notes a changed row. The key is in the context's database. The change's words are taken over: a
 * row that is written only once before it is needed is not read at all.
 */
void follower_changed(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key,
                      const struct row_change *change);
/*
 * Notes that a key is gone. It opens no key, since Redis may call it from loops over its own
 * tables.
 */
void follower_gone(struct follower *follower, int db, struct slice name);
/* Reads noted rows, if the moment is good. The context belongs to no command. */
void follower_before_command(struct follower *follower, struct redis_ctx *ctx, struct slice name);
/*
 * Brings the indexes up to date with the keyspace. Expired rows and fields of this database are
 * taken out too. False: in a transaction, a row of another slot has expired or lost a field, and it
 * cannot be read before the transaction's end.
 */
bool follower_catch_up(struct follower *follower, struct redis_ctx *ctx, int db) QUIPU_MUST_CHECK;
/* Does the work that needs no look at the clock. */
void follower_turn(struct follower *follower, struct redis_ctx *ctx);
/* Reads a row that the walk over all keys has met into rows, and notes its time. */
bool follower_add(struct follower *follower, struct redis_ctx *ctx, int db,
                  struct redis_string *name, struct redis_key *key, enum field_change change);
/* All keys of the database are gone; -1: of all databases. */
void follower_cleared(struct follower *follower, int db);
void follower_swapped(struct follower *follower, int first, int second);
/* True if keys of any slot can be read in this context. */
bool follower_reads_all(const struct follower *follower, struct redis_ctx *ctx);

#endif
