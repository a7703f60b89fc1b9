/*
 * From a call to the function that answers it.
 * in: a call whose command is found; out: its rights and arity checked, and it runs.
 *
 *     client|kill, 3 words         -> arity -3 -> its function
 *     no command, "coutn a"        -> ERR unknown command 'coutn', with args beginning with: 'a'
 */
#include "server/commands/command_run.h"

#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_time.h"
#include "server/proxy/call_access.h"
#include "server/proxy/conversation_call.h"
#include "server/proxy/forward.h"
#include "server/proxy/route.h"
#include "server/table/command_index.h"
#include "server/table/services.h"

enum request_class
command_class(const struct call *call)
{
    if (conversation_takes(call)) {
        return REQUEST_LOCAL;
    }
    if (call->command) {
        return call->command->class_now ? call->command->class_now(call) : call->command->class;
    }
    return call->spec ? forward_class(call) : REQUEST_LOCAL;
}

/* In Redis' words, because some clients look for them. */
static void
unknown_reply(struct call *call)
{
    enum { SHOWN_BYTES = 128 };
    struct strbuf text;
    strbuf_init(&text);
    size_t shown = call->args[0].len < SHOWN_BYTES ? call->args[0].len : SHOWN_BYTES;
    strbuf_printf(&text, "ERR unknown command '%.*s', with args beginning with: ", (int) shown,
                  call->args[0].ptr);
    size_t start = text.len;
    for (size_t i = 1; i < call->nargs && text.len - start < SHOWN_BYTES; i++) {
        size_t room = SHOWN_BYTES - (text.len - start);
        shown = call->args[i].len < room ? call->args[i].len : room;
        strbuf_printf(&text, "'%.*s' ", (int) shown, call->args[i].ptr);
    }
    resp_write_error_text(call->out, strbuf_slice(&text));
    strbuf_fini(&text);
}

/*
 * The shards say which commands exist. Until the first shard is reached no command is unknown, and
 * none can be run. Clients who have logged in are told why.
 */
static bool
is_known_later(const struct call *call, struct error *why)
{
    struct services *services = call->services;
    if (command_index_table(services_commands(services))) {
        return false;
    }
    if (access_is_required(client_access(call->client), services->acl)) {
        (void) error_set(why, "NOAUTH", "Authentication required.");
        return true;
    }
    return !executor_is_ready(services->executor, why);
}

static enum command_outcome
help_reply(struct call *call, const struct command *parent)
{
    struct command_family subs = parent->subcommands();
    resp_write_array(call->out, subs.ncommands + 1);
    struct strbuf line;
    strbuf_init(&line);
    char name[COMMAND_NAME_BYTES];
    strbuf_printf(&line, "%s <subcommand> [<arg> [value] ...]. Subcommands are:",
                  command_upper_name(parent, name));
    resp_write_simple(call->out, strbuf_slice(&line));
    for (size_t i = 0; i < subs.ncommands; i++) {
        const struct command *sub = &subs.commands[i];
        strbuf_clear(&line);
        strbuf_printf(&line, "%s%s%s -- %s", command_upper_name(sub, name),
                      sub->arguments ? " " : "", sub->arguments ? sub->arguments : "",
                      sub->summary);
        resp_write_simple(call->out, strbuf_slice(&line));
    }
    strbuf_fini(&line);
    return COMMAND_REPLIED;
}

enum command_outcome
command_help_run(struct call *call)
{
    return help_reply(call, call->parent);
}

/* False: Redis does not have the subcommand either, so it is unknown. */
static bool
subcommand_refuse(struct call *call)
{
    char name[COMMAND_NAME_BYTES];
    const struct command_entry *entry =
        command_index_find(services_commands(call->services), call->args[0]);
    const struct command_spec *spec = entry ? entry->spec : NULL;
    const struct command_spec *sub =
        spec ? command_spec_of_args(spec, call->args, call->nargs) : NULL;
    if (!sub || sub == spec) {
        return false;
    }
    resp_write_err(call->out, "%s is refused: %s", route_upper_name(sub, name),
                   entry->refused ? entry->refused : "Quipu does not offer it");
    return true;
}

/* Answers a command without its subcommand, or with one that does not exist. */
static enum command_outcome
parent_run(struct call *call)
{
    const struct command *command = call->command;
    if (call->nargs == 1) {
        if (command->run) {
            return command->run(call);
        }
        resp_write_err(call->out, "wrong number of arguments for '%s' command", command->name);
        return COMMAND_REPLIED;
    }
    if (slice_equal_nocase(call->args[1], slice_lit("help"))) {
        return help_reply(call, command);
    }
    if (subcommand_refuse(call)) {
        return COMMAND_REPLIED;
    }
    char sub[ERROR_QUOTE_BYTES], name[COMMAND_NAME_BYTES];
    resp_write_err(call->out, "unknown subcommand %s. Try %s HELP.",
                   error_quote(sub, call->args[1]), command_upper_name(command, name));
    return COMMAND_REPLIED;
}

static bool
arity_fits(const struct command *command, size_t nargs)
{
    return command->arity >= 0 ? nargs == (size_t) command->arity
                               : nargs >= (size_t) -command->arity;
}

/* True: a server that is shutting down answers it: its progress, and the request to go on. */
static bool
is_for_last_moments(const struct call *call)
{
    return call->command && call->command->class == REQUEST_LOCAL &&
           (call->parent ? call->parent : call->command)->is_for_last_moments;
}

static enum command_outcome
call_run(struct call *call)
{
    const struct command *command = call->command;
    struct error err;
    error_clear(&err);
    if (!command && !call->spec) {
        conversation_spoil(call);
        if (is_known_later(call, &err)) {
            resp_write_error(call->out, &err);
        } else {
            unknown_reply(call);
        }
        return COMMAND_REPLIED;
    }
    if (!call_access_check(call, &err)) {
        call->is_rejected = true;
        conversation_spoil(call);
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    if (call->services->facts->shutdown_by_ms && !is_for_last_moments(call)) {
        call->is_rejected = true;
        resp_write_err(call->out, "server is shutting down");
        return COMMAND_REPLIED;
    }
    if (conversation_takes(call)) {
        return conversation_run(call);
    }
    if (!command) {
        return forward_run(call);
    }
    /* Words behind QUERY that are no subcommand are a text. */
    if (command->subcommands && command->class != REQUEST_QUERY) {
        return parent_run(call);
    }
    if (call->nargs && !arity_fits(command, call->nargs)) {
        call->is_rejected = true;
        if (!conversation_aborts(call)) {
            resp_write_err(call->out, "wrong number of arguments for '%s%s%s' command",
                           call->parent ? call->parent->name : "", call->parent ? "|" : "",
                           command->name);
        }
        return COMMAND_REPLIED;
    }
    return command->run(call);
}

void
command_run(struct call *call)
{
    call->out = request_writer(call->request);
    int64_t started_us = command_start_us(call);
    enum command_outcome outcome = call_run(call);
    command_time(call, started_us, outcome);
    if (outcome == COMMAND_REPLIED) {
        request_done(call->request);
    } else if (call->spec && call->spec->flags & COMMAND_BLOCKING) {
        request_may_wait(call->request);
    }
}
