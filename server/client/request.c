/*
 * Keeps a client's requests from their start until their replies are sent. in: requests as they
 * start, and their ends in any order; out: replies in the order of the requests.
 *
 *     push      RUNNING ----done----> DONE ---pop (when it is the oldest)---> gone
 *                  |                    |
 *                  +------ abandon -----+----> gone; but a row command or a question to all shards
 *                                              that runs cannot be called back: it stays until done
 *
 * Most replies come whole and in turn; they are passed on and never kept here.
 */
#include "server/client/request.h"

#include <assert.h>
#include <stdlib.h>

#include "base/must.h"

/* Parts of a reply that is passed on are sent when they reach this size. */
enum { PART_BYTES = 16 * 1024 };
/* The requests of one turn under load; more than that belong to a burst. */
enum { POOL_REQUESTS = 1024 };
/*
 * The reply size that is assumed before the first reply, and how fast that is forgotten: after 20
 * small replies a fifteenth of it is left.
 */
enum { FIRST_LIKELY_BYTES = 8 * 1024 * 1024, LIKELY_DECAY = 8 };
/* A new pipeline starts at most this many requests before its first reply has come. */
enum { NEW_PIPELINE_REQUESTS = 128 };

struct request {
    struct request_queue *queue;
    struct request *next;
    enum request_class class;
    bool done;
    bool muted;
    bool may_wait;
    bool holds;
    bool is_error;       /* its reply has begun as one */
    bool is_partial;     /* a part of its reply was taken */
    size_t asked_bytes;  /* while it runs */
    size_t passed_bytes; /* of its reply, so far */
    struct query *query; /* running, can be cancelled */
    void *work;
    request_work_fn *free_work;
    request_end_fn *on_end; /* NULL: nothing is called */
    void *on_end_arg;
    request_room_fn *on_room; /* NULL: it does not wait for room */
    void *on_room_arg;
    struct strbuf reply;
    struct resp_writer writer;
    _Alignas(16) char room[]; /* REQUEST_ROOM_BYTES */
};

/* -- the pool ---------------------------------------------------------------------------------- */

static struct request *
pool_take(struct request_pool *pool)
{
    struct request *request = pool->free;
    if (!request) {
        return must_have(malloc(sizeof *request + REQUEST_ROOM_BYTES));
    }
    pool->free = request->next;
    pool->nfree--;
    return request;
}

static void
pool_give(struct request_pool *pool, struct request *request)
{
    if (pool->nfree == POOL_REQUESTS) {
        free(request);
        return;
    }
    request->next = pool->free;
    pool->free = request;
    pool->nfree++;
}

void
request_pool_clear(struct request_pool *pool)
{
    while (pool->nfree > 0) {
        free(pool_take(pool));
    }
}

/* -- the queue --------------------------------------------------------------------------------- */

void
request_queue_init(struct request_queue *queue, struct request_pool *pool,
                   const struct request_events *events, void *arg)
{
    *queue = (struct request_queue){
        .pool = pool, .likely_bytes = FIRST_LIKELY_BYTES, .events = events, .arg = arg};
}

static void
request_end(struct request *request, bool is_done)
{
    request_end_fn *on_end = request->on_end;
    request->on_end = NULL;
    if (on_end) {
        on_end(request->on_end_arg, request, is_done);
    }
}

static void
request_go_on(struct request *request, bool is_dropped)
{
    request_room_fn *on_room = request->on_room;
    request->on_room = NULL;
    if (on_room) {
        on_room(request->on_room_arg, is_dropped);
    }
}

static void
request_free(struct request *request)
{
    request_go_on(request, true);
    request_end(request, false);
    strbuf_fini(&request->reply);
    if (request->work) {
        request->free_work(request->work);
    }
    pool_give(request->queue->pool, request);
}

void
request_queue_fini(struct request_queue *queue)
{
    while (queue->head) {
        struct request *request = queue->head;
        queue->head = request->next;
        request_free(request);
    }
    *queue = (struct request_queue){0};
}

bool
request_queue_admits(const struct request_queue *queue, enum request_class class)
{
    if (queue->nholding > 0) {
        return false;
    }
    if (class == REQUEST_LOCAL) {
        return queue->nrunning[REQUEST_LISTEN] == 0;
    }
    for (int other = REQUEST_LOCAL + 1; other < REQUEST_NCLASSES; other++) {
        bool excludes = other != (int) class || class == REQUEST_ALONE;
        if (excludes && queue->nrunning[other] > 0) {
            return false;
        }
    }
    return true;
}

