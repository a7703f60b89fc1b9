/*
 * The server's life: what is opened in which order, and closed in the reverse.
 * in: the configuration; out: an exit, in order.
 *
 *     log, catalog, limit of open files
 *     bind the ports                      (taken? say so before anything is started)
 *     start embedded shards               (or take the static ones' addresses)
 *     executor: connects
 *     ... STARTING: every 20 ms, are all shards ready? ...
 *     listen; ... RUNNING ...
 *     a signal: stop listening, end the clients, the executor, then the shards; ... STOPPING ...
 */
#include "server/server.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "executor/forward.h"
#include "net/stream.h"
#include "server/command_index.h"
#include "server/listener.h"

enum {
    READY_POLL_MS = 20,
    STATIC_PATIENCE_MS = 5000,
    PROGRESS_MS = 2000,
    RESERVED_FILES = 64 /* all but clients: logs, shards, sockets */
};

enum life_state { LIFE_STARTING, LIFE_RUNNING, LIFE_STOPPING };

struct life {
    struct server server;
    enum life_state state;
    struct listener *listener;
    struct event *poll, *sigterm, *sigint;
    bool has_pidfile;
    FILE *log_file;       /* NULL: standard error */
    int64_t progress_ms;  /* when it was last said what is waited for */
    struct error failure; /* why it ends, where no signal asked for it */
};

/* -- what is needed of the machine ------------------------------------------------------------- */

/* So many clients can be had as there can be open files: like Redis, ask for more, or take fewer.
 */
static void
files_limit_raise(struct server *server)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t) server->config.maxclients + RESERVED_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        return;
    }
    struct rlimit raised = {wanted, limit.rlim_max > wanted ? limit.rlim_max : wanted};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
        return;
    }
    raised.rlim_cur = raised.rlim_max = limit.rlim_max; /* without privileges: up to this */
    if (setrlimit(RLIMIT_NOFILE, &raised) != 0) {
        raised = limit;
    }
    if (raised.rlim_cur < wanted) {
        rlim_t left = raised.rlim_cur > RESERVED_FILES ? raised.rlim_cur - RESERVED_FILES : 1;
        server->config.maxclients = (int64_t) left;
        log_write(&server->log, LOG_WARNING,
                  "maxclients is lowered to %lld: no more than %lld files can be open",
                  (long long) left, (long long) raised.rlim_cur);
    }
}

static void
run_id_make(char *run_id)
{
    unsigned char bytes[20] = {0};
    (void) !getrandom(bytes, sizeof bytes, 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(run_id + 2 * i, 3, "%02x", bytes[i]);
    }
}

static bool
log_open(struct life *life, struct error *err)
{
    const struct config *config = &life->server.config;
    FILE *stream = stderr;
    if (config->logfile[0]) {
        stream = life->log_file = fopen(config->logfile, "ae");
        if (!stream) {
            return error_set(err, "ERR", "logfile %s: %s", config->logfile, strerror(errno));
        }
    }
    log_init(&life->server.log, (enum log_level) config->loglevel, stream);
    return true;
}

static bool
pidfile_write(struct life *life, struct error *err)
{
    const struct config *config = &life->server.config;
    if (!config->pidfile[0]) {
        return true;
    }
    FILE *file = fopen(config->pidfile, "we");
    if (!file) {
        return error_set(err, "ERR", "pidfile %s: %s", config->pidfile, strerror(errno));
    }
    fprintf(file, "%d\n", (int) getpid());
    fclose(file);
    life->has_pidfile = true;
    return true;
}

void
server_apply_config(struct server *server)
{
    config_fill_executor(&server->config, &server->settings);
    server->log.level = (enum log_level) server->config.loglevel;
    server->slowlog.slower_than_us = server->config.slowlog_log_slower_than_us;
    server->slowlog.max_len = (size_t) server->config.slowlog_max_len;
    files_limit_raise(server);
}

/* -- stopping ---------------------------------------------------------------------------------- */

static void
on_shards_stopped(void *arg)
{
    struct life *life = arg;
    event_base_loopbreak(life->server.base);
}

static void
life_stop(struct life *life)
{
    struct server *server = &life->server;
    life->state = LIFE_STOPPING;
    event_del(life->poll);
    listener_free(life->listener);
    life->listener = NULL;
    client_list_disconnect(&server->clients);
    executor_free(server->executor);
    server->executor = NULL;
    if (server->embedded) {
        embedded_stop(server->embedded, on_shards_stopped, life);
    } else {
        event_base_loopbreak(server->base);
    }
}

static void
life_fail(struct life *life, const struct error *err)
{
    (void) error_set(&life->failure, err->code, "%s", err->message);
    life_stop(life);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
    (void) what;
    struct life *life = arg;
    log_write(&life->server.log, LOG_NOTICE, "%s: %s",
              number == SIGINT ? "interrupted" : "asked to end",
              life->state == LIFE_STOPPING ? "stopping already" : "stopping");
    if (life->state != LIFE_STOPPING) {
        life_stop(life);
    }
}

/* -- from STARTING to RUNNING ------------------------------------------------------------------ */

static void
on_accept(void *arg, int fd, bool is_unix)
{
    struct life *life = arg;
    client_list_accept(&life->server.clients, fd, is_unix);
}

