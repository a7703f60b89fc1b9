/*
 * One connection of the event loop, plain or with TLS. in: a socket; out: its bytes, as they come,
 * and bytes to it, once a turn.
 *
 *     connect:  RESOLVING --> CONNECTING --> OPEN
 *     TLS:      OPEN, but nothing is told or sent until the handshake is done
 *     end:      ENDED: on_end was called with a reason; only stream_free is left
 *
 * A paused stream is not read, so its end would not be seen. Watching for its end alone is not
 * possible: data would wake the loop again and again. So the streams that were ever paused are in
 * an epoll set of their own, edge-triggered, which shows the end once a connection.
 *
 * At the turn's end: libevent runs events that were activated during callbacks after those that
 * were ready before. So the first stream that has output activates `flush`, and when it runs, every
 * stream with input has been handled.
 */
#include "net/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "net/tls.h"

/* A buffer of this size is taken over without a copy. */
enum { STEAL_BYTES = 16 * 1024 };
/* This much is sent before the end of the turn: a Redis reads as much at once, and can begin. */
enum { EAGER_BYTES = 16 * 1024 };
/* Memory kept for later output when output is sent: NSPARES buffers of SPARE_BYTES. */
enum { NSPARES = 8, SPARE_BYTES = 64 * 1024 };

enum stream_state { STREAM_RESOLVING, STREAM_CONNECTING, STREAM_OPEN, STREAM_ENDED };

struct stream_loop {
    struct event_base *base;
    struct evdns_base *dns; /* NULL until a name is to be resolved */
    struct event *flush;
    int ends;            /* an epoll set: the ends of paused streams; -1 until it is needed */
    struct event *ended; /* the set has something to report */
    struct list dirty;   /* streams that have something to send */
    struct list ahead;   /* the same, of those that send it ahead of the others */
    char *read_buffer;
    struct strbuf spares[NSPARES]; /* empty buffers with memory */
    size_t nspares;
    int64_t now_us;
};

struct stream {
    struct stream_loop *loop;
    const struct stream_handlers *handlers;
    void *arg;
    enum stream_state state;
    int fd;
    SSL *ssl;
    bool is_shaking_hands;
    bool is_paused;
    bool has_eof;
    bool is_shut;
    bool was_high;   /* more than STREAM_LOW_BYTES waited */
    bool tells_sent; /* on_drained is called when nothing waits any more */
    bool is_blocked; /* waits for `writable` */
    bool is_watched; /* in loop->ends */
    bool is_hung_up;
    bool goes_ahead;
    struct list in_dirty; /* of the loop: dirty or ahead */
    struct event readable, writable;
    struct strbuf out;
    size_t sent;         /* bytes of out */
    uint64_t sent_total; /* to the kernel, since the stream was opened */
    struct evdns_getaddrinfo_request *resolving;
    int port; /* while resolving */
    char end[160];
};

enum io_status { IO_SOME, IO_AGAIN, IO_EOF, IO_FAILED };

/* -- the loop ---------------------------------------------------------------------------------- */

static void stream_flush(struct stream *stream);

static void
dirty_add(struct stream *stream)
{
    struct stream_loop *loop = stream->loop;
    if (!list_is_empty(&stream->in_dirty)) {
        return;
    }
    if (list_is_empty(&loop->dirty) && list_is_empty(&loop->ahead)) {
        event_active(loop->flush, EV_TIMEOUT, 0);
    }
    list_add_first(stream->goes_ahead ? &loop->ahead : &loop->dirty, &stream->in_dirty);
}

/* A handler that is called here may add streams, or free any. */
static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct stream_loop *loop = arg;
    while (!list_is_empty(&loop->ahead) || !list_is_empty(&loop->dirty)) {
        struct list *from = list_is_empty(&loop->ahead) ? &loop->dirty : &loop->ahead;
        struct stream *stream = LIST_FIRST(from, struct stream, in_dirty);
        list_remove(&stream->in_dirty);
        stream_flush(stream);
    }
}

