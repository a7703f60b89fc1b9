/*
 * The table of directives and what is printed from it.
 * in: a name; out: its row, and the documents made from rows.
 *
 *     directive_find("PORT")     -> {"port", DIRECTIVE_NUMBER, offset of port, "7379", 0..65535}
 *
 * server/config/directive_value.c reads and writes values, by type.
 */
#include "server/config/directive.h"

#include <string.h>

#define KB 1024LL
#define MB (1024 * KB)
#define GB (1024 * MB)
#define HOUR_MS (3600 * 1000LL)
#define DAY_S (24 * 3600LL)

static const char *const METHOD_NAMES[] = {"auto", "sets", "columns", NULL};
static const char *const CONSISTENCY_NAMES[] = {"strict", "ttl", NULL};
static const char *const FSYNC_NAMES[] = {"always", "everysec", "no", NULL};
static const char *const UNKNOWN_FIELDS_NAMES[] = {"warn", "error", NULL};
static const char *const YES_NAMES[] = {"no", "yes", NULL};
static const char *const AUTH_CLIENTS_NAMES[] = {"no", "yes", "optional", NULL};
static const char *const LOGLEVEL_NAMES[] = {"debug", "verbose", "notice", "warning", NULL};

#define FIELD(name) offsetof(struct config, name)

