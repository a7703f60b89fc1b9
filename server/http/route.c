/*
 * Finds the route of a path. in: a path, without its query; out: a row of a table of routes, or
 * none.
 *
 *     /page/app.js     -> {GET, "/page/", folder}
 */
#include "server/http/route.h"

const struct http_route *
route_find(const struct http_routes *routes, struct slice path)
{
    for (size_t i = 0; i < routes->nroutes; i++) {
        const struct http_route *route = &routes->routes[i];
        struct slice name = slice_str(route->path);
        if (route->is_folder ? slice_starts_with(path, name) : slice_equal(path, name)) {
            return route;
        }
    }
    return NULL;
}

const char *
route_allow(const struct http_route *route)
{
    return route->method == HTTP_POST ? "POST" : "GET, HEAD";
}

bool
route_takes(const struct http_route *route, enum http_method method)
{
    return method == route->method || (method == HTTP_HEAD && route->method == HTTP_GET);
}
