/*
 * A client's requests whose replies were not sent yet: a queue, in the order in which they came.
 *
 *     PING ->  [HSET running] [HSET done :0] [PING done +PONG]      nothing can be sent yet
 *              [HSET done :1] ...                                   now all three can
 *
 * Each request has its own reply. So requests may end in any order, and replies are sent in the
 * order of the requests. The queue belongs to a client. If the client leaves before its requests
 * have ended, they run to their end in the queue, and their replies are dropped.
 */
#ifndef QUIPU_SERVER_CLIENT_REQUEST_H
#define QUIPU_SERVER_CLIENT_REQUEST_H

#include "executor/query.h"
#include "net/resp_writer.h"
#include "server/table/request_class.h"

enum { REQUEST_ROOM_BYTES = 256 };

struct request;
/*
 * What a request tells its client. on_done: it has ended. on_reply: it is its turn, and these
 * bytes, which are borrowed, are its whole reply; on_done follows. on_part: a part of its reply can
 * be sent. on_broken: a part of its reply was sent, and the rest will not come, so the connection
 * must end.
 */
struct request_events {
    void (*on_done)(void *arg);
    void (*on_reply)(void *arg, struct slice bytes);
    void (*on_part)(void *arg);
    void (*on_broken)(void *arg);
};
/*
 * The client has taken the part that was told. is_dropped: the client has left, and the request is
 * freed.
 */
typedef void request_room_fn(void *arg, bool is_dropped);
typedef void request_work_fn(void *work);
/* is_done: its reply is written. Otherwise it was dropped, because its client has left. */
typedef void request_end_fn(void *arg, struct request *request, bool is_done);

/* Ended requests, to be used again. All queues share it, so that idle queues hold none. */
struct request_pool {
    struct request *free;
    size_t nfree;
};

struct request_queue {
    struct request_pool *pool;
    struct request *head, *tail;
    size_t nrequests;
    size_t nrunning[REQUEST_NCLASSES];
    size_t nwaiting;      /* of those, how many wait for another client: BLPOP */
    size_t nholding;      /* of those, how many hold up all others */
    size_t reply_bytes;   /* replies of done requests that wait for an earlier one */
    size_t running_bytes; /* sizes of requests that are not done */
    size_t likely_bytes;  /* the likely size of a shard's reply, by the replies before it */
    const struct request_events *events;
    void *arg;
};

/* All zero is an empty pool. Frees its requests, and leaves it empty. */
void request_pool_clear(struct request_pool *pool);

/* The pool is borrowed for the queue's life. */
void request_queue_init(struct request_queue *queue, struct request_pool *pool,
                        const struct request_events *events, void *arg);
/* Frees all requests, running or not. Call it only when nothing can call back any more. */
void request_queue_fini(struct request_queue *queue);
/* True if a request of this class need not wait for those in flight. */
bool request_queue_admits(const struct request_queue *queue, enum request_class class);
/*
 * True if nothing runs at shards, or if the replies of what runs there are likely to stay within so
 * many bytes together. The size of a coming reply is not known, so the estimate goes by the replies
 * before it: after a large reply, requests are sent one by one; after small replies, many at a
 * time.
 */
bool request_queue_has_room(struct request_queue *queue, size_t budget_bytes);
/* True if nothing of it runs, except local requests and those that wait for another client. */
bool request_queue_is_idle(const struct request_queue *queue);
/*
 * Takes the reply of the oldest request, if that has ended, and frees the request. The caller frees
 * the reply with strbuf_fini.
 */
bool request_queue_pop(struct request_queue *queue, struct strbuf *reply);
/*
 * If the oldest request still runs, takes the part of its reply that is there. False: there is
 * none.
 */
bool request_queue_take_part(struct request_queue *queue, struct strbuf *reply);
/*
 * Whether the oldest request waits for room (see request_tell). request_queue_resume lets it go on.
 */
bool request_queue_wants_room(const struct request_queue *queue);
void request_queue_resume(struct request_queue *queue);
/*
 * The client has left: cancels its queries, and drops every request that no callback will end. Call
 * it again whenever a further request has ended. True if the queue is empty.
 */
bool request_queue_abandon(struct request_queue *queue);

/* Adds a running request. It lives until it is popped or abandoned. */
struct request *request_push(struct request_queue *queue, enum request_class class, bool resp3);
/* The owner of its queue: the arg of request_queue_init. */
void *request_owner(const struct request *request);
/* The writer for its reply. */
struct resp_writer *request_writer(struct request *request);
/* Zeroed memory that lives as long as the request. Call it once for each request. */
void *request_work(struct request *request, size_t size_bytes);
/* The same for what has parts of its own: the request owns it from now on, and ends it by free_work. */
void request_keep(struct request *request, void *work, request_work_fn *free_work);
/* What request_work or request_keep gave it; NULL: nothing. */
void *request_kept(const struct request *request);
/*
 * REQUEST_ROOM_BYTES of memory that live as long as the request, for its watcher. They hold old
 * contents.
 */
void *request_room(struct request *request);
/* Calls fn once, when the request is done or dropped. */
void request_watch(struct request *request, request_end_fn *fn, void *arg);
/* The arg of the watcher, if it is this one; else NULL. */
void *request_watcher(const struct request *request, request_end_fn *fn);
/* Whether its reply is an error, as far as it is known. For watchers. */
bool request_is_error(const struct request *request);
/* No later request may begin until this one is done. */
void request_hold(struct request *request);
/* It runs, and another client's command will end it: BLPOP. */
void request_may_wait(struct request *request);
/* Sets the size of the request, which is held in memory while it runs. */
void request_set_bytes(struct request *request, size_t nbytes);
/* Sets the query that is cancelled when the client leaves. */
void request_set_query(struct request *request, struct query *query);
struct query *request_query(const struct request *request);
/* Whether its reply is dropped (CLIENT REPLY). */
void request_mute(struct request *request, bool muted);
/* Its reply is written. Calls on_done. */
void request_done(struct request *request);
/* Passes on a piece of a shard's reply. The last piece ends the request. */
void request_pass(struct request *request, struct slice piece, bool is_last);
/* Sends the part of its reply that is written so far. fn is called when there is room for more. */
void request_tell(struct request *request, request_room_fn *fn, void *arg);
/* The same as request_fail, with the text of a shard's error. */
void request_fail_raw(struct request *request, struct slice error);
/* Ends it with an error. If a part of its reply was sent, on_broken is called first. */
void request_fail(struct request *request, const struct error *err);
/* request_fail, or request_done if err is NULL. */
void request_finish(struct request *request, const struct error *err);
bool request_is_resp3(const struct request *request);

#endif
