/*
 * Calls a server, and waits for it as one may be interrupted. in: a command; out: its reply.
 *
 * Example: the server was restarted since the last call. Its end of the connection stands in the
 * socket, so a new one is opened before the command is sent; nothing is sent twice.
 */
#include "tools/shell/dialog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/strbuf.h"
#include "tools/resp.h"
#include "tools/shell/signals.h"

enum { TICK_MS = 200, SETTING_PATIENCE_MS = 5000 };

struct dialog {
    const struct connection_address *address;
    struct connection *connection; /* NULL: none is open */
    size_t table_cells;            /* wanted; 0: as the server draws them */
    size_t told_cells;             /* of this connection */
    int64_t client_id;
    char name[300];
};

struct dialog *
dialog_new(const struct connection_address *address)
{
    struct dialog *dialog = must_alloc(sizeof *dialog);
    dialog->address = address;
    if (address->unix_path) {
        snprintf(dialog->name, sizeof dialog->name, "%s", address->unix_path);
    } else {
        snprintf(dialog->name, sizeof dialog->name,
                 strchr(address->host, ':') ? "[%s]:%d" : "%s:%d", address->host, address->port);
    }
    return dialog;
}

void
dialog_close(struct dialog *dialog)
{
    connection_free(dialog->connection);
    dialog->connection = NULL;
    dialog->told_cells = 0;
    dialog->client_id = 0;
}

void
dialog_free(struct dialog *dialog)
{
    if (dialog) {
        dialog_close(dialog);
        free(dialog);
    }
}

void
dialog_set_table_cells(struct dialog *dialog, size_t ncells)
{
    dialog->table_cells = ncells;
}

int64_t
dialog_client_id(const struct dialog *dialog)
{
    return dialog->client_id;
}

const char *
dialog_name(const struct dialog *dialog)
{
    return dialog->name;
}

/* -- waiting ----------------------------------------------------------------------------------- */