struct stream_loop *
stream_loop_new(struct event_base *base)
{
    struct stream_loop *loop = must_alloc(sizeof *loop);
    loop->base = base;
    loop->read_buffer = must_grow(NULL, STREAM_READ_BYTES, 1);
    loop->ends = -1;
    list_init(&loop->dirty);
    list_init(&loop->ahead);
    (void) stream_loop_read_clock(loop);
    loop->flush = must_have(event_new(base, -1, 0, on_flush, loop));
    return loop;
}

void
stream_loop_trim(struct stream_loop *loop)
{
    while (loop->nspares > 0) {
        strbuf_fini(&loop->spares[--loop->nspares]);
    }
}

void
stream_loop_free(struct stream_loop *loop)
{
    if (!loop) {
        return;
    }
    if (loop->dns) {
        evdns_base_free(loop->dns, 0);
    }
    event_free(loop->flush);
    if (loop->ended) {
        event_free(loop->ended);
        close(loop->ends);
    }
    stream_loop_trim(loop);
    free(loop->read_buffer);
    free(loop);
}

struct event_base *
stream_loop_base(const struct stream_loop *loop)
{
    return loop->base;
}

int64_t
stream_loop_now_us(const struct stream_loop *loop)
{
    return loop->now_us;
}

int64_t
stream_loop_read_clock(struct stream_loop *loop)
{
    loop->now_us = now_us();
    return loop->now_us;
}

/* -- its end ----------------------------------------------------------------------------------- */

static void
stream_end(struct stream *stream, const char *why)
{
    if (stream->state == STREAM_ENDED) {
        return;
    }
    stream->state = STREAM_ENDED;
    snprintf(stream->end, sizeof stream->end, "%s", why);
    event_del(&stream->readable);
    event_del(&stream->writable);
    list_remove(&stream->in_dirty);
    stream->handlers->on_end(stream->arg, stream->end);
}

void
stream_free(struct stream *stream)
{
    if (!stream) {
        return;
    }
    list_remove(&stream->in_dirty);
    if (stream->resolving) {
        /* The callback is still called, with EVUTIL_EAI_CANCEL and a stream that is gone. */
        evdns_getaddrinfo_cancel(stream->resolving);
    }
    event_del(&stream->readable);
    event_del(&stream->writable);
    if (stream->ssl) {
        if (stream->state == STREAM_OPEN && !stream->is_shaking_hands) {
            ERR_clear_error();
            (void) SSL_shutdown(stream->ssl);
        }
        SSL_free(stream->ssl);
    }
    if (stream->is_watched) {
        /* Closing is not enough: a process that was just forked still has the file, until its exec. */
        (void) epoll_ctl(stream->loop->ends, EPOLL_CTL_DEL, stream->fd, NULL);
    }
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    strbuf_fini(&stream->out);
    free(stream);
}

/* -- reading and writing ----------------------------------------------------------------------- */

static void
writable_wait(struct stream *stream)
{
    stream->is_blocked = true;
    event_add(&stream->writable, NULL);
}

static const char *
tls_reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    return reason ? reason : "TLS connection closed";
}

/* The outcome of SSL_read, SSL_write or SSL_do_handshake. */
static enum io_status
tls_status(struct stream *stream, int result, const char **why)
{
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ: return IO_AGAIN;
    case SSL_ERROR_WANT_WRITE: writable_wait(stream); return IO_AGAIN;
    case SSL_ERROR_ZERO_RETURN: return IO_EOF;
    case SSL_ERROR_SYSCALL: *why = errno ? strerror(errno) : "connection closed"; return IO_FAILED;
    default: *why = tls_reason(); return IO_FAILED;
    }
}

