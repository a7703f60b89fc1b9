/*
 * What is needed to make the shards: addresses, settings, scripts, and callbacks of the code above
 * them.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARDS_SETUP_H
#define QUIPU_EXECUTOR_SHARDS_SHARDS_SETUP_H

#include "base/error.h"
#include "base/log.h"

struct shard;
struct ssl_ctx_st;
struct stream_loop;

enum { MAX_SHARDS = 1024, NO_SHARD = 0xffff };

/* Where a shard listens: a unix socket's path, or host and port. */
struct shard_address {
    char *unix_path; /* NULL: TCP */
    char *host;      /* a numeric address or a name, resolved when connecting */
    int port;
};

/* Settings that can change while the server runs. They are read at each use. */
struct shards_settings {
    int64_t timeout_ms;          /* the longest time for one command; 0: no limit */
    const char *user, *password; /* sent with AUTH; NULL or empty: not sent */
    struct ssl_ctx_st *tls;      /* NULL: plain */
};

/* A script that every shard knows; slot_call_script names it by its number. */
struct shards_script {
    struct slice text;
    const char *sha; /* 40 hexadecimal digits */
};

/* Callbacks of the code above, called from the event loop. None may be NULL. */
struct shards_owner {
    /* A shard is being greeted, on LANE_ROWS. Send further commands with shard_greeting_send. */
    void (*greet)(void *arg, struct shard *shard);
    /* All lanes of the shard are up. */
    void (*on_up)(void *arg, struct shard *shard);
    /* True if evicted keys would be a loss. The shards are then asked whether they evict. */
    bool (*minds_eviction)(void *arg);
    /* False, with why, if clients' own commands must not be carried out yet. */
    bool (*serves_clients)(void *arg, struct error *why);
    /* Called every LINK_TICK_MS, after the shards' own tick. */
    void (*on_tick)(void *arg, int64_t now_ms);
};

/* All of it is borrowed, and must outlive the shards. */
struct shards_setup {
    struct stream_loop *loop;
    const struct log *log;
    const struct shards_settings *settings;
    bool is_cluster;
    const struct shards_script *scripts;
    size_t nscripts;
    const struct shards_owner *owner;
    void *owner_arg;
};

#endif
