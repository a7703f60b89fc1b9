/*
 * The shell's connection to a server: opened when it is needed, again where it was lost.
 *
 *     struct dialog *dialog = dialog_new(&address);
 *     switch (dialog_call(dialog, args, 2, &waiting, &reply, &err)) ...
 *     dialog_free(dialog);
 *
 * A call may be given up: then the connection is closed, which cancels a query at the server, and the
 * next call opens another.
 */
#ifndef QUIPU_TOOLS_SHELL_DIALOG_H
#define QUIPU_TOOLS_SHELL_DIALOG_H

#include "base/error.h"
#include "base/slice.h"
#include "tools/connection.h"

struct dialog;

/* REPLY: also an error reply. GIVEN_UP: by Ctrl-C, the end of the program, or the patience. */
enum dialog_outcome { DIALOG_REPLY, DIALOG_GIVEN_UP, DIALOG_LOST };

/* How a call waits. on_tick NULL: in silence. */
struct dialog_wait {
    int patience_ms; /* 0: for as long as it takes */
    bool is_aside;   /* Ctrl-C ends it, and is still there for what is done beside it */
    void (*on_tick)(void *arg, int waited_ms);
    void *arg;
};

/* Borrows the address and its texts. The caller frees it. */
struct dialog *dialog_new(const struct connection_address *address);
void dialog_free(struct dialog *dialog);
/* How wide the server draws tables for it. Holds from the next call on. */
void dialog_set_table_cells(struct dialog *dialog, size_t ncells);
/* Connects where there is no connection. Fails with IO. */
bool dialog_open(struct dialog *dialog, struct error *err) QUIPU_MUST_CHECK;
/* The server's number for the connection, 0 where it is not known. */
int64_t dialog_client_id(const struct dialog *dialog);
/* "127.0.0.1:7379", or a path. Borrowed. */
const char *dialog_name(const struct dialog *dialog);
/*
 * Sends a command and waits for its reply, which the caller frees with freeReplyObject. LOST: err says
 * why.
 */
enum dialog_outcome dialog_call(struct dialog *dialog, const struct slice *args, size_t nargs,
                                const struct dialog_wait *wait, struct redisReply **reply,
                                struct error *err);
/* Waits for one more reply, that of a subscription. As dialog_call. */
enum dialog_outcome dialog_more(struct dialog *dialog, const struct dialog_wait *wait,
                                struct redisReply **reply, struct error *err);
/* Closes the connection. */
void dialog_close(struct dialog *dialog);

#endif
