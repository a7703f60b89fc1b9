/*
 * One client's connection: bytes become requests, and replies become bytes. in: bytes from the
 * kernel; out: requests run in order, replies sent in order.
 *
 * The function client_advance runs what may run; each callback only calls it. It goes on as long as
 *
 *     there is a whole request             else it waits for bytes            on_read
 *     its class may run beside those       else it waits for them to end      on_request_done
 *       that are in flight
 *     its user's limits allow it           else it waits for a query to end   on_request_done,
 *                                            or for the clock                  on_wake
 *     not too many are in flight, and      else it waits for them, or for     on_request_done,
 *       not too many bytes go out, or        the client to read               on_drained
 *       are likely to
 *
 * While it waits, the bytes that have come and are not taken are held, at most a read's worth, and
 * nothing more is read. So a client that asks more than it reads fills its own kernel buffers.
 */
#include "server/client/client.h"

#include <assert.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "executor/budget.h"
#include "net/resp_reader.h"
#include "net/stream.h"
#include "server/access/access.h"
#include "server/access/stats.h"
#include "server/client/call.h"
#include "server/client/throttle.h"
#include "server/config/address.h"
#include "server/config/config.h"
#include "server/table/command_index.h"
#include "server/table/services.h"

enum {
    MAX_REQUESTS = 1024,                /* in flight or waiting to be sent, of one client */
    OUTPUT_HIGH_BYTES = 1024 * 1024,    /* not yet read by the client: no more requests are taken */
    INPUT_HIGH_BYTES = 8 * 1024 * 1024, /* of requests that are not answered: the same */
    STRANGER_HIGH_BYTES = 4096,         /* the same, of a client that has not logged in */
    LIMIT_SHARES = 8,                   /* of the output limit: one for replies on their way */
    STUCK_MS = 10000,                   /* above the output limit, while the client reads nothing */
    LINGER_MS = 1000,                   /* so that the client sees the end */
    LEAVE_MS = 1000,                    /* for requests from before the client left */
    HANDSHAKE_MS = 10000                /* TLS */
};

enum client_state {
    CLIENT_OPEN,
    CLIENT_CLOSING,   /* takes no more requests, and is answered what it asked */
    CLIENT_LINGERING, /* takes no more requests, and answers those that it has */
    CLIENT_GONE,      /* all is sent; it waits for the client to close */
    CLIENT_NSTATES
};

/* From each state, the states that may follow: the diagram in client.h. */
static const bool MOVES[CLIENT_NSTATES][CLIENT_NSTATES] = {
    [CLIENT_OPEN] = {[CLIENT_CLOSING] = true, [CLIENT_GONE] = true},
    [CLIENT_CLOSING] = {[CLIENT_LINGERING] = true, [CLIENT_GONE] = true},
    [CLIENT_LINGERING] = {[CLIENT_GONE] = true},
};

struct client {
    const struct client_context *context;
    struct services *services; /* the context's */
    struct client_node node;
    enum client_state state;
    uint64_t id;
    char address[ADDRESS_BYTES], local_address[ADDRESS_BYTES];
    struct stream *stream; /* NULL when GONE */
    struct slice input;    /* received and not taken: in the reader's buffer, or in held */
    struct strbuf held;
    struct resp_reader *reader;
    struct call call; /* read and not run yet, if has_call */
    bool has_call;
    bool is_advancing;
    struct request_queue queue;
    size_t npassed; /* replies passed on since nothing was in flight */
    struct conversation *conversation;
    bool resp3;
    size_t table_cells;
    enum client_replies replies;
    enum unknown_fields unknown_fields;
    struct access access;
    struct throttle throttle;
    struct event *wake; /* NULL until the client had to wait for the clock */
    struct query_budget budget;
    struct strbuf name;
    const struct command *last_command, *last_parent; /* NULL: none, or an unknown one */
    bool has_left;                                    /* it sends no more; it may still read */
    bool ends_a_wait; /* it left during a blocking command: later ones wait for its end */
    int64_t connected_ms, active_ms, lingering_ms, left_ms;
    uint64_t taken_bytes; /* of its output, at the last look */
    int64_t taken_ms;     /* since when the number is the same; or when nothing waited */
};

