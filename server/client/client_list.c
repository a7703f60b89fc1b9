/*
 * Accepts clients, ends those that are idle or stuck, and frees those that have left.
 * in: accepted sockets; out: clients (server/client/client.h), freed when nothing calls them back.
 *
 *     first --disconnected--> gone --its last row command has ended--> freed
 */
#include "server/client/client_list.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/executor.h"
#include "net/stream.h"
#include "net/tls.h"
#include "server/access/access.h"
#include "server/access/stats.h"
#include "server/config/config.h"
#include "server/table/services.h"

enum { TRIM_TICKS = 10 }; /* seconds */

#define TOO_MANY "-ERR max number of clients reached\r\n"

/* Soon, from the loop: clients must not be freed inside their own callbacks. */
static void
on_over(struct client_list *clients)
{
    event_active(clients->reaper, EV_TIMEOUT, 1);
}

static void
on_gone(struct client_list *clients, struct client_node *node)
{
    list_remove(&node->in_list);
    list_add_first(&clients->gone, &node->in_list);
    if (!node->is_inner) {
        *(node->is_shaking_hands ? &clients->nshaking : &clients->nclients) -= 1;
    }
    on_over(clients);
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct client_list *clients = arg;
    LIST_EACH (struct client_node, node, &clients->gone, in_list) {
        if (client_is_over(node->client)) {
            list_remove(&node->in_list);
            client_free(node->client);
        }
    }
}

/* Gives back what a burst of clients has left behind. */
static void
trim(struct client_list *clients)
{
    request_pool_clear(&clients->requests);
    stream_loop_trim(clients->context.services->loop);
    executor_trim_heap(clients->context.services->executor);
}

/* Ends the idle and the stuck clients of a list. */
static void
nodes_tick(struct list *nodes, int64_t now_ms)
{
    LIST_EACH (struct client_node, node, nodes, in_list) {
        if (client_is_stuck(node->client, now_ms) || client_is_timed_out(node->client, now_ms) ||
            client_is_deaf(node->client, now_ms)) {
            client_kill(node->client);
        }
    }
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct client_list *clients = arg;
    int64_t now_ms = now_coarse_ms();
    nodes_tick(&clients->connected, now_ms);
    nodes_tick(&clients->shaking, now_ms);
    if (++clients->nticks % TRIM_TICKS == 0) {
        trim(clients);
    }
}

static void
socket_reject(struct services *services, int fd)
{
    services->stats->rejected_connections++;
    (void) !write(fd, TOO_MANY, sizeof TOO_MANY - 1);
    close(fd);
}

/* A client from an address that is not admitted is told so, and closed. */
static void
client_admit(struct client_list *clients, struct client_node *node, bool is_unix)
{
    struct services *services = clients->context.services;
    struct slice why;
    if (!access_admits(services->acl, services->config, client_address(node->client), is_unix,
                       &why)) {
        services->stats->rejected_connections++;
        client_refuse(node->client, why);
    }
}

static void
on_greeted(struct client_list *clients, struct client_node *node)
{
    struct services *services = clients->context.services;
    list_remove(&node->in_list);
    node->is_shaking_hands = false;
    list_add_first(&clients->connected, &node->in_list);
    clients->nshaking--;
    clients->nclients++;
    if (clients->nclients > (size_t) services->config->maxclients) {
        services->stats->rejected_connections++;
        client_refuse(node->client, slice_lit(TOO_MANY));
    } else {
        client_admit(clients, node, false);
    }
}

static const struct client_owner OWNER = {
    .on_greeted = on_greeted, .on_gone = on_gone, .on_over = on_over};

void
client_list_init(struct client_list *clients, struct services *services,
                 const struct client_calls *calls, const struct client_conversations *conversations)
{
    struct timeval second = {1, 0};
    *clients = (struct client_list){.context = {.services = services,
                                                .requests = &clients->requests,
                                                .calls = calls,
                                                .conversations = conversations,
                                                .owner = &OWNER,
                                                .list = clients}};
    list_init(&clients->connected);
    list_init(&clients->gone);
    list_init(&clients->shaking);
    clients->reaper = must_have(event_new(services->base, -1, 0, on_reap, clients));
    clients->ticker = must_have(event_new(services->base, -1, EV_PERSIST, on_tick, clients));
    if (event_add(clients->ticker, &second) != 0) {
        out_of_memory();
    }
}

static bool
nodes_are_idle(const struct list *nodes)
{
    LIST_EACH (struct client_node, node, nodes, in_list) {
        if (!client_is_idle(node->client)) {
            return false;
        }
    }
    return true;
}

bool
client_list_is_idle(const struct client_list *clients)
{
    return nodes_are_idle(&clients->connected) && nodes_are_idle(&clients->gone);
}

static void
nodes_kill(struct list *nodes)
{
    while (!list_is_empty(nodes)) {
        client_kill(LIST_FIRST(nodes, struct client_node, in_list)->client);
    }
}

void
client_list_disconnect(struct client_list *clients)
{
    nodes_kill(&clients->connected);
    nodes_kill(&clients->shaking);
}

void
client_list_fini(struct client_list *clients)
{
    client_list_disconnect(clients);
    LIST_EACH (struct client_node, node, &clients->gone, in_list) {
        list_remove(&node->in_list);
        client_free(node->client);
    }
    request_pool_clear(&clients->requests);
    event_free(clients->reaper);
    event_free(clients->ticker);
}

void
client_list_tune(const struct client_list *clients, int fd)
{
    int64_t keepalive_s = clients->context.services->config->tcp_keepalive_s;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (keepalive_s > 0) {
        int idle_s = (int) keepalive_s, interval_s = idle_s > 3 ? idle_s / 3 : 1, probes = 3;
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    }
}

uint64_t
client_list_adopt(struct client_list *clients, int fd, const struct client_adoption *adoption)
{
    struct client_node *node = client_adopt(&clients->context, ++clients->last_id, fd, adoption);
    list_add_first(&clients->connected, &node->in_list);
    return clients->last_id;
}

bool
client_list_is_full(const struct client_list *clients)
{
    return clients->nclients >= (size_t) clients->context.services->config->maxclients;
}

bool
client_list_enter(struct client_list *clients)
{
    bool has_room = !client_list_is_full(clients);
    clients->nclients++;
    clients->nhttp++;
    return has_room;
}

void
client_list_leave(struct client_list *clients)
{
    clients->nclients--;
    clients->nhttp--;
}

void
client_list_accept(struct client_list *clients, int fd, enum listener_kind kind)
{
    struct services *services = clients->context.services;
    size_t most = (size_t) services->config->maxclients;
    if (client_list_is_full(clients) || (kind == LISTENER_TLS && clients->nshaking >= most)) {
        socket_reject(services, fd);
        return;
    }
    if (kind != LISTENER_UNIX) {
        client_list_tune(clients, fd);
    }
    struct ssl_st *ssl = kind == LISTENER_TLS ? tls_accept(clients->tls) : NULL;
    struct client_node *node = client_new(&clients->context, ++clients->last_id, fd, ssl);
    services->stats->connections++;
    if (ssl) {
        node->is_shaking_hands = true;
        list_add_first(&clients->shaking, &node->in_list);
        clients->nshaking++;
    } else {
        list_add_first(&clients->connected, &node->in_list);
        clients->nclients++;
        client_admit(clients, node, kind == LISTENER_UNIX);
    }
}
