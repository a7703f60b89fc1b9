/*
 * Calls a server, and waits for it as one may be interrupted. in: a command; out: its reply.
 *
 * Example: the server was restarted since the last call. Its end of the connection stands in the
 * socket, so a new one is opened before the command is sent; nothing is sent twice.
 */
#include "tools/shell/session.h"

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

struct session {
    const struct connection_address *address;
    struct connection *connection; /* NULL: none is open */
    size_t table_cells;            /* wanted; 0: as the server draws them */
    size_t told_cells;             /* of this connection */
    int64_t client_id;
    char name[300];
};

struct session *
session_new(const struct connection_address *address)
{
    struct session *session = must_alloc(sizeof *session);
    session->address = address;
    if (address->unix_path) {
        snprintf(session->name, sizeof session->name, "%s", address->unix_path);
    } else {
        snprintf(session->name, sizeof session->name,
                 strchr(address->host, ':') ? "[%s]:%d" : "%s:%d", address->host, address->port);
    }
    return session;
}

void
session_close(struct session *session)
{
    connection_free(session->connection);
    session->connection = NULL;
    session->told_cells = 0;
    session->client_id = 0;
}

void
session_free(struct session *session)
{
    if (session) {
        session_close(session);
        free(session);
    }
}

void
session_set_table_cells(struct session *session, size_t ncells)
{
    session->table_cells = ncells;
}

int64_t
session_client_id(const struct session *session)
{
    return session->client_id;
}

const char *
session_name(const struct session *session)
{
    return session->name;
}

/* -- waiting ----------------------------------------------------------------------------------- */

/* Whether the other side has ended the connection, or has sent what nobody asked for. */
static bool
is_stale(const struct session *session)
{
    char byte;
    ssize_t n = recv(connection_fd(session->connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static enum session_outcome
lose(struct session *session)
{
    session_close(session);
    return SESSION_LOST;
}

static enum session_outcome
give_up(struct session *session)
{
    session_close(session);
    return SESSION_GIVEN_UP;
}

/* Waits until the socket is ready for `events`. REPLY: it is. */
static enum session_outcome
wait_ready(struct session *session, short events, const struct session_wait *wait,
           int64_t started_ms)
{
    for (;;) {
        struct pollfd fd = {connection_fd(session->connection), events, 0};
        int n = signals_poll(&fd, 1, TICK_MS);
        bool has_interrupt = wait->is_aside ? signals_has_interrupt() : signals_take_interrupt();
        if (has_interrupt || signals_has_end()) {
            return give_up(session);
        }
        if (n > 0) {
            return SESSION_REPLY;
        }
        int waited_ms = (int) (now_ms() - started_ms);
        if (wait->patience_ms && waited_ms > wait->patience_ms) {
            return give_up(session);
        }
        if (wait->on_tick) {
            wait->on_tick(wait->arg, waited_ms);
        }
    }
}

static enum session_outcome
send_all(struct session *session, struct slice bytes, const struct session_wait *wait,
         int64_t started_ms, struct error *err)
{
    while (bytes.len) {
        ssize_t n = connection_write(session->connection, bytes, err);
        if (n < 0) {
            return lose(session);
        }
        bytes = slice_of(bytes.ptr + n, bytes.len - (size_t) n);
        if (n == 0) {
            enum session_outcome outcome = wait_ready(session, POLLOUT, wait, started_ms);
            if (outcome != SESSION_REPLY) {
                return outcome;
            }
        }
    }
    return SESSION_REPLY;
}

static enum session_outcome
receive(struct session *session, const struct session_wait *wait, int64_t started_ms,
        struct redisReply **reply, struct error *err)
{
    for (;;) {
        *reply = connection_reply(session->connection, err);
        if (*reply) {
            return SESSION_REPLY;
        }
        if (error_is_set(err)) {
            return lose(session);
        }
        enum session_outcome outcome = wait_ready(session, POLLIN, wait, started_ms);
        if (outcome != SESSION_REPLY) {
            return outcome;
        }
        struct error lost = {0};
        if (!connection_read(session->connection, &lost)) {
            *reply = connection_reply(session->connection, err); /* what came before it */
            if (*reply) {
                return SESSION_REPLY;
            }
            *err = lost;
            return lose(session);
        }
    }
}

static enum session_outcome
call(struct session *session, const struct slice *args, size_t nargs,
     const struct session_wait *wait, struct redisReply **reply, struct error *err)
{
    int64_t started_ms = now_ms();
    struct strbuf out;
    strbuf_init(&out);
    resp_append_array(&out, nargs);
    for (size_t i = 0; i < nargs; i++) {
        resp_append_bulk(&out, args[i]);
    }
    enum session_outcome outcome = send_all(session, strbuf_slice(&out), wait, started_ms, err);
    strbuf_fini(&out);
    return outcome == SESSION_REPLY ? receive(session, wait, started_ms, reply, err) : outcome;
}

/* -- opening ----------------------------------------------------------------------------------- */

/* For the session's own commands, which an older server may not know. 0: no number came. */
static int64_t
ask_number(struct session *session, const struct slice *args, size_t nargs)
{
    const struct session_wait wait = {.patience_ms = SETTING_PATIENCE_MS};
    struct redisReply *reply = NULL;
    struct error ignored = {0};
    int64_t number = 0;
    if (session->connection &&
        call(session, args, nargs, &wait, &reply, &ignored) == SESSION_REPLY) {
        number = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
        freeReplyObject(reply);
    }
    return number;
}

static void
tell_table_cells(struct session *session)
{
    if (session->table_cells == session->told_cells) {
        return;
    }
    char number[24];
    snprintf(number, sizeof number, "%zu", session->table_cells);
    const struct slice args[] = {slice_lit("CLIENT"), slice_lit("TABLEWIDTH"), slice_str(number)};
    (void) ask_number(session, args, 3);
    session->told_cells = session->table_cells;
}

bool
session_open(struct session *session, struct error *err)
{
    if (session->connection && is_stale(session)) {
        session_close(session);
    }
    if (!session->connection) {
        if (!connection_open(session->address, &session->connection, err)) {
            return false;
        }
        connection_set_nonblocking(session->connection);
        const struct slice args[] = {slice_lit("CLIENT"), slice_lit("ID")};
        session->client_id = ask_number(session, args, 2);
    }
    if (session->connection) {
        tell_table_cells(session);
    }
    return session->connection || error_set(err, "IO", "%s: no reply", session->name);
}

enum session_outcome
session_call(struct session *session, const struct slice *args, size_t nargs,
             const struct session_wait *wait, struct redisReply **reply, struct error *err)
{
    return session_open(session, err) ? call(session, args, nargs, wait, reply, err) : SESSION_LOST;
}

enum session_outcome
session_more(struct session *session, const struct session_wait *wait, struct redisReply **reply,
             struct error *err)
{
    return receive(session, wait, now_ms(), reply, err);
}
