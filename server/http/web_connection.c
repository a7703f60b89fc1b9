/*
 * Reads requests from a browser's connection, and sends their answers. in: bytes; out: handlers
 * run, and their answers.
 *
 * The function web_connection_advance takes requests from what has come; each callback that may let it
 * go on only calls it. It stops at each request until its answer is sent: there is one answer under
 * way, so a browser that does not read costs one answer's memory, and further requests wait, unread,
 * in the kernel. What was read with a request is held, and then nothing more is read:
 *
 *     READING: no bytes are held, the socket is read
 *     RUNNING: read until there are bytes to hold; then only the browser's leaving is watched for
 */
#include "server/http/web_connection.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "net/stream.h"
#include "server/access/stats.h"
#include "server/config/address.h"
#include "server/config/config.h"
#include "server/http/admission.h"
#include "server/http/http_head.h"
#include "server/table/services.h"

enum {
    STUCK_MS = 10000, /* the answer waits, and the browser reads nothing of it */
    LINGER_MS = 1000, /* so that the browser sees the end */
    STRANGER_BODY_BYTES = 16 * 1024
};

enum web_connection_state {
    CONNECTION_SHAKING,
    CONNECTION_READING,
    CONNECTION_RUNNING,
    CONNECTION_SENDING,
    CONNECTION_LINGERING,
    CONNECTION_GONE,
    CONNECTION_NSTATES
};

/* From each state, the states that may follow: the diagram in web_connection.h. */
static const bool MOVES[CONNECTION_NSTATES][CONNECTION_NSTATES] = {
    [CONNECTION_SHAKING] = {[CONNECTION_READING] = true, [CONNECTION_GONE] = true},
    [CONNECTION_READING] =
        {[CONNECTION_RUNNING] = true, [CONNECTION_SENDING] = true, [CONNECTION_GONE] = true},
    [CONNECTION_RUNNING] = {[CONNECTION_SENDING] = true, [CONNECTION_GONE] = true},
    [CONNECTION_SENDING] =
        {[CONNECTION_READING] = true, [CONNECTION_LINGERING] = true, [CONNECTION_GONE] = true},
    [CONNECTION_LINGERING] = {[CONNECTION_GONE] = true},
};

struct web_connection {
    struct web_connection_context *context;
    struct services *services; /* the context's */
    struct web_connection_node node;
    enum web_connection_state state;
    char address[ADDRESS_BYTES], local_address[ADDRESS_BYTES];
    struct stream *stream; /* NULL when GONE */
    struct slice input;    /* received and not taken: in the reader's buffer, or in held */
    struct strbuf held;
    struct http_reader reader;
    bool has_head; /* of the request being read */
    struct http_request request;
    const struct http_route *route;
    struct exchange *exchange; /* NULL until there was a request */
    bool is_tls;
    bool is_last;         /* no request is taken behind the present answer */
    bool has_left;        /* it sends no more; it may still read */
    int64_t since_ms;     /* when the state began */
    int64_t began_ms;     /* READING: when the request's first byte came; 0: none has come */
    uint64_t taken_bytes; /* SENDING: of its output, at the last look */
    int64_t taken_ms;     /* since when the number is the same */
};

/* The one place where a connection changes its state. */
static void
web_connection_move(struct web_connection *connection, enum web_connection_state to)
{
    bool is_legal = MOVES[connection->state][to];
    assert(is_legal);
    (void) is_legal;
    connection->state = to;
    connection->since_ms = now_coarse_ms();
}

void
web_connection_close(struct web_connection *connection)
{
    if (connection->state == CONNECTION_GONE) {
        return;
    }
    web_connection_move(connection, CONNECTION_GONE);
    if (connection->exchange) {
        exchange_cancel(connection->exchange);
    }
    stream_free(connection->stream);
    connection->stream = NULL;
    connection->input = slice_of("", 0);
    connection->context->owner->on_gone(connection->context->owner_arg, &connection->node);
}

void
web_connection_free(struct web_connection *connection)
{
    if (connection->exchange) {
        exchange_free(connection->exchange);
    }
    http_reader_fini(&connection->reader);
    strbuf_fini(&connection->held);
    free(connection);
}