static enum io_status
io_read(struct stream *stream, size_t *len, const char **why)
{
    char *buffer = stream->loop->read_buffer;
    if (stream->ssl) {
        ERR_clear_error();
        errno = 0;
        int n = SSL_read(stream->ssl, buffer, STREAM_READ_BYTES);
        *len = n > 0 ? (size_t) n : 0;
        return n > 0 ? IO_SOME : tls_status(stream, n, why);
    }
    ssize_t n = recv(stream->fd, buffer, STREAM_READ_BYTES, 0);
    *len = n > 0 ? (size_t) n : 0;
    if (n > 0) {
        return IO_SOME;
    }
    if (n == 0) {
        return IO_EOF;
    }
    if (errno == EAGAIN || errno == EINTR) {
        return IO_AGAIN;
    }
    *why = strerror(errno);
    return IO_FAILED;
}

static enum io_status
io_write(struct stream *stream, size_t *len, const char **why)
{
    const char *from = stream->out.ptr + stream->sent;
    size_t left = stream->out.len - stream->sent;
    if (stream->ssl) {
        ERR_clear_error();
        errno = 0;
        int n = SSL_write(stream->ssl, from, left > INT32_MAX ? INT32_MAX : (int) left);
        *len = n > 0 ? (size_t) n : 0;
        return n > 0 ? IO_SOME : tls_status(stream, n, why);
    }
    ssize_t n = send(stream->fd, from, left, MSG_NOSIGNAL);
    *len = n > 0 ? (size_t) n : 0;
    if (n >= 0) {
        return IO_SOME;
    }
    if (errno == EAGAIN || errno == EINTR) {
        writable_wait(stream);
        return IO_AGAIN;
    }
    *why = strerror(errno);
    return IO_FAILED;
}

/*
 * All is sent. An idle connection holds no memory; the loop keeps a few buffers for the next turn.
 */
static void
output_recycle(struct stream *stream)
{
    struct stream_loop *loop = stream->loop;
    stream->sent = 0;
    if (stream->out.capacity == 0) {
        return;
    }
    if (loop->nspares < NSPARES && stream->out.capacity <= SPARE_BYTES) {
        strbuf_clear(&stream->out);
        loop->spares[loop->nspares++] = stream->out;
        strbuf_init(&stream->out);
    } else {
        strbuf_fini(&stream->out);
    }
}

/* True: the stream still exists. */
static bool
handshake_advance(struct stream *stream)
{
    const char *why = NULL;
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(stream->ssl);
    if (result == 1) {
        stream->is_shaking_hands = false;
        if (SSL_has_pending(stream->ssl)) {
            event_active(&stream->readable, EV_READ, 0);
        }
        if (stream->handlers->on_connect) {
            stream->handlers->on_connect(stream->arg);
            return false; /* the stream may be gone; else another event will come */
        }
        return true;
    }
    enum io_status status = tls_status(stream, result, &why);
    if (status != IO_AGAIN) {
        stream_end(stream, why ? why : "connection closed");
    }
    return false;
}

/* Sends the output as far as the kernel takes it. */
static void
stream_flush(struct stream *stream)
{
    const char *why = NULL;
    if (stream->state != STREAM_OPEN || (stream->is_shaking_hands && !handshake_advance(stream))) {
        return;
    }
    stream->was_high |= stream_output_bytes(stream) > STREAM_LOW_BYTES;
    while (stream->sent < stream->out.len) {
        size_t len;
        enum io_status status = io_write(stream, &len, &why);
        if (status == IO_AGAIN) {
            break;
        }
        if (status != IO_SOME) {
            stream_end(stream, why ? why : "connection closed");
            return;
        }
        stream->sent += len;
        stream->sent_total += len;
    }
    if (stream->sent == stream->out.len) {
        output_recycle(stream);
        if (stream->is_shut) {
            shutdown(stream->fd, SHUT_WR);
        }
    } else if (stream->sent > stream->out.len / 2) {
        /* Moved only when half of it is sent, so the cost is linear. */
        memmove(stream->out.ptr, stream->out.ptr + stream->sent, stream->out.len - stream->sent);
        stream->out.len -= stream->sent;
        stream->sent = 0;
    }
    bool is_low = stream->was_high && stream_output_bytes(stream) <= STREAM_LOW_BYTES;
    if (is_low || (stream->tells_sent && stream->out.len == 0)) {
        stream->was_high = false;
        stream->tells_sent &= stream->out.len > 0;
        if (stream->handlers->on_drained) {
            stream->handlers->on_drained(stream->arg);
        }
    }
}

