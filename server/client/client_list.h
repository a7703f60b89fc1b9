/*
 * All clients: those that are connected, and those that have left and are not freed yet.
 *
 *     client_list_init(&clients, &services, &CALLS, &CONVERSATIONS);
 *     client_list_accept(&clients, fd, LISTENER_TCP);
 *     ... the event loop runs ...
 *     client_list_disconnect(&clients); executor_free(...); client_list_fini(&clients);
 *
 * A client is in this list from its accept to its end, by the node that it holds.
 */
#ifndef QUIPU_SERVER_CLIENT_CLIENT_LIST_H
#define QUIPU_SERVER_CLIENT_CLIENT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/client/client.h"
#include "server/client/listener.h"
#include "server/client/request.h"

struct event;

struct client_list {
    struct client_context context; /* for each client */
    struct request_pool requests;  /* for all clients */
    struct ssl_ctx_st *tls;        /* for connections of clients; NULL: no TLS; owned by the
                                      server */
    struct list connected;         /* client_node; the newest first */
    struct list gone;              /* without a connection: some of their row commands still run */
    struct list shaking;           /* TLS handshakes under way, neither counted nor shown */
    size_t nclients;               /* with a connection, also of HTTP */
    size_t nhttp;                  /* of those, how many are of HTTP */
    size_t nshaking;
    uint64_t last_id;
    struct event *reaper; /* frees clients that are gone, outside of their own callbacks */
    struct event *ticker; /* once a second: ends idle and lingering clients, gives memory back */
    uint64_t nticks;
};

/* All arguments are borrowed. */
void client_list_init(struct client_list *clients, struct services *services,
                      const struct client_calls *calls,
                      const struct client_conversations *conversations);
/* True if no client waits for anything. Linear in the number of clients. */
bool client_list_is_idle(const struct client_list *clients);
/* Ends every connection, and cancels the queries. */
void client_list_disconnect(struct client_list *clients);
/* Frees all clients. Call it after the executor was freed, so that nothing calls back. */
void client_list_fini(struct client_list *clients);

/* Makes a connection a client, or answers that there are too many. Owns fd from now on. */
void client_list_accept(struct client_list *clients, int fd, enum listener_kind kind);
/*
 * Makes one end of a socket pair a client (client_adopt), and returns its id. It is shown and can be
 * killed as any other, and is not counted: whoever holds the other end is.
 */
uint64_t client_list_adopt(struct client_list *clients, int fd,
                           const struct client_adoption *adoption);
/* Sets a TCP connection's options: no delay, and keep-alive as configured. */
void client_list_tune(const struct client_list *clients, int fd);

/*
 * Connections that are clients of another kind (server/http) and count toward maxclients too: enter
 * for each that begins, leave for each that ends. enter: false if there are too many, which must
 * then be refused, and leave as well.
 */
bool client_list_is_full(const struct client_list *clients);
bool client_list_enter(struct client_list *clients) QUIPU_MUST_CHECK;
void client_list_leave(struct client_list *clients);

#endif
