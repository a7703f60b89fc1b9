/*
 * The command COMMAND: what redis-cli and drivers ask about all commands at their start. in:
 * COMMAND DOCS hget; out: a shard's description; for our own commands that of the table.
 *
 *     count -> summary, since, group, arguments [{name "[field ...] FROM ...", type "string"}]
 *
 * A shard describes Redis' commands, also those that we carry out. Ours follow. Our arguments are
 * one text for people, which redis-cli shows as its hint.
 */
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/must.h"
#include "executor/executor.h"
#include "executor/shards/shard_reply.h"
#include "server/commands/command_families.h"
#include "server/proxy/fan.h"
#include "server/proxy/forward.h"
#include "server/table/command_index.h"
#include "server/table/services.h"

/* Writes a subcommand's name as "client|list". */
static void
name_write(struct resp_writer *out, const struct command *parent, const struct command *command)
{
    struct strbuf name;
    strbuf_init(&name);
    strbuf_printf(&name, "%s%s%s", parent ? parent->name : "", parent ? "|" : "", command->name);
    resp_write_bulk(out, strbuf_slice(&name));
    strbuf_fini(&name);
}

/* -- INFO -------------------------------------------------------------------------------------- */

static void
flags_write(struct resp_writer *out, const struct command *command)
{
    bool is_row = command->class == REQUEST_ROW;
    resp_write_set(out, is_row ? 1 : 0);
    if (is_row) {
        resp_write_simple(out, command->writes ? slice_lit("write") : slice_lit("readonly"));
    }
}

static void info_write(struct resp_writer *out, const struct command *parent,
                       const struct command *command);

static void
subcommands_info_write(struct resp_writer *out, const struct command *command)
{
    struct command_family subs = {0};
    if (command->subcommands) {
        subs = command->subcommands();
    }
    resp_write_array(out, subs.ncommands);
    for (size_t i = 0; i < subs.ncommands; i++) {
        info_write(out, command, &subs.commands[i]);
    }
}

/*
 * Writes ten elements: name, arity, flags, first and last key, step, ACL categories, tips, key
 * specifications, subcommands.
 */
static void
info_write(struct resp_writer *out, const struct command *parent, const struct command *command)
{
    resp_write_array(out, 10);
    name_write(out, parent, command);
    resp_write_int(out, command->arity);
    flags_write(out, command);
    resp_write_int(out, command->first_key);
    resp_write_int(out, command->last_key);
    resp_write_int(out, command->key_step);
    resp_write_set(out, 0);
    resp_write_array(out, 0);
    resp_write_array(out, 0);
    subcommands_info_write(out, command);
}

/* -- what a shard says, and ours behind it ------------------------------------------------------
 */

enum docs_form {
    DESCRIBE_INFO, /* arrays that begin with the name */
    DESCRIBE_DOCS, /* pairs of name and map */
    DESCRIBE_LIST  /* names */
};

struct described {
    struct services *services;
    const char *shard; /* the shard that is asked; borrowed */
    struct request *request;
    enum docs_form kind;
    struct slice pattern; /* LIST: the pattern for our commands, in names; NULL: none of them */
    size_t nnames;        /* asked for; 0: all */
    struct strbuf names;  /* the names, one after the other */
    size_t *ends;
    struct strbuf reply;
};

static bool
is_ours_alone(struct services *services, struct slice name)
{
    const char *bar = name.len ? memchr(name.ptr, '|', name.len) : NULL;
    struct slice head = slice_of(name.ptr, bar ? (size_t) (bar - name.ptr) : name.len);
    const struct command_entry *entry = command_index_find(services_commands(services), head);
    return entry && entry->own && !entry->spec;
}

static void docs_write(struct resp_writer *out, const char *group, const struct command *parent,
                       const struct command *command);

/* Writes one of our commands by name; true: there is one. */
static bool
ours_write(const struct described *described, struct slice name, struct resp_writer *out)
{
    struct command_family family;
    const struct command *parent,
        *command = command_find(described->services->families, name, &family, &parent);
    if (!command || !is_ours_alone(described->services, name)) {
        return false;
    }
    switch (described->kind) {
    case DESCRIBE_INFO: info_write(out, parent, command); break;
    case DESCRIBE_DOCS: docs_write(out, family.group, parent, command); break;
    case DESCRIBE_LIST:
        if (!described->pattern.ptr || !glob_match(described->pattern, name)) {
            return false;
        }
        name_write(out, parent, command);
        break;
    }
    return true;
}

static size_t
all_ours_write(const struct described *described, struct resp_writer *out)
{
    size_t n = 0;
    const struct command_families *ours = described->services->families;
    for (size_t i = 0; i < ours->nfamilies; i++) {
        struct command_family family = ours->families[i]();
        for (size_t j = 0; j < family.ncommands; j++) {
            n += ours_write(described, slice_str(family.commands[j].name), out);
        }
    }
    return n;
}

