/*
 * The list of all families of commands, from which the index of commands is made.
 * out: HSET ... TYPE, COUNT ... DBSIZE, PING ...
 */
#include "server/commands/command_list.h"

#include "server/commands/command_families.h"

/* In the order in which they are looked up: rows are asked for most. */
static command_family_fn *const FAMILIES[] = {
    command_row_family,    command_query_family,    command_connection_family,
    command_server_family, command_keyspace_family, command_transaction_family,
    command_pubsub_family, command_cluster_family,  command_self_family};

const struct command_families *
command_list(void)
{
    static const struct command_families ALL = {FAMILIES, sizeof FAMILIES / sizeof *FAMILIES};
    return &ALL;
}
