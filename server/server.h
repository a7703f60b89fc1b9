/*
 * The server: what its parts share, and its life from configuration to exit.
 *
 *     STARTING --all shards are there--> RUNNING --SIGTERM, SIGINT, SHUTDOWN--> DRAINING
 *        |                                  ^                                    |  |
 *     SIGTERM, SIGINT                       +---------- SHUTDOWN ABORT ----------+  |
 *        |                                                                          |
 *        +-----> STOPPING <--- all has ended, shutdown-timeout, a second signal ----+
 *                    |
 *                    +--- shards ended ---> exit
 *
 * A shard that loads its data is there: what is asked of it answers LOADING.
 *
 * struct server is passed down to clients and commands instead of globals. It is open: its fields
 * are what they may use; none of them but stats is changed outside of server.c and CONFIG SET.
 */
#ifndef QUIPU_SERVER_SERVER_H
#define QUIPU_SERVER_SERVER_H

#include "base/log.h"
#include "executor/executor.h"
#include "server/acl_log.h"
#include "server/client_list.h"
#include "server/command_info.h"
#include "server/config.h"
#include "server/embedded.h"
#include "server/request.h"
#include "server/slowlog.h"

struct server_stats {
    uint64_t connections;
    uint64_t rejected_connections; /* over maxclients */
    uint64_t commands;
    uint64_t protocol_errors;
    uint64_t slow_readers; /* disconnected by client-output-buffer-limit */
    uint64_t input_bytes, output_bytes;
    uint64_t denied[ACL_LOG_NREASONS]; /* by enum acl_log_reason */
    uint64_t config_reloads;           /* with or without success */
};

struct server {
    struct event_base *base;
    struct stream_loop *loop; /* of base */
    struct config config;
    struct executor_settings settings; /* of config, for the executor to read */
    struct log log;
    struct catalog *catalog;
    struct executor *executor;
    struct embedded *embedded;      /* NULL: static shards */
    struct command_index *commands; /* see server_commands */
    struct acl *acl;                /* the users */
    struct acl_log acl_log;
    struct ssl_ctx_st *tls; /* with clients; NULL: none */
    struct client_list clients;
    struct request_pool requests; /* of all clients */
    struct server_stats stats;
    struct slowlog slowlog;
    struct info_keyspace keyspace; /* what INFO knows of the shards' keys */
    int64_t started_ms;
    int64_t shutdown_by_ms; /* DRAINING: when it stops at the latest, by now_coarse_ms; else 0 */
    char run_id[41];
};

/*
 * Runs a server until a signal ends it; takes over the configuration, which the caller still frees.
 * True: it ended in order. Fails with ERR where it cannot start.
 */
bool server_run(const struct config *config, struct error *err) QUIPU_MUST_CHECK;

/* Reads the clients' certificate and all that goes with it again. Fails with ERR; the old ones
 * stay. */
bool server_reload_tls(struct server *server, struct error *err) QUIPU_MUST_CHECK;
/* Makes live what CONFIG SET has changed. */
void server_apply_config(struct server *server);

/* All commands by name: made anew when the shards tell of others. */
const struct command_index *server_commands(struct server *server);
/* Reads the configuration file again, if there is one, and says in the log what came of it. */
void server_reload(struct server *server);

/* A SHUTDOWN that has not been answered: in its request's memory. */
struct shutdown_waiter {
    struct request *request;
    struct shutdown_waiter *next;
};
/*
 * Lets what runs end and then stops; now: stops without waiting for it. The waiter's request is
 * answered if this is taken back.
 */
void server_shutdown(struct server *server, bool now, struct shutdown_waiter *waiter);
/* Takes it back and listens again. Fails with ERR: nothing to take back, a port taken meanwhile. */
bool server_shutdown_abort(struct server *server, struct error *err) QUIPU_MUST_CHECK;

#endif
