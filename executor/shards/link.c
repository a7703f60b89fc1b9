/*
 * A link keeps one pipelined connection to a Redis server up and matches replies to calls (states
 * in link.h). in: commands; out: the bytes of their replies, or SHARDDOWN, or TIMEOUT.
 */
#include "executor/shards/link.h"

#include <assert.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/reply_scan.h"

enum { FIRST_BACKOFF_MS = 20, LONGEST_BACKOFF_MS = 1000, CONNECT_TIMEOUT_MS = 2000 };
enum { HOLD_BYTES = 512, MAX_IDLE_CALLS = 1024 };

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_GREETING, LINK_READY, LINK_CLOSING };

struct pending {
    link_reply_fn *fn; /* NULL: the reply is dropped */
    void *arg;
    int64_t sent_ms;
};

struct link {
    struct link_settings settings;
    struct link_owner owner;
    void *owner_arg;
    enum link_state state;
    struct stream *stream; /* NULL: DOWN */
    struct event *retry;
    int backoff_ms;
    int64_t since_ms;      /* CONNECTING or GREETING */
    int64_t last_input_ms; /* when bytes last came */
    char last_error[128];
    struct reply_scan scan;
    struct strbuf held;    /* the start of a reply, until its first line is complete */
    bool is_passing;       /* the start of the current reply has been handed on */
    struct pending *calls; /* ring of capacity (a power of two) */
    size_t capacity, head, ncalls;
};

/* -- calls in their order ---------------------------------------------------------------------- */

static struct pending *
call_at(const struct link *link, size_t i)
{
    return &link->calls[(link->head + i) & (link->capacity - 1)];
}

static void
call_push(struct link *link, link_reply_fn *fn, void *arg)
{
    if (link->ncalls == link->capacity) {
        size_t capacity = link->capacity ? link->capacity * 2 : 16;
        struct pending *calls = must_array(capacity, sizeof *calls);
        for (size_t i = 0; i < link->ncalls; i++) {
            calls[i] = *call_at(link, i);
        }
        free(link->calls);
        link->calls = calls;
        link->capacity = capacity;
        link->head = 0;
    }
    *call_at(link, link->ncalls++) = (struct pending){fn, arg, now_coarse_ms()};
}

static struct pending
call_shift(struct link *link)
{
    struct pending call = *call_at(link, 0);
    link->head = (link->head + 1) & (link->capacity - 1);
    link->ncalls--;
    return call;
}

static void
calls_free(struct link *link)
{
    free(link->calls);
    link->calls = NULL;
    link->capacity = link->head = 0;
}

/*
 * Ends all calls. A callback may make new calls; they are refused, because the link is not READY.
 */
static void
calls_fail(struct link *link, const struct error *err)
{
    while (link->ncalls > 0) {
        struct pending call = call_shift(link);
        if (call.fn) {
            call.fn(call.arg, slice_of("", 0), true, err);
        }
    }
    calls_free(link);
}

void
link_forget_all(struct link *link)
{
    for (size_t i = 0; i < link->ncalls; i++) {
        call_at(link, i)->fn = NULL;
    }
}

/* -- losing the connection --------------------------------------------------------------------- */

void
link_why(const struct link *link, struct error *err)
{
    error_set(err, "SHARDDOWN", "%s: %s", link->settings.name,
              link->last_error[0] ? link->last_error : "not connected");
}

static void
connection_drop(struct link *link)
{
    stream_free(link->stream);
    link->stream = NULL;
    link->scan = (struct reply_scan){0};
    link->is_passing = false;
    strbuf_fini(&link->held);
    strbuf_init(&link->held);
}

/* Half of the wait is chance, so that many servers do not come back to a shard in step. */
static void
retry_later(struct link *link)
{
    int64_t wait_ms = link->backoff_ms / 2 + rand() % (link->backoff_ms / 2 + 1);
    struct timeval wait = timeval_of_ms(wait_ms);
    evtimer_add(link->retry, &wait);
    if (link->backoff_ms < LONGEST_BACKOFF_MS) {
        link->backoff_ms *= 2;
    }
}

void
link_fail(struct link *link, const char *why)
{
    if (link->state == LINK_CLOSING || link->state == LINK_DOWN) {
        return;
    }
    struct error err = {"", ""};
    link->state = LINK_DOWN;
    snprintf(link->last_error, sizeof link->last_error, "%s", why);
    connection_drop(link);
    if (!link->settings.is_session) {
        retry_later(link);
    }
    link_why(link, &err);
    if (link->owner.on_down) {
        link->owner.on_down(link->owner_arg, link, link->last_error);
    }
    calls_fail(link, &err);
}

