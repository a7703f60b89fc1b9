/*
 * What the configuration says: struct config, a field or more for each directive.
 *
 * It is open: its readers take fields. Which directive fills which is said in server/config/directive.c,
 * where the values come from in server/config/config.h.
 */
#ifndef QUIPU_SERVER_CONFIG_CONFIG_VALUES_H
#define QUIPU_SERVER_CONFIG_CONFIG_VALUES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/password.h"
#include "base/strbuf.h"
#include "executor/executor.h"

struct config_words {
    struct slice *words;
    size_t nwords;
};

/* Where the rows are: private redis-server processes of our own, or servers that run already. */
struct config_shards {
    enum { SHARDS_EMBEDDED, SHARDS_STATIC, SHARDS_CLUSTER } kind;
    size_t nshards;
    struct shard_address *addresses; /* STATIC: one for each */
};

struct config_dataset {
    struct slice name, prefix;
    bool by_default; /* it was not configured */
    struct config_dataset *next;
};

/* A line `user name rule ...`; passwords among its rules are hashes by now. */
struct config_user {
    struct slice name;
    struct slice *rules;
    size_t nrules;
    struct config_user *next;
};

/* A password that is only compared: its hash alone is kept. */
struct config_password {
    bool is_set;
    struct password_hash hash;
};

enum { APPENDFSYNC_ALWAYS, APPENDFSYNC_EVERYSEC, APPENDFSYNC_NO };
enum { CONSISTENCY_STRICT, CONSISTENCY_TTL };
/* tls-auth-clients: a certificate is asked of clients and checked, not asked, checked where given.
 */
enum { AUTH_CLIENTS_NO, AUTH_CLIENTS_YES, AUTH_CLIENTS_OPTIONAL };

struct config {
    struct arena *arena; /* of all it points to */
    const char *file;    /* where it came from, to read it again; NULL: no file */
    const struct slice *args;
    size_t nargs;
    /* listening */
    int64_t port; /* 0: no TCP */
    struct config_words bind;
    const char *unixsocket; /* "": none */
    int64_t unixsocketperm;
    int64_t tcp_backlog;
    int64_t tcp_keepalive_s;
    /* what clients in cluster mode are told */
    int64_t cluster_enabled;         /* 0 or 1 */
    const char *cluster_announce_ip; /* "": the address by which a client came */
    int64_t cluster_announce_port, cluster_announce_tls_port; /* 0: the port by which it came */
    /* data */
    const char *dir;
    struct config_shards shards;
    struct config_dataset *datasets;
    int64_t partitions;
    bool partitions_given;       /* else data in any number of them are taken as they are */
    int64_t method;              /* enum dataset_method */
    struct dataset_wish *wishes; /* of the datasets, by config_finish */
    size_t nwishes;
    int64_t appendfsync;
    const char *redis_server;
    const char *redis_module;
    int64_t startup_timeout_ms;
    /* queries */
    int64_t query_timeout_ms;
    int64_t shard_timeout_ms;
    int64_t max_cells;
    int64_t max_query_bytes;
    int64_t max_nesting;
    int64_t cache_ttl_ms;
    int64_t cache_max_filters;
    int64_t cache_consistency;
    int64_t stats_ttl_ms;
    /* clients */
    int64_t maxclients;
    int64_t timeout_s;
    int64_t client_output_buffer_limit;
    int64_t client_query_buffer_limit;
    int64_t proto_max_bulk_len;
    int64_t client_rate_limit;  /* commands in a second; 0: none */
    int64_t client_max_queries; /* 0: none */
    int64_t client_max_cells;   /* 0: none */
    /* access */
    int64_t protected_mode; /* 0 or 1 */
    struct config_password requirepass;
    struct config_user *users;
    const char *aclfile; /* "": none */
    int64_t acllog_max_len;
    /* TLS with clients */
    int64_t tls_port; /* 0: none */
    const char *tls_cert_file, *tls_key_file, *tls_key_file_pass;
    const char *tls_ca_cert_file, *tls_ca_cert_dir;
    int64_t tls_auth_clients;
    const char *tls_protocols, *tls_ciphers, *tls_ciphersuites;
    /* to the shards */
    const char *shard_user, *shard_password;
    int64_t shard_tls; /* 0 or 1 */
    const char *shard_tls_cert_file, *shard_tls_key_file;
    const char *shard_tls_ca_cert_file, *shard_tls_ca_cert_dir;
    /* looking */
    int64_t slowlog_log_slower_than_us; /* negative: nothing is */
    int64_t slowlog_max_len;
    /* the process */
    int64_t shutdown_timeout_s;
    int64_t loglevel; /* enum log_level */
    const char *logfile;
    const char *pidfile;
};

/* What of it the executor reads at each use; to be called again after config_set. */
void config_fill_executor(const struct config *config, struct executor_settings *settings);
/* A catalog of its datasets. Fails with ERR. */
bool config_fill_catalog(const struct config *config, struct catalog *catalog,
                         struct error *err) QUIPU_MUST_CHECK;

#endif
