/*
 * The server's life: what is opened in which order, and closed in the reverse.
 * in: the configuration; out: an exit, in order.
 *
 *     log, catalog, limit of open files
 *     bind the ports                      (taken? say so before anything is started)
 *     start embedded shards               (or take the static ones' addresses)
 *     executor: connects
 *     ... STARTING: every 20 ms, are all shards ready, or loading for a while? ...
 *     listen; ... RUNNING ... (while some load: every 20 ms, are all ready?)
 *     a signal: stop listening; ... DRAINING: every 20 ms, is all answered? ...
 *     end the clients, the executor, then the shards; ... STOPPING ...
 */
#include "server/server.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "executor/forward.h"
#include "executor/query.h"
#include "net/stream.h"
#include "server/access.h"
#include "server/command_index.h"
#include "server/listener.h"
#include "server/request.h"
#include "server/tls_config.h"

enum {
    READY_POLL_MS = 20,
    STATIC_PATIENCE_MS = 5000,
    LOADING_PATIENCE_MS = 1000, /* what is loaded by then, nobody has to see loading */
    PROGRESS_MS = 2000,
    DRAIN_POLL_MS = 20,
    LAST_WORDS_MS = 200, /* for errors to reach the clients whose queries did not end in time */
    RESERVED_FILES = 64  /* all but clients: logs, shards, sockets */
};

enum life_state { LIFE_STARTING, LIFE_RUNNING, LIFE_DRAINING, LIFE_STOPPING };