void
link_hurry(struct link *link)
{
    struct timeval now = {0, 0};
    if (link->state == LINK_DOWN && !link->settings.is_session) {
        evtimer_add(link->retry, &now);
    }
}

/* -- replies ----------------------------------------------------------------------------------- */

/* Delivers a piece of the oldest call's reply. */
static void
piece_deliver(struct link *link, struct slice piece, bool is_last)
{
    struct pending call = is_last ? call_shift(link) : *call_at(link, 0);
    if (call.fn) {
        call.fn(call.arg, piece, is_last, NULL);
    }
}

/*
 * The start of a reply is held back until 512 bytes or all of it are there. So a callback that
 * looks for an error's code finds it in the first piece.
 */
static void
piece_take(struct link *link, struct slice piece, bool is_last)
{
    if (!is_last && !link->is_passing && link->held.len + piece.len < HOLD_BYTES) {
        strbuf_append(&link->held, piece);
        return;
    }
    link->is_passing = !is_last;
    if (link->held.len) {
        struct strbuf held = link->held;
        strbuf_init(&link->held);
        strbuf_append(&held, piece);
        piece_deliver(link, strbuf_slice(&held), is_last);
        strbuf_fini(&held);
    } else {
        piece_deliver(link, piece, is_last);
    }
}

/* Takes a reply that no call waits for. */
static bool
push_take(struct link *link, struct slice piece, bool is_last)
{
    if (!link->owner.on_push && link->scan.kind != '>') {
        link_fail(link, "a reply that was not asked for");
        return false;
    }
    strbuf_append(&link->held, piece);
    if (is_last) {
        struct strbuf held = link->held;
        strbuf_init(&link->held);
        if (link->owner.on_push) {
            link->owner.on_push(link->owner_arg, link, strbuf_slice(&held));
        }
        strbuf_fini(&held);
    }
    return true;
}

static void
on_input(void *arg, struct slice bytes)
{
    struct link *link = arg;
    const struct stream *stream = link->stream;
    link->last_input_ms = now_coarse_ms();
    while (bytes.len > 0 && link->stream == stream) {
        struct error err = {"", ""};
        size_t consumed;
        enum scan_status status = reply_scan(&link->scan, bytes, &consumed, &err);
        struct slice piece = slice_of(bytes.ptr, consumed);
        bytes = slice_of(bytes.ptr + consumed, bytes.len - consumed);
        if (status == SCAN_BAD) {
            link_fail(link, err.message);
            return;
        }
        if (link->scan.kind == '>' || link->ncalls == 0) {
            if (!push_take(link, piece, status == SCAN_OK)) {
                return;
            }
        } else {
            piece_take(link, piece, status == SCAN_OK);
        }
    }
}

static void
on_end(void *arg, const char *why)
{
    link_fail(arg, why ? why : "connection closed");
}

/* -- connecting -------------------------------------------------------------------------------- */

static void
on_connect(void *arg)
{
    struct link *link = arg;
    link->state = LINK_GREETING;
    link->owner.greet(link->owner_arg, link);
}

void
link_greeted(struct link *link)
{
    if (link->state != LINK_GREETING) {
        return;
    }
    link->state = LINK_READY;
    link->backoff_ms = FIRST_BACKOFF_MS;
    link->last_error[0] = '\0';
    if (link->owner.on_ready) {
        link->owner.on_ready(link->owner_arg, link);
    }
}

static const struct stream_handlers HANDLERS = {on_input, NULL, on_end, on_connect, NULL};

static void
on_retry(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct link *link = arg;
    const struct link_settings *settings = &link->settings;
    link->state = LINK_CONNECTING;
    link->since_ms = now_ms();
    link->stream =
        stream_connect(settings->loop, &settings->address, settings->tls, &HANDLERS, link);
    if (settings->is_session) {
        stream_go_ahead(link->stream);
    }
}

struct link *
link_new(const struct link_settings *settings, const struct link_owner *owner, void *arg)
{
    struct link *link = must_alloc(sizeof *link);
    struct timeval now = {0, 0};
    link->settings = *settings;
    link->owner = *owner;
    link->owner_arg = arg;
    link->backoff_ms = FIRST_BACKOFF_MS;
    strbuf_init(&link->held);
    link->retry = evtimer_new(stream_loop_base(settings->loop), on_retry, link);
    if (settings->is_session) {
        on_retry(-1, 0, link);
    } else {
        evtimer_add(link->retry, &now);
    }
    return link;
}

void
link_free(struct link *link)
{
    if (!link) {
        return;
    }
    struct error err = {"", ""};
    link->state = LINK_CLOSING;
    connection_drop(link);
    link_why(link, &err);
    calls_fail(link, &err);
    event_free(link->retry);
    free(link);
}

