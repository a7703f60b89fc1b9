/*
 * Measures how long commands take, for the figures of commands and for the slow log. in: a command
 * that has been answered, or runs on until its shards have answered; out: its time added to its
 * figures; a slow command with its words in the slow log, a query with its plan.
 *
 *     answered at once         its words are still there: looked at only when it was slow
 *     runs on, is short and    its bytes are copied into its request, as the reader goes on; they
 *       is passed through        are read again when it was slow
 *     runs on otherwise        its words are copied, as far as the log would show them
 *
 * A command that is passed through is timed by the loop's clock, from reading it to reading its
 * reply: thousands that come at once cost one look at the clock. The wait behind other commands of
 * the same connection does not count. A command whose client leaves is neither logged nor counted,
 * and neither is, as in Redis, an unknown command. One that may wait for another client is counted
 * without its time.
 */
#include "server/commands/command_time.h"

#include <assert.h>
#include <string.h>

#include "executor/query.h"
#include "executor/shards/command_table.h"
#include "net/resp_reader.h"
#include "net/stream.h"
#include "server/client/client.h"
#include "server/client/slowlog.h"
#include "server/metrics/command_stats.h"
#include "server/metrics/metrics.h"
#include "server/proxy/forward.h"
#include "server/table/services.h"

/* A command that runs on. Kept in the room of its request. */
struct running {
    int64_t started_us;
    struct command_stat *stat;
    bool is_passed;             /* timed by the loop's clock */
    bool has_arity;             /* as many words as its shard wants; if not, it refuses it */
    struct slow_command *words; /* NULL: see bytes */
    size_t nbytes;              /* 0, without words: it will not be logged */
    char bytes[REQUEST_ROOM_BYTES - 5 * sizeof(int64_t)];
};
_Static_assert(sizeof(struct running) <= REQUEST_ROOM_BYTES, "it has room in its request");

static struct command_stats *
stats_of(const struct services *services)
{
    return services->metrics->commands;
}

int64_t
command_start_us(const struct call *call)
{
    struct stream_loop *loop = call->services->loop;
    return call->spec ? stream_loop_now_us(loop) : stream_loop_read_clock(loop);
}

/* Whether a shard's command has as many words as the shard wants. If not, the shard refuses it. */
static bool
has_arity(const struct call *call)
{
    int64_t arity = call->spec->arity;
    return arity >= 0 ? call->nargs == (size_t) arity : call->nargs >= (size_t) -arity;
}

/* An inline query is one word: the line. */
static struct slow_command *
words_new(const struct call *call, int64_t started_us)
{
    return call->nargs ? slow_command_new(call->args, call->nargs, started_us)
                       : slow_command_new(&call->line, 1, started_us);
}

/* The words of a command, read again from the bytes that were kept. */
static struct slow_command *
kept_words(const struct running *running)
{
    const struct resp_limits no_limits = {SIZE_MAX, SIZE_MAX, false};
    struct resp_reader *reader = resp_reader_new();
    struct resp_request request;
    struct error err = {"", ""};
    size_t consumed;
    bool ok = resp_reader_read(reader, &no_limits, slice_of(running->bytes, running->nbytes),
                               &consumed, &request, &err) == RESP_OK;
    assert(ok);
    (void) ok;
    struct slow_command *command =
        slow_command_new(request.args, request.nargs, running->started_us);
    resp_reader_free(reader);
    return command;
}

static void
on_end(void *arg, struct request *request, bool is_done)
{
    struct running *running = arg;
    const struct client *client = request_owner(request);
    struct services *services = client_services(client);
    struct slow_command *words = running->words;
    if (is_done) {
        bool is_error = request_is_error(request); /* which may come from a timer */
        int64_t now_us = running->is_passed && !is_error ? stream_loop_now_us(services->loop)
                                                         : stream_loop_read_clock(services->loop);
        if (is_error && !running->has_arity) {
            command_stats_reject(running->stat);
        } else {
            command_stats_end(stats_of(services), running->stat, now_us - running->started_us,
                              is_error);
        }
        bool is_slow = slowlog_is_slow(services->slowlog, now_us - running->started_us);
        if (is_slow && running->nbytes > 0) {
            words = kept_words(running);
        }
        if (is_slow && words) {
            slowlog_take(services->slowlog, words, now_us, client_address(client),
                         client_name(client));
            words = NULL;
        }
    }
    if (words) {
        slow_command_free(words);
    }
}

static void
running_watch(struct call *call, struct command_stat *stat, int64_t started_us)
{
    struct running *running = request_room(call->request);
    bool may_be_logged = call->services->slowlog->slower_than_us >= 0;
    bool is_kept = call->spec && call->bytes.ptr && call->bytes.len <= sizeof running->bytes;
    running->started_us = started_us;
    running->stat = stat;
    running->is_passed = call->spec != NULL;
    running->has_arity = !call->spec || has_arity(call);
    running->words = may_be_logged && !is_kept ? words_new(call, started_us) : NULL;
    running->nbytes = may_be_logged && is_kept ? call->bytes.len : 0;
    if (running->nbytes) {
        memcpy(running->bytes, call->bytes.ptr, running->nbytes);
    }
    request_watch(call->request, on_end, running);
}

void
command_time_query(struct request *request)
{
    const struct running *running = request_watcher(request, on_end);
    struct services *services = client_services(request_owner(request));
    struct query *query = request_query(request);
    if (!running || !running->words || !query ||
        !slowlog_is_slow(services->slowlog,
                         stream_loop_read_clock(services->loop) - running->started_us)) {
        return;
    }
    struct strbuf plan;
    strbuf_init(&plan);
    query_print_plan(query, &plan);
    if (plan.len) {
        slow_command_set_plan(running->words, strbuf_slice(&plan));
    }
    strbuf_fini(&plan);
}

void
command_time(struct call *call, int64_t started_us, enum command_outcome outcome)
{
    struct services *services = call->services;
    struct slowlog *log = services->slowlog;
    struct command_stat *stat = command_stats_of(stats_of(services), call);
    if (!stat) {
        return;
    }
    bool may_block = call->spec && call->spec->flags & COMMAND_BLOCKING; /* BLPOP only waits */
    if (outcome == COMMAND_RUNS && !may_block) {
        running_watch(call, stat, started_us);
        return;
    }
    int64_t now_us = stream_loop_read_clock(services->loop);
    bool is_error = outcome == COMMAND_REPLIED && request_is_error(call->request);
    if (call->is_rejected || (is_error && call->spec && !has_arity(call))) {
        command_stats_reject(stat);
    } else {
        command_stats_end(stats_of(services), stat, may_block ? -1 : now_us - started_us, is_error);
    }
    if (may_block) {
        return;
    }
    if (slowlog_is_slow(log, now_us - started_us)) {
        slowlog_take(log, words_new(call, started_us), now_us, client_address(call->client),
                     client_name(call->client));
    }
}
