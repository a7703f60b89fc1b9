/*
 * The module as a whole: what its parts share. One per redis-server.
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
    struct arena *arena; /* of file */
    char path[256];      /* of the file; empty: none */
    struct slice file;   /* what is in it */
    bool must_follow;    /* the hash has the word, since data was loaded */
    bool must_settle;    /* the hash may be another than it should be */
    bool must_tell;      /* a replica has come up */
    bool is_from_old; /* an older version's files had them: until these are gone, the hash stays */
    long long gone_until_ms; /* a replica's: there has been no hash; 0: there is */
};

struct module {
    struct redis_api redis;
    struct redis_ctx *ctx; /* for where Redis gives none: its own, in no command */
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
    struct list verifies; /* that run */
    struct definitions definitions;
    struct arena *words; /* the arguments */
};

/*
 * The module of this process. Redis calls a module's functions without a pointer of the module's
 * own: they begin with this one, and pass it down.
 */
struct module *module_get(void);

/*
 * The indexes are what the keyspace is now: before each look at one. Fails with TRYAGAIN, in a
 * transaction of a cluster, where a row that must be read cannot be before its end.
 */
bool module_catch_up(struct module *module, struct redis_ctx *ctx,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
