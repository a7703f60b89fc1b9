/*
 * From a request's words to the command they ask for.
 * in: args, or an inline query's line; out: one of our commands, one of the shards', or neither.
 *
 *     [client] [kill] [id] [7]     -> "client" -> subcommand "kill"
 *     [hget] [profile_7] [age]     -> ours, as profile_7 is a row that we index; else the shards'
 *     sum(x) from current          -> the query "sum"
 */
#include "server/client/call.h"

#include "executor/shards/command_table.h"
#include "planner/catalog.h"
#include "server/table/command_index.h"
#include "server/table/services.h"

/*
 * A command on rows is ours where one of its keys is a row that we index. Else it is the shards',
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

/* An unknown subcommand leaves the parent, which is then answered with an error. */
static void
subcall_resolve(struct call *call)
{
    const struct command *found =
        call->nargs > 1 ? command_find_sub(call->command, call->args[1]) : NULL;
    if (found) {
        call->parent = call->command;
        call->command = found;
    }
}

/* Reads `sum(x)` as the query `sum`. */
static const struct command_entry *
entry_find(const struct call *call)
{
    struct slice name = call->nargs ? call->args[0] : call->line;
    const struct command_index *index = services_commands(call->services);
    const struct command_entry *entry = command_index_find(index, name);
    if (!entry) {
        entry = command_index_find(index, command_leading_word(name));
        entry = entry && entry->own && entry->own->is_query ? entry : NULL;
    }
    return entry;
}

void
call_resolve(struct call *call)
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
        subcall_resolve(call);
    }
}

enum command_outcome
call_outcome(struct call *call, bool is_sent, const struct error *err)
{
    if (is_sent) {
        return COMMAND_RUNS;
    }
    resp_write_error(call->out, err);
    return COMMAND_REPLIED;
}
