/*
 * Conversations. in: calls while MULTI or a subscription is open; out: +QUEUED, or why not.
 */
#include "server/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "server/client.h"
#include "server/command_index.h"
#include "server/forward.h"
#include "server/server.h"

void
conversation_init(struct conversation *conversation, struct client *client)
{
    *conversation = (struct conversation){.client = client};
    strbuf_init(&conversation->commands);
}

void
conversation_close_multi(struct conversation *conversation)
{
    conversation->is_open = conversation->is_dirty = conversation->has_slot = false;
    strbuf_fini(&conversation->commands);
    strbuf_init(&conversation->commands);
    free(conversation->ends);
    conversation->ends = NULL;
    conversation->ncommands = 0;
}

bool
conversation_is_blocked(const struct conversation *conversation)
{
    return conversation->session && session_is_waiting(conversation->session);
}

void
conversation_fini(struct conversation *conversation)
{
    conversation_close_multi(conversation);
    session_free(conversation->session);
    conversation->session = NULL;
    conversation->is_watching = conversation->is_subscribed = false;
}

/* -- the session ------------------------------------------------------------------------------- */

/* "*3 unsubscribe channel :0": the last subscription has ended. */
static bool
is_last_unsubscribe(struct slice bytes)
{
    static const struct slice END = SLICE_LIT(":0\r\n"), WORD = SLICE_LIT("unsubscribe\r\n");
    return bytes.len > END.len + WORD.len &&
           memcmp(bytes.ptr + bytes.len - END.len, END.ptr, END.len) == 0 &&
           memmem(bytes.ptr, bytes.len < 32 ? bytes.len : 32, WORD.ptr, WORD.len) != NULL;
}

static void
on_push(void *arg, struct slice bytes)
{
    struct conversation *conversation = arg;
    if (is_last_unsubscribe(bytes)) {
        conversation->is_subscribed = false;
    }
    client_push(conversation->client, bytes);
}

/* Who subscribes or watches must know; for a blocking command its call's error is enough. */
static void
on_lost(void *arg, const char *why)
{
    struct conversation *conversation = arg;
    (void) why;
    if (conversation->is_subscribed) {
        client_kill(conversation->client);
    }
}

static const struct session_owner OWNER = {on_push, on_lost};

struct session *
conversation_session(struct conversation *conversation, size_t shard, bool resp3, struct error *err)
{
    struct session *session = conversation->session;
    if (session && session_is_at(session, shard, resp3)) {
        return session;
    }
    if (conversation->is_subscribed) {
        error_set(err, "CROSSSLOT", "this connection subscribes at another shard");
        return NULL;
    }
    if (conversation->is_watching && session) {
        error_set(err, "CROSSSLOT", "this connection watches keys of another shard");
        return NULL;
    }
    session_free(session);
    struct server *server = client_server(conversation->client);
    conversation->session = session_new(server->executor, shard, resp3, &OWNER, conversation);
    return conversation->session;
}

/* -- calls meanwhile --------------------------------------------------------------------------- */

static bool
is_named(const struct call *call, const char *const *names)
{
    for (; *names; names++) {
        if (call->nargs && slice_equal_nocase(call->args[0], slice_str(*names))) {
            return true;
        }
    }
    return false;
}

bool
conversation_takes(const struct call *call)
{
    static const char *const ENDS_MULTI[] = {"exec",  "discard", "multi", "watch",
                                             "reset", "quit",    NULL};
    static const char *const SUBSCRIBER[] = {"subscribe",    "unsubscribe", "psubscribe",
                                             "punsubscribe", "ssubscribe",  "sunsubscribe",
                                             "reset",        "quit",        NULL};
    const struct conversation *conversation = client_conversation(call->client);
    if (conversation->is_subscribed && !client_is_resp3(call->client)) {
        return !is_named(call, SUBSCRIBER);
    }
    return conversation->is_open && !is_named(call, ENDS_MULTI);
}

void
conversation_spoil(const struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    conversation->is_dirty |= conversation->is_open;
}

/* In RESP2 only PING; its answer must come in order with the messages. */
static enum command_outcome
subscriber_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    if (call->nargs && slice_equal_nocase(call->args[0], slice_lit("ping"))) {
        session_write(conversation->session, call->args, call->nargs);
        return COMMAND_REPLIED;
    }
    char quoted[ERROR_QUOTE_BYTES];
    resp_write_err(call->out,
                   "Can't execute %s: only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
                   "are allowed in this context",
                   error_quote(quoted, call->nargs ? call->args[0] : call->line));
    return COMMAND_REPLIED;
}

static void
command_keep(struct conversation *conversation, const struct slice *args, size_t nargs)
{
    size_t n = conversation->ncommands;
    if ((n & (n - 1)) == 0) {
        size_t *ends = realloc(conversation->ends, (n ? 2 * n : 1) * sizeof *ends);
        if (!ends) {
            abort();
        }
        conversation->ends = ends;
    }
    command_append(&conversation->commands, args, nargs);
    conversation->ends[conversation->ncommands++] = conversation->commands.len;
}

/* False, with the reply written, where its keys are not in the transaction's slot. */
static bool
slot_join(struct call *call, struct conversation *conversation, const struct route *route)
{
    bool any = executor_is_one_keyspace(call->server->executor);
    if (route->nkeys == 0 || any) {
        return true;
    }
    if (!route->is_one_slot || (conversation->has_slot && conversation->slot != route->slot)) {
        resp_write_error_text(
            call->out, slice_lit("CROSSSLOT Keys in a transaction don't hash to the same slot"));
        return false;
    }
    conversation->has_slot = true;
    conversation->slot = route->slot;
    return true;
}

/* Of our own commands, those that Redis has too and that a shard answers as well: rows are read
 * under their stored names. */
static bool
spec_find(struct call *call)
{
    static const char *const SHARED[] = {"ping", "echo", "time", NULL};
    char name[COMMAND_NAME_BYTES];
    bool reads_row = call->command && call->command->class == REQUEST_ROW && !call->command->writes;
    if (reads_row || (call->command && is_named(call, SHARED))) {
        const struct command_entry *entry =
            command_index_find(server_commands(call->server), call->args[0]);
        call->spec = entry ? entry->spec : NULL;
    }
    if (!call->spec) {
        resp_write_err(call->out, "%s is not carried out in a transaction",
                       call->command ? command_upper_name(call->command, name) : "this");
    } else if (call->spec->flags & (COMMAND_NO_MULTI | COMMAND_PUBSUB)) {
        resp_write_err(call->out, "Command not allowed inside a transaction");
        return false;
    }
    return call->spec != NULL;
}

enum command_outcome
conversation_run(struct call *call)
{
    struct conversation *conversation = client_conversation(call->client);
    struct route route;
    if (conversation->is_subscribed && !client_is_resp3(call->client)) {
        return subscriber_run(call);
    }
    bool ok = spec_find(call) && route_init(&route, call);
    if (ok) {
        ok = slot_join(call, conversation, &route);
        if (ok) {
            struct arena *arena = arena_new();
            command_keep(conversation, route_args(call, &route, arena), call->nargs);
            arena_free(arena);
        }
        route_fini(&route);
    }
    if (ok) {
        resp_write_simple(call->out, slice_lit("QUEUED"));
    } else {
        conversation->is_dirty = true;
    }
    return COMMAND_REPLIED;
}
