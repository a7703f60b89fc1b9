/*
 * The shell's connection to a server: opened when it is needed, again where it was lost.
 *
 *     struct session *session = session_new(&address);
 *     switch (session_call(session, args, 2, &waiting, &reply, &err)) ...
 *     session_free(session);
 *
 * A call may be given up: then the connection is closed, which cancels a query at the server, and the
 * next call opens another.
 */
#ifndef QUIPU_TOOLS_SHELL_SESSION_H
#define QUIPU_TOOLS_SHELL_SESSION_H

#include "base/error.h"
#include "base/slice.h"
#include "tools/connection.h"

struct session;

/* REPLY: also an error reply. GIVEN_UP: by Ctrl-C, the end of the program, or the patience. */
enum session_outcome { SESSION_REPLY, SESSION_GIVEN_UP, SESSION_LOST };

/* How a call waits. on_tick NULL: in silence. */
struct session_wait {
    int patience_ms; /* 0: for as long as it takes */
    bool is_aside;   /* Ctrl-C ends it, and is still there for what is done beside it */
    void (*on_tick)(void *arg, int waited_ms);
    void *arg;
};

/* Borrows the address and its texts. The caller frees it. */
struct session *session_new(const struct connection_address *address);
void session_free(struct session *session);
/* How wide the server draws tables for it. Holds from the next call on. */
void session_set_table_cells(struct session *session, size_t ncells);
/* Connects where there is no connection. Fails with IO. */
bool session_open(struct session *session, struct error *err) QUIPU_MUST_CHECK;
/* The server's number for the connection, 0 where it is not known. */
int64_t session_client_id(const struct session *session);
/* "127.0.0.1:7379", or a path. Borrowed. */
const char *session_name(const struct session *session);
/*
 * Sends a command and waits for its reply, which the caller frees with freeReplyObject. LOST: err says
 * why.
 */
enum session_outcome session_call(struct session *session, const struct slice *args, size_t nargs,
                                  const struct session_wait *wait, struct redisReply **reply,
                                  struct error *err);
/* Waits for one more reply, that of a subscription. As session_call. */
enum session_outcome session_more(struct session *session, const struct session_wait *wait,
                                  struct redisReply **reply, struct error *err);
/* Closes the connection. */
void session_close(struct session *session);

#endif
