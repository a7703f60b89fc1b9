/*
 * Decides what happens to a call that comes while MULTI or a subscription is open. in: such calls;
 * out: +QUEUED and the call kept in the conversation, or an error.
 *
 *     MULTI, GET a, EXEC         -> +OK, +QUEUED, [...]     GET a is kept, as it goes to its shard
 *     MULTI, NOSUCH, EXEC        -> +OK, -ERR, -EXECABORT
 *     SUBSCRIBE c, GET a (RESP2) -> -ERR Can't execute 'get': only ... are allowed
 */
#include "server/proxy/conversation_call.h"

#include <string.h>

#include "base/must.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "planner/catalog.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/config/config.h"
#include "server/proxy/call_access.h"
#include "server/proxy/route.h"
#include "server/table/command_index.h"
#include "server/table/services.h"

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

/* Ends a transaction, also if EXEC is refused. */
static void
transaction_end(struct conversation *conversation)
{
    conversation_close_multi(conversation);
    conversation_unwatch(conversation);
}

bool
conversation_aborts(struct call *call)
{
    static const char *const EXEC[] = {"exec", NULL};
    if (!is_named(call, EXEC)) {
        return false;
    }
    transaction_end(client_conversation(call->client));
    resp_write_error_text(call->out, slice_lit("EXECABORT Transaction discarded because of: wrong "
                                               "number of arguments for 'exec' command"));
    return true;
}

/* In RESP2 a subscriber may only PING. */
static enum command_outcome
subscriber_run(struct call *call)
{
    static const char *const PING[] = {"ping", NULL}, *const EXEC[] = {"exec", NULL};
    if (is_named(call, PING)) {
        resp_write_array(call->out, 2);
        resp_write_bulk(call->out, slice_lit("pong"));
        resp_write_bulk(call->out, call->nargs > 1 ? call->args[1] : slice_lit(""));
        return COMMAND_REPLIED;
    }
    const char *parent = call->parent ? call->parent->name : "";
    struct slice name = call->command ? slice_str(call->command->name) : call->spec->name;
    int64_t arity = call->command ? call->command->arity : call->spec->arity;
    size_t nargs = call->nargs;
    if (nargs && (arity >= 0 ? nargs != (size_t) arity : nargs < (size_t) -arity)) {
        if (!conversation_aborts(call)) {
            resp_write_err(call->out, "wrong number of arguments for '%s%s%.*s' command", parent,
                           call->parent ? "|" : "", SLICE_ARG(name));
        }
        return COMMAND_REPLIED;
    }
    if (is_named(call, EXEC)) {
        transaction_end(client_conversation(call->client));
    }
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text,
                  "%s Can't execute '%s%s%.*s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
                  "QUIT / RESET are allowed in this context",
                  is_named(call, EXEC) ? "EXECABORT Transaction discarded because of:" : "ERR",
                  parent, call->parent ? "|" : "", SLICE_ARG(name));
    resp_write_error_text(call->out, strbuf_slice(&text));
    strbuf_fini(&text);
    return COMMAND_REPLIED;
}

/* Keeps args as they go to the shard. */
static void
command_keep(struct conversation *conversation, const struct call *call, const struct slice *args)
{
    size_t n = conversation->ncommands;
    size_t capacity = conversation->ends_capacity;
    conversation->ends = must_room(conversation->ends, n, &capacity, sizeof *conversation->ends);
    conversation->asked_ends = must_room(conversation->asked_ends, n, &conversation->ends_capacity,
                                         sizeof *conversation->asked_ends);
    command_append(&conversation->commands, args, call->nargs);
    if (args != call->args) {
        command_append(&conversation->asked, call->args, call->nargs);
    }
    conversation->ends[n] = conversation->commands.len;
    conversation->asked_ends[n] = conversation->asked.len;
    conversation->ncommands++;
}

