/*
 * The command SLOWLOG: shows the commands that took long.
 * in: SLOWLOG GET 2; out: for each [id, when it ended, microseconds, [words], address, name].
 *
 *     SLOWLOG PLAN 7     -> the lines of the plan of the query with that id
 *
 * The plan is no seventh element of GET's entries: clients read these by their places, and some
 * check how many there are.
 */
#include <string.h>

#include "server/client/slowlog.h"
#include "server/commands/command_families.h"
#include "server/table/services.h"

static void
entry_write(struct resp_writer *out, const struct slow_command *entry)
{
    resp_write_array(out, 6);
    resp_write_int(out, entry->id);
    resp_write_int(out, entry->ended_s);
    resp_write_int(out, entry->took_us);
    resp_write_array(out, entry->nargs);
    for (size_t i = 0; i < entry->nargs; i++) {
        resp_write_bulk(out, entry->args[i]);
    }
    resp_write_bulk_str(out, entry->client_address);
    resp_write_bulk_str(out, entry->client_name);
}

/* SLOWLOG GET [count]: ten by default; -1 is all. */
static enum command_outcome
get_run(struct call *call)
{
    const struct slowlog *log = call->services->slowlog;
    int64_t count = 10;
    if (call->nargs > 3) {
        resp_write_err(call->out, "wrong number of arguments for 'slowlog|get' command");
        return COMMAND_REPLIED;
    }
    if (call->nargs == 3 && (!slice_to_int64(call->args[2], &count) || count < -1)) {
        resp_write_err(call->out, "count should be greater than or equal to -1");
        return COMMAND_REPLIED;
    }
    size_t n = count < 0 || (uint64_t) count > log->len ? log->len : (size_t) count;
    resp_write_array(call->out, n);
    for (const struct slow_command *entry = log->newest; n > 0; entry = entry->next, n--) {
        entry_write(call->out, entry);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
len_run(struct call *call)
{
    resp_write_int(call->out, (int64_t) call->services->slowlog->len);
    return COMMAND_REPLIED;
}

/* SLOWLOG PLAN id: an array of lines; empty, if the command was no query, or was not bound. */
static enum command_outcome
plan_run(struct call *call)
{
    int64_t id;
    if (!slice_to_int64(call->args[2], &id) || id < 0) {
        resp_write_err(call->out, "id should be greater than or equal to 0");
        return COMMAND_REPLIED;
    }
    const struct slow_command *entry = slowlog_find(call->services->slowlog, id);
    if (!entry) {
        resp_write_err(call->out, "No such entry in the slow log");
        return COMMAND_REPLIED;
    }
    size_t nlines = entry->plan != NULL;
    for (const char *at = entry->plan; at && (at = strchr(at, '\n')); at++) {
        nlines++;
    }
    resp_write_array(call->out, nlines);
    for (const char *at = entry->plan; at;) {
        size_t len = strcspn(at, "\n");
        resp_write_bulk(call->out, slice_of(at, len));
        at = at[len] ? at + len + 1 : NULL;
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
reset_run(struct call *call)
{
    slowlog_reset(call->services->slowlog);
    resp_write_ok(call->out);
    return COMMAND_REPLIED;
}

static const struct command COMMANDS[] = {
    {.name = "get",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = get_run,
     .arguments = "[count]",
     .summary = "The newest entries: ten, or so many; -1: all"},
    {.name = "len",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = len_run,
     .summary = "How many entries there are"},
    {.name = "plan",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = plan_run,
     .arguments = "id",
     .summary = "The plan of the query with this id, line by line"},
    {.name = "reset",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = reset_run,
     .summary = "Drops all entries"},
};

struct command_family
command_slowlog_subcommands(void)
{
    return (struct command_family){"server", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