static void
life_listen(struct life *life)
{
    struct server *server = &life->server;
    struct error err = {0};
    struct strbuf where;
    if (!listener_start(life->listener, server->base, on_accept, life, &err)) {
        life_fail(life, &err);
        return;
    }
    event_del(life->poll);
    life->state = LIFE_RUNNING;
    strbuf_init(&where);
    listener_print(life->listener, &where);
    log_write(&server->log, LOG_NOTICE, "ready to accept connections on %s", where.ptr);
    strbuf_fini(&where);
}

/* SHARDDOWN may pass, as long as there is patience; anything else will not. */
static void
life_wait(struct life *life, const struct error *why)
{
    struct server *server = &life->server;
    int64_t now_ms = server_now_ms();
    int64_t waited_ms = now_ms - server->started_ms;
    bool is_embedded = server->embedded != NULL;
    if (strcmp(why->code, "SHARDDOWN") != 0 ||
        (is_embedded && waited_ms > server->config.startup_timeout_ms)) {
        life_fail(life, why);
    } else if (!is_embedded && waited_ms > STATIC_PATIENCE_MS) {
        log_write(&server->log, LOG_WARNING, "serving without all shards: %s", why->message);
        life_listen(life);
    } else if (now_ms - life->progress_ms > PROGRESS_MS) {
        life->progress_ms = now_ms;
        log_write(&server->log, LOG_NOTICE, "waiting: %s", why->message);
    }
}

static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct life *life = arg;
    struct error why = {0};
    if (life->server.embedded && !embedded_is_viable(life->server.embedded, &why)) {
        life_fail(life, &why);
    } else if (executor_is_ready(life->server.executor, &why)) {
        life_listen(life);
    } else {
        life_wait(life, &why);
    }
}

/* -- opening and closing ----------------------------------------------------------------------- */

static bool
events_open(struct life *life, struct error *err)
{
    struct event_base *base = life->server.base;
    struct timeval poll = {0, READY_POLL_MS * 1000};
    signal(SIGPIPE, SIG_IGN);
    life->poll = event_new(base, -1, EV_PERSIST, on_poll, life);
    life->sigterm = evsignal_new(base, SIGTERM, on_signal, life);
    life->sigint = evsignal_new(base, SIGINT, on_signal, life);
    if (!life->poll || !life->sigterm || !life->sigint || event_add(life->poll, &poll) != 0 ||
        event_add(life->sigterm, NULL) != 0 || event_add(life->sigint, NULL) != 0) {
        return error_set(err, "ERR", "cannot set up the event loop");
    }
    return true;
}

static bool
shards_open(struct server *server, struct error *err)
{
    const struct config_shards *shards = &server->config.shards;
    const struct shard_address *addresses = shards->addresses;
    if (shards->kind == SHARDS_EMBEDDED) {
        if (!embedded_start(server->base, &server->config, &server->log, &server->embedded, err)) {
            return false;
        }
        addresses = embedded_addresses(server->embedded);
    }
    return executor_new(server->loop, &server->settings, server->catalog, &server->log, addresses,
                        shards->nshards, &server->executor, err);
}

static bool
life_open(struct life *life, struct error *err)
{
    struct server *server = &life->server;
    server->catalog = catalog_new();
    server->base = event_base_new();
    if (!server->base) {
        return error_set(err, "ERR", "cannot set up the event loop");
    }
    server->loop = stream_loop_new(server->base);
    client_list_init(&server->clients, server);
    if (!log_open(life, err) || !config_fill_catalog(&server->config, server->catalog, err)) {
        return false;
    }
    log_write(&server->log, LOG_NOTICE, "quipu %s, pid %d, %zu %s shard%s", QUIPU_VERSION,
              (int) getpid(), server->config.shards.nshards,
              server->config.shards.kind == SHARDS_EMBEDDED ? "embedded" : "static",
              server->config.shards.nshards == 1 ? "" : "s");
    server_apply_config(server);
    return listener_bind(&server->config, &server->log, &life->listener, err) &&
           pidfile_write(life, err) && events_open(life, err) && shards_open(server, err);
}

const struct command_index *
server_commands(struct server *server)
{
    const struct command_table *table = executor_commands(server->executor);
    if (!server->commands || command_index_table(server->commands) != table) {
        command_index_free(server->commands);
        server->commands = command_index_new(table);
    }
    return server->commands;
}

static void
event_free_if(struct event *event)
{
    if (event) {
        event_free(event);
    }
}

static void
life_close(struct life *life)
{
    struct server *server = &life->server;
    listener_free(life->listener);
    executor_free(server->executor);
    if (server->base) {
        client_list_fini(&server->clients);
    }
    embedded_free(server->embedded);
    event_free_if(life->poll);
    event_free_if(life->sigterm);
    event_free_if(life->sigint);
    command_index_free(server->commands);
    slowlog_reset(&server->slowlog);
    catalog_free(server->catalog);
    stream_loop_free(server->loop);
    if (server->base) {
        event_base_free(server->base);
    }
    if (life->has_pidfile) {
        unlink(server->config.pidfile);
    }
    log_write(&server->log, LOG_NOTICE, "bye");
    if (life->log_file) {
        fclose(life->log_file);
    }
}

bool
server_run(const struct config *config, struct error *err)
{
    struct life life = {.server.config = *config, .server.started_ms = server_now_ms()};
    life.progress_ms = life.server.started_ms;
    run_id_make(life.server.run_id);
    if (life_open(&life, &life.failure)) {
        event_base_dispatch(life.server.base);
    }
    life_close(&life);
    if (error_is_set(&life.failure)) {
        *err = life.failure;
        return false;
    }
    return true;
}
