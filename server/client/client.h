/*
 * A client's connection: from its bytes to requests that run, and from their replies to its bytes.
 *
 *     OPEN ---QUIT, protocol error, CLIENT KILL---> CLOSING ---all sent---> LINGERING --+
 *       |                                                                               |
 *       +--- the client leaves, reads too slowly, is idle or killed ---> GONE <---------+
 *
 * One whose bytes have ended has a second for what it asked for; then it has left. A client in GONE
 * has no connection any more. It is freed when the last row command it asked for has ended.
 */
#ifndef QUIPU_SERVER_CLIENT_CLIENT_H
#define QUIPU_SERVER_CLIENT_CLIENT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "server/client/request.h"

struct call;
struct client;
struct client_list;
struct conversation;
struct query_budget;
struct services;
struct ssl_st;

/* What becomes of a client's requests, which is decided above. */
struct client_calls {
    /* Beside what the call may run. */
    enum request_class (*class_of)(const struct call *call);
    /* Runs it. Its request is ended by then, or later. */
    void (*run)(struct call *call);
};

/* What a conversation says of itself, for CLIENT LIST. */
struct conversation_sizes {
    int64_t nsubscribed; /* channels and patterns */
    int64_t nqueued;     /* commands that MULTI has kept; -1: no MULTI is open */
    size_t queued_bytes; /* of those */
    size_t own_bytes;    /* without them */
};

/* What outlasts a client's single requests: MULTI, WATCH, subscriptions, blocking commands. */
struct client_conversations {
    /* A client begins, and is freed. */
    struct conversation *(*open)(struct client *client);
    void (*free)(struct conversation *conversation);
    /* Its connection has ended: what is under way ends, too. */
    void (*end)(struct conversation *conversation);
    /* Whether a blocking command is under way. */
    bool (*waits)(const struct conversation *conversation);
    /*
     * Nobody waits for that one any more: it is ended at its shard, and client_wait_ended tells.
     * False: there is none that a shard could end.
     */
    bool (*end_wait)(struct conversation *conversation);
    /* Once a second. True: the client has to connect anew. */
    bool (*tick)(struct conversation *conversation, int64_t now_ms);
    void (*measure)(const struct conversation *conversation, struct conversation_sizes *sizes);
};

/* A client's place in the list of all. */
struct client_node {
    struct client *client;
    struct client_node *next, **link; /* link: where the pointer to this one is */
    bool is_shaking_hands;            /* TLS: it is no client yet */
};

/* What the list is told. */
struct client_owner {
    /* Its TLS handshake is done: it is a client from now on, or there are too many. */
    void (*on_greeted)(struct client_list *list, struct client_node *node);
    /* It has lost its connection. */
    void (*on_gone)(struct client_list *list, struct client_node *node);
    /* One that is gone may wait for nothing any more. */
    void (*on_over)(struct client_list *list);
};

/* What all clients share; borrowed by each. */
struct client_context {
    struct services *services;
    struct request_pool *requests;
    const struct client_calls *calls;
    const struct client_conversations *conversations;
    const struct client_owner *owner;
    struct client_list *list; /* for owner */
};

/* For the list: makes a client of a connection, which it owns from here on; ssl NULL: no TLS. */
struct client_node *client_new(const struct client_context *context, uint64_t id, int fd,
                               struct ssl_st *ssl);
/* For the list: one that is gone, or after the executor. */
void client_free(struct client *client);
/* True where its connection has ended: what still runs for it is answered to nobody. */
bool client_is_gone(const struct client *client);
/* True for one that is gone and waits for nothing any more. */
bool client_is_over(struct client *client);
/* True when it waits for nothing: what it asked for is answered and sent. */
bool client_is_idle(const struct client *client);
/* True for one that is silent for too long, or does not end although it should. */
bool client_is_timed_out(const struct client *client, int64_t now_ms);
/*
 * True for one that has more waiting for it than client-output-buffer-limit and takes nothing of
 * it. To be asked about every second.
 */
bool client_is_stuck(struct client *client, int64_t now_ms);
/* True for one whose subscriptions have lost a shard: it has to connect anew. Every second, too. */
bool client_is_deaf(struct client *client, int64_t now_ms);

struct services *client_services(const struct client *client);
uint64_t client_id(const struct client *client);
const char *client_address(const struct client *client);
const char *client_local_address(const struct client *client);
/* Who it is, and the cells its queries may have. Live as long as the client. */
struct access *client_access(struct client *client);
struct query_budget *client_budget(struct client *client);
/* MULTI, WATCH, subscriptions. Lives as long as the client. */
struct conversation *client_conversation(struct client *client);
/* Told after end_wait of client_conversations; has_waited: nothing had come for its blocking command. */
void client_wait_ended(struct client *client, bool has_waited);
/* Sends what it has not asked for: a message it subscribed to. */
void client_push(struct client *client, struct slice bytes);
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
enum client_replies client_replies(const struct client *client);
void client_set_replies(struct client *client, enum client_replies replies);

/* Sends this reply, whole with its CRLF, to one that asked for nothing, and ends the connection. */
void client_refuse(struct client *client, struct slice reply);
/* Takes no more requests, answers what was asked, then ends the connection. */
void client_quit(struct client *client);
/* Ends the connection now: what was asked is not answered any more. */
void client_kill(struct client *client);

#endif
