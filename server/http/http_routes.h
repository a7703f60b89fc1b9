/*
 * Which paths there are: the table of routes, and their handlers.
 *
 * To add one, write a handler (an exchange_fn, which answers now or later), a line here, and a row
 * in http_routes.c.
 */
#ifndef QUIPU_SERVER_HTTP_HTTP_ROUTES_H
#define QUIPU_SERVER_HTTP_HTTP_ROUTES_H

#include "server/http/route.h"

struct http_routes http_routes(void);

/* api_session.c: who asks */
void api_session_run(struct exchange *exchange);
void api_login_run(struct exchange *exchange);
void api_logout_run(struct exchange *exchange);
/* api_query.c: {"text","id"} -> {"took_ms","reply"} */
void api_query_run(struct exchange *exchange);
void api_progress_run(struct exchange *exchange);
/* api_command.c: {"args"} -> {"reply"} */
void api_command_run(struct exchange *exchange);
/* asset.c: the page's files */
void asset_run(struct exchange *exchange);
/* health.c: for load balancers */
void health_run(struct exchange *exchange);
void ready_run(struct exchange *exchange);

#endif