/* The one place where a client changes its state. */
static void
client_move(struct client *client, enum client_state to)
{
    bool is_legal = MOVES[client->state][to];
    assert(is_legal);
    (void) is_legal;
    client->state = to;
}

/* -- its end ----------------------------------------------------------------------------------- */

/* Closes the connection and stops what can be stopped. The list frees the client itself. */
void
client_kill(struct client *client)
{
    if (client->state == CLIENT_GONE) {
        return;
    }
    client_move(client, CLIENT_GONE);
    stream_free(client->stream);
    client->stream = NULL;
    if (client->wake) {
        event_free(client->wake);
        client->wake = NULL;
    }
    client->input = slice_of("", 0);
    (void) request_queue_abandon(&client->queue);
    client->context->conversations->end(client->conversation);
    client->context->owner->on_gone(client->context->list, &client->node);
}

bool
client_is_gone(const struct client *client)
{
    return client->state == CLIENT_GONE;
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
    strbuf_fini(&client->held);
    access_fini(&client->access);
    client->context->conversations->free(client->conversation);
    free(client);
}

bool
client_is_deaf(struct client *client, int64_t now_ms)
{
    return client->context->conversations->tick(client->conversation, now_ms);
}

bool
client_is_idle(const struct client *client)
{
    bool is_over = client->state == CLIENT_GONE ||
                   (!client->has_call && stream_output_bytes(client->stream) == 0);
    return is_over && request_queue_is_idle(&client->queue);
}

bool
client_is_timed_out(const struct client *client, int64_t now_ms)
{
    int64_t timeout_ms = client->services->config->timeout_s * 1000;
    if (client->node.is_shaking_hands) {
        return now_ms - client->connected_ms > HANDSHAKE_MS;
    }
    if (client->state == CLIENT_LINGERING) {
        return now_ms - client->lingering_ms > LINGER_MS;
    }
    if (client->has_left || client->ends_a_wait) {
        bool is_answered =
            (client->queue.nrequests == 0 || request_queue_wants_room(&client->queue)) &&
            stream_output_bytes(client->stream) > 0;
        return is_answered ? now_ms - client->taken_ms > STUCK_MS
                           : now_ms - client->left_ms > LEAVE_MS;
    }
    return timeout_ms && client->state == CLIENT_OPEN && client->queue.nrequests == 0 &&
           now_ms - client->active_ms > timeout_ms;
}

/* -- from bytes to requests -------------------------------------------------------------------- */

void
client_quit(struct client *client)
{
    if (client->state == CLIENT_OPEN) {
        client_move(client, CLIENT_CLOSING);
    }
}

void
client_refuse(struct client *client, struct slice reply)
{
    struct request *request = request_push(&client->queue, REQUEST_LOCAL, client->resp3);
    strbuf_append(request_writer(request)->out, reply);
    client_quit(client);
    request_done(request);
}

static void
client_refuse_input(struct client *client, const struct error *err)
{
    client->services->stats->protocol_errors++;
    log_write(client->services->log, LOG_VERBOSE, "client %s: %s", client->address, err->message);
    struct request *request = request_push(&client->queue, REQUEST_LOCAL, client->resp3);
    resp_write_error(request_writer(request), err);
    request_done(request);
    client_quit(client);
}

/* Reads the next request as a call. False: it is empty, or its line has an unbalanced quote. */
static bool
call_fill(struct client *client, struct resp_request *request, struct error *err)
{
    if (request->line.ptr &&
        !command_index_is_query(services_commands(client->services), request->line)) {
        if (!resp_reader_split(client->reader, request, err)) {
            client_refuse_input(client, err);
            return false;
        }
        request->line = slice_of(NULL, 0);
        if (request->nargs == 0) {
            return false;
        }
    }
    client->call = (struct call){.services = client->services,
                                 .client = client,
                                 .args = request->args,
                                 .nargs = request->nargs,
                                 .line = request->line,
                                 .bytes = request->bytes};
    call_resolve(&client->call);
    client->has_call = true;
    return true;
}

