/*
 * How long commands take.
 * in: a command that has been answered, or runs on until its shards have answered; out: the slow
 * ones, in the slow log.
 *
 *     answered at once      its words are still there: looked at only when it was slow
 *     runs on               its words are copied, as the reader goes on; kept or freed at its end
 *
 * A command that waits behind others of its own connection does not run yet. One whose client
 * leaves is not in the log. An unknown command is none, as in Redis; nor is one that may wait for
 * another client.
 */
#include "server/client.h"
#include "server/command.h"
#include "server/forward.h"
#include "server/server.h"

int64_t
command_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* An inline query is one word: the line. */
static struct slow_command *
words_new(const struct call *call, int64_t started_us)
{
    return call->nargs ? slow_command_new(call->args, call->nargs, started_us)
                       : slow_command_new(&call->line, 1, started_us);
}

static void
on_end(void *arg, struct request *request, bool is_done)
{
    struct slow_command *command = arg;
    if (!is_done) {
        slow_command_free(command);
        return;
    }
    const struct client *client = request_owner(request);
    slowlog_take(&client_server(client)->slowlog, command, command_clock_us(),
                 client_address(client), client_name(client));
}

void
command_time(struct call *call, int64_t started_us, enum command_outcome outcome)
{
    struct slowlog *log = &call->server->slowlog;
    bool is_known = call->command || call->spec;
    bool may_block = call->spec && call->spec->flags & COMMAND_BLOCKING; /* BLPOP only waits */
    if (!is_known || may_block || log->slower_than_us < 0) {
        return;
    }
    if (outcome == COMMAND_RUNS) {
        request_watch(call->request, on_end, words_new(call, started_us));
        return;
    }
    int64_t now_us = command_clock_us();
    if (slowlog_is_slow(log, now_us - started_us)) {
        slowlog_take(log, words_new(call, started_us), now_us, client_address(call->client),
                     client_name(call->client));
    }
}
