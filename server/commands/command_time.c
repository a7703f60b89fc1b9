/*
 * Measures how long commands take, and puts the slow ones into the slow log. in: a command that has
 * been answered, or runs on until its shards have answered; out: slow commands, in the slow log.
 *
 *     answered at once         its words are still there: looked at only when it was slow
 *     runs on, is short and    its bytes are copied into its request, as the reader goes on; they
 *       is passed through        are read again when it was slow
 *     runs on otherwise        its words are copied, as far as the log would show them
 *
 * A command that is passed through is timed by the loop's clock, from reading it to reading its
 * reply: thousands that come at once cost one look at the clock. The wait behind other commands of
 * the same connection does not count. A command whose client leaves is not logged, and neither is,
 * as in Redis, an unknown command, or one that may wait for another client.
 */
#include "server/commands/command_time.h"

#include <assert.h>
#include <string.h>

#include "executor/shards/command_table.h"
#include "net/resp_reader.h"
#include "net/stream.h"
#include "server/client/client.h"
#include "server/client/slowlog.h"
#include "server/proxy/forward.h"
#include "server/table/services.h"

/* Kept in the room of its request. */
struct kept_command {
    int64_t started_us;
    size_t nbytes;
    char bytes[REQUEST_ROOM_BYTES - sizeof(int64_t) - sizeof(size_t)];
};

int64_t
command_start_us(const struct call *call)
{
    struct stream_loop *loop = call->services->loop;
    return call->spec ? stream_loop_now_us(loop) : stream_loop_read_clock(loop);
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
    struct services *services = client_services(client);
    slowlog_take(services->slowlog, command, stream_loop_read_clock(services->loop),
                 client_address(client), client_name(client));
}

/* The words of a command, read again from the bytes that were kept. */
static struct slow_command *
kept_words(const struct kept_command *kept)
{
    const struct resp_limits no_limits = {SIZE_MAX, SIZE_MAX, false};
    struct resp_reader *reader = resp_reader_new();
    struct resp_request request;
    struct error err = {"", ""};
    size_t consumed;
    bool ok = resp_reader_read(reader, &no_limits, slice_of(kept->bytes, kept->nbytes), &consumed,
                               &request, &err) == RESP_OK;
    assert(ok);
    (void) ok;
    struct slow_command *command = slow_command_new(request.args, request.nargs, kept->started_us);
    resp_reader_free(reader);
    return command;
}

static void
on_kept_end(void *arg, struct request *request, bool is_done)
{
    const struct kept_command *kept = arg;
    const struct client *client = request_owner(request);
    struct services *services = client_services(client);
    int64_t now_us = stream_loop_now_us(services->loop);
    if (is_done && slowlog_is_slow(services->slowlog, now_us - kept->started_us)) {
        slowlog_take(services->slowlog, kept_words(kept), now_us, client_address(client),
                     client_name(client));
    }
}

static void
running_watch(struct call *call, int64_t started_us)
{
    struct kept_command *kept = request_room(call->request);
    if (call->spec && call->bytes.ptr && call->bytes.len <= sizeof kept->bytes) {
        kept->started_us = started_us;
        kept->nbytes = call->bytes.len;
        memcpy(kept->bytes, call->bytes.ptr, call->bytes.len);
        request_watch(call->request, on_kept_end, kept);
    } else {
        request_watch(call->request, on_end, words_new(call, started_us));
    }
}

void
command_time(struct call *call, int64_t started_us, enum command_outcome outcome)
{
    struct slowlog *log = call->services->slowlog;
    bool is_known = call->command || call->spec;
    bool may_block = call->spec && call->spec->flags & COMMAND_BLOCKING; /* BLPOP only waits */
    if (!is_known || may_block || log->slower_than_us < 0) {
        return;
    }
    if (outcome == COMMAND_RUNS) {
        running_watch(call, started_us);
        return;
    }
    int64_t now_us = stream_loop_read_clock(call->services->loop);
    if (slowlog_is_slow(log, now_us - started_us)) {
        slowlog_take(log, words_new(call, started_us), now_us, client_address(call->client),
                     client_name(call->client));
    }
}
