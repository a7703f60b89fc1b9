/*
 * The values of the configuration: struct config, with one or more fields for each directive.
 *
 * The struct is open: its readers take fields. server/config/directive.c says which directive fills
 * which field. server/config/config.h says where the values come from.
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

/* Where the rows are: in private redis-server processes, or in servers that run already. */
struct config_shards {
    enum { SHARDS_EMBEDDED, SHARDS_STATIC, SHARDS_CLUSTER } kind;
    size_t nshards;
    struct shard_address *addresses; /* STATIC: one for each */
};

struct config_dataset {
    struct slice name, prefix;
    bool by_default; /* it is the default dataset, not a configured one */
    struct config_dataset *next;
};

/* A line `user name rule ...`. Passwords in its rules are already hashes. */
struct config_user {
    struct slice name;
    struct slice *rules;
    size_t nrules;
    struct config_user *next;
};

/* A password that is only compared. Only its hash is kept. */
struct config_password {
    bool is_set;
    struct password_hash hash;
};

enum { APPENDFSYNC_ALWAYS, APPENDFSYNC_EVERYSEC, APPENDFSYNC_NO };
enum { CONSISTENCY_STRICT, CONSISTENCY_TTL };
enum { UNKNOWN_FIELDS_WARN, UNKNOWN_FIELDS_ERROR };
/*
 * tls-auth-clients. YES: clients must show a certificate, which is checked. NO: none is asked for.
 * OPTIONAL: a certificate is checked if one is shown.
 */
enum { AUTH_CLIENTS_NO, AUTH_CLIENTS_YES, AUTH_CLIENTS_OPTIONAL };

struct config {
    struct arena *arena; /* holds everything it points to */
    const char *file;    /* the file that was read, to read it again; NULL: none */
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
    const char *cluster_announce_ip; /* "": the address to which the client connected */
    int64_t cluster_announce_port, cluster_announce_tls_port; /* 0: the port to which it
                                                                 connected */
    /* data */
    const char *dir;
    struct config_shards shards;
    struct config_dataset *datasets;
    int64_t partitions;
    bool partitions_given;       /* otherwise existing datasets may have any number */
    int64_t method;              /* enum dataset_method */
    struct dataset_wish *wishes; /* made from the datasets by config_finish */
    size_t nwishes;
    int64_t appendfsync;
    const char *redis_server;
    const char *redis_module;
    int64_t startup_timeout_ms;
    /* queries */
    int64_t query_timeout_ms;
    int64_t shard_timeout_ms;
    int64_t max_cells;
    int64_t max_rows;
    int64_t max_partial_bytes;
    int64_t unknown_fields; /* UNKNOWN_FIELDS_WARN, UNKNOWN_FIELDS_ERROR */
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
    /* HTTP */
    int64_t http_port, https_port; /* 0: none */
    struct config_words http_bind; /* none: bind */
    struct config_words http_hosts;
    int64_t http_body_limit;
    int64_t http_request_timeout_ms, http_queue_timeout_ms; /* the second may be 0: nobody waits */
    int64_t http_idle_timeout_ms, http_watch_timeout_ms;
    int64_t http_session_timeout_s, http_max_sessions;
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
    int64_t slowlog_log_slower_than_us; /* negative: no command is slow */
    int64_t slowlog_max_len;
    int64_t latency_tracking; /* 0 or 1 */
    /* the process */
    int64_t shutdown_timeout_s;
    int64_t loglevel; /* enum log_level */
    const char *logfile;
    const char *pidfile;
};

/* Fills the settings that the executor reads at each use. Call it again after config_set. */
void config_fill_executor(const struct config *config, struct executor_settings *settings);
/* Fills a catalog with the configured datasets. Fails with ERR. */
bool config_fill_catalog(const struct config *config, struct catalog *catalog,
                         struct error *err) QUIPU_MUST_CHECK;

#endif