/* Errors are reported at the turn's end, because a handler may not be called yet. */
static void
send_early(struct stream *stream)
{
    const char *why = NULL;
    size_t len;
    bool can_send = stream->state == STREAM_OPEN && !stream->is_shaking_hands &&
                    stream_output_bytes(stream) > 0 && !stream->is_blocked;
    if (can_send && io_write(stream, &len, &why) == IO_SOME) {
        stream->sent += len;
        stream->sent_total += len;
        if (stream->sent == stream->out.len) {
            output_recycle(stream);
        }
    }
}

static void
on_eof(struct stream *stream)
{
    stream->has_eof = true;
    event_del(&stream->readable);
    stream->handlers->on_end(stream->arg, NULL);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct stream *stream = arg;
    const char *why = NULL;
    size_t len;
    (void) stream_loop_read_clock(stream->loop);
    if (stream->is_shaking_hands && !handshake_advance(stream)) {
        return;
    }
    if (stream->ssl && stream->sent < stream->out.len) {
        dirty_add(stream); /* output may have waited for these bytes */
    }
    if (stream->is_paused || stream->has_eof) {
        return;
    }
    switch (io_read(stream, &len, &why)) {
    case IO_SOME:
        if (stream->ssl && SSL_has_pending(stream->ssl)) {
            event_active(&stream->readable, EV_READ, 0);
        }
        stream->handlers->on_input(stream->arg, slice_of(stream->loop->read_buffer, len));
        return;
    case IO_AGAIN: return;
    case IO_EOF: on_eof(stream); return;
    case IO_FAILED: stream_end(stream, why ? why : "connection closed"); return;
    }
}

static void
connected(struct stream *stream)
{
    int cause = 0;
    socklen_t len = sizeof cause;
    getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &cause, &len);
    if (cause) {
        stream_end(stream, strerror(cause));
        return;
    }
    stream->state = STREAM_OPEN;
    event_add(&stream->readable, NULL);
    if (stream->out.len) {
        dirty_add(stream);
    }
    if (stream->is_shaking_hands) {
        (void) handshake_advance(stream);
    } else {
        stream->handlers->on_connect(stream->arg);
    }
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct stream *stream = arg;
    (void) stream_loop_read_clock(stream->loop);
    stream->is_blocked = false;
    if (stream->state == STREAM_CONNECTING) {
        connected(stream);
        return;
    }
    if (stream->ssl && !stream->is_paused) {
        event_active(&stream->readable, EV_READ, 0); /* a read may have waited to write */
    }
    stream_flush(stream);
}

/* -- opening ----------------------------------------------------------------------------------- */

static struct stream *
stream_new(struct stream_loop *loop, const struct stream_handlers *handlers, void *arg)
{
    struct stream *stream = must_alloc(sizeof *stream);
    stream->loop = loop;
    stream->handlers = handlers;
    stream->arg = arg;
    stream->fd = -1;
    event_assign(&stream->readable, loop->base, -1, 0, on_readable, stream);
    event_assign(&stream->writable, loop->base, -1, 0, on_writable, stream);
    strbuf_init(&stream->out);
    list_init(&stream->in_dirty);
    return stream;
}

static void
stream_take_fd(struct stream *stream, int fd)
{
    int on = 1;
    stream->fd = fd;
    evutil_make_socket_nonblocking(fd);
    evutil_make_socket_closeonexec(fd);
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* fails on unix sockets */
    event_assign(&stream->readable, stream->loop->base, fd, EV_READ | EV_PERSIST, on_readable,
                 stream);
    event_assign(&stream->writable, stream->loop->base, fd, EV_WRITE, on_writable, stream);
}

static void
stream_take_ssl(struct stream *stream, SSL *ssl)
{
    stream->ssl = ssl;
    stream->is_shaking_hands = true;
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                          SSL_MODE_RELEASE_BUFFERS);
    SSL_set_fd(ssl, stream->fd);
}

