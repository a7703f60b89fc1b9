/*
 * A client's connection: from its bytes to requests that run, and from their replies to its bytes.
 *
 *     OPEN ---QUIT, protocol error, CLIENT KILL---> CLOSING ---all sent---> LINGERING --+
 *       |                                                                               |
 *       +--- the client leaves, reads too slowly, is idle or killed ---> GONE <---------+
 *
 * When a client has closed its sending side, its requests have one more second; then it counts as
 * gone. A client in GONE has no connection any more. It is freed when its last row command has
 * ended.
 */
#ifndef QUIPU_SERVER_CLIENT_CLIENT_H
#define QUIPU_SERVER_CLIENT_CLIENT_H

#include "base/error.h"
#include "base/list.h"
#include "base/strbuf.h"
#include "server/access/unknown_fields.h"
#include "server/client/request.h"

struct access;
struct call;
struct client;
struct client_list;
struct conversation;
struct query_budget;
struct services;
struct ssl_st;

/* What is done with a client's requests. The code above decides that. */
struct client_calls {
    /* The class says which requests the call may run beside. */
    enum request_class (*class_of)(const struct call *call);
    /* Runs the call. Its request ends during this call or later. */
    void (*run)(struct call *call);
};

/* The sizes of a conversation, for CLIENT LIST. */
struct conversation_sizes {
    int64_t nsubscribed; /* channels and patterns */
    int64_t nqueued;     /* commands kept by MULTI; -1: no MULTI is open */
    size_t queued_bytes; /* memory of those commands */
    size_t own_bytes;    /* its other memory */
};

/*
 * The state of a client that outlives single requests: MULTI, WATCH, subscriptions, blocking
 * commands.
 */
struct client_conversations {
    /* open: a client begins. free: the client is freed. */
    struct conversation *(*open)(struct client *client);
    void (*free)(struct conversation *conversation);
    /* The client's connection has ended: ends everything under way. */
    void (*end)(struct conversation *conversation);
    /* True if a blocking command is under way. */
    bool (*waits)(const struct conversation *conversation);
    /*
     * The client has left: ends the blocking command at its shard, which calls client_wait_ended.
     * False: there is none that a shard could end.
     */
    bool (*end_wait)(struct conversation *conversation);
    /* Called once a second. True: the client must connect again. */
    bool (*tick)(struct conversation *conversation, int64_t now_ms);
    void (*measure)(const struct conversation *conversation, struct conversation_sizes *sizes);
};

/* A client's place in the list of all clients. */
struct client_node {
    struct client *client;
    struct list in_list;
    bool is_shaking_hands; /* TLS handshake under way: not a client yet */
    bool is_inner;         /* made by client_adopt: not counted */
};

/* For whom a client inside the server asks. */
struct client_adoption {
    const char *address, *local_address; /* of the connection for which it asks */
    const struct access *access;         /* as whom it is logged in */
};

/* Callbacks of the list of clients. */
struct client_owner {
    /* Its TLS handshake is done. It becomes a client, unless there are too many. */
    void (*on_greeted)(struct client_list *list, struct client_node *node);
    /* The client has lost its connection. */
    void (*on_gone)(struct client_list *list, struct client_node *node);
    /* A client that is gone may have nothing under way any more. */
    void (*on_over)(struct client_list *list);
};

/* What all clients share. Each client borrows it. */
struct client_context {
    struct services *services;
    struct request_pool *requests;
    const struct client_calls *calls;
    const struct client_conversations *conversations;
    const struct client_owner *owner;
    struct client_list *list; /* passed to owner's functions */
};

/*
 * For the list: makes a client for a connection, which the client owns from now on. ssl NULL: no
 * TLS.
 */
struct client_node *client_new(const struct client_context *context, uint64_t id, int fd,
                               struct ssl_st *ssl);
/*
 * The same for a client inside this process, at one end of a socket pair. It speaks RESP3. When the
 * other end is closed it is gone at once, and what it has asked is cancelled: nobody reads there any
 * more. The adoption is copied.
 */
struct client_node *client_adopt(const struct client_context *context, uint64_t id, int fd,
                                 const struct client_adoption *adoption);
/* For the list: frees a client that is gone, or any client after the executor was freed. */
void client_free(struct client *client);
/* True if its connection has ended. Replies to what still runs for it are dropped. */
bool client_is_gone(const struct client *client);
/* True if it is gone and nothing of it is under way. */
bool client_is_over(struct client *client);
/* True if all its requests are answered and sent. */
bool client_is_idle(const struct client *client);
/* True if it was silent for too long, or should have ended and has not. */
bool client_is_timed_out(const struct client *client, int64_t now_ms);
/*
 * True if more replies wait for it than client-output-buffer-limit, and it takes none of them. Must
 * be called every second.
 */
bool client_is_stuck(struct client *client, int64_t now_ms);
/*
 * True if its subscriptions have lost a shard, so that it must connect again. Must be called every
 * second.
 */
bool client_is_deaf(struct client *client, int64_t now_ms);

struct services *client_services(const struct client *client);
uint64_t client_id(const struct client *client);
const char *client_address(const struct client *client);
const char *client_local_address(const struct client *client);
/* Which user it is, and the budget of its queries' cells. Both live as long as the client. */
struct access *client_access(struct client *client);
struct query_budget *client_budget(struct client *client);
/* MULTI, WATCH, subscriptions. Lives as long as the client. */
struct conversation *client_conversation(struct client *client);
/*
 * Called after end_wait of client_conversations. has_waited: the blocking command had got nothing
 * yet.
 */
void client_wait_ended(struct client *client, bool has_waited);
/* Sends a message to which it is subscribed. That may end the client: client_push_held. */
void client_push(struct client *client, struct slice bytes);
/*
 * Messages of so many bytes are held elsewhere until they can be pushed. Publishers cannot be slowed
 * down: with more bytes waiting than client-output-buffer-limit the client is ended.
 */
void client_push_held(struct client *client, size_t nbytes);
/* Appends its line of CLIENT LIST, with '\n'. */
void client_print(const struct client *client, struct strbuf *out);

/* Empty if no name is set. Borrowed until the next client_set_name. */
struct slice client_name(const struct client *client);
/* Checks that a name has no spaces and control bytes. Fails with ERR in Redis' words. */
bool client_check_name(struct slice name, struct error *err) QUIPU_MUST_CHECK;
/* Sets a name that was checked. */
void client_set_name(struct client *client, struct slice name);
bool client_is_resp3(const struct client *client);
/* Holds from the next request on. */
void client_set_resp3(struct client *client, bool resp3);

/* How wide a line of FORMAT TABLE may be; 0: as wide as by default. From the next request on. */
void client_set_table_cells(struct client *client, size_t ncells);

enum client_replies { REPLIES_ON, REPLIES_OFF, REPLIES_SKIP_NEXT };
/* Which of the coming requests are answered. */
enum client_replies client_replies(const struct client *client);
void client_set_replies(struct client *client, enum client_replies replies);

/* What becomes of this client's queries with fields that no row has. */
enum unknown_fields client_unknown_fields(const struct client *client);
void client_set_unknown_fields(struct client *client, enum unknown_fields unknown);

/*
 * Sends this reply, complete with its CRLF, to a client that has asked for nothing, and ends the
 * connection.
 */
void client_refuse(struct client *client, struct slice reply);
/* Takes no more requests, answers those that were taken, then ends the connection. */
void client_quit(struct client *client);
/* Ends the connection now. Its requests are not answered any more. */
void client_kill(struct client *client);

#endif
