/*
 * For load balancers and supervisors. in: the server's state; out: 200, or 503 and why.
 *
 *     GET /health     -> 200 {"healthy":true}, whenever the event loop runs
 *     GET /ready      -> 503 {"ready":false,"error":{"code":"SHARDDOWN","message":"shard 1 ..."}}
 *
 * Ready is who can answer every query: all shards are connected and have loaded their data, and no
 * dataset's index is being made anew.
 */
#include "executor/executor.h"
#include "server/http/handlers.h"
#include "server/http/reply_json.h"
#include "server/table/services.h"

void
health_run(struct exchange *exchange)
{
    exchange_answer_json(exchange, slice_lit("{\"healthy\":true}"));
}

/* False: a dataset cannot be counted yet. */
static bool
datasets_are_ready(const struct catalog *catalog, struct error *why)
{
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        if (dataset->state == DATASET_INDEXING) {
            return error_set(why, "INDEXING", "the index of dataset %.*s is being made",
                             SLICE_ARG(dataset->name));
        }
    }
    return true;
}

static bool
server_is_ready(const struct services *services, struct error *why)
{
    if (services->facts->shutdown_by_ms) {
        return error_set(why, "ERR", "the server is shutting down");
    }
    return executor_is_ready(services->executor, why) && datasets_are_ready(services->catalog, why);
}

/* A stranger is told no more than the error's code: a message may name a dataset or a shard. */
void
ready_run(struct exchange *exchange)
{
    struct error why = {0};
    struct strbuf text;
    if (server_is_ready(exchange_services(exchange), &why)) {
        exchange_answer_json(exchange, slice_lit("{\"ready\":true}"));
        return;
    }
    if (exchange_is_strange(exchange)) {
        why.message[0] = '\0';
    }
    strbuf_init(&text);
    strbuf_append(&text, slice_lit("{\"ready\":false,\"error\":"));
    reply_json_print_error(&why, &text);
    strbuf_append_char(&text, '}');
    exchange_answer(exchange, &(struct exchange_answer){.status = 503,
                                                        .type = "application/json",
                                                        .body = strbuf_slice(&text)});
    strbuf_fini(&text);
}