/* Reads on in the bytes received. True: there is a call to run. */
static bool
client_read_call(struct client *client)
{
    struct resp_limits limits = {(size_t) client->services->config->proto_max_bulk_len,
                                 (size_t) client->services->config->client_query_buffer_limit,
                                 false};
    while (client->state == CLIENT_OPEN && client->input.len > 0) {
        size_t consumed;
        struct resp_request request;
        struct error err;
        error_clear(&err);
        limits.is_unauthenticated = access_is_required(&client->access, client->services->acl);
        enum resp_status status =
            resp_reader_read(client->reader, &limits, client->input, &consumed, &request, &err);
        client->input = slice_of(client->input.ptr + consumed, client->input.len - consumed);
        client->services->stats->input_bytes += consumed;
        if (status == RESP_BAD) {
            client_refuse_input(client, &err);
        } else if (status == RESP_OK && call_fill(client, &request, &err)) {
            return true;
        }
    }
    return false;
}

/* True: a blocking command of the client is under way. */
static bool
client_waits(const struct client *client)
{
    return client->context->conversations->waits(client->conversation);
}

/*
 * Ends a blocking command of a client that sends no more: otherwise an element might be taken off
 * its list for nobody. As in Redis, the client still gets what was there when it asked, and
 * requests behind a command that had to wait are not carried out.
 */
static void
client_end_wait(struct client *client)
{
    if (client->ends_a_wait || !client_waits(client)) {
        return;
    }
    client->ends_a_wait = true;
    client->left_ms = now_coarse_ms();
    if (!client->context->conversations->end_wait(client->conversation)) {
        client_kill(client);
    }
}

/* It sends no more. Inside the server that means that nobody waits for its replies. */
static void
client_notice_end(struct client *client)
{
    if (client->node.is_inner) {
        client_kill(client);
    } else {
        client_end_wait(client);
    }
}

/* About as many bytes as the call came in. */
static size_t
call_bytes(const struct call *call)
{
    size_t nbytes = call->line.len;
    for (size_t i = 0; call->bytes.len == 0 && i < call->nargs; i++) {
        nbytes += call->args[i].len;
    }
    return call->bytes.len + nbytes;
}

static void
client_run_call(struct client *client)
{
    struct call call = client->call;
    client->has_call = false;
    client->last_command = call.command;
    client->last_parent = call.parent;
    client->services->stats->commands++;
    call.request =
        request_push(&client->queue, client->context->calls->class_of(&call), client->resp3);
    request_writer(call.request)->table_cells = client->table_cells;
    request_mute(call.request, client->replies != REPLIES_ON);
    if (client->replies == REPLIES_SKIP_NEXT) {
        client->replies = REPLIES_ON;
    }
    request_set_bytes(call.request, call_bytes(&call));
    client->context->calls->run(&call);
    if (client->state != CLIENT_GONE && (client->has_left || stream_is_hung_up(client->stream))) {
        client_notice_end(client);
    }
}

/* A call that had to wait is looked up again: an earlier command may have made its key a row. */
static bool
client_has_held_call(struct client *client)
{
    if (client->has_call) {
        call_resolve(&client->call);
    }
    return client->has_call;
}

/* -- from replies to bytes --------------------------------------------------------------------- */

static size_t
client_output_bytes(const struct client *client)
{
    return client->queue.reply_bytes + (client->stream ? stream_output_bytes(client->stream) : 0);
}

/* Sends the replies that are next in order. */
static void
client_flush(struct client *client)
{
    struct strbuf reply;
    while (client->stream && request_queue_pop(&client->queue, &reply)) {
        if (reply.len > 0) {
            client->services->stats->output_bytes += reply.len;
            stream_send_buffer(client->stream, &reply);
        } else {
            strbuf_fini(&reply);
        }
    }
}

