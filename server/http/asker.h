/*
 * What asks for a connection's requests: a client inside the server (server/http/inner_client.h), or a place in
 * the queue for one.
 *
 *     asker_ask(asker, &request)
 *     ... the event loop runs ...
 *     on_reply(arg, slice_lit("+PONG\r\n"))      or on_lost(arg, &why)
 *
 *     idle --asker_ask, there is room for a client--> asked --the reply has come--> idle
 *       |                                              ^
 *       +--there is none--> waiting --its turn has come+
 *                              +--http-queue-timeout, or its user has gone--> lost
 *
 * There are at most ASKER_CLIENTS_MOST such clients at a time. Who finds no room waits, in the order in which they
 * came. Each connection has one request under way, so maxclients bounds the queue. What all those that wait hold is
 * bounded, too: a request beyond it is lost at once.
 *
 * A client stays for some seconds, so that a user's rate limit counts its requests. If others wait, an idle client
 * makes room for them.
 */
#ifndef QUIPU_SERVER_HTTP_ASKER_H
#define QUIPU_SERVER_HTTP_ASKER_H

#include "base/error.h"
#include "base/slice.h"

struct access;
struct arena;
struct asker;
struct askers;
struct services;

/* Each needs two files, which the server reserves; each that has just ended has one of them for a moment longer. */
enum { ASKER_CLIENTS_MOST = 512, ASKER_ENDING_MOST = 16 };

struct asker_events {
    /* As in struct inner_client_events. */
    void (*on_reply)(void *arg, struct slice reply);
    void (*on_lost)(void *arg, const struct error *why);
    /* Its turn has come after a wait. False: it may not be asked any more, and is lost with that error. */
    bool (*may_ask)(void *arg, struct error *err);
};

/* A command, all of which is borrowed until its callback or asker_end. */
struct asker_request {
    const struct access *access;
    struct arena *arena;      /* has the words, but not their list */
    const struct slice *args; /* the list is copied if it must wait */
    size_t nargs;
    size_t more_bytes; /* that the request holds beside the arena */
};

/* All of a server. services is borrowed. */
struct askers *askers_new(struct services *services);
/* Each asker must be freed before. */
void askers_free(struct askers *askers);

/* Addresses are those of the browser's connection, borrowed for the asker's life. */
struct asker *asker_new(struct askers *askers, const char *address, const char *local_address,
                        const struct asker_events *events, void *arg);
/* Ends it first. */
void asker_free(struct asker *asker);
/*
 * Asks as that user, now or when its turn has come. One command at a time. on_lost may be called from inside, with ERR:
 * no client can be made; none is free, and http-queue-timeout is 0 or those that wait hold too much.
 */
void asker_ask(struct asker *asker, const struct asker_request *request);
/* What it has asked ends at once, without a callback, and its client too. */
void asker_end(struct asker *asker);
/* Once a second: ends a client that has nothing to do, and a wait that was too long. */
void asker_tick(struct asker *asker, int64_t now_ms);
/* The number of its client; 0: it has none now. */
uint64_t asker_client_id(const struct asker *asker);

#endif
