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
#ifndef QUIPU_SERVER_HTTP_WEB_CONNECTION_H
#define QUIPU_SERVER_HTTP_WEB_CONNECTION_H

#include "base/list.h"
#include "server/http/route.h"

struct web_connection;
struct ssl_st;

/* Its place in the list of all connections. */
struct web_connection_node {
    struct web_connection *connection;
    struct list in_list;
    bool is_shaking_hands; /* not a client yet */
};

struct web_connection_owner {
    /* Its TLS handshake is done. */
    void (*on_greeted)(void *arg, struct web_connection_node *node);
    /* It has ended. Free it from the event loop. */
    void (*on_gone)(void *arg, struct web_connection_node *node);
};

/* What all connections share. Each borrows it. */
struct web_connection_context {
    struct exchange_context exchanges;
    struct http_routes routes;
    const struct web_connection_owner *owner;
    void *owner_arg;
};

/* Makes a connection of a socket, which it owns from now on. ssl NULL: no TLS. */
struct web_connection_node *web_connection_new(struct web_connection_context *context, int fd,
                                               struct ssl_st *ssl);
/* For the owner: frees a connection that is gone. */
void web_connection_free(struct web_connection *connection);
/* Ends it now. */
void web_connection_close(struct web_connection *connection);
/* Answers this without having been asked, and ends. */
void web_connection_refuse(struct web_connection *connection, int status, const struct error *why);
/* The server stops: ends if nothing is under way, else behind the answer. */
void web_connection_drain(struct web_connection *connection);
/* Once a second: ends it if it is silent, stuck, or takes too long for a request. */
void web_connection_tick(struct web_connection *connection, int64_t now_ms);
/* True if nothing is under way. */
bool web_connection_is_idle(const struct web_connection *connection);
const char *web_connection_address(const struct web_connection *connection);

#endif