/* In the order of struct config and of conf/quipu.conf. */
static const struct directive DIRECTIVES[] = {
    {.name = "port",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(port),
     .by_default = "7379",
     .min = 0,
     .max = 65535,
     .doc = "The TCP port. 0: no TCP, only the unix socket."},
    {.name = "bind",
     .type = DIRECTIVE_WORDS,
     .offset = FIELD(bind),
     .by_default = "127.0.0.1 -::1",
     .doc = "The addresses to listen on. An address that begins with - may be missing on "
            "this machine. With more than loopback, set a password: see protected-mode."},
    {.name = "unixsocket",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(unixsocket),
     .by_default = "",
     .doc = "The path of a unix socket to listen on as well."},
    {.name = "unixsocketperm",
     .type = DIRECTIVE_OCTAL,
     .offset = FIELD(unixsocketperm),
     .by_default = "700",
     .min = 0,
     .max = 0777,
     .doc = "The mode of that socket."},
    {.name = "tcp-backlog",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(tcp_backlog),
     .by_default = "511",
     .min = 1,
     .max = 65535,
     .doc = "How many connections may wait to be accepted."},
    {.name = "tcp-keepalive",
     .type = DIRECTIVE_SECONDS,
     .offset = FIELD(tcp_keepalive_s),
     .by_default = "300",
     .min = 0,
     .max = DAY_S,
     .live = true,
     .doc = "After this long without a byte the kernel asks whether a client is still there. 0: "
            "never."},

    {.name = "cluster-enabled",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(cluster_enabled),
     .by_default = "yes",
     .names = YES_NAMES,
     .doc = "Whether clients in cluster mode are served: they see a cluster of one node, "
            "which owns all slots. `no`: CLUSTER answers that it is disabled, as in a "
            "single Redis."},
    {.name = "cluster-announce-ip",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(cluster_announce_ip),
     .by_default = "",
     .live = true,
     .doc = "The address, or the name, to which such clients are told to connect. Set it "
            "if clients reach the server through address translation. None: the address "
            "to which a client connected."},
    {.name = "cluster-announce-port",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(cluster_announce_port),
     .by_default = "0",
     .min = 0,
     .max = 65535,
     .live = true,
     .doc = "The port that goes with it. 0: the port to which a client connected."},
    {.name = "cluster-announce-tls-port",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(cluster_announce_tls_port),
     .by_default = "0",
     .min = 0,
     .max = 65535,
     .live = true,
     .doc = "The same, for clients that connected to tls-port."},

    {.name = "dir",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(dir),
     .by_default = "./quipu-data",
     .doc = "Where embedded shards keep their data."},
    {.name = "shards",
     .type = DIRECTIVE_SHARDS,
     .offset = FIELD(shards),
     .by_default = "embedded 2",
     .doc = "Where the rows are: `embedded N` starts N private redis-server processes "
            "under dir; `static host:port ...` uses servers that run already (also "
            "unix:/path), and their number is fixed once there is data; `cluster "
            "host:port ...` uses a Redis Cluster, of which one or more nodes are named."},
    {.name = "dataset",
     .type = DIRECTIVE_DATASET,
     .offset = FIELD(datasets),
     .by_default = "current prefix profile_",
     .doc = "`name prefix P`: the rows of dataset `name` are the hashes whose keys start "
            "with P. Repeatable. It is made at start if it does not exist. Datasets are "
            "kept in the shards, and DATASET CREATE makes more. The one shown exists by "
            "default."},
    {.name = "partitions",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(partitions),
     .by_default = "64",
     .min = 1,
     .max = 16384,
     .doc = "The number of partitions of a new dataset. Fixed for each dataset when it is "
            "made."},
    {.name = "method",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(method),
     .by_default = "auto",
     .names = METHOD_NAMES,
     .doc = "How rows of a new dataset are indexed and counted: by `columns`, which the "
            "module quipu.so keeps in each shard, or by `sets`, which any Redis has. "
            "`auto` is columns if every shard has the module. Fixed for each dataset when "
            "it is made."},
    {.name = "appendfsync",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(appendfsync),
     .by_default = "everysec",
     .names = FSYNC_NAMES,
     .doc = "How often embedded shards flush their append-only file to the disk, as in redis.conf. "
            "With everysec a crash of the machine, or of a shard while its disk is busy, may lose "
            "the last second or two of writes; a crash of the server loses none."},
    {.name = "redis-server",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(redis_server),
     .by_default = "redis-server",
     .doc = "The program that embedded shards run, by path or found in PATH. Redis 7.0 or later."},
    {.name = "redis-module",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(redis_module),
     .by_default = "auto",
     .doc = "The module that embedded shards load: the path of quipu.so, `auto` for the one that "
            "lies beside quipu-server or was installed with it, if there is one, or `none`."},
    {.name = "startup-timeout",
     .type = DIRECTIVE_MS,
     .offset = FIELD(startup_timeout_ms),
     .by_default = "60000",
     .min = 1,
     .max = 24 * HOUR_MS,
     .doc = "How long an embedded shard may answer nothing at all at the start, before "
            "the server gives up. A shard that says that it loads its data may take as "
            "long as it needs: the server listens, and commands for the shard answer "
            "LOADING with a percentage. The server waits for static shards and clusters "
            "for five seconds at most. Then it listens, and answers SHARDDOWN until they "
            "are there."},

    {.name = "query-timeout",
     .type = DIRECTIVE_MS,
     .offset = FIELD(query_timeout_ms),
     .by_default = "10000",
     .min = 0,
     .max = 24 * HOUR_MS,
     .live = true,
     .doc = "The deadline of a query without TIMEOUT. 0: none."},
    {.name = "shard-timeout",
     .type = DIRECTIVE_MS,
     .offset = FIELD(shard_timeout_ms),
     .by_default = "10000",
     .min = 0,
     .max = 24 * HOUR_MS,
     .live = true,
     .doc = "How long a shard may take to answer a command. Commands that wait for longer "
            "end with TIMEOUT. A connection on which nothing has come for so long is "
            "given up. 0: for ever."},
    {.name = "max-cells",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(max_cells),
     .by_default = "1000000",
     .min = 1,
     .max = 1LL << 32,
     .live = true,
     .doc = "How many cells a query may ask for."},
    {.name = "max-rows",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(max_rows),
     .by_default = "1000000",
     .min = 1,
     .max = 1LL << 32,
     .live = true,
     .doc = "How many rows ROWS may answer with, those that OFFSET leaves out among them."},
    {.name = "max-partial-bytes",
     .type = DIRECTIVE_BYTES,
     .offset = FIELD(max_partial_bytes),
     .by_default = "256mb",
     .min = KB,
     .max = 1024 * GB,
     .live = true,
     .doc =
         "How much memory a query's counts may take on the way to its answer, in each shard that "
         "counts by columns, and in the server by sets: the values of a measured field in each "
         "cell, say."},
    {.name = "unknown-fields",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(unknown_fields),
     .by_default = "warn",
     .names = UNKNOWN_FIELDS_NAMES,
     .live = true,
     .doc = "What a query gets that names a field which no row of its dataset has. `warn`: its "
            "answer, with a warning in the formats that have room for one. `error`: the error "
            "NOFIELD. A user's rule `unknown-fields:`, and a connection's CLIENT UNKNOWNFIELDS, "
            "decide first."},
    {.name = "max-query-bytes",
     .type = DIRECTIVE_BYTES,
     .offset = FIELD(max_query_bytes),
     .by_default = "1mb",
     .min = 64,
     .max = GB,
     .live = true,
     .doc = "How long the text of a query may be."},
    {.name = "max-nesting",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(max_nesting),
     .by_default = "128",
     .min = 1,
     .max = 1000,
     .live = true,
     .doc = "How many parentheses and NOTs may be nested around a test."},
    {.name = "cache-ttl",
     .type = DIRECTIVE_MS,
     .offset = FIELD(cache_ttl_ms),
     .by_default = "300000",
     .min = 0,
     .max = 365 * 24 * HOUR_MS,
     .live = true,
     .doc = "How long a cached filter lives. 0: filters are not cached."},
    {.name = "cache-consistency",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(cache_consistency),
     .by_default = "strict",
     .names = CONSISTENCY_NAMES,
     .live = true,
     .doc = "`strict`: a write drops the cached filters that it may change, so a count is "
            "never stale. `ttl`: filters stay until they expire."},
    {.name = "cache-max-filters",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(cache_max_filters),
     .by_default = "1000",
     .min = 1,
     .max = 1000000,
     .live = true,
     .doc = "How many filters are kept for each dataset. If there is one more, the filter "
            "that would expire first is dropped."},
    {.name = "stats-ttl",
     .type = DIRECTIVE_MS,
     .offset = FIELD(stats_ttl_ms),
     .by_default = "5000",
     .min = 0,
     .max = 24 * HOUR_MS,
     .live = true,
     .doc = "How old the planner's figures of set sizes may get. They change a query's "
            "speed, never its answer."},

    {.name = "maxclients",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(maxclients),
     .by_default = "10000",
     .min = 1,
     .max = 1000000,
     .live = true,
     .doc = "How many clients may be connected. Lowered at start if the limit of open "
            "files requires it."},
    {.name = "timeout",
     .type = DIRECTIVE_SECONDS,
     .offset = FIELD(timeout_s),
     .by_default = "0",
     .min = 0,
     .max = 365 * DAY_S,
     .live = true,
     .doc = "A client that sends nothing for this long, and waits for nothing, is "
            "disconnected. 0: never."},
    {.name = "client-output-buffer-limit",
     .type = DIRECTIVE_BYTES,
     .offset = FIELD(client_output_buffer_limit),
     .by_default = "256mb",
     .min = MB,
     .max = 1024 * GB,
     .live = true,
     .doc = "A client that has more waiting replies than this, and takes none of them for "
            "10 s, is disconnected; a subscriber at once. A client that reads is not "
            "disconnected."},
    {.name = "client-query-buffer-limit",
     .type = DIRECTIVE_BYTES,
     .offset = FIELD(client_query_buffer_limit),
     .by_default = "64mb",
     .min = MB,
     .max = 4 * GB,
     .live = true,
     .doc = "The largest size of a request, with all its arguments."},
    {.name = "proto-max-bulk-len",
     .type = DIRECTIVE_BYTES,
     .offset = FIELD(proto_max_bulk_len),
     .by_default = "16mb",
     .min = KB,
     .max = GB,
     .live = true,
     .doc = "The largest size of one argument of a request."},
    {.name = "client-rate-limit",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(client_rate_limit),
     .by_default = "0",
     .min = 0,
     .max = 1000000000,
     .live = true,
     .doc = "How many commands a second are taken from a client, on average. It may be "
            "one second's worth ahead. Faster commands wait. 0: no limit."},
    {.name = "client-max-queries",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(client_max_queries),
     .by_default = "0",
     .min = 0,
     .max = 1000000,
     .live = true,
     .doc = "How many queries of a client run at the same time. Further queries wait. 0: "
            "no limit."},
    {.name = "client-max-cells",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(client_max_cells),
     .by_default = "0",
     .min = 0,
     .max = 1LL << 32,
     .live = true,
     .doc = "How many cells the queries of a client that run at the same time may have together. "
            "0: as many as max-cells allows for each."},

    {.name = "protected-mode",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(protected_mode),
     .by_default = "yes",
     .names = YES_NAMES,
     .live = true,
     .doc = "While clients can log in without a password, only connections from loopback "
            "and the unix socket are served."},
    {.name = "requirepass",
     .type = DIRECTIVE_PASSWORD,
     .offset = FIELD(requirepass),
     .by_default = "",
     .live = true,
     .doc = "The password of the user `default`, which every client is until it logs in. "
            "CONFIG GET does not show it."},
    {.name = "user",
     .type = DIRECTIVE_USER,
     .offset = FIELD(users),
     .by_default = "",
     .doc = "`name rule ...`: a user, in the syntax of Redis' ACL rules and some rules of "
            "Quipu; see docs/operations.md. Repeatable."},
    {.name = "aclfile",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(aclfile),
     .by_default = "",
     .doc = "A file with `user` lines, in place of those in the configuration. ACL LOAD reads "
            "it again, and ACL SAVE writes it."},
    {.name = "acllog-max-len",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(acllog_max_len),
     .by_default = "128",
     .min = 0,
     .max = 100000,
     .live = true,
     .doc = "How many refusals ACL LOG remembers."},

    {.name = "http-port",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(http_port),
     .by_default = "0",
     .min = 0,
     .max = 65535,
     .doc =
         "The port of the page for analysts, and of /health, /ready and /metrics, over HTTP. 0: none. "
         "Set a password, and use https-port, where others can reach it: see protected-mode."},
    {.name = "https-port",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(https_port),
     .by_default = "0",
     .min = 0,
     .max = 65535,
     .doc = "The same over TLS, with the certificate of tls-cert-file. Browsers show no "
            "certificate of their own unless they are given one: see tls-auth-clients. 0: none."},
    {.name = "http-bind",
     .type = DIRECTIVE_WORDS,
     .offset = FIELD(http_bind),
     .by_default = "",
     .doc = "The addresses that these two listen on. None: those of bind."},
    {.name = "http-hosts",
     .type = DIRECTIVE_WORDS,
     .offset = FIELD(http_hosts),
     .by_default = "",
     .doc = "The names under which browsers reach this server. Requests under other names are "
            "refused, so that no other site can pass itself off as this one. IP addresses and "
            "localhost are always right. None: this machine's name."},
    {.name = "http-body-limit",
     .type = DIRECTIVE_BYTES,
     .offset = FIELD(http_body_limit),
     .by_default = "1mb",
     .min = KB,
     .max = 64 * MB,
     .live = true,
     .doc = "The largest body of an HTTP request. Before the login it is 16 KiB."},
    {.name = "http-request-timeout",
     .type = DIRECTIVE_MS,
     .offset = FIELD(http_request_timeout_ms),
     .by_default = "10s",
     .min = 100,
     .max = HOUR_MS,
     .live = true,
     .doc =
         "How long an HTTP request may take to come, from its first byte to its last, and before "
         "it a TLS handshake."},
    {.name = "http-queue-timeout",
     .type = DIRECTIVE_MS,
     .offset = FIELD(http_queue_timeout_ms),
     .by_default = "10s",
     .max = HOUR_MS,
     .live = true,
     .doc = "How long an HTTP request waits for its turn while 512 others are under way, until its "
            "answer is 503. 0: it does not wait."},
    {.name = "http-idle-timeout",
     .type = DIRECTIVE_MS,
     .offset = FIELD(http_idle_timeout_ms),
     .by_default = "60s",
     .min = 100,
     .max = 24 * HOUR_MS,
     .live = true,
     .doc = "An HTTP connection that asks nothing for this long is closed."},
    {.name = "http-watch-timeout",
     .type = DIRECTIVE_MS,
     .offset = FIELD(http_watch_timeout_ms),
     .by_default = "25s",
     .min = 100,
     .max = HOUR_MS,
     .live = true,
     .doc = "How long a page that watches a query waits for a change until it is told that there "
            "was none. Proxies on the way must wait for longer."},
    {.name = "http-session-timeout",
     .type = DIRECTIVE_SECONDS,
     .offset = FIELD(http_session_timeout_s),
     .by_default = "12h",
     .min = 1,
     .max = 30 * DAY_S,
     .live = true,
     .doc = "A browser that asks nothing for this long must log in again."},
    {.name = "http-max-sessions",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(http_max_sessions),
     .by_default = "1000",
     .min = 1,
     .max = 10000,
     .live = true,
     .doc = "How many browsers may be logged in. One more, and the one that was silent for "
            "longest must log in again."},

    {.name = "tls-port",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(tls_port),
     .by_default = "0",
     .min = 0,
     .max = 65535,
     .doc = "The TCP port for connections with TLS. 0: none. It may stand beside port, or alone "
            "with port 0."},
    {.name = "tls-cert-file",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(tls_cert_file),
     .by_default = "",
     .live = true,
     .doc = "The server's certificate, PEM, with the chain that leads to it."},
    {.name = "tls-key-file",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(tls_key_file),
     .by_default = "",
     .live = true,
     .doc = "The certificate's private key, PEM."},
    {.name = "tls-key-file-pass",
     .type = DIRECTIVE_SECRET,
     .offset = FIELD(tls_key_file_pass),
     .by_default = "",
     .live = true,
     .doc = "The password of that file, if it has one. CONFIG GET does not show it."},
    {.name = "tls-ca-cert-file",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(tls_ca_cert_file),
     .by_default = "",
     .live = true,
     .doc = "The certificates that clients' certificates are checked against, PEM."},
    {.name = "tls-ca-cert-dir",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(tls_ca_cert_dir),
     .by_default = "",
     .live = true,
     .doc = "The same as a directory of files named by hash (openssl rehash)."},
    {.name = "tls-auth-clients",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(tls_auth_clients),
     .by_default = "yes",
     .names = AUTH_CLIENTS_NAMES,
     .live = true,
     .doc = "Whether clients must show a certificate that the CA has signed. `optional`: "
            "a certificate that is shown must be good."},
    {.name = "tls-protocols",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(tls_protocols),
     .by_default = "TLSv1.2 TLSv1.3",
     .live = true,
     .doc = "The allowed versions of TLS, in one word with quotes."},
    {.name = "tls-ciphers",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(tls_ciphers),
     .by_default = "",
     .live = true,
     .doc = "Ciphers of TLS 1.2, as OpenSSL lists them. None: OpenSSL's choice."},
    {.name = "tls-ciphersuites",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(tls_ciphersuites),
     .by_default = "",
     .live = true,
     .doc = "Ciphers of TLS 1.3. None: OpenSSL's choice."},

    {.name = "shard-user",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(shard_user),
     .by_default = "",
     .doc = "The user as which Quipu logs in at shards that are not embedded. None: their "
            "user `default`."},
    {.name = "shard-password",
     .type = DIRECTIVE_SECRET,
     .offset = FIELD(shard_password),
     .by_default = "",
     .doc = "The password for that. None: Quipu does not log in. CONFIG GET does not show "
            "it."},
    {.name = "shard-tls",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(shard_tls),
     .by_default = "no",
     .names = YES_NAMES,
     .doc = "Whether connections to shards that are not embedded use TLS. The shards' "
            "certificates must name the host to which Quipu connects."},
    {.name = "shard-tls-cert-file",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(shard_tls_cert_file),
     .by_default = "",
     .doc = "A certificate to show to the shards, PEM. None: no certificate is shown."},
    {.name = "shard-tls-key-file",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(shard_tls_key_file),
     .by_default = "",
     .doc = "Its private key, PEM."},
    {.name = "shard-tls-ca-cert-file",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(shard_tls_ca_cert_file),
     .by_default = "",
     .doc = "The certificates that shards' certificates are checked against, PEM. If "
            "there are none, and no directory: those that this machine trusts."},
    {.name = "shard-tls-ca-cert-dir",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(shard_tls_ca_cert_dir),
     .by_default = "",
     .doc = "The same as a directory of files named by hash."},

    {.name = "slowlog-log-slower-than",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(slowlog_log_slower_than_us),
     .by_default = "10000",
     .min = -1,
     .max = DAY_S * 1000000,
     .live = true,
     .doc = "SLOWLOG keeps a command that takes this many microseconds or more, from its "
            "start until it is answered. 0: every command. -1: none."},
    {.name = "slowlog-max-len",
     .type = DIRECTIVE_NUMBER,
     .offset = FIELD(slowlog_max_len),
     .by_default = "128",
     .min = 0,
     .max = 1000000,
     .live = true,
     .doc = "How many commands SLOWLOG keeps. The oldest is dropped."},
    {.name = "latency-tracking",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(latency_tracking),
     .by_default = "yes",
     .names = YES_NAMES,
     .live = true,
     .doc = "Whether the times of commands go into the histograms of LATENCY HISTOGRAM, INFO "
            "latencystats and the metrics."},

    {.name = "shutdown-timeout",
     .type = DIRECTIVE_SECONDS,
     .offset = FIELD(shutdown_timeout_s),
     .by_default = "10",
     .min = 0,
     .max = DAY_S,
     .live = true,
     .doc = "How long SIGTERM and SHUTDOWN wait for running queries and row commands, and "
            "for clients that have not read their replies yet."},
    {.name = "loglevel",
     .type = DIRECTIVE_CHOICE,
     .offset = FIELD(loglevel),
     .by_default = "notice",
     .names = LOGLEVEL_NAMES,
     .live = true,
     .doc = "Which messages are logged."},
    {.name = "logfile",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(logfile),
     .by_default = "",
     .doc = "The file of the log. None: standard error."},
    {.name = "pidfile",
     .type = DIRECTIVE_TEXT,
     .offset = FIELD(pidfile),
     .by_default = "",
     .doc = "A file that holds the process id while the server runs."},
};

