/*
 * Finds out whether all queries can be answered. in: exchanges that ask; out: their answers.
 *
 *     idle --readiness_look--> looking: dataset 0, dataset 1, ... --all ready, or one is not--> idle
 *                              (suspends for the shards' answers about each dataset by columns)
 */
#include "server/http/readiness.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/datasets/column_index.h"
#include "executor/executor.h"
#include "server/http/reply_json.h"
#include "server/table/services.h"

struct readiness {
    struct services *services;
    struct list waiting; /* struct waiter */
    bool is_looking;
    size_t at; /* the dataset that is looked at next */
    struct error why;
};

/* An exchange that waits for the end. It is the exchange's work. */
struct waiter {
    struct exchange *exchange;
    struct list in_waiting;
};

struct readiness *
readiness_new(struct services *services)
{
    struct readiness *readiness = must_alloc(sizeof *readiness);
    readiness->services = services;
    list_init(&readiness->waiting);
    return readiness;
}

void
readiness_free(struct readiness *readiness)
{
    free(readiness);
}

/* -- answers ----------------------------------------------------------------------------------- */

/* A stranger is told no more than the error's code: a message may name a dataset or a shard. */
static void
answer(struct exchange *exchange, const struct error *why)
{
    if (!error_is_set(why)) {
        exchange_answer_json(exchange, slice_lit("{\"ready\":true}"));
        return;
    }
    struct error told = *why;
    struct strbuf text;
    if (exchange_is_strange(exchange)) {
        told.message[0] = '\0';
    }
    strbuf_init(&text);
    strbuf_append(&text, slice_lit("{\"ready\":false,\"error\":"));
    reply_json_print_error(&told, &text);
    strbuf_append_char(&text, '}');
    exchange_answer(exchange, &(struct exchange_answer){.status = 503,
                                                        .type = "application/json",
                                                        .body = strbuf_slice(&text)});
    strbuf_fini(&text);
}

static void
finish(struct readiness *readiness)
{
    readiness->is_looking = false;
    while (!list_is_empty(&readiness->waiting)) {
        struct waiter *waiter = LIST_FIRST(&readiness->waiting, struct waiter, in_waiting);
        answer(waiter->exchange, &readiness->why); /* which takes it out: on_waiter_end */
    }
}

static void
on_waiter_end(struct exchange *exchange)
{
    struct waiter *waiter = exchange_its_work(exchange);
    list_remove(&waiter->in_waiting);
}

/* -- looking ----------------------------------------------------------------------------------- */

static void look_on(struct readiness *readiness);

static void
on_info(void *arg, const struct column_index_sums *sums, const struct error *err)
{
    struct readiness *readiness = arg;
    if (err) {
        readiness->why = *err;
    } else if (sums->percent < 100) {
        (void) error_set(&readiness->why, "INDEXING",
                         "%lld%%: the index of a dataset is being made", (long long) sums->percent);
    }
    look_on(readiness);
}

/* True: the shards were asked about the dataset. */
static bool
dataset_look(struct readiness *readiness, const struct dataset *dataset)
{
    if (dataset->state == DATASET_INDEXING) {
        return error_set(&readiness->why, "INDEXING",
                         "the index of dataset %.*s is being made anew", SLICE_ARG(dataset->name));
    }
    return dataset->state == DATASET_LIVE && dataset_is_columns(dataset) &&
           column_index_info(executor_shards(readiness->services->executor), dataset, NULL, on_info,
                             readiness, &readiness->why);
}

static void
look_on(struct readiness *readiness)
{
    const struct catalog *catalog = readiness->services->catalog;
    while (!error_is_set(&readiness->why) && readiness->at < catalog_count(catalog)) {
        if (dataset_look(readiness, catalog_at(catalog, readiness->at++))) {
            return;
        }
    }
    finish(readiness);
}

static void
look(struct readiness *readiness)
{
    const struct services *services = readiness->services;
    readiness->is_looking = true;
    readiness->at = 0;
    error_clear(&readiness->why);
    if (services->facts->shutdown_by_ms) {
        (void) error_set(&readiness->why, "ERR", "the server is shutting down");
    } else {
        (void) !executor_is_ready(services->executor, &readiness->why);
    }
    look_on(readiness);
}

void
readiness_look(struct readiness *readiness, struct exchange *exchange)
{
    struct waiter *waiter = exchange_work(exchange, sizeof *waiter);
    waiter->exchange = exchange;
    list_add_last(&readiness->waiting, &waiter->in_waiting);
    exchange_on_end(exchange, on_waiter_end);
    if (!readiness->is_looking) {
        look(readiness);
    }
}
