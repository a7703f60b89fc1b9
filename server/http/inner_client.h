/*
 * A client of this server inside its own process: what a browser asks is asked by it.
 *
 *     inner_client_open(services, &adoption, &EVENTS, arg, &client, &err)
 *     inner_client_ask(client, args, nargs);
 *     ... the event loop runs ...
 *     on_reply(arg, slice_lit("%2\r\n..."))
 *     inner_client_free(client);             what it has asked ends at once
 *
 * One end of a socket pair is an ordinary client (server/client), with the rights and the address
 * of the browser; the other end is here. So users, limits, rates, the slow log, ACL LOG and
 * CLIENT LIST are the very same code as for every other client. It speaks RESP3.
 */
#ifndef QUIPU_SERVER_HTTP_INNER_CLIENT_H
#define QUIPU_SERVER_HTTP_INNER_CLIENT_H

#include "base/error.h"
#include "base/slice.h"

struct client_adoption;
struct inner_client;
struct services;

struct inner_client_events {
    /* The whole reply, which is borrowed. The function may ask again, or free the client. */
    void (*on_reply)(void *arg, struct slice reply);
    /*
     * No reply will come any more: CLIENT KILL, or it is larger than client-output-buffer-limit.
     * The function may free the client, which is good for nothing else now.
     */
    void (*on_lost)(void *arg, const struct error *why);
};

/* Fails with ERR if no more files can be open. adoption is copied. */
bool inner_client_open(struct services *services, const struct client_adoption *adoption,
                       const struct inner_client_events *events, void *arg,
                       struct inner_client **out, struct error *err) QUIPU_MUST_CHECK;
/* Ends it, and what it has asked. NULL is fine. */
void inner_client_free(struct inner_client *client);
/* Asks. One command at a time. */
void inner_client_ask(struct inner_client *client, const struct slice *args, size_t nargs);
/* Its number in CLIENT LIST. */
uint64_t inner_client_id(const struct inner_client *client);

#endif
