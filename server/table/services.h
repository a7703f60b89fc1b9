/*
 * What a command and its client may use of the server: a pointer to each part, given down instead
 * of globals. Each part is declared in the folder that owns it.
 *
 *     row_submit(call->services->executor, ...)      call->services->config->port
 *
 * The server fills it in before the first client comes, and frees the parts after the last has gone.
 * Nobody else changes it.
 */
#ifndef QUIPU_SERVER_TABLE_SERVICES_H
#define QUIPU_SERVER_TABLE_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct server;
struct request;
struct services;

/* A SHUTDOWN that has not been answered: in its request's memory. */
struct shutdown_waiter {
    struct request *request;
    struct shutdown_waiter *next;
};

/* What commands ask of the server's own life; each is given the server. */
struct server_control {
    /*
     * Lets what runs end and then stops; now: stops without waiting for it. The waiter's request is
     * answered if this is taken back.
     */
    void (*shut_down)(struct server *server, bool now, struct shutdown_waiter *waiter);
    /* Takes it back and listens again. Fails with ERR: nothing to take back, a port taken
     * meanwhile. */
    bool (*abort_shutdown)(struct server *server, struct error *err);
    /* Reads the clients' certificate and all that goes with it again. Fails with ERR; the old ones
     * stay. */
    bool (*reload_tls)(struct server *server, struct error *err);
    /* Makes live what CONFIG SET has changed. */
    void (*apply_config)(struct server *server);
};

/* What it tells of its life. */
struct server_facts {
    int64_t started_ms;
    int64_t shutdown_by_ms; /* it stops then at the latest, by now_coarse_ms; 0: not asked to */
    char run_id[41];
};

struct services {
    struct event_base *base;
    struct stream_loop *loop; /* of base */
    struct log *log;
    struct config *config;                    /* CONFIG SET changes it */
    const struct executor_settings *settings; /* of config, for the executor to read */
    struct catalog *catalog;
    struct executor *executor;
    struct embedded *embedded; /* NULL: static shards */
    struct acl *acl;           /* the users */
    struct acl_log *acl_log;
    struct client_list *clients;
    struct server_stats *stats;
    struct slowlog *slowlog;
    struct info_keyspace *keyspace; /* what INFO knows of the shards' keys */
    const struct server_facts *facts;
    const struct server_control *control;
    struct server *server; /* for control */
    /* The shards have told of other commands: services_commands has them all from now on. */
    void (*on_commands)(struct services *services);
    const struct command_families *families; /* of our own commands */
    struct command_index *commands;          /* services_commands */
};

/* All commands by name: made anew when the shards tell of others. */
const struct command_index *services_commands(struct services *services);
void services_free_commands(struct services *services);

#endif
