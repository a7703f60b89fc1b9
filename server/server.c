/*
 * Runs the server: opens its parts in order, and closes them in the reverse order. in: the
 * configuration; out: an exit, in order.
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
#include "executor/query.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "net/stream.h"
#include "server/access/access.h"
#include "server/access/acl_log.h"
#include "server/access/stats.h"
#include "server/client/client_list.h"
#include "server/client/listener.h"
#include "server/client/request.h"
#include "server/client/slowlog.h"
#include "server/commands/command_info.h"
#include "server/commands/command_list.h"
#include "server/commands/command_run.h"
#include "server/config/tls_config.h"
#include "server/embedded/embedded.h"
#include "server/http/http_server.h"
#include "server/metrics/command_stats.h"
#include "server/metrics/metrics.h"
#include "server/proxy/conversation.h"
#include "server/reload.h"
#include "server/supervisor.h"
#include "server/table/services.h"

enum {
    READY_POLL_MS = 20,
    STATIC_PATIENCE_MS = 5000,
    LOADING_PATIENCE_MS = 1000, /* shards that load within this time are not shown as loading */
    PROGRESS_MS = 2000,
    DRAIN_POLL_MS = 20,
    TELL_WITHIN_MS = 15000, /* the supervisor hears of us again within this time */
    SHARDS_END_MS = 20000,  /* embedded shards take 10 s at most */
    LAST_WORDS_MS = 200,    /* for errors to reach the clients whose queries were ended */
    RESERVED_FILES = 64     /* for all but clients: logs, shards, sockets */
};

enum server_state { SERVER_STARTING, SERVER_RUNNING, SERVER_DRAINING, SERVER_STOPPING };

struct server {
    enum server_state state;
    struct config config;
    struct executor_settings settings; /* of config; the executor reads it */
    struct log log;
    struct acl_log acl_log;
    struct client_list clients;
    struct http_server *http;
    struct server_stats stats;
    struct slowlog slowlog;
    struct metrics metrics;
    struct info_waiters info_waiters;
    struct server_facts facts;
    struct services services; /* pointers to the above, for clients and commands */
    struct listener *listener;
    struct event *poll, *drain, *sigterm, *sigint, *sighup;
    struct supervisor *supervisor;
    struct strbuf serving; /* what the supervisor shows of a running server */
    struct shutdown_waiter *waiters;
    bool has_ended_queries; /* DRAINING, and time is up */
    bool has_pidfile;
    FILE *log_file;       /* NULL: standard error */
    int64_t progress_ms;  /* when the log last named what is waited for */
    int64_t heard_ms;     /* STARTING: when a shard last said that it loads; 0: not yet */
    bool is_waiting;      /* RUNNING, and some shards still load */
    struct error failure; /* why the server ends, if no signal asked for it */
};

/* -- what is needed of the machine ------------------------------------------------------------- */

/*
 * There can be as many clients as open files: like Redis, this asks for more files, or takes fewer
 * clients.
 */