struct stream *
stream_open(struct stream_loop *loop, int fd, SSL *ssl, const struct stream_handlers *handlers,
            void *arg)
{
    struct stream *stream = stream_new(loop, handlers, arg);
    stream_take_fd(stream, fd);
    if (ssl) {
        stream_take_ssl(stream, ssl);
    }
    stream->state = STREAM_OPEN;
    event_add(&stream->readable, NULL);
    return stream;
}

/*
 * Reported from the event loop: connecting may fail at once, but the owner does not expect a call
 * yet.
 */
static void
on_failed_early(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct stream *stream = arg;
    char why[sizeof stream->end];
    snprintf(why, sizeof why, "%s", stream->end);
    stream_end(stream, why);
}

static void
fail_later(struct stream *stream, const char *why)
{
    struct timeval now = {0, 0};
    snprintf(stream->end, sizeof stream->end, "%s", why);
    event_assign(&stream->writable, stream->loop->base, -1, 0, on_failed_early, stream);
    event_add(&stream->writable, &now);
}

static void
connect_to(struct stream *stream, const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail_later(stream, strerror(errno));
        return;
    }
    stream_take_fd(stream, fd);
    if (stream->ssl) {
        stream_take_ssl(stream, stream->ssl);
    }
    stream->state = STREAM_CONNECTING;
    if (connect(fd, address, len) != 0 && errno != EINPROGRESS) {
        fail_later(stream, strerror(errno));
        return;
    }
    event_add(&stream->writable, NULL);
}

static void
on_resolved(int result, struct evutil_addrinfo *found, void *arg)
{
    struct stream *stream = arg;
    if (result == EVUTIL_EAI_CANCEL) {
        return; /* the stream is gone */
    }
    stream->resolving = NULL;
    if (result != 0) {
        fail_later(stream, evutil_gai_strerror(result));
        return;
    }
    connect_to(stream, found->ai_addr, (socklen_t) found->ai_addrlen);
    evutil_freeaddrinfo(found);
}

