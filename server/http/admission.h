/*
 * Whether a request is taken, by its head alone.
 *
 *     GET /nothing HTTP/1.1     Host: localhost      404
 *     GET /api/query            Host: localhost      405, Allow: POST
 *     GET /                     Host: evil.example   421
 */
#ifndef QUIPU_SERVER_HTTP_ADMISSION_H
#define QUIPU_SERVER_HTTP_ADMISSION_H

#include "server/http/request_head.h"
#include "server/http/route.h"

struct config_words;

/* Why a request is not taken, as the answer says it. */
struct admission_refusal {
    int status;
    const char *code, *why;
    const char *allow; /* the methods that the path knows; NULL: not said */
};

/*
 * Finds the request's route. hosts: the names under which this server is asked (server/http/host.h). NULL: it is not
 * taken, and refusal says why.
 */
const struct http_route *admission_route(const struct http_routes *routes,
                                         const struct config_words *hosts,
                                         const struct http_request *request,
                                         struct admission_refusal *refusal);

#endif