static void
files_limit_raise(struct server *server)
{
    struct rlimit limit;
    bool has_http = server->config.http_port || server->config.https_port;
    rlim_t reserved = RESERVED_FILES + (has_http ? HTTP_SERVER_FILES : 0);
    rlim_t wanted = (rlim_t) server->config.maxclients + reserved;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) {
        return;
    }
    struct rlimit raised = {wanted, limit.rlim_max > wanted ? limit.rlim_max : wanted};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
        return;
    }
    raised.rlim_cur = raised.rlim_max = limit.rlim_max; /* without privileges this is the maximum */
    if (setrlimit(RLIMIT_NOFILE, &raised) != 0) {
        raised = limit;
    }
    if (raised.rlim_cur < wanted) {
        rlim_t left = raised.rlim_cur > reserved ? raised.rlim_cur - reserved : 1;
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
log_open(struct server *server, struct error *err)
{
    const struct config *config = &server->config;
    FILE *stream = stderr;
    if (config->logfile[0]) {
        stream = server->log_file = fopen(config->logfile, "ae");
        if (!stream) {
            return error_set(err, "ERR", "logfile %s: %s", config->logfile, strerror(errno));
        }
    }
    log_init(&server->log, (enum log_level) config->loglevel, stream);
    return true;
}

static bool
pidfile_write(struct server *server, struct error *err)
{
    const struct config *config = &server->config;
    if (!config->pidfile[0]) {
        return true;
    }
    FILE *file = fopen(config->pidfile, "we");
    if (!file) {
        return error_set(err, "CONFIG", "pidfile %s: %s", config->pidfile, strerror(errno));
    }
    fprintf(file, "%d\n", (int) getpid());
    fclose(file);
    server->has_pidfile = true;
    return true;
}

static bool
server_reload_tls(struct server *server, struct error *err)
{
    struct ssl_ctx_st *context;
    if (!tls_config_clients(&server->config, &context, err)) {
        return false;
    }
    tls_free(server->clients.tls);
    server->clients.tls = context;
    return true;
}

static void
server_apply_config(struct server *server)
{
    config_fill_executor(&server->config, &server->settings);
    server->log.level = (enum log_level) server->config.loglevel;
    server->slowlog.slower_than_us = server->config.slowlog_log_slower_than_us;
    server->slowlog.max_len = (size_t) server->config.slowlog_max_len;
    command_stats_track(server->metrics.commands, server->config.latency_tracking);
    files_limit_raise(server);
}

/* -- reading the configuration again ----------------------------------------------------------- */

/* Reopens the log file: logrotate, for one, has moved the old one and waits for its release. */
static void
logfile_reopen(struct server *server)
{
    const char *path = server->config.logfile;
    FILE *file = server->log_file ? fopen(path, "ae") : NULL;
    if (file) {
        fclose(server->log_file);
        server->log_file = server->log.stream = file;
    } else if (server->log_file) {
        log_write(&server->log, LOG_WARNING, "logfile %s: %s", path, strerror(errno));
    }
}

static void
on_sighup(evutil_socket_t number, short what, void *arg)
{
    (void) number, (void) what;
    struct server *server = arg;
    bool is_ready = server->state == SERVER_RUNNING;
    if (is_ready) {
        supervisor_reloading(server->supervisor);
    }
    logfile_reopen(server);
    reload_config(&server->services);
    if (is_ready) {
        supervisor_ready(server->supervisor, strbuf_slice(&server->serving).ptr);
    }
}

/* -- stopping ---------------------------------------------------------------------------------- */

static void
on_shards_stopped(void *arg)
{
    struct server *server = arg;
    event_base_loopbreak(server->services.base);
}

static void
server_stop(struct server *server)
{
    server->state = SERVER_STOPPING;
    supervisor_stopping(server->supervisor, SHARDS_END_MS);
    event_del(server->poll);
    event_del(server->drain);
    listener_free(server->listener);
    server->listener = NULL;
    http_server_disconnect(server->http);
    client_list_disconnect(&server->clients);
    executor_free(server->services.executor);
    server->services.executor = NULL;
    if (server->services.embedded) {
        embedded_stop(server->services.embedded, on_shards_stopped, server);
    } else {
        event_base_loopbreak(server->services.base);
    }
}

static void
server_fail(struct server *server, const struct error *err)
{
    (void) error_set(&server->failure, err->code, "%s", err->message);
    server_stop(server);
}

static void
drain_wait(struct server *server, int64_t delay_ms)
{
    struct timeval delay = timeval_of_ms(delay_ms);
    event_add(server->drain, &delay);
}

/* True: waiting longer makes sense. */
static bool
drain_goes_on(struct server *server)
{
    struct error why = {0};
    if (client_list_is_idle(&server->clients) && http_server_is_idle(server->http)) {
        return false;
    }
    if (now_coarse_ms() < server->facts.shutdown_by_ms) {
        drain_wait(server, DRAIN_POLL_MS);
        return true;
    }
    if (server->has_ended_queries) {
        return false;
    }
    server->has_ended_queries = true;
    log_write(&server->log, LOG_WARNING, "not all has ended within shutdown-timeout");
    (void) error_set(&why, "ERR", "server is shutting down");
    query_kill_all(server->services.executor, &why);
    drain_wait(server, LAST_WORDS_MS);
    return true;
}

static void
on_drain(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct server *server = arg;
    if (server->state == SERVER_DRAINING && !drain_goes_on(server)) {
        server_stop(server);
    }
}

/* Accepts no new clients; requests that have begun may end. */
static void
server_drain(struct server *server)
{
    server->state = SERVER_DRAINING;
    event_del(server->poll);
    server->has_ended_queries = false;
    server->facts.shutdown_by_ms = now_coarse_ms() + server->config.shutdown_timeout_s * 1000;
    supervisor_waiting(server->supervisor, "letting what runs end",
                       server->config.shutdown_timeout_s * 1000 + SHARDS_END_MS);
    listener_free(server->listener);
    server->listener = NULL;
    http_server_drain(server->http);
    drain_wait(server, DRAIN_POLL_MS); /* not from inside the command that asks for the shutdown */
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
    (void) what;
    struct server *server = arg;
    static const char *const THEN[] = {"stopping", "letting what runs end", "stopping at once",
                                       "stopping already"};
    log_write(&server->log, LOG_NOTICE, "%s: %s", number == SIGINT ? "interrupted" : "asked to end",
              THEN[server->state]);
    switch (server->state) {
    case SERVER_STARTING:
    case SERVER_DRAINING: server_stop(server); return;
    case SERVER_RUNNING: server_drain(server); return;
    case SERVER_STOPPING: return;
    }
}

static void
server_shut_down(struct server *server, bool now, struct shutdown_waiter *waiter)
{
    waiter->next = server->waiters;
    server->waiters = waiter;
    log_write(&server->log, LOG_NOTICE, "SHUTDOWN: %s", now ? "stopping" : "letting what runs end");
    if (server->state == SERVER_RUNNING) {
        server_drain(server);
    }
    if (now) {
        server->facts.shutdown_by_ms = now_coarse_ms();
        server->has_ended_queries = true;
        event_active(server->drain, EV_TIMEOUT, 1);
    }
}

/* -- from STARTING to RUNNING ------------------------------------------------------------------ */

static void
on_accept(void *arg, int fd, enum listener_kind kind)
{
    struct server *server = arg;
    if (kind == LISTENER_HTTP || kind == LISTENER_HTTPS) {
        http_server_accept(server->http, fd, kind);
    } else {
        client_list_accept(&server->clients, fd, kind);
    }
}

static void
server_listen(struct server *server)
{
    struct error err = {0};
    if (!listener_start(server->listener, server->services.base, on_accept, server, &err)) {
        server_fail(server, &err);
        return;
    }
    if (!server->is_waiting) {
        event_del(server->poll);
    }
    server->state = SERVER_RUNNING;
    static const char SERVING[] = "serving on ";
    strbuf_append_str(&server->serving, SERVING);
    listener_print(server->listener, &server->serving);
    const char *serving = strbuf_slice(&server->serving).ptr;
    log_write(&server->log, LOG_NOTICE, "ready to accept connections on %s",
              serving + strlen(SERVING));
    supervisor_ready(server->supervisor, serving);
}

/* Answers SHUTDOWN requests after an ABORT. */
static void
waiters_answer(struct server *server)
{
    while (server->waiters) {
        struct shutdown_waiter *waiter = server->waiters;
        server->waiters = waiter->next;
        resp_write_err(request_writer(waiter->request), "SHUTDOWN was aborted");
        request_done(waiter->request);
    }
}

static bool
server_abort_shutdown(struct server *server, struct error *err)
{
    if (server->state != SERVER_DRAINING) {
        return error_set(err, "ERR", "No shutdown in progress.");
    }
    if (!listener_bind(&server->config, &server->log, &server->listener, err)) {
        return false;
    }
    if (!listener_start(server->listener, server->services.base, on_accept, server, err)) {
        listener_free(server->listener);
        server->listener = NULL;
        return false;
    }
    event_del(server->drain);
    server->state = SERVER_RUNNING;
    server->facts.shutdown_by_ms = 0;
    log_write(&server->log, LOG_NOTICE, "SHUTDOWN ABORT: serving on");
    supervisor_ready(server->supervisor, strbuf_slice(&server->serving).ptr);
    waiters_answer(server);
    return true;
}

/* Waits for shards: loading passes; SHARDDOWN may pass, within limits; other errors do not. */
static void
server_wait(struct server *server, const struct error *why)
{
    int64_t now_ms = now_coarse_ms();
    bool is_loading = strcmp(why->code, "LOADING") == 0;
    bool is_embedded = server->services.embedded != NULL;
    bool is_listening = server->state == SERVER_RUNNING;
    if (is_loading) {
        server->heard_ms = now_ms;
    }
    int64_t silent_ms = now_ms - (server->heard_ms ? server->heard_ms : server->facts.started_ms);
    if ((!is_loading && strcmp(why->code, "SHARDDOWN") != 0) ||
        (is_embedded && !is_listening && silent_ms > server->config.startup_timeout_ms)) {
        server_fail(server, why);
    } else if (!is_listening && is_loading &&
               executor_loading(server->services.executor).for_ms > LOADING_PATIENCE_MS) {
        server->is_waiting = true;
        server_listen(server);
    } else if (!is_listening && !is_embedded && silent_ms > STATIC_PATIENCE_MS) {
        log_write(&server->log, LOG_WARNING, "serving without all shards: %s", why->message);
        server_listen(server);
    } else if (now_ms - server->progress_ms > PROGRESS_MS) {
        server->progress_ms = now_ms;
        log_write(&server->log, LOG_NOTICE, "waiting: %s", why->message);
        if (!is_listening) {
            supervisor_waiting(server->supervisor, why->message, TELL_WITHIN_MS);
        }
    }
}

static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct server *server = arg;
    struct error why = {0};
    if (server->services.embedded && !embedded_is_viable(server->services.embedded, &why)) {
        server_fail(server, &why);
    } else if (executor_is_ready(server->services.executor, &why)) {
        if (server->is_waiting) {
            server->is_waiting = false;
            event_del(server->poll);
            log_write(&server->log, LOG_NOTICE, "all shards have loaded their data");
        } else {
            server_listen(server);
        }
    } else {
        server_wait(server, &why);
    }
}