/* False: the keys are not in the transaction's slot, and the error is written. */
static bool
slot_join(struct call *call, struct conversation *conversation, const struct route *route)
{
    bool any = executor_is_one_keyspace(call->services->executor);
    if (route->nkeys == 0 || any) {
        return true;
    }
    if (!route->is_one_slot || (conversation->has_slot && conversation->slot != route->slot)) {
        resp_write_error_text(call->out,
                              slice_lit("CROSSSLOT Keys in a transaction" ROUTE_SAME_TAG));
        return false;
    }
    conversation->has_slot = true;
    conversation->slot = route->slot;
    return true;
}

/*
 * True: Redis has this command of ours too, and a shard answers it as well: rows are read under
 * their stored names.
 */
static bool
spec_find(struct call *call)
{
    static const char *const SHARED[] = {"ping", "echo", "time", NULL};
    char name[COMMAND_NAME_BYTES];
    bool reads_row = call->command && call->command->class == REQUEST_ROW && !call->command->writes;
    if (reads_row || (call->command && is_named(call, SHARED))) {
        const struct command_entry *entry =
            command_index_find(services_commands(call->services), call->args[0]);
        call->spec = entry ? entry->spec : NULL;
    }
    if (!call->spec) {
        resp_write_err(call->out, "%s is not carried out in a transaction",
                       call->command ? command_upper_name(call->command, name) : "this");
    } else if (call->spec->flags & COMMAND_NO_MULTI ||
               (call->spec->flags & COMMAND_PUBSUB && call->spec->flags & COMMAND_NOSCRIPT)) {
        resp_write_err(call->out, "Command not allowed inside a transaction");
        return false;
    }
    return call->spec != NULL;
}

/* The kept commands together may be as large as one request. */
static bool
size_fits(struct call *call, struct conversation *conversation)
{
    size_t limit = (size_t) call->services->config->client_query_buffer_limit;
    struct error err = {"", ""};
    if (conversation->commands.len + conversation->asked.len <= limit) {
        return true;
    }
    (void) error_set(&err, "LIMIT",
                     "the transaction is larger than client-query-buffer-limit, %zu "
                     "bytes",
                     limit);
    resp_write_error(call->out, &err);
    conversation_close_multi(conversation);
    conversation->is_open = true;
    return false;
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
        if (ok && !conversation->is_dirty) { /* else EXEC will not be carried out */
            struct arena *arena = arena_new();
            const struct slice *args = route_args(call, &route, arena);
            command_keep(conversation, call, args);
            conversation->has_script |= route_is_confined(call);
            if (!executor_is_one_keyspace(call->services->executor)) {
                route_script_keys(call, &route, args, &conversation->keys);
            }
            arena_free(arena);
            ok = size_fits(call, conversation);
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

/* -- what has changed since ------------------------------------------------------------------ */

/* The command as the client sent it. */
static struct slice
command_asked(const struct conversation *conversation, size_t i)
{
    const struct strbuf *from = &conversation->asked;
    const size_t *ends = conversation->asked_ends;
    if (ends[i] == (i ? ends[i - 1] : 0)) {
        from = &conversation->commands;
        ends = conversation->ends;
    }
    size_t start = i ? ends[i - 1] : 0;
    return slice_of(from->ptr + start, ends[i] - start);
}

bool
conversation_check_commands(const struct conversation *conversation, struct error *err)
{
    const struct acl_user *user = client_access(conversation->client)->user;
    struct services *services = client_services(conversation->client);
    bool has_rights = acl_user_version(user) == conversation->user_version;
    bool may_be_dropped = catalog_is_dropping(services->catalog);
    bool ok = true;
    if (has_rights && !may_be_dropped) {
        return true;
    }
    for (size_t i = 0; i < conversation->ncommands && ok; i++) {
        struct error why = {"", ""};
        struct arena *arena = arena_new();
        struct slice *args;
        size_t nargs = command_split(arena, command_asked(conversation, i), &args);
        ok = ((has_rights || call_access_check_again(conversation->client, args, nargs, &why)) &&
              route_survives_drops(services, args, nargs, &why)) ||
             error_set(err, "EXECABORT", "Transaction discarded because of: %s %s", why.code,
                       why.message);
        arena_free(arena);
    }
    return ok;
}