enum { NDIRECTIVES = sizeof DIRECTIVES / sizeof *DIRECTIVES };

size_t
directive_count(void)
{
    return NDIRECTIVES;
}

const struct directive *
directive_at(size_t index)
{
    return &DIRECTIVES[index];
}

const struct directive *
directive_find(struct slice name)
{
    for (size_t i = 0; i < NDIRECTIVES; i++) {
        if (slice_equal_nocase(name, slice_str(DIRECTIVES[i].name))) {
            return &DIRECTIVES[i];
        }
    }
    return NULL;
}

/* auto, sets or columns */
static void
names_print(const char *const *names, struct strbuf *out)
{
    for (size_t i = 0; names[i]; i++) {
        if (i > 0) {
            strbuf_append_str(out, names[i + 1] ? ", " : " or ");
        }
        strbuf_append_str(out, names[i]);
    }
}

void
directive_print_unit(const struct directive *directive, struct strbuf *out)
{
    switch (directive->type) {
    case DIRECTIVE_NUMBER:
        strbuf_printf(out, "a number, %lld to %lld", (long long) directive->min,
                      (long long) directive->max);
        return;
    case DIRECTIVE_OCTAL: strbuf_append_str(out, "octal"); return;
    case DIRECTIVE_BYTES: strbuf_append_str(out, "bytes, or with kb, mb, gb"); return;
    case DIRECTIVE_MS: strbuf_append_str(out, "milliseconds, or with ms, s, m, h"); return;
    case DIRECTIVE_SECONDS: strbuf_append_str(out, "seconds, or with s, m, h"); return;
    case DIRECTIVE_CHOICE: names_print(directive->names, out); return;
    case DIRECTIVE_TEXT: strbuf_append_str(out, "text"); return;
    case DIRECTIVE_WORDS: strbuf_append_str(out, "one word or more"); return;
    case DIRECTIVE_SHARDS:
        strbuf_append_str(out, "`embedded N`, `static host:port ...` or `cluster host:port ...`");
        return;
    case DIRECTIVE_DATASET: strbuf_append_str(out, "`name prefix P`"); return;
    case DIRECTIVE_USER: strbuf_append_str(out, "`name rule ...`"); return;
    case DIRECTIVE_SECRET:
    case DIRECTIVE_PASSWORD: strbuf_append_str(out, "a password"); return;
    }
}

