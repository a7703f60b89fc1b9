/*
 * Transactions: MULTI, EXEC, DISCARD, WATCH, UNWATCH.
 * in: EXEC; out: MULTI, the kept commands and EXEC, to one shard in one piece, and its answer.
 *
 * The commands go out in one piece on a connection that others use too, so no other command comes
 * between. With WATCH the connection is the client's own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/executor.h"
#include "executor/shards/redirect.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/proxy/conversation_call.h"
#include "server/proxy/forward.h"
#include "server/proxy/session_command.h"
#include "server/table/services.h"

static enum command_outcome
multi_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    if (conversation->is_open) {
        resp_write_err(call->out, "MULTI calls can not be nested");
        return COMMAND_REPLIED;
    }
    conversation->is_open = true;
    conversation->user_version = acl_user_version(client_access(call->client)->user);
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

/*
 * MULTI, the commands, EXEC: the last of their answers is passed on. If an answer says that the
 * slot is elsewhere, nothing was carried out, and all is sent again to that shard. Keys watched
 * here were not watched there, so then the answer is null, as if a key had been written.
 */
struct exec {
    struct request *request;
    struct redirect redirect;
    bool has_slot;
    bool is_watching; /* by the client's session, which outlives the calls */
    struct strbuf commands;
    size_t *ends, ncommands; /* as in a conversation */
    bool has_script;
    struct script_keys keys;
    struct strbuf elsewhere; /* the first answer that names another place */
    bool has_begun;          /* a piece of the reply was passed on */
};

static void exec_go(void *arg, const struct error *err);

static struct exec *
exec_new(struct call *call, struct conversation *conversation)
{
    struct exec *exec = must_alloc(sizeof *exec);
    exec->request = call->request;
    exec->has_slot = conversation->has_slot;
    exec->is_watching = conversation->is_watching;
    exec->commands = conversation->commands;
    exec->ends = conversation->ends;
    exec->ncommands = conversation->ncommands;
    exec->has_script = conversation->has_script;
    exec->keys = conversation->keys;
    script_keys_init(&conversation->keys);
    strbuf_init(&conversation->commands);
    conversation->ends = NULL;
    strbuf_init(&exec->elsewhere);
    redirect_init(&exec->redirect, executor_shards(call->services->executor), conversation->slot,
                  exec_go, exec);
    return exec;
}

static void
exec_free(struct exec *exec)
{
    strbuf_fini(&exec->commands);
    strbuf_fini(&exec->elsewhere);
    script_keys_fini(&exec->keys);
    free(exec->ends);
    free(exec);
}

static void
on_queued(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct exec *exec = arg;
    if (!err && is_last && redirect_is(piece) && exec->elsewhere.len == 0) {
        strbuf_append(&exec->elsewhere, piece);
    }
}

/* True: nothing was carried out, and the client was told so or will be told more. */
static bool
exec_is_elsewhere(struct exec *exec, struct slice piece)
{
    if (piece.len == 0 || piece.ptr[0] != '-') {
        return false;
    }
    struct slice why = exec->elsewhere.len ? strbuf_slice(&exec->elsewhere) : piece;
    if (exec->is_watching && shards_is_cluster(exec->redirect.shards) && redirect_is(why)) {
        struct request *request = exec->request;
        resp_write_null_array(request_writer(request));
        exec_free(exec);
        request_done(request);
        return true;
    }
    return exec->has_slot && redirect_follow(&exec->redirect, why);
}

static void
on_executed(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct exec *exec = arg;
    struct request *request = exec->request;
    if (!err && is_last && !exec->has_begun && exec_is_elsewhere(exec, piece)) {
        return;
    }
    exec->has_begun = true;
    if (err || is_last) {
        exec_free(exec);
    }
    forward_on_piece(request, piece, is_last, err);
}

/* Sends one piece, by the client's session if the client watches keys. */
static void
exec_send(struct session *session, struct link *link, struct slice bytes, link_reply_fn *fn,
          struct exec *exec)
{
    if (link) {
        link_send_bytes(link, bytes, fn, exec);
    } else {
        session_call_bytes(session, bytes, fn, exec);
    }
}

static void
exec_send_all(struct exec *exec, struct session *session, struct link *link, bool asks)
{
    strbuf_clear(&exec->elsewhere);
    if (asks) {
        exec_send(session, link, REDIRECT_ASKING, NULL, NULL);
    }
    exec_send(session, link, slice_lit("*1\r\n$5\r\nMULTI\r\n"), on_queued, exec);
    for (size_t i = 0, from = 0; i < exec->ncommands; from = exec->ends[i++]) {
        struct slice bytes = slice_of(exec->commands.ptr + from, exec->ends[i] - from);
        exec_send(session, link, bytes, on_queued, exec);
    }
    exec_send(session, link, slice_lit("*1\r\n$4\r\nEXEC\r\n"), on_executed, exec);
}

/*
 * Sends all where the redirect leads; waits for a cluster's node. False, with err: the caller keeps
 * it.
 */
