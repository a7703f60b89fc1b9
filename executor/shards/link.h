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
 * Replies are matched to calls by their order and handed on as the bytes they are, in pieces as
 * they come. A call that has waited for longer than the timeout ends with TIMEOUT; its place in the
 * order stays, so that its reply, when it comes, is dropped and never taken for another's. A
 * connection on which nothing has come for that long is given up.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_LINK_H
#define QUIPU_EXECUTOR_SHARDS_LINK_H

#include "base/arena.h"
#include "base/log.h"
#include "net/stream.h"

struct link;

/*
 * A piece of the reply, borrowed; the first one has its first line in whole (or 512 bytes of it).
 * Or err: there will be no (more of the) reply. Called until is_last or err, then never again.
 */
typedef void link_reply_fn(void *arg, struct slice piece, bool is_last, const struct error *err);

/* What its owner does about it. All but greet may be NULL. */
struct link_owner {
    /* Connected: say hello by link_send, then link_greeted, or link_fail. */
    void (*greet)(void *owner, struct link *link);
    void (*on_ready)(void *owner, struct link *link);
    /* Was connected or tried to; why is borrowed. */
    void (*on_down)(void *owner, struct link *link, const char *why);
    /* A push of RESP3, or in a subscriber's connection any reply that no call waits for. */
    void (*on_push)(void *owner, struct link *link, struct slice bytes);
};

struct link_settings {
    struct stream_loop *loop;
    struct stream_address address; /* borrowed for the link's life */
    struct ssl_ctx_st *tls;        /* NULL: plain; borrowed */
    const char *name;              /* for errors: "shard 1 (10.0.0.2:6379)"; borrowed */
    const int64_t *timeout_ms;     /* read at each use; 0: none */
    bool is_session;               /* connects at once, and not again: executor/shards/session.h */
};

/* Starts to connect, from the event loop. owner and settings are copied. */
struct link *link_new(const struct link_settings *settings, const struct link_owner *owner,
                      void *arg);
/* Calls under way end with SHARDDOWN, from inside this call. NULL is ignored. */
void link_free(struct link *link);

bool link_is_ready(const struct link *link);
/* Why it is not: SHARDDOWN. */
void link_why(const struct link *link, struct error *err);
const char *link_last_error(const struct link *link);
size_t link_ncalls(const struct link *link);
/* The oldest call has waited for so long. */
bool link_is_late(const struct link *link, int64_t now_ms, int64_t late_ms);

void link_greeted(struct link *link);
/* Why a connection was given up that was made, and said nothing. */
#define LINK_SILENT "it does not answer"
/* Gives the connection up: calls end with SHARDDOWN. */
void link_fail(struct link *link, const char *why);
/* Connects now, where it would have waited longer before it tries again. */
void link_hurry(struct link *link);

/*
 * Sends a command, which is copied. fn is called later, never from inside; fn NULL: the reply is
 * dropped. Only while GREETING (the owner) or READY; in a session also while CONNECTING.
 */
void link_send(struct link *link, const struct slice *args, size_t nargs, link_reply_fn *fn,
               void *arg);
/* The same for a command that is bytes already. */
void link_send_bytes(struct link *link, struct slice bytes, link_reply_fn *fn, void *arg);
/* Sends a command to which no reply is matched: what comes is on_push's. */
void link_write(struct link *link, const struct slice *args, size_t nargs);
void link_write_bytes(struct link *link, struct slice bytes);
/* The replies of all calls that wait are dropped, and nobody is called. */
void link_forget_all(struct link *link);

/* To be called every LINK_TICK_MS or so: ends what has waited for too long. */
enum { LINK_TICK_MS = 20 };
void link_tick(struct link *link, int64_t now_ms);

/* A command's bytes, `*2\r\n$3\r\nGET\r\n...`, appended. */
void command_append(struct strbuf *out, const struct slice *args, size_t nargs);
/* The words of a command that command_append has written, borrowed from its bytes; how many. */
size_t command_split(struct arena *arena, struct slice bytes, struct slice **args);
/* Its words alone, without the header. */
void words_append(struct strbuf *out, const struct slice *args, size_t nargs);

#endif