static void
resolve(struct stream *stream, const char *host, int port)
{
    struct stream_loop *loop = stream->loop;
    struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    char service[8];
    snprintf(service, sizeof service, "%d", port);
    if (!loop->dns) {
        loop->dns = evdns_base_new(loop->base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
                                                   EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    }
    if (!loop->dns) {
        fail_later(stream, "cannot resolve names");
        return;
    }
    stream->state = STREAM_RESOLVING;
    struct evdns_getaddrinfo_request *request =
        evdns_getaddrinfo(loop->dns, host, service, &hints, on_resolved, stream);
    if (stream->state == STREAM_RESOLVING) {
        stream->resolving = request; /* NULL: on_resolved was called already */
    }
}

struct stream *
stream_connect(struct stream_loop *loop, const struct stream_address *address, SSL_CTX *tls,
               const struct stream_handlers *handlers, void *arg)
{
    struct stream *stream = stream_new(loop, handlers, arg);
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_storage numeric;
    int len = sizeof numeric;
    char text[96];
    if (tls && !address->unix_path) {
        stream->ssl = tls_connect(tls, address->host);
    }
    if (address->unix_path) {
        if (strlen(address->unix_path) >= sizeof local.sun_path) {
            fail_later(stream, "the socket's path is too long");
            return stream;
        }
        strcpy(local.sun_path, address->unix_path);
        connect_to(stream, (struct sockaddr *) &local, sizeof local);
        return stream;
    }
    bool is_v6 = strchr(address->host, ':') != NULL;
    snprintf(text, sizeof text, is_v6 ? "[%s]:%d" : "%s:%d", address->host, address->port);
    if (evutil_parse_sockaddr_port(text, (struct sockaddr *) &numeric, &len) == 0) {
        connect_to(stream, (struct sockaddr *) &numeric, (socklen_t) len);
    } else {
        resolve(stream, address->host, address->port);
    }
    return stream;
}

/* -- what its owner asks of it ----------------------------------------------------------------- */

struct strbuf *
stream_output(struct stream *stream)
{
    struct stream_loop *loop = stream->loop;
    if (stream->out.capacity == 0 && loop->nspares > 0) {
        stream->out = loop->spares[--loop->nspares];
    }
    return &stream->out;
}

void
stream_send(struct stream *stream)
{
    if (stream->state == STREAM_ENDED) {
        return;
    }
    dirty_add(stream);
    if (stream_output_bytes(stream) >= EAGER_BYTES) {
        LIST_EACH (struct stream, first, &stream->loop->ahead, in_dirty) {
            send_early(first);
        }
        send_early(stream);
    }
}

void
stream_go_ahead(struct stream *stream)
{
    stream->goes_ahead = true;
}

void
stream_send_now(struct stream *stream)
{
    stream_send(stream);
    send_early(stream);
}

void
stream_send_buffer(struct stream *stream, struct strbuf *bytes)
{
    if (bytes->len >= STEAL_BYTES && stream->out.len == 0) {
        strbuf_fini(&stream->out);
        stream->out = *bytes;
    } else {
        strbuf_append(stream_output(stream), strbuf_slice(bytes));
        strbuf_fini(bytes);
    }
    strbuf_init(bytes);
    stream_send(stream);
}

size_t
stream_output_bytes(const struct stream *stream)
{
    return stream->out.len - stream->sent;
}

/*
 * The kernel takes more only when a third of its own buffer is free again, which may be megabytes.
 * A slow reader shows in that buffer long before.
 */
uint64_t
stream_taken_bytes(const struct stream *stream)
{
    int waiting = 0;
    bool knows = ioctl(stream->fd, SIOCOUTQ, &waiting) == 0 && waiting > 0;
    return stream->sent_total - (knows ? (uint64_t) waiting : 0);
}

void
stream_tell_when_sent(struct stream *stream)
{
    stream->tells_sent = true;
    stream_send(stream);
}

/* One stream at a time, because a handler may free another one. */
static void
on_ended(evutil_socket_t fd, short what, void *arg)
{
    (void) what;
    struct stream_loop *loop = arg;
    struct epoll_event found;
    (void) stream_loop_read_clock(loop);
    while (epoll_wait(fd, &found, 1, 0) == 1) {
        struct stream *stream = found.data.ptr;
        stream->is_hung_up = true;
        if (stream->is_paused && stream->state == STREAM_OPEN) {
            stream->handlers->on_hangup(stream->arg);
        }
    }
}

static void
end_watch(struct stream *stream)
{
    struct stream_loop *loop = stream->loop;
    struct epoll_event wanted = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = stream};
    if (!loop->ended) {
        loop->ends = epoll_create1(EPOLL_CLOEXEC);
        loop->ended = event_new(loop->base, loop->ends, EV_READ | EV_PERSIST, on_ended, loop);
        if (loop->ends < 0 || !loop->ended || event_add(loop->ended, NULL) != 0) {
            abort();
        }
    }
    stream->is_watched = epoll_ctl(loop->ends, EPOLL_CTL_ADD, stream->fd, &wanted) == 0;
}

bool
stream_is_hung_up(const struct stream *stream)
{
    return stream->is_hung_up;
}

void
stream_pause(struct stream *stream, bool paused)
{
    if (stream->is_paused == paused || stream->state != STREAM_OPEN || stream->has_eof) {
        return;
    }
    stream->is_paused = paused;
    if (paused && stream->handlers->on_hangup && !stream->is_watched) {
        end_watch(stream);
    }
    if (paused) {
        event_del(&stream->readable);
    } else {
        event_add(&stream->readable, NULL);
        if (stream->ssl && SSL_has_pending(stream->ssl)) {
            event_active(&stream->readable, EV_READ, 0);
        }
    }
}

void
stream_shutdown(struct stream *stream)
{
    stream->is_shut = true;
    stream_send(stream);
}

int
stream_fd(const struct stream *stream)
{
    return stream->fd;
}
