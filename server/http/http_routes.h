/*
 * Which paths there are: the table of routes.
 */
#ifndef QUIPU_SERVER_HTTP_HTTP_ROUTES_H
#define QUIPU_SERVER_HTTP_HTTP_ROUTES_H

#include "server/http/route.h"

struct http_routes http_routes(void);

#endif