/* -- answers ----------------------------------------------------------------------------------- */

/* Sends an answer. What is asked behind it waits until it is sent. */
static void
answer_send(struct web_connection *connection, const struct exchange_answer *answer)
{
    struct http_head head = {
        .status = answer->status,
        .type = answer->type,
        .body_bytes = answer->body.len,
        .is_last = connection->is_last,
        .says_keep_alive = connection->request.is_1_0 && !connection->is_last,
        .allow = answer->allow,
        .etag = answer->etag,
        .cookie = answer->cookie,
        .asks_for_login = answer->asks_for_login,
    };
    struct strbuf *out = stream_output(connection->stream);
    http_head_print(&head, out);
    if (connection->request.method != HTTP_HEAD && answer->status != 304) {
        strbuf_append(out, answer->body);
    }
    web_connection_move(connection, CONNECTION_SENDING);
    connection->taken_ms = now_coarse_ms();
    connection->taken_bytes = 0;
    stream_tell_when_sent(connection->stream);
}

static void
on_answer(void *arg, const struct exchange_answer *answer)
{
    answer_send(arg, answer);
}

/* Refuses a request that was not read to its end, so the connection cannot go on behind it. */
static void
request_refuse(struct web_connection *connection, int status, const char *code, const char *why,
               const char *allow)
{
    struct error err = {0};
    struct strbuf text;
    strbuf_init(&text);
    (void) error_set(&err, code, "%s", why);
    exchange_print_error(&err, &text);
    connection->is_last = true;
    connection->input = slice_of("", 0);
    answer_send(connection, &(struct exchange_answer){.status = status,
                                                      .type = "application/json",
                                                      .body = strbuf_slice(&text),
                                                      .allow = allow});
    strbuf_fini(&text);
}

void
web_connection_refuse(struct web_connection *connection, int status, const struct error *why)
{
    request_refuse(connection, status, why->code, why->message, NULL);
}

/* A request that nobody well-behaved sends. */
static void
input_refuse(struct web_connection *connection, const struct http_refusal *refusal)
{
    connection->services->stats->protocol_errors++;
    log_write(connection->services->log, LOG_VERBOSE, "browser %s: %s", connection->address,
              refusal->why);
    connection->request = (struct http_request){0};
    request_refuse(connection, refusal->status, "ERR", refusal->why, NULL);
}

/* -- requests ---------------------------------------------------------------------------------- */

/* The head is read: whose request is it, and will its body be taken? */
static void
head_take(struct web_connection *connection)
{
    connection->is_last |= !connection->request.keeps_alive;
    struct admission_refusal refusal;
    connection->route =
        admission_route(&connection->context->routes, &connection->services->config->http_hosts,
                        &connection->request, &refusal);
    if (!connection->route) {
        request_refuse(connection, refusal.status, refusal.code, refusal.why, refusal.allow);
        return;
    }
    if (!connection->exchange) {
        connection->exchange =
            exchange_new(&connection->context->exchanges, connection->address,
                         connection->local_address, connection->is_tls, on_answer, connection);
    }
    exchange_begin(connection->exchange, &connection->request);
    connection->has_head = true;
}

static size_t
body_most_bytes(const struct web_connection *connection)
{
    size_t most = (size_t) connection->services->config->http_body_limit;
    bool is_small = exchange_is_strange(connection->exchange) && most > STRANGER_BODY_BYTES;
    return is_small ? STRANGER_BODY_BYTES : most;
}

/* A client that waits for leave to send its body gets it, unless the body is too large. */
static void
continue_send(struct web_connection *connection)
{
    const struct http_request *request = &connection->request;
    if (request->expects_continue && request->body_bytes <= body_most_bytes(connection)) {
        strbuf_append(stream_output(connection->stream),
                      slice_lit("HTTP/1.1 100 Continue\r\n\r\n"));
        stream_send(connection->stream);
    }
}

static void
input_took(struct web_connection *connection, size_t nbytes)
{
    connection->input = slice_of(connection->input.ptr + nbytes, connection->input.len - nbytes);
}