static struct slice
asked_name(const struct described *described, size_t i)
{
    size_t from = i ? described->ends[i - 1] : 0;
    return slice_of(described->names.ptr + from, described->ends[i] - from);
}

/* INFO with names has an element for each; it is null if the shard does not know the name. */
static void
info_merge(const struct described *described, struct slice rest, struct resp_writer *out)
{
    struct slice element;
    resp_write_array(out, described->nnames);
    for (size_t i = 0; i < described->nnames; i++) {
        bool has = fan_next_element(&rest, &element);
        if (!ours_write(described, asked_name(described, i), out)) {
            strbuf_append(out->out, has ? element : slice_lit("*-1\r\n"));
        }
    }
}

/* Writes a list of all, or a map of those that exist. */
static void
list_merge(const struct described *described, int64_t count, struct slice rest,
           struct resp_writer *out)
{
    struct strbuf ours;
    struct resp_writer behind = {.out = &ours, .resp3 = out->resp3};
    strbuf_init(&ours);
    size_t n = described->nnames ? 0 : all_ours_write(described, &behind);
    for (size_t i = 0; i < described->nnames; i++) {
        n += ours_write(described, asked_name(described, i), &behind);
    }
    size_t theirs = count > 0 ? (size_t) count : 0;
    if (described->kind == DESCRIBE_DOCS) {
        resp_write_map(out, (out->resp3 ? theirs : theirs / 2) + n);
    } else {
        resp_write_array(out, theirs + n);
    }
    strbuf_append(out->out, rest);
    strbuf_append(out->out, strbuf_slice(&ours));
    strbuf_fini(&ours);
}

static void
on_described(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct described *described = arg;
    struct request *request = described->request;
    struct error own = {"", ""};
    if (!err) {
        strbuf_append(&described->reply, piece);
        if (!is_last) {
            return;
        }
        struct resp_writer *out = request_writer(request);
        struct slice rest = strbuf_slice(&described->reply);
        int64_t count;
        bool is_list = rest.ptr[0] == (described->kind == DESCRIBE_DOCS && out->resp3 ? '%' : '*');
        if (rest.ptr[0] == '-') {
            strbuf_append(out->out, rest);
        } else if (!is_list || !fan_take_header(&rest, &count) || count < 0 ||
                   (described->kind == DESCRIBE_DOCS && !out->resp3 && count % 2) ||
                   (described->kind == DESCRIBE_INFO && described->nnames &&
                    count != (int64_t) described->nnames)) {
            (void) reply_misshapen(described->shard, "COMMAND", &own);
            err = &own;
        } else if (described->kind == DESCRIBE_INFO && described->nnames) {
            info_merge(described, rest, out);
        } else {
            list_merge(described, count, rest, out);
        }
    }
    strbuf_fini(&described->reply);
    strbuf_fini(&described->names);
    free(described->ends);
    free(described);
    request_finish(request, err);
}

/*
 * LIST's pattern for our commands: all of them, or those of FILTERBY PATTERN; none for any other
 * filter.
 */
static struct slice
list_pattern(const struct call *call)
{
    if (call->nargs == 2) {
        return slice_lit("*");
    }
    bool is_pattern = call->nargs == 5 && slice_equal_nocase(call->args[3], slice_lit("pattern"));
    return is_pattern ? call->args[4] : slice_of(NULL, 0);
}

static const char *
any_shard_name(const struct executor *executor)
{
    size_t shard = executor_any_shard(executor);
    return executor_has_shard(executor, shard) ? executor_shard_status(executor, shard).name : "?";
}

static enum command_outcome
describe(struct call *call, enum docs_form kind)
{
    struct described *described = must_alloc(sizeof *described);
    size_t nnames = call->nargs > 2 && kind != DESCRIBE_LIST ? call->nargs - 2 : 0;
    size_t *ends = must_array(nnames, sizeof *ends);
    *described = (struct described){.services = call->services,
                                    .shard = any_shard_name(call->services->executor),
                                    .request = call->request,
                                    .kind = kind,
                                    .nnames = nnames,
                                    .ends = ends};
    strbuf_init(&described->names);
    strbuf_init(&described->reply);
    for (size_t i = 0; i < nnames; i++) {
        strbuf_append(&described->names, call->args[i + 2]);
        ends[i] = described->names.len;
    }
    struct slice pattern = kind == DESCRIBE_LIST ? list_pattern(call) : slice_of(NULL, 0);
    if (pattern.ptr) { /* after the names, and there are none */
        strbuf_append(&described->names, pattern);
        described->pattern = strbuf_slice(&described->names);
    }
    struct error err = {"", ""};
    if (forward_to_any(executor_shards(call->services->executor), request_is_resp3(call->request),
                       call->args, call->nargs, on_described, described, &err)) {
        return COMMAND_RUNS;
    }
    strbuf_fini(&described->names);
    free(ends);
    free(described);
    resp_write_error(call->out, &err);
    return COMMAND_REPLIED;
}