/* Whether the other side has ended the connection, or has sent what nobody asked for. */
static bool
is_stale(const struct dialog *dialog)
{
    char byte;
    ssize_t n = recv(connection_fd(dialog->connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static enum dialog_outcome
lose(struct dialog *dialog)
{
    dialog_close(dialog);
    return DIALOG_LOST;
}

static enum dialog_outcome
give_up(struct dialog *dialog)
{
    dialog_close(dialog);
    return DIALOG_GIVEN_UP;
}

/* Waits until the socket is ready for `events`. REPLY: it is. */
static enum dialog_outcome
wait_ready(struct dialog *dialog, short events, const struct dialog_wait *wait, int64_t started_ms)
{
    for (;;) {
        struct pollfd fd = {connection_fd(dialog->connection), events, 0};
        int n = signals_poll(&fd, 1, TICK_MS);
        bool has_interrupt = wait->is_aside ? signals_has_interrupt() : signals_take_interrupt();
        if (has_interrupt || signals_has_end()) {
            return give_up(dialog);
        }
        if (n > 0) {
            return DIALOG_REPLY;
        }
        int waited_ms = (int) (now_ms() - started_ms);
        if (wait->patience_ms && waited_ms > wait->patience_ms) {
            return give_up(dialog);
        }
        if (wait->on_tick) {
            wait->on_tick(wait->arg, waited_ms);
        }
    }
}

static enum dialog_outcome
send_all(struct dialog *dialog, struct slice bytes, const struct dialog_wait *wait,
         int64_t started_ms, struct error *err)
{
    while (bytes.len) {
        ssize_t n = connection_write(dialog->connection, bytes, err);
        if (n < 0) {
            return lose(dialog);
        }
        bytes = slice_of(bytes.ptr + n, bytes.len - (size_t) n);
        if (n == 0) {
            enum dialog_outcome outcome = wait_ready(dialog, POLLOUT, wait, started_ms);
            if (outcome != DIALOG_REPLY) {
                return outcome;
            }
        }
    }
    return DIALOG_REPLY;
}

static enum dialog_outcome
receive(struct dialog *dialog, const struct dialog_wait *wait, int64_t started_ms,
        struct redisReply **reply, struct error *err)
{
    for (;;) {
        *reply = connection_reply(dialog->connection, err);
        if (*reply) {
            return DIALOG_REPLY;
        }
        if (error_is_set(err)) {
            return lose(dialog);
        }
        enum dialog_outcome outcome = wait_ready(dialog, POLLIN, wait, started_ms);
        if (outcome != DIALOG_REPLY) {
            return outcome;
        }
        struct error lost = {0};
        if (!connection_read(dialog->connection, &lost)) {
            *reply = connection_reply(dialog->connection, err); /* what came before it */
            if (*reply) {
                return DIALOG_REPLY;
            }
            *err = lost;
            return lose(dialog);
        }
    }
}

static enum dialog_outcome
call(struct dialog *dialog, const struct slice *args, size_t nargs, const struct dialog_wait *wait,
     struct redisReply **reply, struct error *err)
{
    int64_t started_ms = now_ms();
    struct strbuf out;
    strbuf_init(&out);
    resp_append_array(&out, nargs);
    for (size_t i = 0; i < nargs; i++) {
        resp_append_bulk(&out, args[i]);
    }
    enum dialog_outcome outcome = send_all(dialog, strbuf_slice(&out), wait, started_ms, err);
    strbuf_fini(&out);
    return outcome == DIALOG_REPLY ? receive(dialog, wait, started_ms, reply, err) : outcome;
}

/* -- opening ----------------------------------------------------------------------------------- */

/* For the dialog's own commands, which an older server may not know. 0: no number came. */
static int64_t
ask_number(struct dialog *dialog, const struct slice *args, size_t nargs)
{
    const struct dialog_wait wait = {.patience_ms = SETTING_PATIENCE_MS};
    struct redisReply *reply = NULL;
    struct error ignored = {0};
    int64_t number = 0;
    if (dialog->connection && call(dialog, args, nargs, &wait, &reply, &ignored) == DIALOG_REPLY) {
        number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
        freeReplyObject(reply);
    }
    return number;
}

static void
tell_table_cells(struct dialog *dialog)
{
    if (dialog->table_cells == dialog->told_cells) {
        return;
    }
    char number[24];
    snprintf(number, sizeof number, "%zu", dialog->table_cells);
    const struct slice args[] = {slice_lit("CLIENT"), slice_lit("TABLEWIDTH"), slice_str(number)};
    (void) ask_number(dialog, args, 3);
    dialog->told_cells = dialog->table_cells;
}

bool
dialog_open(struct dialog *dialog, struct error *err)
{
    if (dialog->connection && is_stale(dialog)) {
        dialog_close(dialog);
    }
    if (!dialog->connection) {
        if (!connection_open(dialog->address, &dialog->connection, err)) {
            return false;
        }
        connection_set_nonblocking(dialog->connection);
        const struct slice args[] = {slice_lit("CLIENT"), slice_lit("ID")};
        dialog->client_id = ask_number(dialog, args, 2);
    }
    if (dialog->connection) {
        tell_table_cells(dialog);
    }
    return dialog->connection || error_set(err, "IO", "%s: no reply", dialog->name);
}

enum dialog_outcome
dialog_call(struct dialog *dialog, const struct slice *args, size_t nargs,
            const struct dialog_wait *wait, struct redisReply **reply, struct error *err)
{
    return dialog_open(dialog, err) ? call(dialog, args, nargs, wait, reply, err) : DIALOG_LOST;
}

enum dialog_outcome
dialog_more(struct dialog *dialog, const struct dialog_wait *wait, struct redisReply **reply,
            struct error *err)
{
    return receive(dialog, wait, now_ms(), reply, err);
}
