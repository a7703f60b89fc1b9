/*
 * The families of commands. Each has its own file. Only server/commands/command_list.c puts them
 * together.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_FAMILIES_H
#define QUIPU_SERVER_COMMANDS_COMMAND_FAMILIES_H

#include "server/client/call.h"

command_family_fn command_row_family;         /* HSET ... TYPE */
command_family_fn command_query_family;       /* COUNT ... DBSIZE */
command_family_fn command_connection_family;  /* PING ... CLIENT */
command_family_fn command_server_family;      /* INFO CONFIG COMMAND TIME */
command_family_fn command_keyspace_family;    /* KEYS SCAN RANDOMKEY FLUSHALL */
command_family_fn command_transaction_family; /* MULTI EXEC WATCH */
command_family_fn command_pubsub_family;      /* SUBSCRIBE */
command_family_fn command_cluster_family;     /* CLUSTER READONLY ASKING */
command_family_fn command_self_family;        /* ROLE LATENCY MODULE LASTSAVE */
/* Subcommands with their own file. */
command_family_fn command_acl_subcommands;
command_family_fn command_client_subcommands;
command_family_fn command_dataset_subcommands;
command_family_fn command_docs_subcommands;
command_family_fn command_latency_subcommands;
command_family_fn command_slowlog_subcommands;
command_run_fn command_docs_run_bare; /* COMMAND without a subcommand */
command_run_fn command_info_run;
command_run_fn command_shutdown_run;
command_family_fn command_running_subcommands; /* QUERY LIST ... */

#endif
