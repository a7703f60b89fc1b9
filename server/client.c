/*
 * Clients' connections, under libevent.
 * in: bytes, as the kernel has them; out: requests run in order, replies sent in order.
 *
 * One function moves a client on, client_advance; each callback only calls it. It goes on as long
 * as
 *
 *     there is a whole request             else it waits for bytes            on_read
 *     its class may run beside those       else it waits for them to end      on_request_done
 *       that are in flight
 *     not too many are in flight, and      else it waits for them, or for     on_request_done,
 *       not too many bytes go out            the client to read               on_write
 *
 * While it waits, the bytes it does not take fill the input buffer to INPUT_BYTES or a little more,
 * and nothing is read (client_throttle): so a client that asks more than it reads fills its own
 * kernel buffers, not us.
 */
#include "server/client.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/address.h"
#include "server/command.h"
#include "server/resp_reader.h"
#include "server/server.h"

enum {
    MAX_REQUESTS = 1024,             /* in flight or waiting to be sent, of one client */
    INPUT_BYTES = 64 * 1024,         /* not yet read by us */
    OUTPUT_HIGH_BYTES = 1024 * 1024, /* not yet read by the client: no more requests are taken */
    OUTPUT_LOW_BYTES = 256 * 1024,   /* until so few are left */
    REFERENCE_BYTES = 16 * 1024,     /* a reply this large is sent without a copy */
    LINGER_MS = 1000,                /* for the client to take notice of the end */
    LEAVE_MS = 1000                  /* for what a client asked for before it left */
};

enum client_state { CLIENT_OPEN, CLIENT_CLOSING, CLIENT_LINGERING, CLIENT_GONE };

struct client {
    struct server *server;
    struct client_list *clients;
    struct client_node node;
    enum client_state state;
    uint64_t id;
    int fd;
    char address[ADDRESS_BYTES], local_address[ADDRESS_BYTES];
    struct bufferevent *bev; /* NULL when GONE */
    struct resp_reader *reader;
    struct call call; /* read and not run yet, when has_call */
    bool has_call;
    bool is_advancing;
    bool is_throttled; /* its bytes are not read for now */
    struct request_queue queue;
    bool resp3;
    enum client_replies replies;
    struct strbuf name;
    const struct command *last_command, *last_parent; /* NULL: none, or one that is unknown */
    bool has_left; /* it sends no more; whether it still reads cannot be known */
    int64_t connected_ms, active_ms, lingering_ms, left_ms;
};

/* -- its end ----------------------------------------------------------------------------------- */

/* The connection ends here, and what can be stopped is. The client itself is freed by the list. */
void
client_kill(struct client *client)
{
    if (client->state == CLIENT_GONE) {
        return;
    }
    client->state = CLIENT_GONE;
    bufferevent_free(client->bev); /* closes fd */
    client->bev = NULL;
    (void) request_queue_abandon(&client->queue);
    client_list_gone(client->clients, &client->node);
}

bool
client_is_over(struct client *client)
{
    return client->state == CLIENT_GONE && request_queue_abandon(&client->queue);
}

void
client_free(struct client *client)
{
    request_queue_fini(&client->queue);
    resp_reader_free(client->reader);
    strbuf_fini(&client->name);
    free(client);
}

bool
client_is_timed_out(const struct client *client, int64_t now_ms)
{
    int64_t timeout_ms = client->server->config.timeout_s * 1000;
    if (client->state == CLIENT_LINGERING) {
        return now_ms - client->lingering_ms > LINGER_MS;
    }
    if (client->has_left) {
        return now_ms - client->left_ms > LEAVE_MS;
    }
    return timeout_ms && client->state == CLIENT_OPEN && client->queue.nrequests == 0 &&
           now_ms - client->active_ms > timeout_ms;
}

/* -- from bytes to requests -------------------------------------------------------------------- */

void
client_quit(struct client *client)
{
    if (client->state == CLIENT_OPEN) {
        client->state = CLIENT_CLOSING;
    }
}

static void
client_refuse_input(struct client *client, const struct error *err)
{
    client->server->stats.protocol_errors++;
    log_write(&client->server->log, LOG_VERBOSE, "client %s: %s", client->address, err->message);
    struct request *request = request_push(&client->queue, REQUEST_LOCAL, client->resp3);
    resp_write_error(request_writer(request), err);
    request_done(request);
    client_quit(client);
}

/* The next request as a call. False: it is empty, or the quotes of its line are not balanced. */
static bool
call_fill(struct client *client, struct resp_request *request, struct error *err)
{
    if (request->line.ptr && !command_is_query(request->line)) {
        if (!resp_reader_split(client->reader, request, err)) {
            client_refuse_input(client, err);
            return false;
        }
        request->line = slice_of(NULL, 0);
        if (request->nargs == 0) {
            return false;
        }
    }
    client->call = (struct call){.server = client->server,
                                 .client = client,
                                 .args = request->args,
                                 .nargs = request->nargs,
                                 .line = request->line};
    command_resolve(&client->call);
    client->has_call = true;
    return true;
}

