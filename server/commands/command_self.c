/*
 * Answers questions to Redis about itself for Quipu, as if there were one server. in: ROLE, MODULE
 * LIST, LASTSAVE; out: what one server without replicas would answer. LATENCY has a file of its own.
 *
 *     ROLE              -> master 0 []     not that of a shard, with its replicas' addresses
 *     MODULE LIST       -> []              as HELLO has it
 *     LASTSAVE          -> the oldest of the shards': everything was saved by then
 */
#include "server/commands/command_families.h"
#include "server/proxy/fan.h"
#include "server/table/services.h"

static enum command_outcome
role_run(struct call *call)
{
    resp_write_array(call->out, 3);
    resp_write_bulk_str(call->out, "master");
    resp_write_int(call->out, 0);
    resp_write_array(call->out, 0);
    return COMMAND_REPLIED;
}

static enum command_outcome
nothing_run(struct call *call)
{
    resp_write_array(call->out, 0);
    return COMMAND_REPLIED;
}

/* -- LASTSAVE ---------------------------------------------------------------------------------- */

static bool
oldest_merge(struct request *request, const struct slice *replies, size_t nreplies, void *arg,
             size_t *odd)
{
    (void) arg;
    int64_t oldest_s = INT64_MAX;
    for (size_t i = 0; i < nreplies; i++) {
        struct slice rest = replies[i];
        int64_t saved_s;
        if (!rest.len || rest.ptr[0] != ':' || !fan_take_header(&rest, &saved_s)) {
            *odd = i;
            return false;
        }
        oldest_s = saved_s < oldest_s ? saved_s : oldest_s;
    }
    resp_write_int(request_writer(request), oldest_s);
    return true;
}

static enum command_outcome
lastsave_run(struct call *call)
{
    struct error err = {"", ""};
    if (fan_all_shards_merge(call, call->args, call->nargs, oldest_merge, NULL, &err)) {
        return COMMAND_RUNS;
    }
    resp_write_error(call->out, &err);
    return COMMAND_REPLIED;
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct command MODULE_COMMANDS[] = {
    {.name = "list",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = nothing_run,
     .summary = "Modules: Quipu itself loads none"},
};

static struct command_family
module_subcommands(void)
{
    return (struct command_family){"server", MODULE_COMMANDS,
                                   sizeof MODULE_COMMANDS / sizeof *MODULE_COMMANDS};
}

static const struct command COMMANDS[] = {
    {.name = "role",
     .arity = 1,
     .class = REQUEST_LOCAL,
     .run = role_run,
     .summary = "That it is a master, without replicas"},
    {.name = "latency",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .summary = "How long commands take",
     .subcommands = command_latency_subcommands},
    {.name = "module",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .summary = "Modules",
     .subcommands = module_subcommands},
    {.name = "lastsave",
     .arity = 1,
     .class = REQUEST_ALONE,
     .run = lastsave_run,
     .summary = "When all shards had last been saved"},
};

struct command_family
command_self_family(void)
{
    return (struct command_family){"server", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
