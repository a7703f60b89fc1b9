/*
 * The private redis-server processes of `shards embedded N`.
 * in: a directory and a number; out: addresses, and processes that stay alive until they are
 * stopped.
 *
 *              SIGCHLD                      timer
 *     RUNNING ---------> WAITING (50 ms .. 2 s) ---> RUNNING
 *        |                  |
 *        +--embedded_stop---+----> ENDED, at once from WAITING, from RUNNING with its SIGCHLD
 *
 * The directory belongs to this server alone (server/embedded/shard_dir.h);
 * server/embedded/shard_process.h starts a process.
 */
#include "server/embedded/embedded.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "server/embedded/shard_dir.h"
#include "server/embedded/shard_process.h"

enum {
    BACKOFF_FIRST_MS = 50,
    BACKOFF_LAST_MS = 2000,
    STABLE_MS = 10000, /* a process that ran so long starts with the first backoff again */
    STOP_TIMEOUT_S = 10
};

enum child_state { CHILD_RUNNING, CHILD_WAITING, CHILD_ENDED };
enum { CHILD_NSTATES = CHILD_ENDED + 1 };

struct child {
    struct embedded *embedded;
    size_t number;
    enum child_state state;
    pid_t pid;
    int64_t started_ms;
    int64_t backoff_ms;
    unsigned restarts;
    struct event *restart;
};

struct embedded {
    struct event_base *base;
    const struct config *config;
    const struct log *log;
    struct shard_dir *dir;
    char *module; /* NULL: none */
    struct child *children;
    size_t nchildren;
    struct event *on_child;
    struct event *give_up;
    bool is_stopping;
    bool cannot_run; /* exec failed */
    void (*on_stopped)(void *arg);
    void *on_stopped_arg;
};

/* The states that may follow each state; WAITING follows itself if a start has failed. */
static const bool MOVES[][CHILD_NSTATES] = {
    [CHILD_ENDED] = {[CHILD_RUNNING] = true},
    [CHILD_RUNNING] = {[CHILD_WAITING] = true, [CHILD_ENDED] = true},
    [CHILD_WAITING] = {[CHILD_RUNNING] = true, [CHILD_WAITING] = true, [CHILD_ENDED] = true},
};

static void
child_move(struct child *child, enum child_state to)
{
    bool is_legal = MOVES[child->state][to];
    assert(is_legal);
    (void) is_legal;
    child->state = to;
}

static bool
child_start(struct child *child, struct error *err)
{
    struct embedded *embedded = child->embedded;
    struct shard_process process = {
        .program = embedded->config->redis_server,
        .dir = shard_dir_path(embedded->dir, child->number),
        .socket = shard_dir_socket_arg(embedded->dir, child->number),
        .log_path = shard_dir_log(embedded->dir, child->number),
        .appendfsync = embedded->config->appendfsync,
        .module = embedded->module,
    };
    if (!shard_process_start(&process, &child->pid, err)) {
        return false;
    }
    child_move(child, CHILD_RUNNING);
    child->started_ms = now_coarse_ms();
    log_write(embedded->log, LOG_VERBOSE, "shard %zu: redis-server runs, pid %d", child->number,
              (int) child->pid);
    return true;
}

static void
child_wait(struct child *child)
{
    struct timeval delay = timeval_of_ms(child->backoff_ms);
    child_move(child, CHILD_WAITING);
    event_add(child->restart, &delay);
    child->backoff_ms *= 2;
    if (child->backoff_ms > BACKOFF_LAST_MS) {
        child->backoff_ms = BACKOFF_LAST_MS;
    }
}

static void
on_restart(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct child *child = arg;
    struct error err = {0};
    child->restarts++;
    if (!child_start(child, &err)) {
        log_write(child->embedded->log, LOG_WARNING, "shard %zu: %s", child->number, err.message);
        child_wait(child);
    }
}

static void
embedded_check_stopped(struct embedded *embedded)
{
    for (size_t i = 0; i < embedded->nchildren; i++) {
        if (embedded->children[i].state != CHILD_ENDED) {
            return;
        }
    }
    if (embedded->is_stopping && embedded->on_stopped) {
        void (*done)(void *) = embedded->on_stopped;
        embedded->on_stopped = NULL;
        done(embedded->on_stopped_arg);
    }
}

static void
end_print(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status)) {
        snprintf(text, size, "was ended by signal %d", WTERMSIG(status));
    } else {
        snprintf(text, size, "exited with %d", WEXITSTATUS(status));
    }
}

/* A process has ended: it was stopped, or it gets a successor. */
static void
child_ended(struct child *child, int status)
{
    struct embedded *embedded = child->embedded;
    char how[64];
    end_print(status, how, sizeof how);
    child->pid = 0;
    if (embedded->is_stopping) {
        log_write(embedded->log, LOG_VERBOSE, "shard %zu: redis-server %s", child->number, how);
        child_move(child, CHILD_ENDED);
        return;
    }
    if (now_coarse_ms() - child->started_ms > STABLE_MS) {
        child->backoff_ms = BACKOFF_FIRST_MS;
    }
    embedded->cannot_run = WIFEXITED(status) && WEXITSTATUS(status) == SHARD_PROCESS_NO_EXEC;
    log_write(embedded->log, LOG_WARNING,
              "shard %zu: redis-server %s; starting it again in %lld ms (its log: %s)",
              child->number, how, (long long) child->backoff_ms,
              shard_dir_log(embedded->dir, child->number));
    child_wait(child);
}

