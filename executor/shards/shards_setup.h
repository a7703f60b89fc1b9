/*
 * What the shards are made with: addresses, settings, scripts, and what stands above them.
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

/* What can be changed while running: it is read at each use. */
struct shards_settings {
    int64_t timeout_ms;          /* how long a shard may take for one command; 0: for ever */
    const char *user, *password; /* sent as AUTH; NULL or empty: none */
    struct ssl_ctx_st *tls;      /* NULL: plain */
};

/* A script that every shard knows; slot_call_script names it by its number. */
struct shards_script {
    struct slice text;
    const char *sha; /* 40 hexadecimal digits */
};

/* What stands above is asked and told, from the event loop. None may be NULL. */
struct shards_owner {
    /* A shard is greeted, for LANE_ROWS: what else it must be asked, by shard_greeting_send. */
    void (*greet)(void *arg, struct shard *shard);
    /* All its lanes are up. */
    void (*on_up)(void *arg, struct shard *shard);
    /* True where something is lost when a shard evicts keys: then it is asked whether it does. */
    bool (*minds_eviction)(void *arg);
    /* False, with why, where clients' own commands must not be carried out yet. */
    bool (*serves_clients)(void *arg, struct error *why);
    /* Every LINK_TICK_MS, when the shards have had theirs. */
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