enum command_outcome
command_docs_run_bare(struct call *call)
{
    return describe(call, DESCRIBE_INFO);
}

static enum command_outcome
info_run(struct call *call)
{
    return describe(call, DESCRIBE_INFO);
}

/* -- DOCS -------------------------------------------------------------------------------------- */

static void
arguments_write(struct resp_writer *out, const char *arguments)
{
    resp_write_bulk_str(out, "arguments");
    resp_write_array(out, 1);
    resp_write_map(out, 2);
    resp_write_bulk_str(out, "name");
    resp_write_bulk_str(out, arguments);
    resp_write_bulk_str(out, "type");
    resp_write_bulk_str(out, "string");
}

static void
subcommands_docs_write(struct resp_writer *out, const struct command *command)
{
    struct command_family subs = command->subcommands();
    resp_write_bulk_str(out, "subcommands");
    resp_write_map(out, subs.ncommands);
    for (size_t i = 0; i < subs.ncommands; i++) {
        docs_write(out, subs.group, command, &subs.commands[i]);
    }
}

/* Writes a name and its description, as a pair of a map. */
static void
docs_write(struct resp_writer *out, const char *group, const struct command *parent,
           const struct command *command)
{
    bool has_arguments = command->arguments != NULL;
    name_write(out, parent, command);
    resp_write_map(out, 3 + has_arguments + (command->subcommands != NULL));
    resp_write_bulk_str(out, "summary");
    resp_write_bulk_str(out, command->summary);
    resp_write_bulk_str(out, "since");
    resp_write_bulk_str(out, "0.1.0");
    resp_write_bulk_str(out, "group");
    resp_write_bulk_str(out, group);
    if (has_arguments) {
        arguments_write(out, command->arguments);
    }
    if (command->subcommands) {
        subcommands_docs_write(out, command);
    }
}

static enum command_outcome
docs_run(struct call *call)
{
    return describe(call, DESCRIBE_DOCS);
}

/* -- COUNT, LIST, GETKEYS ---------------------------------------------------------------------- */

static enum command_outcome
count_run(struct call *call)
{
    resp_write_int(call->out, (int64_t) command_index_count(services_commands(call->services)));
    return COMMAND_REPLIED;
}

static enum command_outcome
list_run(struct call *call)
{
    return describe(call, DESCRIBE_LIST);
}

/* A shard knows best where the keys of its own commands are. */
static enum command_outcome
shard_getkeys(struct call *call)
{
    struct error err = {"", ""};
    if (forward_to_any(executor_shards(call->services->executor), request_is_resp3(call->request),
                       call->args, call->nargs, forward_on_piece, call->request, &err)) {
        return COMMAND_RUNS;
    }
    resp_write_error(call->out, &err);
    return COMMAND_REPLIED;
}

/* COMMAND GETKEYS hget profile_7 age     -> profile_7; commands of ours alone have no keys */
static enum command_outcome
getkeys_run(struct call *call)
{
    if (!is_ours_alone(call->services, call->args[2])) {
        return shard_getkeys(call);
    }
    resp_write_err(call->out, "The command has no key arguments");
    return COMMAND_REPLIED;
}

static const struct command COMMANDS[] = {
    {.name = "count",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = count_run,
     .is_without_rows = true,
     .summary = "How many commands there are"},
    {.name = "docs",
     .arity = -2,
     .class = REQUEST_FORWARD,
     .run = docs_run,
     .is_without_rows = true,
     .arguments = "[command-name ...]",
     .summary = "What commands do"},
    {.name = "info",
     .arity = -2,
     .class = REQUEST_FORWARD,
     .run = info_run,
     .is_without_rows = true,
     .arguments = "[command-name ...]",
     .summary = "Commands' arities and keys"},
    {.name = "list",
     .arity = -2,
     .class = REQUEST_FORWARD,
     .run = list_run,
     .is_without_rows = true,
     .arguments = "[FILTERBY MODULE module|ACLCAT category|PATTERN pattern]",
     .summary = "Commands' names"},
    {.name = "getkeys",
     .arity = -3,
     .class = REQUEST_FORWARD,
     .run = getkeys_run,
     .is_without_rows = true,
     .arguments = "command [arg ...]",
     .summary = "The keys in a command"},
    {.name = "getkeysandflags",
     .arity = -3,
     .class = REQUEST_FORWARD,
     .run = getkeys_run,
     .is_without_rows = true,
     .arguments = "command [arg ...]",
     .summary = "The keys in a command, and what it does with them"},
};

struct command_family
command_docs_subcommands(void)
{
    return (struct command_family){"server", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