/* One signal may stand for several children, so each is asked for by its own id. */
static void
on_child(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct embedded *embedded = arg;
    for (size_t i = 0; i < embedded->nchildren; i++) {
        struct child *child = &embedded->children[i];
        int status;
        if (child->state == CHILD_RUNNING && waitpid(child->pid, &status, WNOHANG) == child->pid) {
            child_ended(child, status);
        }
    }
    embedded_check_stopped(embedded);
}

static void
on_give_up(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct embedded *embedded = arg;
    for (size_t i = 0; i < embedded->nchildren; i++) {
        struct child *child = &embedded->children[i];
        if (child->state == CHILD_RUNNING) {
            log_write(embedded->log, LOG_WARNING,
                      "shard %zu: redis-server did not end in %d s; killing it", child->number,
                      STOP_TIMEOUT_S);
            kill(child->pid, SIGKILL);
        }
    }
    embedded_check_stopped(embedded);
}

static struct embedded *
embedded_new(struct event_base *base, const struct config *config, const struct log *log)
{
    struct embedded *embedded = must_alloc(sizeof *embedded);
    struct child *children = must_array(config->shards.nshards, sizeof *children);
    embedded->base = base;
    embedded->config = config;
    embedded->log = log;
    embedded->children = children;
    embedded->nchildren = config->shards.nshards;
    for (size_t i = 0; i < embedded->nchildren; i++) {
        children[i] = (struct child){.embedded = embedded,
                                     .number = i,
                                     .state = CHILD_ENDED,
                                     .backoff_ms = BACKOFF_FIRST_MS,
                                     .restart = event_new(base, -1, 0, on_restart, &children[i])};
    }
    embedded->on_child = evsignal_new(base, SIGCHLD, on_child, embedded);
    embedded->give_up = event_new(base, -1, 0, on_give_up, embedded);
    event_add(embedded->on_child, NULL);
    return embedded;
}

bool
embedded_start(struct event_base *base, const struct config *config, const struct log *log,
               struct embedded **out, struct error *err)
{
    struct embedded *embedded = embedded_new(base, config, log);
    bool ok = shard_process_module(config->redis_module, &embedded->module, err) &&
              shard_dir_open(config->dir, config->shards.nshards, log, &embedded->dir, err);
    for (size_t i = 0; ok && i < embedded->nchildren; i++) {
        ok = child_start(&embedded->children[i], err);
    }
    if (!ok) {
        embedded_free(embedded);
        return false;
    }
    *out = embedded;
    return true;
}

const struct shard_address *
embedded_addresses(const struct embedded *embedded)
{
    return shard_dir_addresses(embedded->dir);
}

bool
embedded_is_viable(const struct embedded *embedded, struct error *err)
{
    return !embedded->cannot_run ||
           error_set(err, "CONFIG", "cannot run %s (directive redis-server): see %s",
                     embedded->config->redis_server, shard_dir_log(embedded->dir, 0));
}

struct embedded_status
embedded_status(const struct embedded *embedded, size_t shard)
{
    const struct child *child = &embedded->children[shard];
    return (struct embedded_status){child->pid, child->restarts};
}

static void
child_stop(struct child *child)
{
    switch (child->state) {
    case CHILD_RUNNING: kill(child->pid, SIGTERM); return;
    case CHILD_WAITING:
        event_del(child->restart);
        child_move(child, CHILD_ENDED);
        return;
    case CHILD_ENDED: return;
    }
}

void
embedded_stop(struct embedded *embedded, void (*done)(void *arg), void *arg)
{
    struct timeval patience = {STOP_TIMEOUT_S, 0};
    embedded->is_stopping = true;
    embedded->on_stopped = done;
    embedded->on_stopped_arg = arg;
    for (size_t i = 0; i < embedded->nchildren; i++) {
        child_stop(&embedded->children[i]);
    }
    event_add(embedded->give_up, &patience);
    event_active(embedded->on_child, EV_SIGNAL,
                 1); /* done is called from the loop, if all had ended */
}

void
embedded_free(struct embedded *embedded)
{
    if (!embedded) {
        return;
    }
    for (size_t i = 0; i < embedded->nchildren; i++) {
        struct child *child = &embedded->children[i];
        if (child->state == CHILD_RUNNING) {
            kill(child->pid, SIGTERM);
            waitpid(child->pid, NULL, 0);
        }
        event_free(child->restart);
    }
    event_free(embedded->on_child);
    event_free(embedded->give_up);
    shard_dir_close(embedded->dir);
    free(embedded->module);
    free(embedded->children);
    free(embedded);
}
