/*
 * Keeps the one index of all commands up to date with what the shards say of theirs.
 * in: the commands that the shards have told of; out: those and our own, by name.
 *
 *     the first shard is reached        -> its commands, and ours
 *     a shard of a newer version comes  -> both shards' commands, and ours
 */
#include "server/table/services.h"

#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "server/table/command_index.h"

const struct command_index *
services_commands(struct services *services)
{
    const struct command_table *table = executor_commands(services->executor);
    if (!services->commands || command_index_table(services->commands) != table) {
        command_index_free(services->commands);
        services->commands = command_index_new(services->families, table);
        if (table && services->on_commands) {
            services->on_commands(services);
        }
    }
    return services->commands;
}

void
services_free_commands(struct services *services)
{
    command_index_free(services->commands);
    services->commands = NULL;
}
