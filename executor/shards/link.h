/*
 * One pipelined connection to a Redis server, kept up for as long as the link lives.
 *
 *     DOWN --timer--> CONNECTING --connected--> GREETING --link_greeted--> READY
 *      ^                  |                         |                        |
 *      +---- backoff -----+------- link_fail -------+--- connection lost ----+
 *
 *     link_send(link, &args, 2, on_reply, arg)
 *     on_reply(arg, "$5\r\nhel", false, NULL), on_reply(arg, "lo\r\n", true, NULL)
 *
 * Replies are matched to calls by their order, and handed on byte for byte, in pieces as they come.
 * A call that has waited for longer than the timeout ends with TIMEOUT. It keeps its place in the
 * order. So its reply is dropped when it comes, and is never taken for another call's. A connection
 * on which nothing has come for that long is given up.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_LINK_H
#define QUIPU_EXECUTOR_SHARDS_LINK_H

#include "base/arena.h"
#include "base/log.h"
#include "net/stream.h"

struct link;

/*
 * Takes a piece of the reply, borrowed. The first piece has the whole first line, or 512 bytes of
 * it. If err is set, nothing more of the reply will come. Called until is_last or err, then never
 * again.
 */
typedef void link_reply_fn(void *arg, struct slice piece, bool is_last, const struct error *err);

/* The owner's callbacks. All except greet may be NULL. */
struct link_owner {
    /*
     * The link is connected: greet the server with link_send, then call link_greeted or link_fail.
     */
    void (*greet)(void *owner, struct link *link);
    void (*on_ready)(void *owner, struct link *link);
    /* The connection was lost, or could not be made. why is borrowed. */
    void (*on_down)(void *owner, struct link *link, const char *why);
    /* A push of RESP3. In a subscriber's connection, any reply that no call waits for. */
    void (*on_push)(void *owner, struct link *link, struct slice bytes);
};

struct link_settings {
    struct stream_loop *loop;
    struct stream_address address; /* borrowed for the link's life */
    struct ssl_ctx_st *tls;        /* NULL: plain; borrowed */
    const char *name;              /* for errors: "shard 1 (10.0.0.2:6379)"; borrowed */
    const int64_t *timeout_ms;     /* read at each use; 0: none */
    bool is_session;               /* connects at once, and only once: see
                                      executor/shards/session.h */
};

/* Starts to connect, from the event loop. owner and settings are copied. */
struct link *link_new(const struct link_settings *settings, const struct link_owner *owner,
                      void *arg);
/* Calls under way end with SHARDDOWN, from inside this call. NULL is ignored. */
void link_free(struct link *link);

bool link_is_ready(const struct link *link);
/* Sets err to SHARDDOWN: why the link is not ready. */
void link_why(const struct link *link, struct error *err);
const char *link_last_error(const struct link *link);
size_t link_ncalls(const struct link *link);
/* True if the oldest call has waited for late_ms. */
bool link_is_late(const struct link *link, int64_t now_ms, int64_t late_ms);

void link_greeted(struct link *link);
/* The reason given for a connection that was made, and then stayed silent. */
#define LINK_SILENT "it does not answer"
/* Gives the connection up. Calls end with SHARDDOWN. */
void link_fail(struct link *link, const char *why);
/* Connects now, instead of waiting for the rest of the backoff. */
void link_hurry(struct link *link);

/*
 * Sends a command, which is copied. fn is called later, never from inside. fn NULL: the reply is
 * dropped. Allowed only while GREETING (for the owner) or READY, and in a session also while
 * CONNECTING.
 */
void link_send(struct link *link, const struct slice *args, size_t nargs, link_reply_fn *fn,
               void *arg);
/* The same for a command that is already bytes. */
void link_send_bytes(struct link *link, struct slice bytes, link_reply_fn *fn, void *arg);
/* Sends a command to which no reply is matched. Its replies go to on_push. */
void link_write(struct link *link, const struct slice *args, size_t nargs);
void link_write_bytes(struct link *link, struct slice bytes);
/* Drops the replies of all waiting calls. No callback is called. */
void link_forget_all(struct link *link);

/* Must be called about every LINK_TICK_MS. Ends calls that have waited for too long. */
enum { LINK_TICK_MS = 20 };
void link_tick(struct link *link, int64_t now_ms);

/* Appends a command's bytes, `*2\r\n$3\r\nGET\r\n...`. */
void command_append(struct strbuf *out, const struct slice *args, size_t nargs);
/*
 * Splits a command that command_append wrote. The words are borrowed from its bytes. Returns their
 * number.
 */
size_t command_split(struct arena *arena, struct slice bytes, struct slice **args);
/* Appends a command's words alone, without the header. */
void words_append(struct strbuf *out, const struct slice *args, size_t nargs);

#endif
