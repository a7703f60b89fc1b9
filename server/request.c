/*
 * Requests of one client, from their start to their reply's turn.
 * in: requests as they start, and the ends of them in any order; out: replies in the order asked.
 *
 *     push      RUNNING ----done----> DONE ---pop (when it is the oldest)---> gone
 *                  |                    |
 *                  +------ abandon -----+----> gone; but a row command or a question to all shards
 *                                              that runs cannot be called back: it stays until done
 */
#include "server/request.h"

#include <assert.h>
#include <stdlib.h>

struct request {
    struct request_queue *queue;
    struct request *next;
    enum request_class class;
    bool done;
    bool muted;
    struct query *query; /* running, can be cancelled */
    void *work;
    struct strbuf reply;
    struct resp_writer writer;
};

void
request_queue_init(struct request_queue *queue, request_done_fn *on_done, void *arg)
{
    *queue = (struct request_queue){.on_done = on_done, .arg = arg};
}

static void
request_free(struct request *request)
{
    strbuf_fini(&request->reply);
    free(request->work);
    free(request);
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
    switch (class) {
    case REQUEST_ROW: return queue->nrunning[REQUEST_QUERY] == 0;
    case REQUEST_QUERY: return queue->nrunning[REQUEST_ROW] == 0;
    case REQUEST_LOCAL:
    case REQUEST_NCLASSES: break;
    }
    return true;
}

/* Takes the head off. */
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
request_queue_abandon(struct request_queue *queue)
{
    struct request_queue kept = {.on_done = queue->on_done, .arg = queue->arg};
    while (queue->head) {
        struct request *request = queue_shift(queue);
        if (request->query) {
            query_cancel(request->query);
        } else if (!request->done) {
            request->next = kept.head;
            kept.head = request;
            kept.nrequests++;
            kept.nrunning[request->class]++;
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
    struct request *request = calloc(1, sizeof *request);
    if (!request) {
        abort();
    }
    request->queue = queue;
    request->class = class;
    strbuf_init(&request->reply);
    request->writer = (struct resp_writer){&request->reply, resp3};
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

struct resp_writer *
request_writer(struct request *request)
{
    return &request->writer;
}

void *
request_work(struct request *request, size_t size_bytes)
{
    assert(!request->work);
    request->work = calloc(1, size_bytes);
    if (!request->work) {
        abort();
    }
    return request->work;
}

void
request_set_query(struct request *request, struct query *query)
{
    request->query = query;
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
    if (request->muted) {
        strbuf_fini(&request->reply);
    }
    queue->nrunning[request->class]--;
    queue->reply_bytes += request->reply.len;
    queue->on_done(queue->arg);
}