/* The replies that shards still owe. Answers to queries are Quipu's own and bounded. */
static size_t
queue_count_asked(const struct request_queue *queue)
{
    return queue->nrunning[REQUEST_ROW] + queue->nrunning[REQUEST_FORWARD] +
           queue->nrunning[REQUEST_SCRIPT] + queue->nrunning[REQUEST_ALONE];
}

bool
request_queue_has_room(struct request_queue *queue, size_t budget_bytes)
{
    size_t nasked = queue_count_asked(queue);
    if (queue->nrequests == 0 && queue->likely_bytes < budget_bytes / NEW_PIPELINE_REQUESTS) {
        queue->likely_bytes = budget_bytes / NEW_PIPELINE_REQUESTS;
    }
    return nasked == 0 || (nasked + 1) * queue->likely_bytes <= budget_bytes;
}

static void
queue_learn(struct request_queue *queue, size_t reply_bytes)
{
    if (reply_bytes >= queue->likely_bytes) {
        queue->likely_bytes = reply_bytes;
    } else {
        queue->likely_bytes -=
            (queue->likely_bytes - reply_bytes + LIKELY_DECAY - 1) / LIKELY_DECAY;
    }
}

bool
request_queue_is_idle(const struct request_queue *queue)
{
    size_t nrunning = 0;
    for (int class = REQUEST_LOCAL + 1; class < REQUEST_NCLASSES; class ++) {
        nrunning += queue->nrunning[class];
    }
    return nrunning == queue->nwaiting;
}

/* Takes the head off the queue. */
static struct request *
queue_shift(struct request_queue *queue)
{
    struct request *request = queue->head;
    queue->head = request->next;
    if (!queue->head) {
        queue->tail = NULL;
    }
    queue->nrequests--;
    return request;
}

bool
request_queue_pop(struct request_queue *queue, struct strbuf *reply)
{
    if (!queue->head || !queue->head->done) {
        return false;
    }
    struct request *request = queue_shift(queue);
    queue->reply_bytes -= request->reply.len;
    *reply = request->reply;
    strbuf_init(&request->reply);
    request_free(request);
    return true;
}

bool
request_queue_take_part(struct request_queue *queue, struct strbuf *reply)
{
    struct request *request = queue->head;
    if (!request || request->done || request->reply.len == 0) {
        return false;
    }
    *reply = request->reply;
    strbuf_init(&request->reply);
    request->is_partial = true;
    return true;
}

bool
request_queue_wants_room(const struct request_queue *queue)
{
    return queue->head && queue->head->on_room;
}

void
request_queue_resume(struct request_queue *queue)
{
    if (queue->head) {
        request_go_on(queue->head, false);
    }
}

bool
request_queue_abandon(struct request_queue *queue)
{
    struct request_queue kept = {.pool = queue->pool,
                                 .likely_bytes = queue->likely_bytes,
                                 .events = queue->events,
                                 .arg = queue->arg};
    while (queue->head) {
        struct request *request = queue_shift(queue);
        if (request->query) {
            query_cancel(request->query);
        } else if (!request->done && !request->on_room) {
            request->muted = true;
            strbuf_clear(&request->reply);
            request->next = kept.head;
            kept.head = request;
            kept.nrequests++;
            kept.nrunning[request->class]++;
            kept.nwaiting += request->may_wait;
            kept.nholding += request->holds;
            kept.running_bytes += request->asked_bytes;
            continue;
        }
        request_free(request);
    }
    *queue = kept;
    return kept.head == NULL;
}

struct request *
request_push(struct request_queue *queue, enum request_class class, bool resp3)
{
    struct request *request = pool_take(queue->pool);
    *request =
        (struct request){.queue = queue, .class = class, .writer = {&request->reply, resp3, 0}};
    if (queue->tail) {
        queue->tail->next = request;
    } else {
        queue->head = request;
    }
    queue->tail = request;
    queue->nrequests++;
    queue->nrunning[class]++;
    return request;
}

void *
request_owner(const struct request *request)
{
    return request->queue->arg;
}

struct resp_writer *
request_writer(struct request *request)
{
    return &request->writer;
}

void *
request_work(struct request *request, size_t size_bytes)
{
    request_keep(request, must_alloc(size_bytes), free);
    return request->work;
}

void
request_keep(struct request *request, void *work, request_work_fn *free_work)
{
    assert(!request->work);
    request->work = work;
    request->free_work = free_work;
}

void *
request_kept(const struct request *request)
{
    return request->work;
}

