/*
 * The table of routes. in: a path; out: its handler.
 *
 * No GET changes anything: a page of another site can send one.
 */
#include "server/http/http_routes.h"

#include "server/http/handlers.h"

static const struct http_route ROUTES[] = {
    {.method = HTTP_GET, .path = "/", .run = asset_run},
    {.method = HTTP_GET, .path = "/page/", .is_folder = true, .run = asset_run},
    {.method = HTTP_POST, .path = "/api/session", .run = api_session_run},
    {.method = HTTP_POST, .path = "/api/login", .run = api_login_run},
    {.method = HTTP_POST, .path = "/api/logout", .run = api_logout_run},
    {.method = HTTP_POST, .path = "/api/query", .run = api_query_run},
    {.method = HTTP_POST, .path = "/api/progress", .run = api_progress_run},
    {.method = HTTP_POST, .path = "/api/command", .run = api_command_run},
    {.method = HTTP_POST, .path = "/api/watch", .run = api_watch_run},
    {.method = HTTP_GET, .path = "/health", .run = health_run},
    {.method = HTTP_GET, .path = "/ready", .run = ready_run},
    {.method = HTTP_GET, .path = "/metrics", .run = scrape_run},
};

struct http_routes
http_routes(void)
{
    return (struct http_routes){ROUTES, sizeof ROUTES / sizeof *ROUTES};
}
