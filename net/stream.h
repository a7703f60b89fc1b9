/*
 * One connection's bytes: a non-blocking socket under libevent, plain or TLS.
 *
 *     struct stream_loop *loop = stream_loop_new(base);
 *     struct stream *stream = stream_open(loop, fd, NULL, &HANDLERS, client);
 *     strbuf_append(stream_output(stream), slice_lit("+OK\r\n"));
 *     stream_send(stream);          goes out at the end of this turn of the event loop
 *
 * What is written in one turn of the loop leaves in one system call (or in a few, where it is much,
 * so that the other side can begin with it), and an event for writing is set up only where the
 * kernel does not take all: a proxy's cost is system calls. All streams of a
 * loop read into one buffer, so an idle connection holds no memory for bytes.
 *
 * Handlers are called from the event loop alone, never from inside a function of this file. A
 * handler may free its stream.
 */
#ifndef QUIPU_NET_STREAM_H
#define QUIPU_NET_STREAM_H

#include "base/error.h"
#include "base/strbuf.h"

struct event_base;
struct ssl_st;
struct ssl_ctx_st;
struct stream;
struct stream_loop;

/* Where a server listens: a unix socket's path, or host and port. */
struct stream_address {
    const char *unix_path; /* NULL: TCP */
    const char *host;      /* a numeric address, or a name */
    int port;
};

struct stream_handlers {
    /* Bytes have come. Borrowed: what is not taken is lost. */
    void (*on_input)(void *arg, struct slice bytes);
    /* Output that had to wait is at STREAM_LOW_BYTES or below again; or see tell_when_sent. */
    void (*on_drained)(void *arg);
    /*
     * The other side sends no more (why NULL: it may still read), or the connection is lost (why
     * says how). Called once; after a loss nothing is sent either.
     */
    void (*on_end)(void *arg, const char *why);
    /* It is up, TLS included; of an accepted one: its handshake is done. */
    void (*on_connect)(void *arg);
    /*
     * While it is paused: the other side sends no more, or is gone. What it has sent before may
     * still have to be read; on_end follows when it has been. NULL: not looked for.
     */
    void (*on_hangup)(void *arg);
};

enum { STREAM_READ_BYTES = 64 * 1024, STREAM_LOW_BYTES = 256 * 1024 };

/* base is borrowed. Free the streams first. */
struct stream_loop *stream_loop_new(struct event_base *base);
void stream_loop_free(struct stream_loop *loop);
/* Frees the memory that it keeps for output to come. */
void stream_loop_trim(struct stream_loop *loop);
struct event_base *stream_loop_base(const struct stream_loop *loop);
/*
 * Microseconds of a clock that only goes forward: of when what is being handled was read from its
 * stream, so that much that comes at once costs one reading of the clock.
 */
int64_t stream_loop_now_us(const struct stream_loop *loop);
/* The same, read now: where work was long, or was not begun by a stream. */
int64_t stream_loop_read_clock(struct stream_loop *loop);

/* Takes over a connected socket, and the TLS session (ssl, in accept state), where it is not NULL.
 */
struct stream *stream_open(struct stream_loop *loop, int fd, struct ssl_st *ssl,
                           const struct stream_handlers *handlers, void *arg);
/*
 * Connects, with TLS where a context is given (borrowed; the host's name is checked against the
 * certificate). A failure is told by on_end, later. Never NULL. What is written before on_connect
 * waits for it.
 */
struct stream *stream_connect(struct stream_loop *loop, const struct stream_address *address,
                              struct ssl_ctx_st *tls, const struct stream_handlers *handlers,
                              void *arg);
/* Closes at once; what was not sent is lost. NULL is ignored. */
void stream_free(struct stream *stream);

/* Where to append; then stream_send. */
struct strbuf *stream_output(struct stream *stream);
void stream_send(struct stream *stream);
/* The same, now: for the last of what is written to it in this turn. */
void stream_send_now(struct stream *stream);
/* Sends a buffer, which it empties: without a copy where it is large and nothing waits. */
void stream_send_buffer(struct stream *stream, struct strbuf *bytes);
/* Bytes not yet taken by the kernel. */
size_t stream_output_bytes(const struct stream *stream);
/* Bytes of all its output that the other side has taken, as far as the kernel knows: it grows while
 * the other side reads. */
uint64_t stream_taken_bytes(const struct stream *stream);
/* on_drained is to be called, once, when all output has been taken by the kernel. */
void stream_tell_when_sent(struct stream *stream);
/* Whether it reads. */
void stream_pause(struct stream *stream, bool paused);
/* Since it was first paused the other side has sent its last, or is gone. */
bool stream_is_hung_up(const struct stream *stream);
/* No more will be written: the other side sees the end. */
void stream_shutdown(struct stream *stream);
int stream_fd(const struct stream *stream);

#endif