void *
request_room(struct request *request)
{
    return request->room;
}

void
request_watch(struct request *request, request_end_fn *fn, void *arg)
{
    assert(!request->on_end && !request->done);
    request->on_end = fn;
    request->on_end_arg = arg;
}

void *
request_watcher(const struct request *request, request_end_fn *fn)
{
    return request->on_end == fn ? request->on_end_arg : NULL;
}

bool
request_is_error(const struct request *request)
{
    bool is_whole = request->passed_bytes == 0 && !request->is_partial;
    return request->is_error ||
           (is_whole && request->reply.len > 0 && request->reply.ptr[0] == '-');
}

void
request_may_wait(struct request *request)
{
    request->may_wait = true;
    request->queue->nwaiting++;
}

void
request_hold(struct request *request)
{
    request->holds = true;
    request->queue->nholding++;
}

void
request_set_bytes(struct request *request, size_t nbytes)
{
    request->asked_bytes = nbytes;
    request->queue->running_bytes += nbytes;
}

void
request_set_query(struct request *request, struct query *query)
{
    request->query = query;
}

struct query *
request_query(const struct request *request)
{
    return request->query;
}

void
request_mute(struct request *request, bool muted)
{
    request->muted = muted;
}

void
request_done(struct request *request)
{
    struct request_queue *queue = request->queue;
    assert(!request->done);
    request->done = true;
    request->query = NULL;
    request_end(request, true);
    if (request->class != REQUEST_LOCAL && request->class != REQUEST_QUERY &&
        request->class != REQUEST_LISTEN) {
        bool is_passed = request->passed_bytes > 0;
        queue_learn(queue, is_passed ? request->passed_bytes : request->reply.len);
    }
    if (request->muted) {
        strbuf_fini(&request->reply);
    }
    queue->nrunning[request->class]--;
    queue->nwaiting -= request->may_wait;
    queue->nholding -= request->holds;
    queue->running_bytes -= request->asked_bytes;
    queue->reply_bytes += request->reply.len;
    queue->events->on_done(queue->arg);
}

bool
request_is_resp3(const struct request *request)
{
    return request->writer.resp3;
}

void
request_pass(struct request *request, struct slice piece, bool is_last)
{
    struct request_queue *queue = request->queue;
    request->is_error |= request->passed_bytes == 0 && piece.len > 0 && piece.ptr[0] == '-';
    request->passed_bytes += piece.len;
    bool is_whole = is_last && queue->head == request && request->reply.len == 0;
    if (is_whole && !request->muted) {
        queue->events->on_reply(queue->arg, piece);
    } else if (!request->muted) {
        strbuf_append(&request->reply, piece);
    }
    if (is_last) {
        request_done(request);
        return;
    }
    if (request->passed_bytes > queue->likely_bytes) {
        queue->likely_bytes = request->passed_bytes;
    }
    if (queue->head == request && request->reply.len > PART_BYTES) {
        queue->events->on_part(queue->arg);
    }
}

void
request_tell(struct request *request, request_room_fn *fn, void *arg)
{
    struct request_queue *queue = request->queue;
    if (request->muted) {
        strbuf_clear(&request->reply);
    }
    request->passed_bytes += request->reply.len;
    request->on_room = fn;
    request->on_room_arg = arg;
    if (queue->head == request) {
        queue->events->on_part(queue->arg);
    }
}

/*
 * Drops what was written of a reply. False: a part was already sent, so it cannot become an error.
 */
static bool
reply_take_back(struct request *request)
{
    if (request->is_partial && !request->muted) {
        request->queue->events->on_broken(request->queue->arg);
        return false;
    }
    strbuf_clear(&request->reply);
    return true;
}

/* The query has ended, so it is not cancelled, and nobody waits for room, if the client is ended now. */
static void
query_forget(struct request *request)
{
    if (request->query) {
        request->query = NULL;
        request->on_room = NULL;
    }
}

void
request_fail(struct request *request, const struct error *err)
{
    query_forget(request);
    request->is_error = true;
    if (reply_take_back(request)) {
        resp_write_error(&request->writer, err);
    }
    request_done(request);
}

void
request_finish(struct request *request, const struct error *err)
{
    if (err) {
        request_fail(request, err);
    } else {
        request_done(request);
    }
}

void
request_fail_raw(struct request *request, struct slice error)
{
    request->is_error = true;
    if (reply_take_back(request)) {
        strbuf_append(&request->reply, error);
    }
    request_done(request);
}
