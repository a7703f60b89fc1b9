/*
 * For load balancers and supervisors. in: the server's state; out: 200, or 503 and why.
 *
 *     GET /health     -> 200 {"healthy":true}, whenever the event loop runs
 *     GET /ready      -> 503 {"ready":false,"error":{"code":"SHARDDOWN","message":"shard 1 ..."}}
 */
#include "server/http/handlers.h"
#include "server/http/readiness.h"

void
health_run(struct exchange *exchange)
{
    exchange_answer_json(exchange, slice_lit("{\"healthy\":true}"));
}

void
ready_run(struct exchange *exchange)
{
    readiness_look(exchange_readiness(exchange), exchange);
}