static bool
exec_start(struct exec *exec, struct error *err)
{
    struct redirect *redirect = &exec->redirect;
    struct shards *shards = redirect->shards;
    size_t shard = exec->has_slot ? redirect->shard : shards_any(shards);
    bool resp3 = request_is_resp3(exec->request);
    struct link *link = exec->has_script
                            ? forward_script_link(shards, shard, resp3, &exec->keys, err)
                            : forward_link(shards, shard, resp3, err);
    if (link) {
        exec_send_all(exec, NULL, link, redirect->asks);
        return true;
    }
    if (exec->has_slot && shards_is_cluster(shards) && strcmp(err->code, "ERR") != 0) {
        redirect_wait(redirect, err->message);
        return true;
    }
    return false;
}

static void
exec_go(void *arg, const struct error *err)
{
    struct exec *exec = arg;
    struct request *request = exec->request;
    struct error why = {"", ""};
    if (!err && !exec_start(exec, &why)) {
        err = &why;
    }
    if (err) {
        exec_free(exec);
        request_fail(request, err);
    }
}

/* Sends all by the connection that watches. False, with err: the caller keeps it. */
static bool
exec_start_watching(struct exec *exec, const struct conversation *conversation, struct error *err)
{
    struct session *session = conversation->session;
    if (exec->has_script && !session_confine(session, &exec->keys, err)) {
        return false;
    }
    bool has_script = exec->has_script;
    exec_send_all(exec, session, NULL, conversation->asks);
    if (has_script) {
        session_unconfine(session);
    }
    return true;
}

/* Writes an answer that needs no shard; false: a shard must be asked. */
static bool
exec_is_answered(struct call *call, const struct conversation *conversation)
{
    struct executor *executor = call->services->executor;
    struct error err = {"", ""};
    bool is_other_slot = conversation->is_watching && conversation->has_slot &&
                         conversation->slot != conversation->watched_slot &&
                         !executor_is_one_keyspace(executor);
    if (!conversation->is_open) {
        (void) error_set(&err, "ERR", "EXEC without MULTI");
    } else if (conversation->is_dirty) {
        (void) error_set(&err, "EXECABORT", "Transaction discarded because of previous errors.");
    } else if (!conversation_check_commands(conversation, &err)) {
        /* the error is written already */
    } else if (is_other_slot) {
        (void) error_set(&err, "CROSSSLOT", "the keys watched" ROUTE_SAME_TAG);
    }
    if (error_is_set(&err)) {
        resp_write_error(call->out, &err);
        return true;
    }
    if (conversation->is_watching &&
        (conversation->has_lost_watch || session_is_lost(conversation->session))) {
        resp_write_null_array(call->out); /* it is not known whether a key was written */
        return true;
    }
    if (!conversation->is_watching && conversation->ncommands == 0) {
        resp_write_array(call->out, 0);
        return true;
    }
    return false;
}

static enum command_outcome
exec_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    enum command_outcome outcome = COMMAND_REPLIED;
    struct error err = {"", ""};
    if (exec_is_answered(call, conversation)) {
        if (conversation->is_open) {
            conversation_unwatch(conversation);
        }
    } else {
        struct exec *exec = exec_new(call, conversation);
        outcome = COMMAND_RUNS;
        bool is_watching = exec->is_watching;
        bool is_sent =
            is_watching ? exec_start_watching(exec, conversation, &err) : exec_start(exec, &err);
        if (is_watching && is_sent) {
            conversation->is_watching = false;
        } else if (is_watching) {
            conversation_unwatch(conversation);
        }
        if (!is_sent) {
            exec_free(exec);
            resp_write_error(call->out, &err);
            outcome = COMMAND_REPLIED;
        }
    }
    conversation_close_multi(conversation);
    return outcome;
}

/* -- WATCH ------------------------------------------------------------------------------------- */

static enum command_outcome
watch_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    struct route route;
    if (conversation->is_open) {
        resp_write_err(call->out, "WATCH inside MULTI is not allowed");
        return COMMAND_REPLIED;
    }
    call->spec = route_spec_of(call);
    if (!call->spec || !route_init_reading(&route, call)) {
        return COMMAND_REPLIED;
    }
    bool is_sent = session_command_start(call, &route, true);
    route_fini(&route);
    return is_sent ? COMMAND_RUNS : COMMAND_REPLIED;
}

static enum command_outcome
unwatch_run(struct call *call)
{
    conversation_unwatch(client_conversation(call->client));
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

static const struct command COMMANDS[] = {
    {.name = "multi",
     .arity = 1,
     .class = REQUEST_LOCAL,
     .run = multi_run,
     .is_without_rows = true,
     .summary = "Keeps the commands to come for EXEC"},
    {.name = "exec",
     .arity = 1,
     .class = REQUEST_ALONE,
     .run = exec_run,
     .is_without_rows = true,
     .summary = "Carries out what was kept, in one piece"},
    {.name = "discard",
     .arity = 1,
     .class = REQUEST_LOCAL,
     .run = discard_run,
     .is_without_rows = true,
     .summary = "Forgets what was kept"},
    {.name = "watch",
     .arity = -2,
     .class = REQUEST_ALONE,
     .run = watch_run,
     .is_without_rows = true,
     .first_key = 1,
     .last_key = -1,
     .key_step = 1,
     .arguments = "key [key ...]",
     .summary = "EXEC answers null where one of the keys was written meanwhile"},
    {.name = "unwatch",
     .arity = 1,
     .class = REQUEST_ALONE,
     .run = unwatch_run,
     .is_without_rows = true,
     .summary = "Forgets the keys that are watched"},
};

struct command_family
command_transaction_family(void)
{
    return (struct command_family){"transactions", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
