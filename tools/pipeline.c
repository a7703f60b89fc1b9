/*
 * One connection over which many commands are under way at a time.
 * in: commands as RESP bytes, each with a tag; out: their replies, in the same order, with the
 * tags.
 *
 *     out    [ written | not yet written ]      one buffer, emptied when all of it is written
 *     tags   a ring of `window` tags: the oldest is the next reply's
 *
 * The bytes are put together here, so that a command costs no allocation.
 */
#include "tools/pipeline.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/must.h"

enum { SILENCE_MS_MOST = 60000 };

struct pipeline {
    struct connection *connection;
    struct strbuf out;
    size_t written; /* of out */
    uint64_t *tags;
    size_t window, oldest, in_flight;
    pipeline_reply_fn *on_reply;
    void *arg;
};

bool
pipeline_open(const struct connection_address *address, size_t window, pipeline_reply_fn *on_reply,
              void *arg, struct pipeline **out, struct error *err)
{
    struct connection *connection;
    if (!connection_open(address, &connection, err)) {
        return false;
    }
    connection_set_nonblocking(connection); /* from here on we poll */
    struct pipeline *pipeline = must_alloc(sizeof *pipeline);
    uint64_t *tags = must_array(window, sizeof *tags);
    *pipeline = (struct pipeline){
        .connection = connection, .tags = tags, .window = window, .on_reply = on_reply, .arg = arg};
    strbuf_init(&pipeline->out);
    *out = pipeline;
    return true;
}

void
pipeline_free(struct pipeline *pipeline)
{
    if (pipeline) {
        connection_free(pipeline->connection);
        strbuf_fini(&pipeline->out);
        free(pipeline->tags);
        free(pipeline);
    }
}

struct strbuf *
pipeline_out(struct pipeline *pipeline)
{
    return &pipeline->out;
}

size_t
pipeline_in_flight(const struct pipeline *pipeline)
{
    return pipeline->in_flight;
}

static bool
pipeline_write(struct pipeline *pipeline, struct error *err)
{
    struct strbuf *out = &pipeline->out;
    ssize_t n =
        connection_write(pipeline->connection,
                         slice_of(out->ptr + pipeline->written, out->len - pipeline->written), err);
    if (n < 0) {
        return false;
    }
    pipeline->written += (size_t) n;
    if (pipeline->written == out->len) {
        strbuf_clear(out);
        pipeline->written = 0;
    }
    return true;
}

static bool
pipeline_read(struct pipeline *pipeline, struct error *err)
{
    struct connection *connection = pipeline->connection;
    struct error lost = {"", ""};
    bool open = connection_read(connection, &lost);
    /* Replies that came before the connection broke are acknowledgements all the same. */
    for (;;) {
        struct redisReply *reply = connection_reply(connection, err);
        if (error_is_set(err)) {
            return false;
        }
        if (!reply) {
            break;
        }
        if (pipeline->in_flight == 0) {
            freeReplyObject(reply);
            return error_set(err, "IO", "a reply without a command");
        }
        uint64_t tag = pipeline->tags[pipeline->oldest];
        pipeline->oldest = (pipeline->oldest + 1) % pipeline->window;
        pipeline->in_flight--;
        pipeline->on_reply(pipeline->arg, tag, reply);
        freeReplyObject(reply);
    }
    if (!open) {
        *err = lost;
    }
    return open;
}

/* Writes and reads until at most `most` commands are in flight. */
static bool
pipeline_exchange(struct pipeline *pipeline, size_t most, struct error *err)
{
    while (pipeline->in_flight > most) {
        struct pollfd event = {.fd = connection_fd(pipeline->connection), .events = POLLIN};
        if (pipeline->out.len) {
            event.events |= POLLOUT;
        }
        int n = poll(&event, 1, SILENCE_MS_MOST);
        if (n < 0 && errno != EINTR) {
            return error_set(err, "IO", "poll: %s", strerror(errno));
        }
        if (n == 0) {
            return error_set(err, "IO", "no reply for %d s", SILENCE_MS_MOST / 1000);
        }
        if (n < 0) {
            continue;
        }
        if (event.revents & (POLLIN | POLLERR | POLLHUP) && !pipeline_read(pipeline, err)) {
            return false;
        }
        if (event.revents & POLLOUT && !pipeline_write(pipeline, err)) {
            /* What was acknowledged before the connection broke may still be on its way to us. */
            struct error ignored = {0};
            while (pipeline_read(pipeline, &ignored) && pipeline->in_flight) {
                if (poll(&event, 1, 0) <= 0) {
                    break;
                }
            }
            return false;
        }
    }
    return true;
}

bool
pipeline_commit(struct pipeline *pipeline, uint64_t tag, struct error *err)
{
    size_t newest = (pipeline->oldest + pipeline->in_flight) % pipeline->window;
    pipeline->tags[newest] = tag;
    pipeline->in_flight++;
    return pipeline->in_flight < pipeline->window ||
           pipeline_exchange(pipeline, pipeline->window / 2, err);
}

bool
pipeline_drain(struct pipeline *pipeline, struct error *err)
{
    return pipeline_exchange(pipeline, 0, err);
}
