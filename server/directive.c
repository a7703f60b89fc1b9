/*
 * The table of directives and what is printed from it.
 * in: a name; out: its row, and the documents made from rows.
 *
 *     directive_find("PORT")     -> {"port", DIRECTIVE_NUMBER, offset of port, "7379", 0..65535}
 *
 * How a value is read and written, by type, is in server/directive_value.c.
 */
#include "server/directive.h"

#include <string.h>

#define KB 1024LL
#define MB (1024 * KB)
#define GB (1024 * MB)
#define HOUR_MS (3600 * 1000LL)
#define DAY_S (24 * 3600LL)

static const char *const METHOD_NAMES[] = {"auto", "sets", "columns", NULL};
static const char *const CONSISTENCY_NAMES[] = {"strict", "ttl", NULL};
static const char *const FSYNC_NAMES[] = {"always", "everysec", "no", NULL};
static const char *const YES_NAMES[] = {"no", "yes", NULL};
static const char *const AUTH_CLIENTS_NAMES[] = {"no", "yes", "optional", NULL};
static const char *const LOGLEVEL_NAMES[] = {"debug", "verbose", "notice", "warning", NULL};

#define FIELD(name) offsetof(struct config, name)

/* In the order of struct config and of conf/quipu.conf. */
static const struct directive DIRECTIVES[] = {
    {"port", DIRECTIVE_NUMBER, FIELD(port), "7379", 0, 65535, NULL, false,
     "The TCP port. 0: no TCP, only the unix socket."},
    {"bind", DIRECTIVE_WORDS, FIELD(bind), "127.0.0.1 -::1", 0, 0, NULL, false,
     "The addresses to listen on. One that begins with - may be missing on this machine. Wider "
     "than "
     "loopback it wants a password: see protected-mode."},
    {"unixsocket", DIRECTIVE_TEXT, FIELD(unixsocket), "", 0, 0, NULL, false,
     "A path to listen on as well."},
    {"unixsocketperm", DIRECTIVE_OCTAL, FIELD(unixsocketperm), "700", 0, 0777, NULL, false,
     "The mode of that socket."},
    {"tcp-backlog", DIRECTIVE_NUMBER, FIELD(tcp_backlog), "511", 1, 65535, NULL, false,
     "How many connections may wait to be accepted."},
    {"tcp-keepalive", DIRECTIVE_SECONDS, FIELD(tcp_keepalive_s), "300", 0, DAY_S, NULL, true,
     "After this long without a byte the kernel asks whether a client is still there. 0: never."},

    {"cluster-enabled", DIRECTIVE_CHOICE, FIELD(cluster_enabled), "yes", 0, 0, YES_NAMES, false,
     "Whether clients in cluster mode are answered: they see a cluster of one node, which owns all "
     "slots. `no`: CLUSTER says, as a single Redis does, that it is disabled."},
    {"cluster-announce-ip", DIRECTIVE_TEXT, FIELD(cluster_announce_ip), "", 0, 0, NULL, true,
     "The address, or the name, that such clients are told to connect to, where clients reach the "
     "server through a translator of addresses. None: the address by which a client came."},
    {"cluster-announce-port", DIRECTIVE_NUMBER, FIELD(cluster_announce_port), "0", 0, 65535, NULL,
     true, "The port that goes with it. 0: the port by which a client came."},
    {"cluster-announce-tls-port", DIRECTIVE_NUMBER, FIELD(cluster_announce_tls_port), "0", 0, 65535,
     NULL, true, "The same, for clients that came by tls-port."},

    {"dir", DIRECTIVE_TEXT, FIELD(dir), "./quipu-data", 0, 0, NULL, false,
     "Where embedded shards keep their data."},
    {"shards", DIRECTIVE_SHARDS, FIELD(shards), "embedded 2", 0, 0, NULL, false,
     "Where the rows are: `embedded N` starts N private redis-server processes under dir; `static "
     "host:port ...` uses servers that run already (unix:/path too), whose number is fixed once "
     "there "
     "is data; `cluster host:port ...` a Redis Cluster, of which one node or more are named."},
    {"dataset", DIRECTIVE_DATASET, FIELD(datasets), "current prefix profile_", 0, 0, NULL, false,
     "`name prefix P`: the rows of dataset `name` are the hashes whose key starts with P. "
     "Repeatable. Made at start where it is not there; datasets are kept in the shards, and "
     "DATASET "
     "CREATE makes more. The one shown is there by default."},
    {"partitions", DIRECTIVE_NUMBER, FIELD(partitions), "64", 1, 16384, NULL, false,
     "Into how many partitions a dataset is cut. Fixed for each when it is made."},
    {"method", DIRECTIVE_CHOICE, FIELD(method), "auto", 0, 0, METHOD_NAMES, false,
     "How rows of a new dataset are indexed and counted: by `columns`, kept by the module quipu.so "
     "in "
     "each shard, or by `sets`, which any Redis has. `auto` is columns where every shard has the "
     "module. Fixed for each dataset when it is made."},
    {"appendfsync", DIRECTIVE_CHOICE, FIELD(appendfsync), "everysec", 0, 0, FSYNC_NAMES, false,
     "How often embedded shards flush their append-only file to the disk, as in redis.conf. With "
     "everysec a crash of the machine, or of a shard while its disk is busy, may lose the last "
     "second or two of writes; a crash of the server loses none."},
    {"redis-server", DIRECTIVE_TEXT, FIELD(redis_server), "redis-server", 0, 0, NULL, false,
     "The program that embedded shards run, by path or found in PATH. Redis 7.0 or later."},
    {"redis-module", DIRECTIVE_TEXT, FIELD(redis_module), "auto", 0, 0, NULL, false,
     "The module that embedded shards load: the path of quipu.so, `auto` for the one that lies "
     "beside "
     "quipu-server, if one does, or `none`."},
    {"startup-timeout", DIRECTIVE_MS, FIELD(startup_timeout_ms), "60000", 1, 24 * HOUR_MS, NULL,
     false,
     "How long an embedded shard may answer nothing at all at the start, before the server gives "
     "up. One that says that it loads its data is waited for as long as it takes: the server "
     "listens, and what is asked of the shard answers LOADING with a percentage. Static shards and "
     "clusters are waited for five seconds at most, then the server listens and answers SHARDDOWN "
     "until they are there."},

    {"query-timeout", DIRECTIVE_MS, FIELD(query_timeout_ms), "10000", 0, 24 * HOUR_MS, NULL, true,
     "The deadline of a query that does not say TIMEOUT. 0: none."},
    {"shard-timeout", DIRECTIVE_MS, FIELD(shard_timeout_ms), "10000", 0, 24 * HOUR_MS, NULL, true,
     "How long a shard may take to answer a command. What waits for longer ends with TIMEOUT, and "
     "a "
     "connection on which nothing has come for so long is given up. 0: for ever."},
    {"max-cells", DIRECTIVE_NUMBER, FIELD(max_cells), "1000000", 1, 1LL << 32, NULL, true,
     "How many cells a query may ask for."},
    {"max-query-bytes", DIRECTIVE_BYTES, FIELD(max_query_bytes), "1mb", 64, GB, NULL, true,
     "How long the text of a query may be."},
    {"max-nesting", DIRECTIVE_NUMBER, FIELD(max_nesting), "128", 1, 1000, NULL, true,
     "How many parentheses and NOTs may stand around a test."},
    {"cache-ttl", DIRECTIVE_MS, FIELD(cache_ttl_ms), "300000", 0, 365 * 24 * HOUR_MS, NULL, true,
     "How long a cached filter lives. 0: filters are not cached."},
    {"cache-consistency", DIRECTIVE_CHOICE, FIELD(cache_consistency), "strict", 0, 0,
     CONSISTENCY_NAMES, true,
     "`strict`: a write drops the cached filters it may change, so a count is never stale. `ttl`: "
     "they live out their time."},
    {"cache-max-filters", DIRECTIVE_NUMBER, FIELD(cache_max_filters), "1000", 1, 1000000, NULL,
     true,
     "How many filters are kept per dataset. When there is one more, the one that would expire "
     "first "
     "is dropped."},
    {"stats-ttl", DIRECTIVE_MS, FIELD(stats_ttl_ms), "5000", 0, 24 * HOUR_MS, NULL, true,
     "How old the planner's idea of set sizes may get. It changes a query's speed, never its "
     "answer."},

    {"maxclients", DIRECTIVE_NUMBER, FIELD(maxclients), "10000", 1, 1000000, NULL, true,
     "How many clients may be connected. Lowered at start where the limit of open files asks for "
     "it."},
    {"timeout", DIRECTIVE_SECONDS, FIELD(timeout_s), "0", 0, 365 * DAY_S, NULL, true,
     "A client that is silent this long and waits for nothing is disconnected. 0: never."},
    {"client-output-buffer-limit", DIRECTIVE_BYTES, FIELD(client_output_buffer_limit), "256mb", MB,
     1024 * GB, NULL, true,
     "A client that has more replies than this waiting and takes none of them for 10 s is "
     "disconnected; a subscriber at once. One that reads is not."},
    {"client-query-buffer-limit", DIRECTIVE_BYTES, FIELD(client_query_buffer_limit), "64mb", MB,
     4 * GB, NULL, true, "How large a request may be, all its arguments together."},
    {"proto-max-bulk-len", DIRECTIVE_BYTES, FIELD(proto_max_bulk_len), "16mb", KB, GB, NULL, true,
     "How large one argument of a request may be."},
    {"client-rate-limit", DIRECTIVE_NUMBER, FIELD(client_rate_limit), "0", 0, 1000000000, NULL,
     true,
     "How many commands a second are taken from a client, on average; it may be one second's worth "
     "ahead. What it sends faster waits. 0: no limit."},
    {"client-max-queries", DIRECTIVE_NUMBER, FIELD(client_max_queries), "0", 0, 1000000, NULL, true,
     "How many queries of a client run at the same time. Further ones wait for them. 0: no limit."},
    {"client-max-cells", DIRECTIVE_NUMBER, FIELD(client_max_cells), "0", 0, 1LL << 32, NULL, true,
     "How many cells the queries of a client that run at the same time may have together. 0: as "
     "many as max-cells allows for each."},

    {"protected-mode", DIRECTIVE_CHOICE, FIELD(protected_mode), "yes", 0, 0, YES_NAMES, true,
     "While anybody may log in without a password, only connections from loopback and the unix "
     "socket are served."},
    {"requirepass", DIRECTIVE_PASSWORD, FIELD(requirepass), "", 0, 0, NULL, true,
     "The password of the user `default`, who every client is until it says otherwise. CONFIG GET "
     "does not show it."},
    {"user", DIRECTIVE_USER, FIELD(users), "", 0, 0, NULL, false,
     "`name rule ...`: a user, in the syntax of Redis' ACL rules with some of Quipu's own; see "
     "docs/operations.md. Repeatable."},
    {"aclfile", DIRECTIVE_TEXT, FIELD(aclfile), "", 0, 0, NULL, false,
     "A file of `user` lines instead, which ACL LOAD reads again and ACL SAVE writes."},
    {"acllog-max-len", DIRECTIVE_NUMBER, FIELD(acllog_max_len), "128", 0, 100000, NULL, true,
     "How many refusals ACL LOG remembers."},

    {"tls-port", DIRECTIVE_NUMBER, FIELD(tls_port), "0", 0, 65535, NULL, false,
     "The TCP port for connections with TLS. 0: none. It may stand beside port, or alone with port "
     "0."},
    {"tls-cert-file", DIRECTIVE_TEXT, FIELD(tls_cert_file), "", 0, 0, NULL, true,
     "The server's certificate, PEM, with the chain that leads to it."},
    {"tls-key-file", DIRECTIVE_TEXT, FIELD(tls_key_file), "", 0, 0, NULL, true,
     "The certificate's private key, PEM."},
    {"tls-key-file-pass", DIRECTIVE_SECRET, FIELD(tls_key_file_pass), "", 0, 0, NULL, true,
     "The password of that file, where it has one. CONFIG GET does not show it."},
    {"tls-ca-cert-file", DIRECTIVE_TEXT, FIELD(tls_ca_cert_file), "", 0, 0, NULL, true,
     "The certificates that clients' certificates are checked against, PEM."},
    {"tls-ca-cert-dir", DIRECTIVE_TEXT, FIELD(tls_ca_cert_dir), "", 0, 0, NULL, true,
     "The same as a directory of files named by hash (openssl rehash)."},
    {"tls-auth-clients", DIRECTIVE_CHOICE, FIELD(tls_auth_clients), "yes", 0, 0, AUTH_CLIENTS_NAMES,
     true,
     "Whether clients must show a certificate that the CA has signed. `optional`: one that is "
     "shown must be good."},
    {"tls-protocols", DIRECTIVE_TEXT, FIELD(tls_protocols), "TLSv1.2 TLSv1.3", 0, 0, NULL, true,
     "The versions of TLS that are spoken, in one word with quotes."},
    {"tls-ciphers", DIRECTIVE_TEXT, FIELD(tls_ciphers), "", 0, 0, NULL, true,
     "Ciphers of TLS 1.2, as OpenSSL lists them. None: OpenSSL's choice."},
    {"tls-ciphersuites", DIRECTIVE_TEXT, FIELD(tls_ciphersuites), "", 0, 0, NULL, true,
     "Ciphers of TLS 1.3. None: OpenSSL's choice."},

    {"shard-user", DIRECTIVE_TEXT, FIELD(shard_user), "", 0, 0, NULL, false,
     "As whom Quipu logs in at shards that are not embedded. None: as their user `default`."},
    {"shard-password", DIRECTIVE_SECRET, FIELD(shard_password), "", 0, 0, NULL, false,
     "And with which password. None: it does not log in. CONFIG GET does not show it."},
    {"shard-tls", DIRECTIVE_CHOICE, FIELD(shard_tls), "no", 0, 0, YES_NAMES, false,
     "Whether shards that are not embedded are spoken to with TLS. Their certificates must name "
     "the "
     "host they are connected to by."},
    {"shard-tls-cert-file", DIRECTIVE_TEXT, FIELD(shard_tls_cert_file), "", 0, 0, NULL, false,
     "A certificate to show to them, PEM. None: none is shown."},
    {"shard-tls-key-file", DIRECTIVE_TEXT, FIELD(shard_tls_key_file), "", 0, 0, NULL, false,
     "Its private key, PEM."},
    {"shard-tls-ca-cert-file", DIRECTIVE_TEXT, FIELD(shard_tls_ca_cert_file), "", 0, 0, NULL, false,
     "The certificates that shards' certificates are checked against, PEM. None, and no directory: "
     "those that this machine trusts."},
    {"shard-tls-ca-cert-dir", DIRECTIVE_TEXT, FIELD(shard_tls_ca_cert_dir), "", 0, 0, NULL, false,
     "The same as a directory of files named by hash."},

    {"slowlog-log-slower-than", DIRECTIVE_NUMBER, FIELD(slowlog_log_slower_than_us), "10000", -1,
     DAY_S * 1000000, NULL, true,
     "A command that takes this many microseconds or more, from when it starts to run until it is "
     "answered, is kept in SLOWLOG. 0: every command. -1: none."},
    {"slowlog-max-len", DIRECTIVE_NUMBER, FIELD(slowlog_max_len), "128", 0, 1000000, NULL, true,
     "How many commands SLOWLOG keeps; the oldest makes room."},

    {"shutdown-timeout", DIRECTIVE_SECONDS, FIELD(shutdown_timeout_s), "10", 0, DAY_S, NULL, true,
     "How long SIGTERM and SHUTDOWN wait for what runs: queries, row commands, and clients that "
     "have not read their replies yet."},
    {"loglevel", DIRECTIVE_CHOICE, FIELD(loglevel), "notice", 0, 0, LOGLEVEL_NAMES, true,
     "What is logged."},
    {"logfile", DIRECTIVE_TEXT, FIELD(logfile), "", 0, 0, NULL, false,
     "Where it is logged. None: standard error."},
    {"pidfile", DIRECTIVE_TEXT, FIELD(pidfile), "", 0, 0, NULL, false,
     "A file that holds the process id while the server runs."},
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

/* Comment lines of at most 100 columns. */
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
    if (directive->type == DIRECTIVE_USER) { /* no user is a default */
        strbuf_printf(out, "# %s NAME RULE ...\n", directive->name);
        return;
    }
    bool has_space = strchr(directive->by_default, ' ') && directive->type == DIRECTIVE_TEXT;
    strbuf_printf(out, "%s %s%s%s\n", directive->name, has_space ? "\"" : "",
                  default_text(directive), has_space ? "\"" : "");
}