/* Reads on in the bytes there are. True when there is a call to run. */
static bool
client_read_call(struct client *client)
{
    struct evbuffer *input = bufferevent_get_input(client->bev);
    struct resp_limits limits = {(size_t) client->server->config.proto_max_bulk_len,
                                 (size_t) client->server->config.client_query_buffer_limit};
    while (client->state == CLIENT_OPEN && evbuffer_get_length(input) > 0) {
        size_t len = evbuffer_get_contiguous_space(input), consumed;
        struct slice bytes = slice_of(evbuffer_pullup(input, (ev_ssize_t) len), len);
        struct resp_request request;
        struct error err = {0};
        enum resp_status status =
            resp_reader_read(client->reader, &limits, bytes, &consumed, &request, &err);
        evbuffer_drain(input, consumed);
        client->server->stats.input_bytes += consumed;
        if (status == RESP_BAD) {
            client_refuse_input(client, &err);
        } else if (status == RESP_OK && call_fill(client, &request, &err)) {
            return true;
        }
    }
    return false;
}

static void
client_run_call(struct client *client)
{
    struct call call = client->call;
    client->has_call = false;
    client->last_command = call.command;
    client->last_parent = call.parent;
    client->server->stats.commands++;
    call.request = request_push(&client->queue, command_class(&call), client->resp3);
    request_mute(call.request, client->replies != REPLIES_ON);
    if (client->replies == REPLIES_SKIP_NEXT) {
        client->replies = REPLIES_ON;
    }
    command_run(&call);
}

/* -- from replies to bytes --------------------------------------------------------------------- */

static void
on_sent(const void *bytes, size_t len, void *arg)
{
    (void) len, (void) arg;
    free((void *) bytes);
}

/* Takes the reply over. */
static void
output_append(struct evbuffer *output, struct strbuf *reply)
{
    if (reply->len < REFERENCE_BYTES) {
        evbuffer_add(output, reply->ptr, reply->len);
        strbuf_fini(reply);
    } else if (evbuffer_add_reference(output, reply->ptr, reply->len, on_sent, NULL) != 0) {
        abort();
    }
}

static size_t
client_output_bytes(const struct client *client)
{
    return client->queue.reply_bytes + evbuffer_get_length(bufferevent_get_output(client->bev));
}

/* Sends the replies whose turn has come. */
static void
client_flush(struct client *client)
{
    struct evbuffer *output = bufferevent_get_output(client->bev);
    struct strbuf reply;
    while (request_queue_pop(&client->queue, &reply)) {
        client->server->stats.output_bytes += reply.len;
        output_append(output, &reply);
    }
}

/* True when the client was disconnected. */
static bool
client_check_output(struct client *client)
{
    size_t limit = (size_t) client->server->config.client_output_buffer_limit;
    if (client_output_bytes(client) <= limit) {
        return false;
    }
    client->server->stats.slow_readers++;
    log_write(&client->server->log, LOG_WARNING,
              "client %s: disconnected, %zu bytes of replies wait for it "
              "(client-output-buffer-limit %zu)",
              client->address, client_output_bytes(client), limit);
    client_kill(client);
    return true;
}

/*
 * All is sent. Closing at once with input unread would make the kernel reset the connection, and
 * the client might never see the error that says why: so its end is waited for, a moment.
 */
static void
client_linger(struct client *client)
{
    client->state = CLIENT_LINGERING;
    client->lingering_ms = server_now_ms();
    shutdown(client->fd, SHUT_WR);
    evbuffer_drain(bufferevent_get_input(client->bev), INPUT_BYTES);
}

/* -- moving on --------------------------------------------------------------------------------- */

static bool
client_has_room(const struct client *client)
{
    return client->queue.nrequests < MAX_REQUESTS &&
           client_output_bytes(client) < OUTPUT_HIGH_BYTES;
}

/* Starts what may start. */
static void
client_run_calls(struct client *client)
{
    client->is_advancing = true;
    while (client->state == CLIENT_OPEN && client_has_room(client) &&
           (client->has_call || client_read_call(client)) &&
           request_queue_admits(&client->queue, command_class(&client->call))) {
        client_run_call(client);
        client_flush(client);
    }
    client->is_advancing = false;
}

/*
 * Stops reading while the input that is not taken is large. Not with libevent's read watermark: it
 * calls back again and again for as long as the input stays at the mark.
 */
static void
client_throttle(struct client *client)
{
    bool is_full = evbuffer_get_length(bufferevent_get_input(client->bev)) >= INPUT_BYTES;
    if (is_full != client->is_throttled) {
        client->is_throttled = is_full;
        if (is_full) {
            bufferevent_disable(client->bev, EV_READ);
        } else {
            bufferevent_enable(client->bev, EV_READ);
        }
    }
}

/* All that will be asked was asked, and is answered, and sent. */
static bool
client_is_finished(const struct client *client)
{
    bool asks_no_more = client->state == CLIENT_CLOSING ||
                        (client->has_left && !client->has_call &&
                         evbuffer_get_length(bufferevent_get_input(client->bev)) == 0);
    return asks_no_more && client->queue.nrequests == 0 && client_output_bytes(client) == 0;
}

