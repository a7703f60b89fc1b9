/*
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH.
 * in: EXEC; out: MULTI and all that was kept and EXEC, to one shard in one piece, and its answer.
 *
 * The pieces stand one behind the other on a connection that others use too, so nothing of theirs
 * comes between. With WATCH the connection is the client's own.
 */
#include <stdlib.h>
#include <string.h>

#include "server/client.h"
#include "server/command_families.h"
#include "server/conversation.h"
#include "server/forward.h"
#include "server/server.h"

static enum command_outcome
multi_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    if (conversation->is_open) {
        resp_write_err(call->out, "MULTI calls can not be nested");
        return COMMAND_REPLIED;
    }
    conversation->is_open = true;
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

static enum command_outcome
discard_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    if (!conversation->is_open) {
        resp_write_err(call->out, "DISCARD without MULTI");
        return COMMAND_REPLIED;
    }
    conversation_close_multi(conversation);
    conversation_unwatch(conversation);
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

/* -- EXEC -------------------------------------------------------------------------------------- */

/* The answers to MULTI and the commands: none is passed on, but a slot that has moved is noticed.
 */
struct exec {
    struct request *request;
    bool is_moved;
    bool has_begun;
};

static bool
is_elsewhere(struct slice piece)
{
    return slice_starts_with(piece, slice_lit("-MOVED ")) ||
           slice_starts_with(piece, slice_lit("-ASK ")) ||
           slice_starts_with(piece, slice_lit("-CLUSTERDOWN ")) ||
           slice_starts_with(piece, slice_lit("-TRYAGAIN "));
}

static void
on_queued(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct exec *exec = arg;
    if (!err && is_last && is_elsewhere(piece)) {
        exec->is_moved = true;
    }
}

static void
on_executed(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct exec *exec = arg;
    struct request *request = exec->request;
    struct error own = {"", ""};
    if (!err && exec->is_moved && !exec->has_begun) {
        /* Nothing was carried out: the shard has said so of one command at least. */
        error_set(&own, "TRYAGAIN", "the slot of the transaction's keys is being moved");
        err = &own;
    }
    exec->has_begun = true;
    if (err || is_last) {
        free(exec);
    }
    forward_on_piece(request, piece, is_last, err);
}

static struct link *
exec_link(struct call *call, struct conversation *conversation, struct error *err)
{
    return forward_link(call->server->executor, conversation->has_slot, conversation->slot,
                        request_is_resp3(call->request), err);
}

/* One piece of it, by the client's session where it watches. */
static void
exec_send(struct conversation *conversation, struct link *link, struct slice bytes,
          link_reply_fn *fn, struct exec *exec)
{
    if (link) {
        link_send_bytes(link, bytes, fn, exec);
    } else {
        session_call_bytes(conversation->session, bytes, fn, exec);
    }
}

static void
exec_send_all(struct conversation *conversation, struct link *link, struct exec *exec)
{
    exec_send(conversation, link, slice_lit("*1\r\n$5\r\nMULTI\r\n"), on_queued, exec);
    for (size_t i = 0, from = 0; i < conversation->ncommands; from = conversation->ends[i++]) {
        struct slice bytes =
            slice_of(conversation->commands.ptr + from, conversation->ends[i] - from);
        exec_send(conversation, link, bytes, on_queued, exec);
    }
    exec_send(conversation, link, slice_lit("*1\r\n$4\r\nEXEC\r\n"), on_executed, exec);
}