static size_t
client_output_limit(const struct client *client)
{
    return (size_t) client->services->config->client_output_buffer_limit;
}

/* waiting_bytes: of its replies. */
static void
client_tell_slow(struct client *client, size_t waiting_bytes)
{
    client->services->stats->slow_readers++;
    log_write(client->services->log, LOG_WARNING,
              "client %s: disconnected, %zu bytes of replies wait for it "
              "(client-output-buffer-limit %zu)",
              client->address, waiting_bytes, client_output_limit(client));
}

/*
 * A client that reads gets every reply it asked for, however large: client_has_room limits
 * beforehand how much is asked of the shards at a time.
 */
bool
client_is_stuck(struct client *client, int64_t now_ms)
{
    if (client->state == CLIENT_GONE) {
        return false;
    }
    bool waits = stream_output_bytes(client->stream) > 0;
    uint64_t taken_bytes = waits ? stream_taken_bytes(client->stream) : client->taken_bytes;
    if (!waits || taken_bytes != client->taken_bytes) {
        client->taken_bytes = taken_bytes;
        client->taken_ms = now_ms;
    }
    bool is_stuck = client_output_bytes(client) > client_output_limit(client) &&
                    now_ms - client->taken_ms > STUCK_MS;
    if (is_stuck) {
        client_tell_slow(client, client_output_bytes(client));
    }
    return is_stuck;
}

/*
 * Lingers when all is sent. Closing at once, with input unread, would make the kernel reset the
 * connection, and the client might never see the error that says why. So the client gets a moment
 * to close.
 */
static void
client_linger(struct client *client)
{
    client_move(client, CLIENT_LINGERING);
    client->lingering_ms = now_coarse_ms();
    client->input = slice_of("", 0);
    stream_shutdown(client->stream);
    stream_pause(client->stream, false);
}

/* -- moving on --------------------------------------------------------------------------------- */

static bool
client_has_room(struct client *client)
{
    bool is_stranger = access_is_required(&client->access, client->services->acl);
    size_t high_bytes = is_stranger ? STRANGER_HIGH_BYTES : OUTPUT_HIGH_BYTES;
    size_t share = client_output_limit(client) / LIMIT_SHARES;
    return client->queue.nrequests < MAX_REQUESTS && client_output_bytes(client) < high_bytes &&
           client->queue.running_bytes < INPUT_HIGH_BYTES &&
           request_queue_has_room(&client->queue,
                                  share > OUTPUT_HIGH_BYTES ? share : OUTPUT_HIGH_BYTES);
}

static void client_advance(struct client *client);

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct client *client = arg;
    (void) stream_loop_read_clock(client->services->loop);
    client->active_ms = now_coarse_ms(); /* the client is not silent: it is kept waiting */
    client_advance(client);
}

static void
client_wake_in(struct client *client, int64_t wait_us)
{
    struct timeval wait = {wait_us / 1000000, wait_us % 1000000};
    if (!client->wake) {
        client->wake = must_have(evtimer_new(client->services->base, on_wake, client));
    }
    if (evtimer_add(client->wake, &wait) != 0) {
        out_of_memory();
    }
}

/* True: the next call may run now. Then it is counted. */
static bool
client_is_admitted(struct client *client)
{
    struct acl_limits limits = access_limits(&client->access, client->services->config);
    enum request_class class = client->context->calls->class_of(&client->call);
    size_t nqueries = client->queue.nrunning[REQUEST_QUERY];
    if (!request_queue_admits(&client->queue, class) ||
        (class == REQUEST_QUERY && limits.max_queries &&
         nqueries >= (uint64_t) limits.max_queries)) {
        return false;
    }
    int64_t wait_us =
        limits.rate ? throttle_take(&client->throttle, limits.rate, now_coarse_ms() * 1000) : 0;
    if (wait_us > 0) {
        client_wake_in(client, wait_us);
        return false;
    }
    client->budget.max_cells = (uint64_t) limits.max_cells;
    return true;
}