static void
request_run(struct web_connection *connection)
{
    connection->has_head = false;
    connection->began_ms = 0;
    web_connection_move(connection, CONNECTION_RUNNING);
    exchange_run(connection->exchange, &connection->request, connection->route->run);
}

static void
body_read(struct web_connection *connection)
{
    struct http_refusal refusal;
    size_t consumed;
    enum http_outcome outcome =
        http_reader_body(&connection->reader, body_most_bytes(connection), connection->input,
                         &consumed, &connection->request, &refusal);
    input_took(connection, consumed);
    if (outcome == HTTP_READ_BAD) {
        input_refuse(connection, &refusal);
    } else if (outcome == HTTP_READ_OK) {
        request_run(connection);
    }
}

static void
head_read(struct web_connection *connection)
{
    struct http_refusal refusal;
    size_t consumed;
    if (connection->began_ms == 0) {
        connection->began_ms = now_coarse_ms();
    }
    enum http_outcome outcome = http_reader_head(&connection->reader, connection->input, &consumed,
                                                 &connection->request, &refusal);
    input_took(connection, consumed);
    if (outcome == HTTP_READ_BAD) {
        input_refuse(connection, &refusal);
    } else if (outcome == HTTP_READ_OK) {
        head_take(connection);
        if (connection->has_head) {
            bool has_come = connection->input.len > 0;
            body_read(connection);
            if (!has_come && connection->state == CONNECTION_READING) {
                continue_send(connection);
            }
        }
    }
}

/* Holds bytes that are not taken, and reads no more while there are any. */
static void
input_hold(struct web_connection *connection)
{
    bool is_held = connection->held.len && connection->input.ptr >= connection->held.ptr &&
                   connection->input.ptr <= connection->held.ptr + connection->held.len;
    if (connection->input.len == 0) {
        strbuf_fini(&connection->held);
        strbuf_init(&connection->held);
    } else if (!is_held) {
        strbuf_clear(&connection->held);
        strbuf_append(&connection->held, connection->input);
        connection->input = strbuf_slice(&connection->held);
    }
    stream_pause(connection->stream, connection->input.len > 0);
}

/* It has left while its request runs. */
static bool
is_deserted(const struct web_connection *connection)
{
    return connection->state == CONNECTION_RUNNING &&
           (connection->has_left || stream_is_hung_up(connection->stream));
}

static void
web_connection_advance(struct web_connection *connection)
{
    while (connection->state == CONNECTION_READING && connection->input.len > 0) {
        if (connection->has_head) {
            body_read(connection);
        } else {
            head_read(connection);
        }
    }
    if (connection->state == CONNECTION_GONE) {
        return;
    }
    input_hold(connection);
    if (is_deserted(connection) ||
        (connection->state == CONNECTION_READING && connection->has_left)) {
        web_connection_close(connection);
    }
}

/* -- callbacks --------------------------------------------------------------------------------- */

static void
on_input(void *arg, struct slice bytes)
{
    struct web_connection *connection = arg;
    bool is_over = connection->is_last && connection->state != CONNECTION_READING;
    if (!is_over) {
        connection->input = bytes; /* nothing is held, or nothing would be read */
        web_connection_advance(connection);
    }
}

/* Closing at once, with input unread, would make the kernel reset the connection. */
static void
web_connection_linger(struct web_connection *connection)
{
    web_connection_move(connection, CONNECTION_LINGERING);
    connection->input = slice_of("", 0);
    stream_shutdown(connection->stream);
    stream_pause(connection->stream, false);
}

/* The answer is sent. */
static void
on_drained(void *arg)
{
    struct web_connection *connection = arg;
    if (connection->state != CONNECTION_SENDING || stream_output_bytes(connection->stream) > 0) {
        return;
    }
    if (connection->has_left && connection->input.len == 0) {
        web_connection_close(connection);
    } else if (connection->is_last) {
        web_connection_linger(connection);
    } else {
        http_reader_reset(&connection->reader);
        web_connection_move(connection, CONNECTION_READING);
        web_connection_advance(connection);
    }
}