static const char *
default_text(const struct directive *directive)
{
    return directive->by_default[0] ? directive->by_default : "\"\"";
}

void
directive_print_row(const struct directive *directive, struct strbuf *out)
{
    strbuf_printf(out, "| `%s` | `%s` | ", directive->name, default_text(directive));
    directive_print_unit(directive, out);
    strbuf_printf(out, " | %s | %s |\n", directive->live ? "yes" : "", directive->doc);
}

/* Writes comment lines of at most 100 columns. */
static void
comment_print(const char *text, struct strbuf *out)
{
    enum { WIDTH = 98 };
    while (*text) {
        size_t len = strlen(text);
        if (len > WIDTH) {
            for (len = WIDTH; text[len] != ' '; len--) {
            }
        }
        strbuf_append_str(out, "# ");
        strbuf_append(out, slice_of(text, len));
        strbuf_append_char(out, '\n');
        text += len;
        text += *text == ' ';
    }
}

void
directive_print_sample(const struct directive *directive, struct strbuf *out)
{
    comment_print(directive->doc, out);
    strbuf_append_str(out, "# Unit: ");
    directive_print_unit(directive, out);
    strbuf_printf(out, ". Default: %s.%s\n", default_text(directive),
                  directive->live ? " Can be changed with CONFIG SET." : "");
    if (directive->type == DIRECTIVE_USER) { /* there is no user by default */
        strbuf_printf(out, "# %s NAME RULE ...\n", directive->name);
        return;
    }
    bool has_space = strchr(directive->by_default, ' ') && directive->type == DIRECTIVE_TEXT;
    strbuf_printf(out, "%s %s%s%s\n", directive->name, has_space ? "\"" : "",
                  default_text(directive), has_space ? "\"" : "");
}
