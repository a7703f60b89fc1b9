/*
 * The page's side of the server: all browsers' connections, and their sessions.
 *
 *     http_server_new(&services)
 *     http_server_accept(http, fd, LISTENER_HTTP);
 *     ... the event loop runs ...
 *     http_server_disconnect(http); http_server_free(http);
 *
 * A connection counts as a client toward maxclients, and is admitted as one is (protected mode).
 */
#ifndef QUIPU_SERVER_HTTP_HTTP_SERVER_H
#define QUIPU_SERVER_HTTP_HTTP_SERVER_H

#include "server/client/listener.h"

struct http_server;
struct services;

/* Files that it needs beside one for each connection. */
enum { HTTP_SERVER_FILES = 1040 };

/* services is borrowed; its loop, configuration and clients must be there. */
struct http_server *http_server_new(struct services *services);
/* NULL is fine. Disconnects all first. */
void http_server_free(struct http_server *http);
/* Takes over an accepted socket. kind: LISTENER_HTTP or LISTENER_HTTPS. */
void http_server_accept(struct http_server *http, int fd, enum listener_kind kind);
/* The server stops: connections end once their answer is sent. */
void http_server_drain(struct http_server *http);
/* True if no answer is under way. Linear in the number of connections. */
bool http_server_is_idle(const struct http_server *http);
void http_server_disconnect(struct http_server *http);

#endif