static void
on_end(void *arg, const char *why)
{
    struct web_connection *connection = arg;
    connection->has_left = true;
    if (why || connection->state != CONNECTION_SENDING) {
        web_connection_close(connection);
    }
}

static void
on_greeted(void *arg)
{
    struct web_connection *connection = arg;
    web_connection_move(connection, CONNECTION_READING);
    connection->context->owner->on_greeted(connection->context->owner_arg, &connection->node);
}

static void
on_hangup(void *arg)
{
    struct web_connection *connection = arg;
    if (is_deserted(connection)) {
        web_connection_close(connection);
    }
}

static const struct stream_handlers HANDLERS = {on_input, on_drained, on_end, on_greeted,
                                                on_hangup};

struct web_connection_node *
web_connection_new(struct web_connection_context *context, int fd, struct ssl_st *ssl)
{
    struct web_connection *connection = must_alloc(sizeof *connection);
    connection->node =
        (struct web_connection_node){.connection = connection, .is_shaking_hands = ssl != NULL};
    connection->context = context;
    connection->services = context->exchanges.services;
    connection->state = ssl ? CONNECTION_SHAKING : CONNECTION_READING;
    connection->is_tls = ssl != NULL;
    connection->since_ms = now_coarse_ms();
    connection->input = slice_of("", 0);
    strbuf_init(&connection->held);
    address_of_peer(fd, connection->address);
    address_of_socket(fd, connection->local_address);
    connection->stream = stream_open(connection->services->loop, fd, ssl, &HANDLERS, connection);
    return &connection->node;
}

/* -- its owner --------------------------------------------------------------------------------- */

void
web_connection_drain(struct web_connection *connection)
{
    if (web_connection_is_idle(connection)) {
        web_connection_close(connection);
    } else {
        connection->is_last = true;
    }
}

/* True: it reads nothing of its answer. */
static bool
is_stuck(struct web_connection *connection, int64_t now_ms)
{
    uint64_t taken_bytes = stream_taken_bytes(connection->stream);
    if (taken_bytes != connection->taken_bytes) {
        connection->taken_bytes = taken_bytes;
        connection->taken_ms = now_ms;
    }
    return now_ms - connection->taken_ms > STUCK_MS;
}

static void
reading_tick(struct web_connection *connection, int64_t now_ms)
{
    const struct config *config = connection->services->config;
    if (connection->began_ms) {
        if (now_ms - connection->began_ms > config->http_request_timeout_ms) {
            connection->request = (struct http_request){0};
            connection->has_head = false;
            request_refuse(connection, 408, "TIMEOUT",
                           "the request did not come within http-request-timeout", NULL);
        }
    } else if (now_ms - connection->since_ms > config->http_idle_timeout_ms) {
        web_connection_close(connection);
    }
}

void
web_connection_tick(struct web_connection *connection, int64_t now_ms)
{
    if (connection->exchange) {
        exchange_tick(connection->exchange, now_ms);
    }
    int64_t for_ms = now_ms - connection->since_ms;
    switch (connection->state) {
    case CONNECTION_READING: reading_tick(connection, now_ms); return;
    case CONNECTION_SHAKING:
        if (for_ms > connection->services->config->http_request_timeout_ms) {
            web_connection_close(connection);
        }
        return;
    case CONNECTION_SENDING:
        if (is_stuck(connection, now_ms)) {
            connection->services->stats->slow_readers++;
            log_write(connection->services->log, LOG_WARNING,
                      "browser %s: disconnected, it does not read its answer", connection->address);
            web_connection_close(connection);
        }
        return;
    case CONNECTION_LINGERING:
        if (for_ms > LINGER_MS) {
            web_connection_close(connection);
        }
        return;
    case CONNECTION_RUNNING:
    case CONNECTION_GONE:
    case CONNECTION_NSTATES: return;
    }
}

bool
web_connection_is_idle(const struct web_connection *connection)
{
    return connection->state == CONNECTION_GONE || connection->state == CONNECTION_SHAKING ||
           connection->state == CONNECTION_LINGERING ||
           (connection->state == CONNECTION_READING && connection->began_ms == 0);
}

const char *
web_connection_address(const struct web_connection *connection)
{
    return connection->address;
}
