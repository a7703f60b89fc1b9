/*
 * Redis' commands that are refused, and why: better than "unknown command", for who knows Redis.
 * in: EXPIRE profile_7 60; out: an error that names the command, the row and the reason.
 *
 *     -ERR EXPIRE is refused on row 'profile_7' of dataset current: the index would not follow it
 *
 * None of them is listed by COMMAND.
 */
#include "server/command_families.h"
#include "server/server.h"

/* The row it would touch: the first of its keys that is one. */
static const struct dataset *
touched_row(const struct call *call, struct slice *row)
{
    const struct command *command = call->command;
    size_t last = command->last_key < 0 ? call->nargs - 1 : (size_t) command->last_key;
    for (size_t i = (size_t) command->first_key; i && i <= last && i < call->nargs; i++) {
        const struct dataset *dataset = catalog_by_row(call->server->catalog, call->args[i]);
        if (dataset) {
            *row = call->args[i];
            return dataset;
        }
    }
    return NULL;
}

/* The summary of a refused command is its reason. */
static enum command_outcome
refused_run(struct call *call)
{
    char name[COMMAND_NAME_BYTES], quoted[ERROR_QUOTE_BYTES];
    struct slice row;
    (void) command_upper_name(call->command, name);
    const struct dataset *dataset = touched_row(call, &row);
    if (dataset) {
        resp_write_err(call->out, "%s is refused on row %s of dataset %.*s: %s", name,
                       error_quote(quoted, row), SLICE_ARG(dataset->name), call->command->summary);
    } else if (call->command->first_key) {
        resp_write_err(call->out,
                       "%s is refused: only rows of datasets are kept here, and on "
                       "those %s",
                       name, call->command->summary);
    } else {
        resp_write_err(call->out, "%s is refused: %s", name, call->command->summary);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
unsupported_run(struct call *call)
{
    char name[COMMAND_NAME_BYTES];
    resp_write_err(call->out, "%s is not supported yet%s", command_upper_name(call->command, name),
                   call->command->summary);
    return COMMAND_REPLIED;
}

#define INDEX "the index would not follow it"
#define HASH "rows are hashes: use HSET"

#define REFUSED(name, first_key, last_key, reason)                                                 \
    {                                                                                              \
        name, -1, REQUEST_LOCAL, refused_run, 0, true, first_key, last_key, 1, "", reason, NULL    \
    }
#define UNSUPPORTED(name, hint)                                                                    \
    {                                                                                              \
        name, -1, REQUEST_LOCAL, unsupported_run, 0, false, 0, 0, 0, "", hint, NULL                \
    }

static const struct command COMMANDS[] = {
    REFUSED("expire", 1, 1, INDEX),
    REFUSED("pexpire", 1, 1, INDEX),
    REFUSED("expireat", 1, 1, INDEX),
    REFUSED("pexpireat", 1, 1, INDEX),
    REFUSED("persist", 1, 1, INDEX),
    REFUSED("rename", 1, 2, INDEX),
    REFUSED("renamenx", 1, 2, INDEX),
    REFUSED("move", 1, 1, INDEX),
    REFUSED("copy", 1, 2, INDEX),
    REFUSED("dump", 1, 1, "there is no RESTORE for what it gives"),
    REFUSED("restore", 1, 1, INDEX),
    REFUSED("migrate", 3, 3, INDEX),
    REFUSED("sort", 1, 1, HASH),
    REFUSED("set", 1, 1, HASH),
    REFUSED("setex", 1, 1, HASH),
    REFUSED("psetex", 1, 1, HASH),
    REFUSED("setnx", 1, 1, HASH),
    REFUSED("getset", 1, 1, HASH),
    REFUSED("getdel", 1, 1, HASH),
    REFUSED("getex", 1, 1, HASH),
    REFUSED("append", 1, 1, HASH),
    REFUSED("hincrbyfloat", 1, 1,
            "binary fractions would not index exactly: use HSET with the new value"),
    REFUSED("flushall", 0, 0, "delete rows with DEL, or start on an empty dir"),
    REFUSED("flushdb", 0, 0, "delete rows with DEL, or start on an empty dir"),
    REFUSED("swapdb", 0, 0, "there is one database"),
    UNSUPPORTED("multi", ""),
    UNSUPPORTED("exec", ""),
    UNSUPPORTED("discard", ""),
    UNSUPPORTED("watch", ""),
    UNSUPPORTED("unwatch", ""),
    UNSUPPORTED("subscribe", ""),
    UNSUPPORTED("psubscribe", ""),
    UNSUPPORTED("ssubscribe", ""),
    UNSUPPORTED("publish", ""),
    UNSUPPORTED("monitor", ""),
    UNSUPPORTED("eval", ""),
    UNSUPPORTED("evalsha", ""),
    UNSUPPORTED("script", ""),
    UNSUPPORTED("keys", ": to count rows, COUNT from a dataset"),
    UNSUPPORTED("scan", ": to count rows, COUNT from a dataset"),
    UNSUPPORTED("hscan", ": HGETALL gives the row"),
    UNSUPPORTED("shutdown", ": send the process SIGTERM"),
};

struct command_family
command_refused_family(void)
{
    return (struct command_family){"refused", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
