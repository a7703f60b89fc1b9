/*
 * A tool's connection to a Redis server: a unix socket, TCP or TLS, logged in.
 *
 *     connection_open(&address, &connection, &err)
 *     connection_send(connection, args, 2)            any number of commands
 *     connection_receive(connection, &err)            the oldest one's reply
 *
 * or, after connection_set_nonblocking, by poll(2) on its descriptor: connection_write, and
 * connection_read followed by connection_reply until there is none.
 */
#ifndef QUIPU_TOOLS_CONNECTION_H
#define QUIPU_TOOLS_CONNECTION_H

#include <sys/types.h>

#include "base/error.h"
#include "base/slice.h"

struct connection;
struct redisReply;
struct ssl_ctx_st;

struct connection_address {
    const char *unix_path; /* NULL: TCP */
    const char *host;
    int port;
    struct ssl_ctx_st *tls;      /* NULL: plain. The certificate must name the host */
    const char *user, *password; /* NULL: none */
    int db;
    const char *client; /* a name for CLIENT SETNAME, where the user may; NULL: none */
};

/*
 * Connects, logs in and selects the database; blocks for up to 5 s for each. The caller frees *out.
 * Fails with IO, which names the address, not the password.
 */
bool connection_open(const struct connection_address *address, struct connection **out,
                     struct error *err) QUIPU_MUST_CHECK;
/* NULL is ignored. */
void connection_free(struct connection *connection);
/* An array of strings alone. */
bool reply_is_strings(const struct redisReply *reply);
/* Its text, borrowed; "" where it has none. */
struct slice reply_slice(const struct redisReply *reply);
/* "10.0.0.2:6379", or the socket's path. Borrowed. */
const char *connection_name(const struct connection *connection);

/* Keeps a command for connection_receive to send. */
void connection_send(struct connection *connection, const struct slice *args, size_t nargs);
/*
 * Sends what was kept and waits for the oldest reply that has not been taken, for up to 60 s; the
 * caller frees it. Error replies are replies. NULL, with IO: the connection is of no more use.
 */
struct redisReply *connection_receive(struct connection *connection, struct error *err);

/*
 * What a reply is made of, told while it comes: an array before its elements, each element once.
 * depth is 0 for the reply itself. Texts are gone when it returns. False, with err set: no more is
 * wanted, and the connection is of no more use.
 */
struct reply_parts {
    bool (*array)(void *arg, size_t nelements, int depth, struct error *err);
    bool (*text)(void *arg, struct slice text, int depth, struct error *err);
    bool (*null)(void *arg, int depth, struct error *err);
};
/*
 * As connection_receive, but the reply is never in memory as a whole. An error reply fails with its
 * code, as do IO and what parts say. Fails with IO also for a part that is none of the three.
 * Only after an error reply the connection is still of use.
 */
bool connection_receive_parts(struct connection *connection, const struct reply_parts *parts,
                              void *arg, struct error *err) QUIPU_MUST_CHECK;
/* How long the two above wait for something to come; 60 s unless told. */
void connection_set_silence(struct connection *connection, int seconds);

int connection_fd(const struct connection *connection);
void connection_set_nonblocking(struct connection *connection);
/* How many of the bytes were taken, 0 for none now; -1, with IO: the connection is lost. */
ssize_t connection_write(struct connection *connection, struct slice bytes, struct error *err);
/* Reads all that has come. False, with IO, where it is lost: what came before can still be taken.
 */
bool connection_read(struct connection *connection, struct error *err) QUIPU_MUST_CHECK;
/* The next whole reply of what was read, for the caller to free; NULL: none, or IO in err. */
struct redisReply *connection_reply(struct connection *connection, struct error *err);

#endif
