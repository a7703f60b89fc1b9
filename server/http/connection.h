/*
 * A browser's connection: from its bytes to requests, one at a time, and from answers to its bytes.
 *
 *     SHAKING --TLS is agreed--> READING --a whole request--> RUNNING --its answer--> SENDING
 *                                   ^                            |                       |
 *                                   +------------- all is sent, the browser may ask on --+
 *                                                                |                       |
 *     any --the browser leaves, is silent or stuck--> GONE <-----+      LINGERING <------+
 *                                                       ^---a moment later---+   it was the last
 *
 * A browser that leaves while its request runs does not want the answer: what runs for it ends at
 * once. A connection in GONE has no socket any more; its owner frees it, outside of its callbacks.
 */
#ifndef QUIPU_SERVER_HTTP_CONNECTION_H
#define QUIPU_SERVER_HTTP_CONNECTION_H

#include "base/list.h"
#include "server/http/route.h"

struct connection;
struct ssl_st;

/* Its place in the list of all connections. */
struct connection_node {
    struct connection *connection;
    struct list in_list;
    bool is_shaking_hands; /* not a client yet */
};

struct connection_owner {
    /* Its TLS handshake is done. */
    void (*on_greeted)(void *arg, struct connection_node *node);
    /* It has ended. Free it from the event loop. */
    void (*on_gone)(void *arg, struct connection_node *node);
};

/* What all connections share. Each borrows it. */
struct connection_context {
    struct exchange_context exchanges;
    struct http_routes routes;
    const struct connection_owner *owner;
    void *owner_arg;
};

/* Makes a connection of a socket, which it owns from now on. ssl NULL: no TLS. */
struct connection_node *connection_new(struct connection_context *context, int fd,
                                       struct ssl_st *ssl);
/* For the owner: frees a connection that is gone. */
void connection_free(struct connection *connection);
/* Ends it now. */
void connection_close(struct connection *connection);
/* Answers this without having been asked, and ends. */
void connection_refuse(struct connection *connection, int status, const struct error *why);
/* The server stops: ends if nothing is under way, else behind the answer. */
void connection_drain(struct connection *connection);
/* Once a second: ends it if it is silent, stuck, or takes too long for a request. */
void connection_tick(struct connection *connection, int64_t now_ms);
/* True if nothing is under way. */
bool connection_is_idle(const struct connection *connection);
const char *connection_address(const struct connection *connection);

#endif
