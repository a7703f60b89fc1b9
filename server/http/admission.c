/*
 * Holds a request's head against what this server answers. in: a head; out: its route, or why it is refused.
 */
#include "server/http/admission.h"

#include "server/http/host.h"

static const struct http_route *
refuse(struct admission_refusal *refusal, int status, const char *code, const char *why)
{
    *refusal = (struct admission_refusal){.status = status, .code = code, .why = why};
    return NULL;
}

const struct http_route *
admission_route(const struct http_routes *routes, const struct config_words *hosts,
                const struct http_request *request, struct admission_refusal *refusal)
{
    if (!host_is_ours(hosts, request->host)) {
        return refuse(refusal, 421, "ERR",
                      "this server is not asked under that name: http-hosts lists its names");
    }
    if (request->origin.ptr && !host_is_origin(request->host, request->origin)) {
        return refuse(refusal, 403, "NOPERM", "pages of other sites are not answered");
    }
    const struct http_route *route = route_find(routes, request->path);
    if (!route) {
        return refuse(refusal, 404, "ERR", "there is nothing of that name");
    }
    if (!route_takes(route, request->method)) {
        (void) refuse(refusal, 405, "ERR", "this path is not asked in that way");
        refusal->allow = route_allow(route);
        return NULL;
    }
    return route;
}
