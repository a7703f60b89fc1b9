/*
 * WATCH and blocking commands run over the client's own connection, and follow their slot. in: a
 * call with its keys' slot; out: its reply, from the shard that owned the slot by then.
 *
 *     SENT --reply--> passed on
 *       |--MOVED, ASK--> SENT, over a new connection to that shard
 *       |--TRYAGAIN, no owner--> a moment --> SENT
 *       +--connection lost, time is up--> error
 *
 * A new connection has forgotten what the old one watched: EXEC will answer null.
 */
#include "server/proxy/session_command.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/redirect.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/client/client_list.h"
#include "server/proxy/call_access.h"
#include "server/proxy/conversation.h"
#include "server/table/services.h"

struct session_command {
    struct request *request;
    struct conversation *conversation;
    struct redirect redirect;
    struct strbuf bytes;
    struct strbuf asked; /* the command as the client sent it */
    struct error denied; /* why it must not wait any more; else not set */
    bool is_watch, was_watching;
    bool has_begun; /* a piece of the reply was passed on */
    bool is_left;   /* the client is gone */
};

static void
command_end(struct session_command *command)
{
    if (!command->is_left) {
        command->conversation->command = NULL;
    }
    redirect_cancel(&command->redirect);
    strbuf_fini(&command->bytes);
    strbuf_fini(&command->asked);
    free(command);
}

static void
command_fail(struct session_command *command, const struct error *err)
{
    struct request *request = command->request;
    struct error told = *err; /* the error may be the command's own */
    command_end(command);
    request_fail(request, &told);
}

static void
on_piece(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct session_command *command = arg;
    bool is_denied = error_is_set(&command->denied) && !command->has_begun && is_last;
    if (err || (is_denied && slice_starts_with(piece, slice_lit("-UNBLOCKED")))) {
        command_fail(command, error_is_set(&command->denied) ? &command->denied : err);
        return;
    }
    if (!command->has_begun && is_last && !command->is_left &&
        redirect_follow(&command->redirect, piece)) {
        return;
    }
    struct request *request = command->request;
    command->has_begun = true;
    if (is_last) {
        command_end(command);
    }
    request_pass(request, piece, is_last);
}

/* The client's connection to the shard. WATCH may leave the connection that it watched by. */
static struct session *
session_at(struct session_command *command, struct error *err)
{
    struct conversation *conversation = command->conversation;
    struct session *before = conversation->session;
    if (command->is_watch) {
        conversation->is_watching = false;
    }
    struct session *session = conversation_session(conversation, command->redirect.shard,
                                                   request_is_resp3(command->request), err);
    if (command->is_watch) {
        conversation->is_watching = session || command->was_watching;
        conversation->has_lost_watch |= session && session != before && command->was_watching;
    }
    return session;
}

/* False: it cannot be sent; the caller keeps it. */
static bool
command_send(struct session_command *command, struct error *err)
{
    struct redirect *redirect = &command->redirect;
    if (!shards_has(redirect->shards, redirect->shard)) {
        redirect_wait(redirect, "no node of the cluster is known to serve it");
        return true;
    }
    struct session *session = session_at(command, err);
    if (!session) {
        return false;
    }
    if (redirect->asks) {
        session_call_bytes(session, REDIRECT_ASKING, NULL, NULL);
    }
    command->conversation->asks = redirect->asks;
    session_call_bytes(session, strbuf_slice(&command->bytes), on_piece, command);
    return true;
}

static void
command_go(void *arg, const struct error *err)
{
    struct session_command *command = arg;
    struct error why = {"", ""};
    if (error_is_set(&command->denied)) {
        command_fail(command, &command->denied);
    } else if (err) {
        command_fail(command, err);
    } else if (!command_send(command, &why)) {
        command_fail(command, &why);
    }
}

bool
session_command_start(struct call *call, const struct route *route, bool is_watch)
{
    struct conversation *conversation = client_conversation(call->client);
    struct executor *executor = call->services->executor;
    struct error err = {"", ""};
    struct session_command *command = must_alloc(sizeof *command);
    bool any = executor_is_one_keyspace(executor);
    bool is_elsewhere =
        is_watch && conversation->is_watching && !any && conversation->watched_slot != route->slot;
    command->request = call->request;
    command->conversation = conversation;
    command->is_watch = is_watch;
    command->was_watching = conversation->is_watching;
    redirect_init(&command->redirect, executor_shards(executor), route->slot, command_go, command);
    strbuf_init(&command->bytes);
    strbuf_init(&command->asked);
    command_append(&command->asked, call->args, call->nargs);
    struct arena *arena = arena_new();
    command_append(&command->bytes, route_args(call, route, arena), call->nargs);
    arena_free(arena);
    conversation->command = command;
    bool ok = any || (route->is_one_slot && !is_elsewhere) ||
              error_set(&err, "CROSSSLOT", ROUTE_CROSSSLOT);
    ok = ok && command_send(command, &err);
    if (!ok) {
        command_end(command);
        resp_write_error(call->out, &err);
    } else if (is_watch) {
        conversation->watched_slot = route->slot;
    }
    return ok;
}

void
session_command_abandon(struct session_command *command)
{
    struct error err = {"", ""};
    bool waits = redirect_waits(&command->redirect);
    command->is_left = true;
    if (waits) {
        error_set(&err, "SHARDDOWN", "the client has left");
        command_fail(command, &err);
    }
}

/* -- rights that have changed ------------------------------------------------------------------ */

/* A wait that is to end. Its client may be gone when the shard answers. */
struct ending {
    struct services *services;
    uint64_t client_id;
};

static void wait_end(struct session_command *command);

/* `:0`: the command has not reached the shard yet, or was answered already. */
static void
on_unblocked(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct ending *ending = arg;
    struct client *client = NULL;
    (void) is_last;
    LIST_EACH (struct client_node, node, &ending->services->clients->connected, in_list) {
        client = client_id(node->client) == ending->client_id ? node->client : client;
    }
    struct session_command *command = client ? client_conversation(client)->command : NULL;
    if ((err || slice_equal(piece, slice_lit(":0\r\n"))) && command &&
        error_is_set(&command->denied)) {
        wait_end(command);
    }
    free(ending);
}

/*
 * Ends the wait at the shard. If the shard cannot be asked, the connection is given up, and the
 * command is told later.
 */
static void
wait_end(struct session_command *command)
{
    struct conversation *conversation = command->conversation;
    struct ending *ending = must_alloc(sizeof *ending);
    *ending =
        (struct ending){client_services(conversation->client), client_id(conversation->client)};
    if (!session_unblock(conversation->session, slice_lit("ERROR"), on_unblocked, ending)) {
        free(ending);
        session_close(conversation->session);
        conversation->session = NULL;
        conversation->is_watching = false;
    }
}

void
session_command_recheck(struct session_command *command)
{
    struct arena *arena = arena_new();
    struct slice *args;
    size_t nargs = command_split(arena, strbuf_slice(&command->asked), &args);
    bool may_end = !command->is_watch && !command->is_left && !error_is_set(&command->denied);
    if (may_end &&
        !call_access_check_again(command->conversation->client, args, nargs, &command->denied) &&
        !redirect_waits(&command->redirect)) { /* else it is told when it is sent again */
        wait_end(command);
    }
    arena_free(arena);
}

bool
session_command_is_blocking(const struct session_command *command)
{
    return !command->is_watch;
}

bool
session_command_is_on_its_way(const struct session_command *command)
{
    return redirect_waits(&command->redirect);
}