static void
client_advance(struct client *client)
{
    client_flush(client);
    client_run_calls(client);
    client_flush(client);
    client_throttle(client);
    if (client_check_output(client) || !client_is_finished(client)) {
        return;
    }
    if (client->has_left) {
        client_kill(client);
    } else {
        client_linger(client);
    }
}

static void
on_request_done(void *arg)
{
    struct client *client = arg;
    if (client->state == CLIENT_GONE) {
        client_list_reap_soon(client->clients);
    } else if (!client->is_advancing) { /* later, together with others that end now */
        bufferevent_trigger(client->bev, EV_WRITE,
                            BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
    }
}

static void
on_read(struct bufferevent *bev, void *arg)
{
    struct client *client = arg;
    client->active_ms = server_now_ms();
    if (client->state == CLIENT_LINGERING) {
        evbuffer_drain(bufferevent_get_input(bev), INPUT_BYTES);
        return;
    }
    client_advance(client);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
    (void) bev;
    client_advance(arg);
}

/*
 * The end of a client's bytes may be all of it, or only of what it sends: `nc -N` still reads. So
 * what it asked for goes on for a moment, and is cancelled then.
 */
static void
on_event(struct bufferevent *bev, short what, void *arg)
{
    (void) bev;
    struct client *client = arg;
    if (what != (BEV_EVENT_EOF | BEV_EVENT_READING) || client->state == CLIENT_LINGERING) {
        client_kill(client);
        return;
    }
    client->has_left = true;
    client->left_ms = server_now_ms();
    client_advance(client);
}

/* -- the connection ---------------------------------------------------------------------------- */

static struct bufferevent *
client_open_buffers(struct client *client)
{
    struct bufferevent *bev =
        bufferevent_socket_new(client->server->base, client->fd, BEV_OPT_CLOSE_ON_FREE);
    if (!bev) {
        abort();
    }
    bufferevent_setcb(bev, on_read, on_write, on_event, client);
    bufferevent_setwatermark(bev, EV_WRITE, OUTPUT_LOW_BYTES, 0);
    bufferevent_set_max_single_read(bev, INPUT_BYTES);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
    return bev;
}

struct client_node *
client_new(struct client_list *clients, uint64_t id, int fd)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client) {
        abort();
    }
    client->node.client = client;
    client->server = clients->server;
    client->clients = clients;
    client->id = id;
    client->fd = fd;
    address_of_peer(fd, client->address);
    address_of_socket(fd, client->local_address);
    client->reader = resp_reader_new();
    request_queue_init(&client->queue, on_request_done, client);
    strbuf_init(&client->name);
    client->connected_ms = client->active_ms = server_now_ms();
    client->bev = client_open_buffers(client);
    return &client->node;
}

/* -- what commands ask about it ---------------------------------------------------------------- */

uint64_t
client_id(const struct client *client)
{
    return client->id;
}

const char *
client_address(const struct client *client)
{
    return client->address;
}

const char *
client_local_address(const struct client *client)
{
    return client->local_address;
}

struct slice
client_name(const struct client *client)
{
    return strbuf_slice(&client->name);
}

bool
client_check_name(struct slice name, struct error *err)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < '!' || name.ptr[i] > '~') {
            return error_set(err, "ERR",
                             "Client names cannot contain spaces, newlines or special characters.");
        }
    }
    return true;
}

void
client_set_name(struct client *client, struct slice name)
{
    strbuf_clear(&client->name);
    strbuf_append(&client->name, name);
}

bool
client_is_resp3(const struct client *client)
{
    return client->resp3;
}

void
client_set_resp3(struct client *client, bool resp3)
{
    client->resp3 = resp3;
}

void
client_set_replies(struct client *client, enum client_replies replies)
{
    client->replies = replies;
}

void
client_print(const struct client *client, struct strbuf *out)
{
    int64_t now_ms = server_now_ms();
    struct slice name = client_name(client);
    strbuf_printf(out, "id=%llu addr=%s laddr=%s fd=%d name=%.*s age=%lld idle=%lld flags=%s db=0",
                  (unsigned long long) client->id, client->address, client->local_address,
                  client->fd, SLICE_ARG(name), (long long) (now_ms - client->connected_ms) / 1000,
                  (long long) (now_ms - client->active_ms) / 1000,
                  client->state == CLIENT_OPEN ? "N" : "c");
    strbuf_printf(
        out, " qbuf=%zu obl=%zu requests=%zu cmd=%s%s%s user=default resp=%d\n",
        resp_reader_bytes(client->reader) + evbuffer_get_length(bufferevent_get_input(client->bev)),
        client_output_bytes(client), client->queue.nrequests,
        client->last_parent ? client->last_parent->name : "", client->last_parent ? "|" : "",
        client->last_command ? client->last_command->name : "NULL", client->resp3 ? 3 : 2);
}
