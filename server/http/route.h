/*
 * A route: which handler answers which path.
 *
 *     {HTTP_POST, "/api/query", false, api_query_run}
 */
#ifndef QUIPU_SERVER_HTTP_ROUTE_H
#define QUIPU_SERVER_HTTP_ROUTE_H

#include "server/http/exchange.h"

struct http_route {
    enum http_method method; /* GET: HEAD too */
    const char *path;
    bool is_folder; /* every path that begins with it */
    exchange_fn *run;
};

/* A server's routes. The first that fits answers. */
struct http_routes {
    const struct http_route *routes;
    size_t nroutes;
};

/* The route of a path. NULL: there is none. */
const struct http_route *route_find(const struct http_routes *routes, struct slice path);
/* "GET, HEAD", "POST" */
const char *route_allow(const struct http_route *route);
bool route_takes(const struct http_route *route, enum http_method method);

#endif
