/*
 * Asks this server as a client of its own. in: a command's words; out: its reply's bytes.
 *
 *     on_reply --> nothing is asked --inner_client_ask--> asked --the reply is whole--> on_reply
 *                                                           |
 *                                                           +--the connection ends--> on_lost
 *
 * When the stream here is closed, the client at the other end sees it at once, and cancels what runs
 * (client_list_adopt).
 */
#include "server/http/inner_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "net/reply_scan.h"
#include "net/resp_writer.h"
#include "net/stream.h"
#include "server/client/client_list.h"
#include "server/config/config_values.h"
#include "server/table/services.h"

struct inner_client {
    struct services *services;
    const struct inner_client_events *events;
    void *arg;
    struct stream *stream;
    uint64_t id;
    bool is_asked;
    struct reply_scan scan;
    struct strbuf reply; /* as far as it has come */
};

static void
lost(struct inner_client *client, const char *why)
{
    struct error err = {0};
    (void) error_set(&err, "ERR", "%s", why);
    client->events->on_lost(client->arg, &err);
}

/* The reply is whole. The client may be freed by its event, so it is not touched after it. */
static void
reply_done(struct inner_client *client)
{
    struct strbuf reply = client->reply;
    strbuf_init(&client->reply);
    client->is_asked = false;
    client->events->on_reply(client->arg, strbuf_slice(&reply));
    strbuf_fini(&reply);
}

static void
on_input(void *arg, struct slice bytes)
{
    struct inner_client *client = arg;
    while (bytes.len && client->is_asked) {
        size_t consumed;
        struct error err = {0};
        enum scan_status status = reply_scan(&client->scan, bytes, &consumed, &err);
        strbuf_append(&client->reply, slice_of(bytes.ptr, consumed));
        bytes = slice_of(bytes.ptr + consumed, bytes.len - consumed);
        if (status == SCAN_BAD) {
            lost(client, err.message);
            return;
        }
        if (client->reply.len > (size_t) client->services->config->client_output_buffer_limit) {
            lost(client, "the answer is larger than client-output-buffer-limit");
            return;
        }
        if (status == SCAN_OK && client->scan.kind == '>') { /* nobody asked for it */
            strbuf_clear(&client->reply);
        } else if (status == SCAN_OK) {
            reply_done(client);
            return;
        }
    }
}

static void
on_end(void *arg, const char *why)
{
    (void) why;
    lost(arg, "the connection was ended");
}

static const struct stream_handlers HANDLERS = {.on_input = on_input, .on_end = on_end};

bool
inner_client_open(struct services *services, const struct client_adoption *adoption,
                  const struct inner_client_events *events, void *arg, struct inner_client **out,
                  struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
        return error_set(err, "ERR", "no connection can be made: %s", strerror(errno));
    }
    struct inner_client *client = must_alloc(sizeof *client);
    client->services = services;
    client->events = events;
    client->arg = arg;
    strbuf_init(&client->reply);
    client->id = client_list_adopt(services->clients, ends[0], adoption);
    client->stream = stream_open(services->loop, ends[1], NULL, &HANDLERS, client);
    *out = client;
    return true;
}

void
inner_client_free(struct inner_client *client)
{
    if (client) {
        stream_free(client->stream);
        strbuf_fini(&client->reply);
        free(client);
    }
}

void
inner_client_ask(struct inner_client *client, const struct slice *args, size_t nargs)
{
    struct resp_writer writer = {.out = stream_output(client->stream)};
    resp_write_array(&writer, nargs);
    for (size_t i = 0; i < nargs; i++) {
        resp_write_bulk(&writer, args[i]);
    }
    client->is_asked = true;
    client->scan = (struct reply_scan){0};
    stream_send(client->stream);
}

uint64_t
inner_client_id(const struct inner_client *client)
{
    return client->id;
}