/* -- opening and closing ----------------------------------------------------------------------- */

/* These signals are blocked until their events exist: an early one must not end the process. */
static void
signals_of_ours(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

static bool
events_open(struct server *server, struct error *err)
{
    struct event_base *base = server->services.base;
    struct timeval poll = {0, READY_POLL_MS * 1000};
    sigset_t waiting;
    signal(SIGPIPE, SIG_IGN);
    server->poll = event_new(base, -1, EV_PERSIST, on_poll, server);
    server->drain = event_new(base, -1, 0, on_drain, server);
    server->sigterm = evsignal_new(base, SIGTERM, on_signal, server);
    server->sigint = evsignal_new(base, SIGINT, on_signal, server);
    server->sighup = evsignal_new(base, SIGHUP, on_sighup, server);
    if (!server->poll || !server->drain || !server->sigterm || !server->sigint || !server->sighup ||
        event_add(server->poll, &poll) != 0 || event_add(server->sigterm, NULL) != 0 ||
        event_add(server->sigint, NULL) != 0 || event_add(server->sighup, NULL) != 0) {
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
        if (!embedded_start(server->services.base, &server->config, &server->log,
                            &server->services.embedded, err)) {
            return false;
        }
        addresses = embedded_addresses(server->services.embedded);
    }
    return executor_new(server->services.loop, &server->settings, server->services.catalog,
                        &server->log, addresses, shards->nshards, shards->kind == SHARDS_CLUSTER,
                        &server->services.executor, err);
}

static const struct client_calls CALLS = {.class_of = command_class, .run = command_run};

/* Takes what the configuration says. A failure is a mistake in it, or in a file that it names. */
static bool
config_take(struct server *server, struct error *err)
{
    if (!log_open(server, err) ||
        !config_fill_catalog(&server->config, server->services.catalog, err)) {
        return false;
    }
    static const char *const KINDS[] = {[SHARDS_EMBEDDED] = "embedded shard",
                                        [SHARDS_STATIC] = "static shard",
                                        [SHARDS_CLUSTER] = "cluster seed"};
    log_write(&server->log, LOG_NOTICE, "quipu %s, pid %d, %zu %s%s", QUIPU_VERSION, (int) getpid(),
              server->config.shards.nshards, KINDS[server->config.shards.kind],
              server->config.shards.nshards == 1 ? "" : "s");
    server_apply_config(server);
    server->services.acl = acl_new();
    return access_load_users(server->services.acl, &server->config, err) &&
           server_reload_tls(server, err) &&
           tls_config_shards(&server->config, &server->settings.shards.tls, err);
}

static bool
server_open(struct server *server, struct error *err)
{
    struct error mistake = {0};
    server->services.catalog = catalog_new();
    server->services.base = event_base_new();
    if (!server->services.base) {
        return error_set(err, "ERR", "cannot set up the event loop");
    }
    server->services.loop = stream_loop_new(server->services.base);
    client_list_init(&server->clients, &server->services, &CALLS, conversation_hooks());
    server->http = http_server_new(&server->services);
    if (!config_take(server, &mistake)) {
        return error_set(err, "CONFIG", "%s", mistake.message);
    }
    return listener_bind(&server->config, &server->log, &server->listener, err) &&
           pidfile_write(server, err) && events_open(server, err) && shards_open(server, err);
}

static void
event_free_if(struct event *event)
{
    if (event) {
        event_free(event);
    }
}

static void
server_close(struct server *server)
{
    listener_free(server->listener);
    executor_free(server->services.executor);
    info_waiters_fini(&server->info_waiters);
    if (server->services.base) {
        http_server_free(server->http);
        client_list_fini(&server->clients);
    }
    metrics_fini(&server->metrics);
    acl_log_reset(&server->acl_log);
    acl_free(server->services.acl);
    server->services.acl = NULL;
    tls_free(server->clients.tls);
    tls_free(server->settings.shards.tls);
    embedded_free(server->services.embedded);
    event_free_if(server->poll);
    event_free_if(server->drain);
    event_free_if(server->sigterm);
    event_free_if(server->sigint);
    services_free_commands(&server->services);
    event_free_if(server->sighup);
    slowlog_reset(&server->slowlog);
    catalog_free(server->services.catalog);
    stream_loop_free(server->services.loop);
    if (server->services.base) {
        event_base_free(server->services.base);
    }
    if (server->has_pidfile) {
        unlink(server->config.pidfile);
    }
    supervisor_free(server->supervisor);
    strbuf_fini(&server->serving);
    log_write(&server->log, LOG_NOTICE, "bye");
    if (server->log_file) {
        fclose(server->log_file);
    }
}

static const struct server_control CONTROL = {
    .shut_down = server_shut_down,
    .abort_shutdown = server_abort_shutdown,
    .reload_tls = server_reload_tls,
    .apply_config = server_apply_config,
};

/* The shards have sent their commands. */
static void
on_commands(struct services *services)
{
    command_stats_forget_specs(services->metrics->commands);
    access_check_names(services->acl, services->commands, services->log);
}

/* Fills in the services that exist from the start; others are added as they are opened. */
static void
services_fill(struct server *server)
{
    server->services = (struct services){.log = &server->log,
                                         .config = &server->config,
                                         .settings = &server->settings,
                                         .acl_log = &server->acl_log,
                                         .clients = &server->clients,
                                         .stats = &server->stats,
                                         .slowlog = &server->slowlog,
                                         .metrics = &server->metrics,
                                         .waiters = &server->info_waiters,
                                         .facts = &server->facts,
                                         .control = &CONTROL,
                                         .server = server,
                                         .families = command_list(),
                                         .on_commands = on_commands};
    metrics_init(&server->metrics, &server->services);
}

bool
server_run(const struct config *config, struct error *err)
{

    struct server server = {.config = *config, .facts.started_ms = now_coarse_ms()};
    server.progress_ms = server.facts.started_ms;
    server.supervisor = supervisor_new();
    strbuf_init(&server.serving);
    sigset_t ours;
    signals_of_ours(&ours);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    run_id_make(server.facts.run_id);
    services_fill(&server);
    if (server_open(&server, &server.failure)) {
        event_base_dispatch(server.services.base);
    }
    server_close(&server);
    if (error_is_set(&server.failure)) {
        *err = server.failure;
        return false;
    }
    return true;
}