/* Starts the calls that may start. */
static void
client_run_calls(struct client *client)
{
    client->is_advancing = true;
    while (client->state == CLIENT_OPEN && !client->ends_a_wait && client_has_room(client) &&
           (client_has_held_call(client) || client_read_call(client)) &&
           client_is_admitted(client)) {
        client_run_call(client);
        client_flush(client);
    }
    client->is_advancing = false;
}

/*
 * Holds bytes that are not taken, and reads no more while there are any. During a blocking command
 * it goes on reading: otherwise it would not see the client's end behind those bytes.
 */
static void
client_throttle(struct client *client)
{
    bool is_held = client->held.len && client->input.ptr >= client->held.ptr &&
                   client->input.ptr <= client->held.ptr + client->held.len;
    if (client->has_call) {
        client->call.bytes = resp_reader_keep(client->reader);
    }
    if (client->input.len == 0) {
        strbuf_fini(&client->held);
        strbuf_init(&client->held);
    } else if (!is_held) {
        strbuf_clear(&client->held);
        strbuf_append(&client->held, client->input);
        client->input = strbuf_slice(&client->held);
    }
    bool is_waiting = client_waits(client) && !client->ends_a_wait;
    stream_pause(client->stream, (client->input.len > 0 || client->has_call) && !is_waiting);
}

/* True: the client was disconnected, because too many requests wait behind a blocking command. */
static bool
client_check_input(struct client *client)
{
    size_t limit = (size_t) client->services->config->client_query_buffer_limit;
    if (client->held.len <= limit) {
        return false;
    }
    log_write(client->services->log, LOG_WARNING,
              "client %s: disconnected, %zu bytes of requests wait (client-query-buffer-limit %zu)",
              client->address, client->held.len, limit);
    client_kill(client);
    return true;
}

/* True: no more requests will come, and all are answered. */
static bool
client_is_finished(const struct client *client)
{
    bool asks_no_more = client->state == CLIENT_CLOSING ||
                        (client->has_left && !client->has_call && client->input.len == 0);
    return asks_no_more && client->queue.nrequests == 0;
}

/* Ends a client that is finished, once all is sent. */
static void
client_finish(struct client *client)
{
    if (client_output_bytes(client) > 0) {
        stream_tell_when_sent(client->stream);
    } else if (client->has_left) {
        client_kill(client);
    } else if (client->state == CLIENT_CLOSING) {
        client_linger(client);
    }
}

static void
client_send_part(struct client *client)
{
    struct strbuf part;
    if (request_queue_take_part(&client->queue, &part)) {
        client->services->stats->output_bytes += part.len;
        stream_send_buffer(client->stream, &part);
    }
}

/* Goes on with a reply that is made in parts, when the earlier parts were taken. */
static void
client_resume(struct client *client)
{
    if (client->state == CLIENT_GONE || !request_queue_wants_room(&client->queue)) {
        return;
    }
    client_send_part(client);
    if (stream_output_bytes(client->stream) < OUTPUT_HIGH_BYTES) {
        request_queue_resume(&client->queue);
    }
}

static void
client_advance(struct client *client)
{
    client_flush(client);
    client_run_calls(client);
    client_flush(client);
    if (client->state == CLIENT_GONE) {
        return;
    }
    client_throttle(client);
    if (client_check_input(client)) {
        return;
    }
    if (client_is_finished(client)) {
        client_finish(client);
    } else if (access_is_required(&client->access, client->services->acl) &&
               !client_has_room(client)) {
        stream_tell_when_sent(client->stream); /* on_drained needs more output than that */
    }
    client_resume(client);
}

/* True: all requests are taken, and more may come. */
static bool
client_waits_for_bytes(const struct client *client)
{
    return client->state == CLIENT_OPEN && client->input.len == 0 && !client->has_call &&
           !client->has_left;
}

/*
 * Sends a pipeline's last reply at once while others are still being answered: its client has work
 * for a while. A client that asks one by one would be woken for too little, and sleep again.
 */
static void
client_send_early(struct client *client)
{
    if (client->queue.nrequests == 0) {
        if (client->npassed > 1) {
            stream_send_now(client->stream);
        }
        client->npassed = 0;
    }
}

