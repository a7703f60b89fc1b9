/*
 * What a client asked for and has not been sent yet: a queue of requests, in the order they came.
 *
 *     PING ->  [HSET running] [HSET done :0] [PING done +PONG]      nothing can be sent yet
 *              [HSET done :1] ...                                   now all three can
 *
 * Each request has its own reply, so that they may end in any order and are sent in theirs. The
 * queue belongs to a client; where the client leaves before its requests have ended, they run to
 * their end in it and their replies are dropped.
 */
#ifndef QUIPU_SERVER_CLIENT_REQUEST_H
#define QUIPU_SERVER_CLIENT_REQUEST_H

#include "executor/query.h"
#include "net/resp_writer.h"
#include "server/table/request_class.h"

enum { REQUEST_ROOM_BYTES = 256 };

struct request;
/* What a request tells its client: that it has ended; that a part of its reply can be sent; that
 * these bytes are its whole reply, and its turn has come (borrowed; on_done follows); or that what
 * is sent of its reply will not be finished, so that the connection is of no more use. */
struct request_events {
    void (*on_done)(void *arg);
    void (*on_reply)(void *arg, struct slice bytes);
    void (*on_part)(void *arg);
    void (*on_broken)(void *arg);
};
/* Its client has taken what was told. is_dropped: it has left, and the request is gone. */
typedef void request_room_fn(void *arg, bool is_dropped);
/* is_done: its reply is written; else it was dropped, as its client has left. */
typedef void request_end_fn(void *arg, struct request *request, bool is_done);

/* Requests that have ended, for those to come: of all queues, so that idle ones hold none. */
struct request_pool {
    struct request *free;
    size_t nfree;
};

struct request_queue {
    struct request_pool *pool;
    struct request *head, *tail;
    size_t nrequests;
    size_t nrunning[REQUEST_NCLASSES];
    size_t nwaiting;      /* of those, what waits for another client: BLPOP */
    size_t nholding;      /* of those, what all others must wait for */
    size_t reply_bytes;   /* of those that are done and wait for an earlier one */
    size_t running_bytes; /* of what was asked, of those that are not done */
    size_t likely_bytes;  /* of a shard's reply, by those before it */
    const struct request_events *events;
    void *arg;
};

/* All zero: an empty pool. Frees what is in it, and leaves it empty. */
void request_pool_clear(struct request_pool *pool);

/* The pool is borrowed for the queue's life. */
void request_queue_init(struct request_queue *queue, struct request_pool *pool,
                        const struct request_events *events, void *arg);
/* Frees what is left, running or not: only when nothing can call back any more. */
void request_queue_fini(struct request_queue *queue);
/* True when a request of this class need not wait for those in flight. */
bool request_queue_admits(const struct request_queue *queue, enum request_class class);
/*
 * True while the replies of what runs at shards will likely be no more than so many bytes together,
 * or nothing runs. How large a reply will be nobody knows, so it goes by those before it: after a
 * large one the next are asked one by one, after small ones many at a time.
 */
bool request_queue_has_room(struct request_queue *queue, size_t budget_bytes);
/* True when nothing of it runs but what is local, or waits for another client. */
bool request_queue_is_idle(const struct request_queue *queue);
/*
 * Takes the reply of the oldest request, if that has ended, and frees the request. The caller frees
 * the reply with strbuf_fini.
 */
bool request_queue_pop(struct request_queue *queue, struct strbuf *reply);
/* Takes what there is of the oldest request's reply, where it runs and there is any. */
bool request_queue_take_part(struct request_queue *queue, struct strbuf *reply);
/* Whether the oldest request waits for room; and goes on with it. */
bool request_queue_wants_room(const struct request_queue *queue);
void request_queue_resume(struct request_queue *queue);
/*
 * The client has left: cancels the queries, and drops every request that nothing will call back
 * for. To be called again when one more has ended. True when the queue is empty.
 */
bool request_queue_abandon(struct request_queue *queue);

/* Adds a request that is running. It lives until it is popped or abandoned. */
struct request *request_push(struct request_queue *queue, enum request_class class, bool resp3);
/* Whose it is: what request_queue_init was given. */
void *request_owner(const struct request *request);
/* Where its reply is to be written. */
struct resp_writer *request_writer(struct request *request);
/* Zeroed memory that lives as long as the request; once for each request. */
void *request_work(struct request *request, size_t size_bytes);
/* REQUEST_ROOM_BYTES that live as long, for whoever watches it; what is in them is left over. */
void *request_room(struct request *request);
/* Calls fn once, when the request is done or dropped. */
void request_watch(struct request *request, request_end_fn *fn, void *arg);
/* Nothing that comes behind it may begin until it is done. */
void request_hold(struct request *request);
/* It runs, and its end is another client's to bring about: BLPOP. */
void request_may_wait(struct request *request);
/* How large it was when it was asked: what is held for it while it runs. */
void request_set_bytes(struct request *request, size_t nbytes);
/* What is to be cancelled when the client leaves. */
void request_set_query(struct request *request, struct query *query);
/* Whether its reply is written for nobody (CLIENT REPLY). */
void request_mute(struct request *request, bool muted);
/* Its reply is written. Calls on_done. */
void request_done(struct request *request);
/* A piece of a reply that is passed on as it is; the last one ends the request. */
void request_pass(struct request *request, struct slice piece, bool is_last);
/* What is written of its reply is a part, to be sent; fn is called when there is room for more. */
void request_tell(struct request *request, request_room_fn *fn, void *arg);
/* As request_fail, with an error as a shard wrote it. */
void request_fail_raw(struct request *request, struct slice error);
/* Ends it with an error; where a part of its reply has been sent, on_broken is called first. */
void request_fail(struct request *request, const struct error *err);
bool request_is_resp3(const struct request *request);

#endif
