/*
 * Accepts browsers' connections, ends those that are idle or stuck, and frees those that have
 * ended. in: accepted sockets; out: connections (server/http/web_connection.h).
 *
 *     shaking --TLS is agreed--> connected --it ends--> gone --from the loop--> freed
 */
#include "server/http/http_server.h"

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/tls.h"
#include "server/access/access.h"
#include "server/access/stats.h"
#include "server/client/client_list.h"
#include "server/config/config.h"
#include "server/http/asker.h"
#include "server/http/asset.h"
#include "server/http/http_routes.h"
#include "server/http/readiness.h"
#include "server/http/watch.h"
#include "server/http/web_connection.h"
#include "server/table/services.h"

_Static_assert((int) HTTP_SERVER_FILES == 2 * (int) ASKER_CLIENTS_MOST + (int) ASKER_ENDING_MOST,
               "two for each, and one for each that ends");

struct http_server {
    struct services *services;
    struct web_connection_context context;
    struct list connected, shaking, gone; /* connection_node */
    size_t nshaking;
    struct event *reaper; /* frees connections outside of their own callbacks */
    struct event *ticker;
};

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct http_server *http = arg;
    LIST_EACH (struct web_connection_node, node, &http->gone, in_list) {
        list_remove(&node->in_list);
        web_connection_free(node->connection);
    }
}

static void
nodes_tick(struct list *nodes, int64_t now_ms)
{
    LIST_EACH (struct web_connection_node, node, nodes, in_list) {
        web_connection_tick(node->connection, now_ms);
    }
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct http_server *http = arg;
    int64_t now_ms = now_coarse_ms();
    nodes_tick(&http->connected, now_ms);
    nodes_tick(&http->shaking, now_ms);
}

static void
on_gone(void *arg, struct web_connection_node *node)
{
    struct http_server *http = arg;
    list_remove(&node->in_list);
    list_add_first(&http->gone, &node->in_list);
    if (node->is_shaking_hands) {
        http->nshaking--;
    } else {
        client_list_leave(http->services->clients);
    }
    event_active(http->reaper, EV_TIMEOUT, 1);
}

/* Protected mode: from other machines only if the user `default` has a password. */
static void
web_connection_admit(struct http_server *http, struct web_connection_node *node)
{
    struct services *services = http->services;
    struct slice why;
    if (!access_admits(services->acl, services->config, web_connection_address(node->connection),
                       false, &why)) {
        struct error err = {0};
        (void) error_set(&err, "DENIED",
                         "Quipu is running in protected mode: it is served from loopback only, "
                         "until the user default has a password, or protected-mode is no");
        services->stats->rejected_connections++;
        web_connection_refuse(node->connection, 403, &err);
    }
}

/* It is a client from now on, whether it is served or refused. */
static void
web_connection_enter(struct http_server *http, struct web_connection_node *node)
{
    struct services *services = http->services;
    node->is_shaking_hands = false;
    list_add_first(&http->connected, &node->in_list);
    if (client_list_enter(services->clients)) {
        web_connection_admit(http, node);
    } else {
        struct error err = {0};
        (void) error_set(&err, "ERR", "max number of clients reached");
        services->stats->rejected_connections++;
        web_connection_refuse(node->connection, 503, &err);
    }
}

static void
on_greeted(void *arg, struct web_connection_node *node)
{
    struct http_server *http = arg;
    list_remove(&node->in_list);
    http->nshaking--;
    web_connection_enter(http, node);
}

static const struct web_connection_owner OWNER = {.on_greeted = on_greeted, .on_gone = on_gone};

struct http_server *
http_server_new(struct services *services)
{
    struct http_server *http = must_alloc(sizeof *http);
    struct timeval second = {1, 0};
    http->services = services;
    http->context = (struct web_connection_context){.exchanges.services = services,
                                                    .routes = http_routes(),
                                                    .owner = &OWNER,
                                                    .owner_arg = http};
    http->context.exchanges.readiness = readiness_new(services);
    web_sessions_init(&http->context.exchanges.sessions, services->config);
    http->context.exchanges.watches = watches_new(services);
    list_init(&http->context.exchanges.running);
    http->context.exchanges.askers = askers_new(services);
    list_init(&http->connected);
    list_init(&http->shaking);
    list_init(&http->gone);
    http->reaper = must_have(event_new(services->base, -1, 0, on_reap, http));
    http->ticker = must_have(event_new(services->base, -1, EV_PERSIST, on_tick, http));
    if (event_add(http->ticker, &second) != 0) {
        out_of_memory();
    }
    return http;
}

static void
nodes_close(struct list *nodes)
{
    while (!list_is_empty(nodes)) {
        web_connection_close(LIST_FIRST(nodes, struct web_connection_node, in_list)->connection);
    }
}

void
http_server_disconnect(struct http_server *http)
{
    nodes_close(&http->connected);
    nodes_close(&http->shaking);
}

void
http_server_free(struct http_server *http)
{
    if (!http) {
        return;
    }
    http_server_disconnect(http);
    on_reap(-1, 0, http);
    readiness_free(http->context.exchanges.readiness);
    watches_free(http->context.exchanges.watches);
    askers_free(http->context.exchanges.askers);
    web_sessions_fini(&http->context.exchanges.sessions);
    event_free(http->reaper);
    event_free(http->ticker);
    free(http);
}

void
http_server_accept(struct http_server *http, int fd, enum listener_kind kind)
{
    struct services *services = http->services;
    bool is_tls = kind == LISTENER_HTTPS;
    if (client_list_is_full(services->clients) ||
        (is_tls && http->nshaking >= (size_t) services->config->maxclients)) {
        static const char TOO_MANY[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                       "Content-Length: 0\r\nRetry-After: 1\r\n"
                                       "Connection: close\r\n\r\n";
        services->stats->rejected_connections++;
        (void) !write(fd, TOO_MANY, is_tls ? 0 : sizeof TOO_MANY - 1);
        close(fd);
        return;
    }
    client_list_tune(services->clients, fd);
    services->stats->connections++;
    struct web_connection_node *node =
        web_connection_new(&http->context, fd, is_tls ? tls_accept(services->clients->tls) : NULL);
    if (is_tls) {
        list_add_first(&http->shaking, &node->in_list);
        http->nshaking++;
    } else {
        web_connection_enter(http, node);
    }
}

void
http_server_drain(struct http_server *http)
{
    nodes_close(&http->shaking);
    watches_end(http->context.exchanges.watches);
    LIST_EACH (struct web_connection_node, node, &http->connected, in_list) {
        web_connection_drain(node->connection);
    }
}

bool
http_server_is_idle(const struct http_server *http)
{
    LIST_EACH (struct web_connection_node, node, &http->connected, in_list) {
        if (!web_connection_is_idle(node->connection)) {
            return false;
        }
    }
    return true;
}
