/*
 * The parts of the server that a command and its client may use: a pointer to each part, passed
 * down instead of globals. Each part is declared in the folder that owns it.
 *
 *     row_submit(call->services->executor, ...)      call->services->config->port
 *
 * The server fills it in before the first client comes, and frees the parts after the last client
 * has gone. No other code changes it.
 */
#ifndef QUIPU_SERVER_TABLE_SERVICES_H
#define QUIPU_SERVER_TABLE_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct server;
struct request;
struct services;

/* A SHUTDOWN that was not answered. It lives in its request's memory. */
struct shutdown_waiter {
    struct request *request;
    struct shutdown_waiter *next;
};

/* Functions for commands that act on the server itself. Each gets the server. */
struct server_control {
    /*
     * Lets running work end, then stops. now: stops without waiting. The waiter's request is
     * answered if the shutdown is taken back.
     */
    void (*shut_down)(struct server *server, bool now, struct shutdown_waiter *waiter);
    /*
     * Takes a shutdown back and listens again. Fails with ERR: there is no shutdown, or a port was
     * taken meanwhile.
     */
    bool (*abort_shutdown)(struct server *server, struct error *err);
    /*
     * Reads the certificate for clients, and its other files, again. Fails with ERR; the old ones
     * then stay.
     */
    bool (*reload_tls)(struct server *server, struct error *err);
    /* Applies the changes of CONFIG SET. */
    void (*apply_config)(struct server *server);
};

/* What the server shows of itself. */
struct server_facts {
    int64_t started_ms;
    int64_t shutdown_by_ms; /* the latest time at which it stops, by now_coarse_ms; 0: not
                               shutting down */
    char run_id[41];
};

struct services {
    struct event_base *base;
    struct stream_loop *loop; /* of base */
    struct log *log;
    struct config *config;                    /* CONFIG SET changes it */
    const struct executor_settings *settings; /* made from config; the executor reads them */
    struct catalog *catalog;
    struct executor *executor;
    struct embedded *embedded; /* NULL: static shards */
    struct acl *acl;           /* the users */
    struct acl_log *acl_log;
    struct client_list *clients;
    struct server_stats *stats;
    struct slowlog *slowlog;
    struct metrics *metrics;      /* what is counted and known, for INFO and Prometheus */
    struct info_waiters *waiters; /* INFOs that wait for the shards' keys */
    const struct server_facts *facts;
    const struct server_control *control;
    struct server *server; /* for control */
    /* The shards have told other commands. services_commands has them from now on. */
    void (*on_commands)(struct services *services);
    const struct command_families *families; /* of our own commands */
    struct command_index *commands;          /* services_commands */
};

/* All commands by name. The index is made again when the shards tell other commands. */
const struct command_index *services_commands(struct services *services);
void services_free_commands(struct services *services);

#endif