struct life {
    struct server server;
    enum life_state state;
    struct listener *listener;
    struct event *poll, *drain, *sigterm, *sigint, *sighup;
    struct shutdown_waiter *waiters;
    bool has_ended_queries; /* DRAINING, and time is up */
    bool has_pidfile;
    FILE *log_file;       /* NULL: standard error */
    int64_t progress_ms;  /* when it was last said what is waited for */
    int64_t heard_ms;     /* STARTING: when a shard last said that it loads; 0: not yet */
    bool is_waiting;      /* RUNNING, and the shards have not been ready yet, since some load */
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

bool
server_reload_tls(struct server *server, struct error *err)
{
    struct ssl_ctx_st *context;
    if (!tls_config_clients(&server->config, &context, err)) {
        return false;
    }
    tls_free(server->tls);
    server->tls = context;
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

/* -- reading the configuration again ----------------------------------------------------------- */

/* Whoever moved the old one away (logrotate) wants it to be let go of. */
static void
logfile_reopen(struct life *life)
{
    const char *path = life->server.config.logfile;
    FILE *file = life->log_file ? fopen(path, "ae") : NULL;
    if (file) {
        fclose(life->log_file);
        life->log_file = life->server.log.stream = file;
    } else if (life->log_file) {
        log_write(&life->server.log, LOG_WARNING, "logfile %s: %s", path, strerror(errno));
    }
}

static void
on_sighup(evutil_socket_t number, short what, void *arg)
{
    (void) number, (void) what;
    struct life *life = arg;
    logfile_reopen(life);
    server_reload(&life->server);
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
    event_del(life->drain);
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
drain_wait(struct life *life, int64_t delay_ms)
{
    struct timeval delay = {0, delay_ms * 1000};
    event_add(life->drain, &delay);
}

/* True when it makes sense to wait on. */
static bool
drain_goes_on(struct life *life)
{
    struct server *server = &life->server;
    struct error why = {0};
    if (client_list_is_idle(&server->clients)) {
        return false;
    }
    if (now_coarse_ms() < server->shutdown_by_ms) {
        drain_wait(life, DRAIN_POLL_MS);
        return true;
    }
    if (life->has_ended_queries) {
        return false;
    }
    life->has_ended_queries = true;
    log_write(&server->log, LOG_WARNING, "not all has ended within shutdown-timeout");
    (void) error_set(&why, "ERR", "server is shutting down");
    query_kill_all(server->executor, &why);
    drain_wait(life, LAST_WORDS_MS);
    return true;
}

static void
on_drain(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct life *life = arg;
    if (life->state == LIFE_DRAINING && !drain_goes_on(life)) {
        life_stop(life);
    }
}

/* Nobody new; what has begun may end. */
static void
life_drain(struct life *life)
{
    struct server *server = &life->server;
    life->state = LIFE_DRAINING;
    event_del(life->poll);
    life->has_ended_queries = false;
    server->shutdown_by_ms = now_coarse_ms() + server->config.shutdown_timeout_s * 1000;
    listener_free(life->listener);
    life->listener = NULL;
    drain_wait(life, DRAIN_POLL_MS); /* not from inside the command that asks for it */
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
    (void) what;
    struct life *life = arg;
    static const char *const THEN[] = {"stopping", "letting what runs end", "stopping at once",
                                       "stopping already"};
    log_write(&life->server.log, LOG_NOTICE, "%s: %s",
              number == SIGINT ? "interrupted" : "asked to end", THEN[life->state]);
    switch (life->state) {
    case LIFE_STARTING:
    case LIFE_DRAINING: life_stop(life); return;
    case LIFE_RUNNING: life_drain(life); return;
    case LIFE_STOPPING: return;
    }
}

/* The server is a part of its life. */
static struct life *
life_of(struct server *server)
{
    return (struct life *) ((char *) server - offsetof(struct life, server));
}

void
server_shutdown(struct server *server, bool now, struct shutdown_waiter *waiter)
{
    struct life *life = life_of(server);
    waiter->next = life->waiters;
    life->waiters = waiter;
    log_write(&server->log, LOG_NOTICE, "SHUTDOWN: %s", now ? "stopping" : "letting what runs end");
    if (life->state == LIFE_RUNNING) {
        life_drain(life);
    }
    if (now) {
        server->shutdown_by_ms = now_coarse_ms();
        life->has_ended_queries = true;
        event_active(life->drain, EV_TIMEOUT, 1);
    }
}

/* -- from STARTING to RUNNING ------------------------------------------------------------------ */

static void
on_accept(void *arg, int fd, enum listener_kind kind)
{
    struct life *life = arg;
    client_list_accept(&life->server.clients, fd, kind);
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
    if (!life->is_waiting) {
        event_del(life->poll);
    }
    life->state = LIFE_RUNNING;
    strbuf_init(&where);
    listener_print(life->listener, &where);
    log_write(&server->log, LOG_NOTICE, "ready to accept connections on %s", where.ptr);
    strbuf_fini(&where);
}

/* For the requests that asked for what does not come. */
static void
waiters_answer(struct life *life)
{
    while (life->waiters) {
        struct shutdown_waiter *waiter = life->waiters;
        life->waiters = waiter->next;
        resp_write_err(request_writer(waiter->request), "SHUTDOWN was aborted");
        request_done(waiter->request);
    }
}

bool
server_shutdown_abort(struct server *server, struct error *err)
{
    struct life *life = life_of(server);
    if (life->state != LIFE_DRAINING) {
        return error_set(err, "ERR", "No shutdown in progress.");
    }
    if (!listener_bind(&server->config, &server->log, &life->listener, err)) {
        return false;
    }
    if (!listener_start(life->listener, server->base, on_accept, life, err)) {
        listener_free(life->listener);
        life->listener = NULL;
        return false;
    }
    event_del(life->drain);
    life->state = LIFE_RUNNING;
    server->shutdown_by_ms = 0;
    log_write(&server->log, LOG_NOTICE, "SHUTDOWN ABORT: serving on");
    waiters_answer(life);
    return true;
}

/* Loading passes; SHARDDOWN may, as long as there is patience; anything else will not. */
static void
life_wait(struct life *life, const struct error *why)
{
    struct server *server = &life->server;
    int64_t now_ms = now_coarse_ms();
    bool is_loading = strcmp(why->code, "LOADING") == 0;
    bool is_embedded = server->embedded != NULL;
    bool is_listening = life->state == LIFE_RUNNING;
    if (is_loading) {
        life->heard_ms = now_ms;
    }
    int64_t silent_ms = now_ms - (life->heard_ms ? life->heard_ms : server->started_ms);
    if ((!is_loading && strcmp(why->code, "SHARDDOWN") != 0) ||
        (is_embedded && !is_listening && silent_ms > server->config.startup_timeout_ms)) {
        life_fail(life, why);
    } else if (!is_listening && is_loading &&
               executor_loading(server->executor).for_ms > LOADING_PATIENCE_MS) {
        life->is_waiting = true;
        life_listen(life);
    } else if (!is_listening && !is_embedded && silent_ms > STATIC_PATIENCE_MS) {
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
        if (life->is_waiting) {
            life->is_waiting = false;
            event_del(life->poll);
            log_write(&life->server.log, LOG_NOTICE, "all shards have loaded their data");
        } else {
            life_listen(life);
        }
    } else {
        life_wait(life, &why);
    }
}

/* -- opening and closing ----------------------------------------------------------------------- */

/* Those that are waited for until their events are there: an early one must not end the process. */
static void
signals_of_ours(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

static bool
events_open(struct life *life, struct error *err)
{
    struct event_base *base = life->server.base;
    struct timeval poll = {0, READY_POLL_MS * 1000};
    sigset_t waiting;
    signal(SIGPIPE, SIG_IGN);
    life->poll = event_new(base, -1, EV_PERSIST, on_poll, life);
    life->drain = event_new(base, -1, 0, on_drain, life);
    life->sigterm = evsignal_new(base, SIGTERM, on_signal, life);
    life->sigint = evsignal_new(base, SIGINT, on_signal, life);
    life->sighup = evsignal_new(base, SIGHUP, on_sighup, life);
    if (!life->poll || !life->drain || !life->sigterm || !life->sigint || !life->sighup ||
        event_add(life->poll, &poll) != 0 || event_add(life->sigterm, NULL) != 0 ||
        event_add(life->sigint, NULL) != 0 || event_add(life->sighup, NULL) != 0) {
        return error_set(err, "ERR", "cannot set up the event loop");
    }
    signals_of_ours(&waiting);
    sigprocmask(SIG_UNBLOCK, &waiting, NULL);
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
                        shards->nshards, shards->kind == SHARDS_CLUSTER, &server->executor, err);
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
    static const char *const KINDS[] = {[SHARDS_EMBEDDED] = "embedded shard",
                                        [SHARDS_STATIC] = "static shard",
                                        [SHARDS_CLUSTER] = "cluster seed"};
    log_write(&server->log, LOG_NOTICE, "quipu %s, pid %d, %zu %s%s", QUIPU_VERSION, (int) getpid(),
              server->config.shards.nshards, KINDS[server->config.shards.kind],
              server->config.shards.nshards == 1 ? "" : "s");
    server_apply_config(server);
    return access_open(server, err) && server_reload_tls(server, err) &&
           tls_config_shards(&server->config, &server->settings.shard_tls, err) &&
           listener_bind(&server->config, &server->log, &life->listener, err) &&
           pidfile_write(life, err) && events_open(life, err) && shards_open(server, err);
}

const struct command_index *
server_commands(struct server *server)
{
    const struct command_table *table = executor_commands(server->executor);
    if (!server->commands || command_index_table(server->commands) != table) {
        command_index_free(server->commands);
        server->commands = command_index_new(table);
        if (table) {
            access_check_names(server);
        }
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
    info_keyspace_fini(&server->keyspace);
    if (server->base) {
        client_list_fini(&server->clients);
    }
    request_pool_clear(&server->requests);
    access_close(server);
    tls_free(server->tls);
    tls_free(server->settings.shard_tls);
    embedded_free(server->embedded);
    event_free_if(life->poll);
    event_free_if(life->drain);
    event_free_if(life->sigterm);
    event_free_if(life->sigint);
    command_index_free(server->commands);
    event_free_if(life->sighup);
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
    struct life life = {.server.config = *config, .server.started_ms = now_coarse_ms()};
    life.progress_ms = life.server.started_ms;
    sigset_t ours;
    signals_of_ours(&ours);
    sigprocmask(SIG_BLOCK, &ours, NULL);
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
