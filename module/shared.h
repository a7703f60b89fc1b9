/*
 * The module as a whole, which its parts share. There is one in each redis-server.
 *
 *     redis-server --loadmodule build/quipu.so workers 2 dataset current profile_
 */
#ifndef QUIPU_MODULE_SHARED_H
#define QUIPU_MODULE_SHARED_H

#include "base/list.h"
#include "module/backfill.h"
#include "module/query_list.h"
#include "module/selection.h"
#include "module/settings.h"
#include "module/slot_watch.h"

/* definitions.h */
struct definitions {
    struct arena *arena; /* holds file */
    char path[256];      /* of the file; empty: no file */
    struct slice file;   /* the file's text */
    bool must_follow;    /* data was loaded, so the hash decides */
    bool must_settle;    /* the hash may differ from the datasets */
    bool must_tell;      /* a replica has come up */
    bool is_from_old;    /* the definitions came from an older version's files; the hash stays until
                         these are gone */
    long long gone_until_ms; /* on a replica: how long to wait for a missing hash; 0: it is there */
};

struct module {
    struct redis_api redis;
    struct redis_ctx *ctx; /* the module's own context, for use where Redis gives none; outside
                              of commands */
    struct settings settings;
    struct pool *pool;
    struct registry registry;
    struct expiry expiry;
    struct rows rows;
    struct written written;
    struct selection selection;
    struct follower follower;
    struct backfill backfill;
    struct slot_watch slot_watch;
    struct query_list queries;
    struct list verifies; /* running ones */
    struct definitions definitions;
    struct arena *words; /* holds the arguments */
};

/*
 * The module of this process. Redis calls a module's functions without passing them a pointer. So
 * they begin with this function, and pass its result down.
 */
struct module *module_get(void);

/*
 * Brings the indexes up to date with the keyspace. Call it before each look at an index. Fails with
 * TRYAGAIN, in a transaction in a cluster, if a row must be read that cannot be read before the
 * transaction's end.
 */
bool module_catch_up(struct module *module, struct redis_ctx *ctx,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
