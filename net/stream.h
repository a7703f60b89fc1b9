/*
 * One connection's bytes: a non-blocking socket under libevent, plain or TLS.
 *
 *     struct stream_loop *loop = stream_loop_new(base);
 *     struct stream *stream = stream_open(loop, fd, NULL, &HANDLERS, client);
 *     strbuf_append(stream_output(stream), slice_lit("+OK\r\n"));
 *     stream_send(stream);          goes out at the end of this turn of the event loop
 *
 * The output of one turn of the loop leaves in one system call. Much output leaves in a few, so
 * that the other side can begin with it. An event for writing is set up only if the kernel does not
 * take everything. This matters because a proxy's cost is system calls. All streams of a loop read
 * into one buffer, so an idle connection holds no memory for bytes.
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
    /* Bytes have come. They are borrowed: bytes that are not taken are lost. */
    void (*on_input)(void *arg, struct slice bytes);
    /* Waiting output has fallen to STREAM_LOW_BYTES or less. See also stream_tell_when_sent. */
    void (*on_drained)(void *arg);
    /*
     * The other side sends no more (why NULL: it may still read), or the connection is lost (why
     * says how). Called once. After a loss nothing is sent any more.
     */
    void (*on_end)(void *arg, const char *why);
    /* The connection is made, with TLS. For an accepted connection: the TLS handshake is done. */
    void (*on_connect)(void *arg);
    /*
     * While the stream is paused: the other side sends no more, or is gone. Bytes that it sent
     * before may still be unread; on_end follows when they are read. NULL: this is not watched.
     */
    void (*on_hangup)(void *arg);
};

enum { STREAM_READ_BYTES = 64 * 1024, STREAM_LOW_BYTES = 256 * 1024 };

/* base is borrowed. Free the streams first. */
struct stream_loop *stream_loop_new(struct event_base *base);
void stream_loop_free(struct stream_loop *loop);
/* Frees the memory that is kept for later output. */
void stream_loop_trim(struct stream_loop *loop);
struct event_base *stream_loop_base(const struct stream_loop *loop);
/*
 * Microseconds of a clock that only goes forward: the time at which the present input was read from
 * its stream. So many requests of one read cost one look at the clock.
 */
int64_t stream_loop_now_us(const struct stream_loop *loop);
/* The same, read now, for work that took long or was not begun by a stream. */
int64_t stream_loop_read_clock(struct stream_loop *loop);

/* Takes over a connected socket, and ssl, a TLS session in accept state, if it is not NULL. */
struct stream *stream_open(struct stream_loop *loop, int fd, struct ssl_st *ssl,
                           const struct stream_handlers *handlers, void *arg);
/*
 * Connects, with TLS if a context is given (borrowed; the certificate must be for the host's name).
 * on_end tells a failure, later. Never returns NULL. Output that is written before on_connect waits
 * for it.
 */
struct stream *stream_connect(struct stream_loop *loop, const struct stream_address *address,
                              struct ssl_ctx_st *tls, const struct stream_handlers *handlers,
                              void *arg);
/* Closes at once. Unsent output is lost. NULL is ignored. */
void stream_free(struct stream *stream);

/* The buffer to which output is appended. Then call stream_send. */
struct strbuf *stream_output(struct stream *stream);
void stream_send(struct stream *stream);
/*
 * At the end of a turn its output is sent ahead of that of all other streams. Call it before there is
 * any.
 */
void stream_go_ahead(struct stream *stream);
/* Sends now. For the last output of this turn. */
void stream_send_now(struct stream *stream);
/* Sends a buffer and empties it. A large buffer is not copied if no output waits. */
void stream_send_buffer(struct stream *stream, struct strbuf *bytes);
/* Bytes that the kernel has not taken yet. */
size_t stream_output_bytes(const struct stream *stream);
/*
 * Bytes of all output that the other side has taken, as far as the kernel knows. The number grows
 * while the other side reads.
 */
uint64_t stream_taken_bytes(const struct stream *stream);
/* Asks for one call of on_drained when the kernel has taken all output. */
void stream_tell_when_sent(struct stream *stream);
/* Stops reading, or goes on. */
void stream_pause(struct stream *stream, bool paused);
/* True if, since the first pause, the other side has sent its end or is gone. */
bool stream_is_hung_up(const struct stream *stream);
/* Ends the output. The other side sees the end. */
void stream_shutdown(struct stream *stream);
int stream_fd(const struct stream *stream);

#endif
