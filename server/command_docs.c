/*
 * COMMAND: the commands about themselves, as redis-cli and drivers ask for them at their start.
 * in: COMMAND DOCS hget; out: what the table says, in the shapes of Redis 7.
 *
 *     hget -> summary, since, group, arguments [{name "key field", type "string"}]
 *
 * The arguments are one text for people, which redis-cli shows as its hint.
 */
#include <string.h>

#include "server/command_families.h"
#include "server/glob.h"

/* A subcommand goes by "client|list". */
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

/* Ten elements: name, arity, flags, first and last key, step, ACL categories, tips, key
 * specifications, subcommands. */
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

enum command_outcome
command_docs_run_bare(struct call *call)
{
    resp_write_array(call->out, command_count());
    for (size_t i = 0; i < command_nfamilies(); i++) {
        struct command_family family = command_family_at(i);
        for (size_t j = 0; j < family.ncommands; j++) {
            info_write(call->out, NULL, &family.commands[j]);
        }
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
info_run(struct call *call)
{
    if (call->nargs == 2) {
        return command_docs_run_bare(call);
    }
    resp_write_array(call->out, call->nargs - 2);
    for (size_t i = 2; i < call->nargs; i++) {
        const struct command *parent;
        const struct command *command = command_find(call->args[i], NULL, &parent);
        if (command) {
            info_write(call->out, parent, command);
        } else {
            resp_write_null(call->out);
        }
    }
    return COMMAND_REPLIED;
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

static void docs_write(struct resp_writer *out, const char *group, const struct command *parent,
                       const struct command *command);

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

/* The name and what is to be said of it: a pair of a map. */
static void
docs_write(struct resp_writer *out, const char *group, const struct command *parent,
           const struct command *command)
{
    bool has_arguments = command->arguments[0] != '\0';
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

static void
all_docs_write(struct resp_writer *out)
{
    resp_write_map(out, command_count());
    for (size_t i = 0; i < command_nfamilies(); i++) {
        struct command_family family = command_family_at(i);
        for (size_t j = 0; j < family.ncommands; j++) {
            docs_write(out, family.group, NULL, &family.commands[j]);
        }
    }
}

/* Names that are unknown are left out. */
static enum command_outcome
docs_run(struct call *call)
{
    if (call->nargs == 2) {
        all_docs_write(call->out);
        return COMMAND_REPLIED;
    }
    struct command_family family;
    const struct command *parent;
    size_t nfound = 0;
    for (size_t i = 2; i < call->nargs; i++) {
        nfound += command_find(call->args[i], &family, &parent) != NULL;
    }
    resp_write_map(call->out, nfound);
    for (size_t i = 2; i < call->nargs; i++) {
        const struct command *command = command_find(call->args[i], &family, &parent);
        if (command) {
            docs_write(call->out, family.group, parent, command);
        }
    }
    return COMMAND_REPLIED;
}

/* -- COUNT, LIST, GETKEYS ---------------------------------------------------------------------- */

static enum command_outcome
count_run(struct call *call)
{
    resp_write_int(call->out, (int64_t) command_count());
    return COMMAND_REPLIED;
}

static size_t
names_write(struct resp_writer *out, struct slice pattern)
{
    size_t n = 0;
    for (size_t i = 0; i < command_nfamilies(); i++) {
        struct command_family family = command_family_at(i);
        for (size_t j = 0; j < family.ncommands; j++) {
            if (glob_match(pattern, slice_str(family.commands[j].name))) {
                resp_write_bulk_str(out, family.commands[j].name);
                n++;
            }
        }
    }
    return n;
}

static enum command_outcome
list_run(struct call *call)
{
    struct slice pattern = slice_lit("*");
    if (call->nargs == 5 && slice_equal_nocase(call->args[2], slice_lit("filterby")) &&
        slice_equal_nocase(call->args[3], slice_lit("pattern"))) {
        pattern = call->args[4];
    } else if (call->nargs != 2) {
        resp_write_err(call->out, "syntax error");
        return COMMAND_REPLIED;
    }
    struct strbuf names;
    struct resp_writer counted = {&names, call->out->resp3};
    strbuf_init(&names);
    resp_write_array(call->out, names_write(&counted, pattern));
    strbuf_append(call->out->out, strbuf_slice(&names));
    strbuf_fini(&names);
    return COMMAND_REPLIED;
}

/* COMMAND GETKEYS hget profile_7 age     -> profile_7 */
static enum command_outcome
getkeys_run(struct call *call)
{
    const struct command *parent;
    const struct command *command = command_find(call->args[2], NULL, &parent);
    if (!command || command->first_key == 0) {
        resp_write_err(call->out,
                       command ? "The command has no key arguments" : "Invalid command specified");
        return COMMAND_REPLIED;
    }
    size_t first = 2 + (size_t) command->first_key;
    size_t last = command->last_key < 0 ? call->nargs - 1 : 2 + (size_t) command->last_key;
    if (first >= call->nargs) {
        resp_write_err(call->out, "Invalid number of arguments specified for command");
        return COMMAND_REPLIED;
    }
    resp_write_array(call->out, last - first + 1);
    for (size_t i = first; i <= last; i++) {
        resp_write_bulk(call->out, call->args[i]);
    }
    return COMMAND_REPLIED;
}

#define COMMAND(name, arity, run, arguments, summary)                                              \
    {                                                                                              \
        name, arity, REQUEST_LOCAL, run, 0, false, 0, 0, 0, arguments, summary, NULL               \
    }

static const struct command COMMANDS[] = {
    COMMAND("count", 2, count_run, "", "How many commands there are"),
    COMMAND("docs", -2, docs_run, "[command-name ...]", "What commands do"),
    COMMAND("info", -2, info_run, "[command-name ...]", "Commands' arities and keys"),
    COMMAND("list", -2, list_run, "[FILTERBY PATTERN pattern]", "Commands' names"),
    COMMAND("getkeys", -3, getkeys_run, "command [arg ...]", "The keys in a command"),
};

struct command_family
command_docs_subcommands(void)
{
    return (struct command_family){"server", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