/* -- calling ----------------------------------------------------------------------------------- */

bool
link_is_ready(const struct link *link)
{
    return link->state == LINK_READY;
}

const char *
link_last_error(const struct link *link)
{
    return link->last_error;
}

size_t
link_ncalls(const struct link *link)
{
    return link->ncalls;
}

bool
link_is_late(const struct link *link, int64_t now, int64_t late_ms)
{
    return link->ncalls > 0 && now - call_at(link, 0)->sent_ms >= late_ms;
}

static void
header_append(struct strbuf *out, char type, size_t n)
{
    char text[24];
    char *end = text + sizeof text, *at = end;
    *--at = '\n';
    *--at = '\r';
    do {
        *--at = (char) ('0' + n % 10);
        n /= 10;
    } while (n);
    *--at = type;
    strbuf_append(out, slice_of(at, (size_t) (end - at)));
}

void
command_append(struct strbuf *out, const struct slice *args, size_t nargs)
{
    header_append(out, '*', nargs);
    words_append(out, args, nargs);
}

/* Reads the number behind a '*' or '$' and passes its line's end. */
static size_t
header_take(struct slice bytes, size_t *at)
{
    size_t n = 0;
    for ((*at)++; bytes.ptr[*at] != '\r'; (*at)++) {
        assert(*at + 1 < bytes.len);
        n = 10 * n + (size_t) (bytes.ptr[*at] - '0');
    }
    *at += 2;
    return n;
}

size_t
command_split(struct arena *arena, struct slice bytes, struct slice **args)
{
    size_t at = 0, nargs = header_take(bytes, &at);
    *args = arena_array(arena, nargs, sizeof **args);
    for (size_t i = 0; i < nargs; i++) {
        size_t len = header_take(bytes, &at);
        (*args)[i] = slice_of(bytes.ptr + at, len);
        at += len + 2;
    }
    assert(at == bytes.len);
    return nargs;
}

void
words_append(struct strbuf *out, const struct slice *args, size_t nargs)
{
    for (size_t i = 0; i < nargs; i++) {
        header_append(out, '$', args[i].len);
        strbuf_append(out, args[i]);
        strbuf_append(out, slice_lit("\r\n"));
    }
}

void
link_write(struct link *link, const struct slice *args, size_t nargs)
{
    assert(link->stream);
    command_append(stream_output(link->stream), args, nargs);
    stream_send(link->stream);
}

void
link_write_bytes(struct link *link, struct slice bytes)
{
    assert(link->stream);
    strbuf_append(stream_output(link->stream), bytes);
    stream_send(link->stream);
}

void
link_send(struct link *link, const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg)
{
    link_write(link, args, nargs);
    call_push(link, fn, arg);
}

void
link_send_bytes(struct link *link, struct slice bytes, link_reply_fn *fn, void *arg)
{
    link_write_bytes(link, bytes);
    call_push(link, fn, arg);
}

/* -- waiting for too long ---------------------------------------------------------------------- */

static void
calls_expire(struct link *link, int64_t now, int64_t timeout_ms)
{
    /*
     * The oldest calls are in front; calls that have ended are passed over until they are removed.
     */
    for (size_t i = 0; i < link->ncalls && now - call_at(link, i)->sent_ms >= timeout_ms; i++) {
        struct pending call = *call_at(link, i);
        if (call.fn && !(i == 0 && link->is_passing)) {
            struct error err = {"", ""};
            call_at(link, i)->fn = NULL;
            error_set(&err, "TIMEOUT", "%s did not answer within %lld ms", link->settings.name,
                      (long long) timeout_ms);
            call.fn(call.arg, slice_of("", 0), true, &err);
        }
    }
}

void
link_tick(struct link *link, int64_t now)
{
    int64_t timeout_ms = *link->settings.timeout_ms;
    if (link->state == LINK_CONNECTING || link->state == LINK_GREETING) {
        if (now - link->since_ms >= CONNECT_TIMEOUT_MS) {
            link_fail(link,
                      link->state == LINK_CONNECTING ? "connecting takes too long" : LINK_SILENT);
        }
        return;
    }
    if (link->ncalls == 0 && link->capacity > MAX_IDLE_CALLS) {
        calls_free(link); /* the ring is as large as a burst's pipelines were */
    }
    if (link->state != LINK_READY || timeout_ms == 0 || link->ncalls == 0) {
        return;
    }
    bool is_silent =
        now - call_at(link, 0)->sent_ms >= timeout_ms && now - link->last_input_ms >= timeout_ms;
    calls_expire(link, now, timeout_ms);
    if (is_silent) {
        char why[64];
        snprintf(why, sizeof why, "no answer for %lld ms", (long long) timeout_ms);
        link_fail(link, why);
    }
}
