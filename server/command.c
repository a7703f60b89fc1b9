/*
 * From a request's words to the function that answers it.
 * in: args, or an inline query's line; out: a command found, its arity checked, and run.
 *
 *     [client] [kill] [id] [7]     -> "client" -> subcommand "kill", arity -3 -> its function
 *     [coutn] [a]                  -> ERR unknown command 'coutn', with args beginning with: 'a'
 */
#include "server/command.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "executor/executor.h"
#include "planner/catalog.h"
#include "server/access.h"
#include "server/client.h"
#include "server/command_families.h"
#include "server/command_index.h"
#include "server/conversation.h"
#include "server/forward.h"
#include "server/services.h"

/* Looked up in this order: rows are asked for most. */
static command_family_fn *const FAMILIES[] = {
    command_row_family,    command_query_family,    command_connection_family,
    command_server_family, command_keyspace_family, command_transaction_family,
    command_pubsub_family, command_cluster_family,  command_self_family};

size_t
command_nfamilies(void)
{
    return sizeof FAMILIES / sizeof *FAMILIES;
}

struct command_family
command_family_at(size_t index)
{
    return FAMILIES[index]();
}

size_t
command_count(void)
{
    size_t n = 0;
    for (size_t i = 0; i < command_nfamilies(); i++) {
        n += command_family_at(i).ncommands;
    }
    return n;
}

static const struct command *
family_find(struct command_family family, struct slice name)
{
    for (size_t i = 0; i < family.ncommands; i++) {
        if (slice_equal_nocase(name, slice_str(family.commands[i].name))) {
            return &family.commands[i];
        }
    }
    return NULL;
}

static const struct command *
subcommand_find(const struct command *parent, struct slice name)
{
    return parent->subcommands ? family_find(parent->subcommands(), name) : NULL;
}

static const struct command *
full_name_find(struct command_family family, struct slice name, const struct command **parent)
{
    const char *bar = name.len ? memchr(name.ptr, '|', name.len) : NULL;
    *parent = NULL;
    if (!bar) {
        return family_find(family, name);
    }
    size_t len = (size_t) (bar - name.ptr);
    *parent = family_find(family, slice_of(name.ptr, len));
    return *parent ? subcommand_find(*parent, slice_of(bar + 1, name.len - len - 1)) : NULL;
}

const struct command *
command_find(struct slice name, struct command_family *family, const struct command **parent)
{
    for (size_t i = 0; i < command_nfamilies(); i++) {
        const struct command *found = full_name_find(command_family_at(i), name, parent);
        if (found) {
            if (family) {
                *family = command_family_at(i);
            }
            return found;
        }
    }
    return NULL;
}

const char *
command_upper_name(const struct command *command, char *buffer)
{
    size_t len = strlen(command->name);
    assert(len < COMMAND_NAME_BYTES);
    for (size_t i = 0; i <= len; i++) {
        buffer[i] = (char) toupper((unsigned char) command->name[i]);
    }
    return buffer;
}

bool
command_is_query(struct slice text)
{
    return command_query_verb(text) != NULL;
}

/*
 * A command on rows is ours where a row that we index is among its keys; else it is the shards',
 * whose modules follow the rows of datasets by columns.
 */
static bool
has_row(const struct call *call)
{
    const struct command *command = call->command;
    size_t last = command->last_key < 0 ? call->nargs - 1 : (size_t) command->last_key;
    for (size_t i = (size_t) command->first_key; i <= last && i < call->nargs; i++) {
        const struct dataset *dataset = catalog_by_row(call->services->catalog, call->args[i]);
        if (dataset && !dataset_is_columns(dataset)) {
            return true;
        }
    }
    return false;
}

/* A subcommand that is not found leaves the parent, which is then answered with an error. */
static void
subcommand_resolve(struct call *call)
{
    const struct command *found =
        call->nargs > 1 ? subcommand_find(call->command, call->args[1]) : NULL;
    if (found) {
        call->parent = call->command;
        call->command = found;
    }
}

/* `sum(x)` is the query `sum`. */
static const struct command_entry *
entry_find(const struct call *call)
{
    struct slice name = call->nargs ? call->args[0] : call->line;
    const struct command_index *index = services_commands(call->services);
    const struct command_entry *entry = command_index_find(index, name);
    if (!entry) {
        entry = command_index_find(index, command_leading_word(name));
        entry = entry && entry->is_query ? entry : NULL;
    }
    return entry;
}

void
command_resolve(struct call *call)
{
    const struct command_entry *entry = entry_find(call);
    call->command = entry ? entry->own : NULL;
    call->parent = NULL;
    call->spec = NULL;
    call->refused = NULL;
    if (call->command && call->command->class == REQUEST_ROW && !has_row(call)) {
        call->command = NULL;
    }
    if (!call->command && entry && entry->spec) {
        call->spec = command_spec_of_args(entry->spec, call->args, call->nargs);
        call->refused = entry->refused || call->spec == entry->spec ? entry->refused
                                                                    : command_refused(call->spec);
    }
    if (call->command && call->command->subcommands) {
        subcommand_resolve(call);
    }
}

enum request_class
command_class(const struct call *call)
{
    if (conversation_takes(call)) {
        return REQUEST_LOCAL;
    }
    if (call->command) {
        return call->command->class;
    }
    return call->spec ? forward_class(call) : REQUEST_LOCAL;
}

/* In Redis' words, of which some clients are known to look for. */
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
 * Which commands there are the shards say: before the first of them was reached, nothing is
 * unknown, and nothing can be run. Why goes to clients who have logged in.
 */
static bool
is_known_later(const struct call *call, struct error *why)
{
    struct services *services = call->services;
    if (command_index_table(services_commands(services))) {
        return false;
    }
    if (access_is_required(client_access(call->client), services)) {
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

/* False where Redis has no such subcommand either: that is an unknown one. */
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

/* A command that is called without a subcommand of its own, or with one that it has not. */
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

/* What can be asked of a server that is shutting down: how far it is, and to go on after all. */
static bool
is_for_last_moments(const struct call *call)
{
    static const char *const NAMES[] = {"shutdown", "info",   "query", "client",
                                        "slowlog",  "config", "quit"};
    if (!call->command || call->command->class != REQUEST_LOCAL) {
        return false;
    }
    const char *name = call->parent ? call->parent->name : call->command->name;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(name, NAMES[i]) == 0) {
            return true;
        }
    }
    return false;
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
    if (!access_check(call, &err)) {
        conversation_spoil(call);
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    if (call->services->facts->shutdown_by_ms && !is_for_last_moments(call)) {
        resp_write_err(call->out, "server is shutting down");
        return COMMAND_REPLIED;
    }
    if (conversation_takes(call)) {
        return conversation_run(call);
    }
    if (!command) {
        return forward_run(call);
    }
    /* What follows QUERY and is none of its subcommands is a text. */
    if (command->subcommands && command->class != REQUEST_QUERY) {
        return parent_run(call);
    }
    if (call->nargs && !arity_fits(command, call->nargs)) {
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
