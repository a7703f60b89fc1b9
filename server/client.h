/*
 * A client's connection: from its bytes to requests that run, and from their replies to its bytes.
 *
 *     struct client_list clients;
 *     client_list_init(&clients, server);
 *     client_accept(&clients, fd, false);
 *     ... the event loop runs ...
 *     client_list_disconnect(&clients); executor_free(...); client_list_fini(&clients);
 *
 *     OPEN ---QUIT, protocol error, CLIENT KILL---> CLOSING ---all sent---> LINGERING --+
 *       |                                                                               |
 *       +-------- the client leaves, is too slow, idle or too many ----> GONE <---------+
 *
 * A client in GONE has no connection any more. It is freed when the last row command it asked for
 * has ended.
 */
#ifndef QUIPU_SERVER_CLIENT_H
#define QUIPU_SERVER_CLIENT_H

#include "base/error.h"
#include "base/strbuf.h"

struct server;
struct client;
struct event;

struct client_list {
    struct server *server;
    struct client *first; /* with a connection, the newest first */
    struct client *gone;
    size_t nclients; /* with a connection */
    uint64_t last_id;
    struct event *reaper; /* frees those that are gone, outside of their own callbacks */
    struct event *ticker; /* idle and lingering ones, once a second */
};

void client_list_init(struct client_list *clients, struct server *server);
/* Every connection ends, queries are cancelled. */
void client_list_disconnect(struct client_list *clients);
/* Frees all; after the executor, so that nothing calls back. */
void client_list_fini(struct client_list *clients);

/* Takes a connection that was accepted, or tells it that there are too many. Owns fd from here on.
 */
void client_accept(struct client_list *clients, int fd, bool is_unix);
/* The next one in the list, NULL at its end. */
struct client *client_next(const struct client *client);

uint64_t client_id(const struct client *client);
const char *client_address(const struct client *client);
const char *client_local_address(const struct client *client);
/* Its line of CLIENT LIST, with '\n'. */
void client_print(const struct client *client, struct strbuf *out);

/* Empty where none is set. Borrowed until the next set. */
struct slice client_name(const struct client *client);
/* A name without spaces and control bytes; else ERR in Redis' words. */
bool client_check_name(struct slice name, struct error *err) QUIPU_MUST_CHECK;
/* To a name that was checked. */
void client_set_name(struct client *client, struct slice name);
bool client_is_resp3(const struct client *client);
/* From the next request on. */
void client_set_resp3(struct client *client, bool resp3);

enum client_replies { REPLIES_ON, REPLIES_OFF, REPLIES_SKIP_NEXT };
/* Which of the requests to come are answered. */
void client_set_replies(struct client *client, enum client_replies replies);

/* Takes no more requests, answers what was asked, then ends the connection. */
void client_quit(struct client *client);
/* Ends the connection now: what was asked is not answered any more. */
void client_kill(struct client *client);

#endif