static enum command_outcome
exec_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    struct executor *executor = call->server->executor;
    struct error err = {"", ""};
    struct link *link = NULL;
    bool is_other_slot = conversation->is_watching && conversation->has_slot &&
                         conversation->slot != conversation->watched_slot &&
                         !executor_is_one_keyspace(executor);
    if (!conversation->is_open) {
        (void) error_set(&err, "ERR", "EXEC without MULTI");
    } else if (conversation->is_dirty) {
        (void) error_set(&err, "EXECABORT", "Transaction discarded because of previous errors.");
    } else if (is_other_slot) {
        (void) error_set(&err, "CROSSSLOT", "the keys watched are in another slot");
    } else if (conversation->is_watching && session_is_lost(conversation->session)) {
        /* Whether a key was written meanwhile is not known. */
        resp_write_null_array(call->out);
        conversation_close_multi(conversation);
        conversation->is_watching = false;
        return COMMAND_REPLIED;
    } else if (!conversation->is_watching && conversation->ncommands == 0) {
        conversation_close_multi(conversation);
        resp_write_array(call->out, 0);
        return COMMAND_REPLIED;
    } else if (!conversation->is_watching) {
        link = exec_link(call, conversation, &err);
    }
    if (!error_is_set(&err)) {
        struct exec *exec = calloc(1, sizeof *exec);
        if (!exec) {
            abort();
        }
        exec->request = call->request;
        exec_send_all(conversation, link, exec);
        conversation->is_watching = false;
    }
    if (conversation->is_open) {
        conversation_unwatch(conversation);
    }
    conversation_close_multi(conversation);
    if (error_is_set(&err)) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    return COMMAND_RUNS;
}

/* -- WATCH ------------------------------------------------------------------------------------- */

static enum command_outcome
watch_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    struct executor *executor = call->server->executor;
    struct error err = {"", ""};
    struct route route;
    if (conversation->is_open) {
        resp_write_err(call->out, "WATCH inside MULTI is not allowed");
        return COMMAND_REPLIED;
    }
    call->spec = forward_spec_of(call);
    if (!call->spec || !route_init_reading(&route, call)) {
        return COMMAND_REPLIED;
    }
    bool any = executor_is_one_keyspace(executor);
    bool fits = any || (route.is_one_slot &&
                        (!conversation->is_watching || conversation->watched_slot == route.slot));
    struct session *session = NULL;
    if (!fits) {
        (void) error_set(&err, "CROSSSLOT", "Keys in request don't hash to the same slot");
    } else {
        size_t shard = any ? 0 : executor_shard_of_slot(executor, route.slot);
        if (!executor_has_shard(executor, shard)) {
            (void) error_set(&err, "SHARDDOWN", "no node of the cluster is known to serve slot %u",
                             route.slot);
        } else {
            session =
                conversation_session(conversation, shard, request_is_resp3(call->request), &err);
        }
    }
    if (session) {
        struct arena *arena = arena_new();
        conversation->is_watching = true;
        conversation->watched_slot = route.slot;
        session_call(session, route_args(call, &route, arena), call->nargs, forward_on_session,
                     call->request);
        arena_free(arena);
    } else {
        resp_write_error(call->out, &err);
    }
    route_fini(&route);
    return session ? COMMAND_RUNS : COMMAND_REPLIED;
}

static enum command_outcome
unwatch_run(struct call *call)
{
    conversation_unwatch(client_conversation(call->client));
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

#define TRANSACTION(name, arity, class, run, last_key, arguments, summary)                         \
    {                                                                                              \
        name, arity, class, run, 0, false, last_key ? 1 : 0, last_key, last_key ? 1 : 0,           \
            arguments, summary, NULL                                                               \
    }

static const struct command COMMANDS[] = {
    TRANSACTION("multi", 1, REQUEST_LOCAL, multi_run, 0, "", "Keeps the commands to come for EXEC"),
    TRANSACTION("exec", 1, REQUEST_ALONE, exec_run, 0, "",
                "Carries out what was kept, in one piece"),
    TRANSACTION("discard", 1, REQUEST_LOCAL, discard_run, 0, "", "Forgets what was kept"),
    TRANSACTION("watch", -2, REQUEST_ALONE, watch_run, -1, "key [key ...]",
                "EXEC answers null where one of the keys was written meanwhile"),
    TRANSACTION("unwatch", 1, REQUEST_ALONE, unwatch_run, 0, "",
                "Forgets the keys that are watched"),
};

struct command_family
command_transaction_family(void)
{
    return (struct command_family){"transactions", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