static void
on_request_done(void *arg)
{
    struct client *client = arg;
    if (client->state == CLIENT_GONE) {
        client->context->owner->on_over(client->context->list);
    } else if (!client->is_advancing && client_waits_for_bytes(client)) {
        client_flush(client);
        client_send_early(client);
        client_resume(client);
    } else if (!client->is_advancing) {
        client_advance(client);
    }
}

/* Puts the reply straight into the output. */
static void
on_request_reply(void *arg, struct slice bytes)
{
    struct client *client = arg;
    client->npassed++;
    client->services->stats->output_bytes += bytes.len;
    strbuf_append(stream_output(client->stream), bytes);
    stream_send(client->stream);
}

/* A long reply is sent as it comes. */
static void
on_request_part(void *arg)
{
    struct client *client = arg;
    if (client->state == CLIENT_GONE) {
        client->context->owner->on_over(client->context->list); /* it may have waited for room */
        return;
    }
    client_send_part(client);
    client_resume(client);
}

static void
on_request_broken(void *arg)
{
    client_kill(arg);
}

void
client_push(struct client *client, struct slice bytes)
{
    if (client->state == CLIENT_GONE) {
        return;
    }
    client->active_ms = now_coarse_ms();
    client->services->stats->output_bytes += bytes.len;
    strbuf_append(stream_output(client->stream), bytes);
    stream_send(client->stream);
    client_push_held(client, 0);
}

void
client_push_held(struct client *client, size_t nbytes)
{
    size_t waiting_bytes = client->state == CLIENT_GONE ? 0 : client_output_bytes(client) + nbytes;
    if (waiting_bytes > client_output_limit(client)) {
        client_tell_slow(client, waiting_bytes);
        client_kill(client);
    }
}

struct conversation *
client_conversation(struct client *client)
{
    return client->conversation;
}

static const struct request_events REQUEST_EVENTS = {on_request_done, on_request_reply,
                                                     on_request_part, on_request_broken};

static void
on_input(void *arg, struct slice bytes)
{
    struct client *client = arg;
    client->active_ms = now_coarse_ms();
    if (client->state == CLIENT_LINGERING) {
        return;
    }
    if (client->input.len > 0) { /* more bytes after those that are held */
        strbuf_append(&client->held, bytes);
        client->input =
            slice_of(client->held.ptr + client->held.len - bytes.len - client->input.len,
                     client->input.len + bytes.len);
    } else {
        client->input = bytes;
    }
    client_advance(client);
}

static void
on_drained(void *arg)
{
    client_advance(arg);
}

/*
 * The end of a client's bytes may be the end of the connection, or only of its requests: `nc -N`
 * still reads. So its requests go on for a moment, and are then cancelled.
 */
static void
on_end(void *arg, const char *why)
{
    struct client *client = arg;
    if (why || client->state == CLIENT_LINGERING || client->node.is_inner) {
        client_kill(client);
        return;
    }
    client->has_left = true;
    client->left_ms = now_coarse_ms();
    client_end_wait(client);
    if (client->state != CLIENT_GONE) {
        client_advance(client);
    }
}

/* The TLS handshake is done. */
static void
on_greeted(void *arg)
{
    struct client *client = arg;
    client->context->owner->on_greeted(client->context->list, &client->node);
}

static void
on_hangup(void *arg)
{
    client_notice_end(arg);
}

void
client_wait_ended(struct client *client, bool has_waited)
{
    if (client->state == CLIENT_GONE || !client->ends_a_wait) {
        return;
    }
    client->ends_a_wait = false;
    if (has_waited) {
        client->has_left = true;
        client->has_call = false;
        client->input = slice_of("", 0);
        client_quit(client);
    }
    client_advance(client);
}

/* -- the connection ---------------------------------------------------------------------------- */

static const struct stream_handlers HANDLERS = {on_input, on_drained, on_end, on_greeted,
                                                on_hangup};

