/*
 * The handlers of the routes: each answers its exchange, now or later (server/http/exchange.h).
 *
 * To add one, write it, declare it here, and give it a row in http_routes.c.
 */
#ifndef QUIPU_SERVER_HTTP_HANDLERS_H
#define QUIPU_SERVER_HTTP_HANDLERS_H

#include "server/http/exchange.h"

/* api_session.c: who asks */
void api_session_run(struct exchange *exchange);
void api_login_run(struct exchange *exchange);
void api_logout_run(struct exchange *exchange);
/* api_query.c: {"text","id"} -> {"took_ms","reply"} */
void api_query_run(struct exchange *exchange);
void api_progress_run(struct exchange *exchange);
/* api_command.c: {"args"} -> {"reply"} */
void api_command_run(struct exchange *exchange);
/* api_watch.c: {"text","after"} -> {"version","took_ms","reply"}, or {"version"} */
void api_watch_run(struct exchange *exchange);
/* asset.c: the page's files */
void asset_run(struct exchange *exchange);
/* health.c: for load balancers */
void health_run(struct exchange *exchange);
void ready_run(struct exchange *exchange);
/* scrape.c: for Prometheus */
void scrape_run(struct exchange *exchange);

#endif
