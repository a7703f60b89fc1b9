/*
 * QUERY SAVE name text, QUERY SAVED, QUERY FORGET name: the queries that a user keeps.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_SAVED_H
#define QUIPU_SERVER_COMMANDS_COMMAND_SAVED_H

#include "server/client/call.h"

command_run_fn command_saved_save_run;
command_run_fn command_saved_list_run;
command_run_fn command_saved_forget_run;

/*
 * A user is gone: so are their queries, lest another user of that name find them. Where the shards cannot be
 * reached now, it is done when they can.
 */
void command_saved_forget_user(struct services *services, struct slice user);

#endif