struct client_node *
client_new(const struct client_context *context, uint64_t id, int fd, struct ssl_st *ssl)
{
    struct client *client = must_alloc(sizeof *client);
    client->node.client = client;
    client->context = context;
    client->services = context->services;
    client->id = id;
    address_of_peer(fd, client->address);
    address_of_socket(fd, client->local_address);
    client->reader = resp_reader_new();
    request_queue_init(&client->queue, context->requests, &REQUEST_EVENTS, client);
    client->conversation = context->conversations->open(client);
    strbuf_init(&client->name);
    strbuf_init(&client->held);
    access_init(&client->access, client->services->acl);
    client->connected_ms = client->active_ms = client->taken_ms = now_coarse_ms();
    client->stream = stream_open(client->services->loop, fd, ssl, &HANDLERS, client);
    return &client->node;
}

struct client_node *
client_adopt(const struct client_context *context, uint64_t id, int fd,
             const struct client_adoption *adoption)
{
    struct client_node *node = client_new(context, id, fd, NULL);
    struct client *client = node->client;
    node->is_inner = true;
    snprintf(client->address, sizeof client->address, "%s", adoption->address);
    snprintf(client->local_address, sizeof client->local_address, "%s", adoption->local_address);
    client->resp3 = true;
    access_assign(&client->access, adoption->access);
    return node;
}

/* -- what commands ask about it ---------------------------------------------------------------- */

struct services *
client_services(const struct client *client)
{
    return client->services;
}

uint64_t
client_id(const struct client *client)
{
    return client->id;
}

struct access *
client_access(struct client *client)
{
    return &client->access;
}

struct query_budget *
client_budget(struct client *client)
{
    return &client->budget;
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
client_set_table_cells(struct client *client, size_t ncells)
{
    client->table_cells = ncells;
}

void
client_set_resp3(struct client *client, bool resp3)
{
    client->resp3 = resp3;
}

enum client_replies
client_replies(const struct client *client)
{
    return client->replies;
}

void
client_set_replies(struct client *client, enum client_replies replies)
{
    client->replies = replies;
}

enum unknown_fields
client_unknown_fields(const struct client *client)
{
    return client->unknown_fields;
}

void
client_set_unknown_fields(struct client *client, enum unknown_fields unknown)
{
    client->unknown_fields = unknown;
}

void
client_print(const struct client *client, struct strbuf *out)
{
    int64_t now_ms = now_coarse_ms();
    struct slice name = client_name(client);
    strbuf_printf(out, "id=%llu addr=%s laddr=%s fd=%d name=%.*s age=%lld idle=%lld flags=%s db=0",
                  (unsigned long long) client->id, client->address, client->local_address,
                  stream_fd(client->stream), SLICE_ARG(name),
                  (long long) (now_ms - client->connected_ms) / 1000,
                  (long long) (now_ms - client->active_ms) / 1000,
                  client->state == CLIENT_OPEN ? "N" : "c");
    struct conversation_sizes sizes;
    client->context->conversations->measure(client->conversation, &sizes);
    size_t qbuf = resp_reader_bytes(client->reader) + client->held.len;
    size_t obl = client_output_bytes(client), multi = sizes.queued_bytes;
    strbuf_printf(out, " sub=%lld psub=0 ssub=0 multi=%lld qbuf=%zu qbuf-free=0 argv-mem=0",
                  (long long) sizes.nsubscribed, (long long) sizes.nqueued, qbuf);
    strbuf_printf(out, " multi-mem=%zu obl=%zu oll=0 omem=%zu tot-mem=%zu events=r", multi, obl,
                  obl, sizeof *client + sizes.own_bytes + qbuf + obl + multi);
    strbuf_printf(out, " requests=%zu cmd=%s%s%s user=%.*s redir=-1 resp=%d\n",
                  client->queue.nrequests, client->last_parent ? client->last_parent->name : "",
                  client->last_parent ? "|" : "",
                  client->last_command ? client->last_command->name : "NULL",
                  SLICE_ARG(acl_user_name(client->access.user)), client->resp3 ? 3 : 2);
}
