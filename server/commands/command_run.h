/*
 * Runs a call: beside which requests, whether at all, and by which function.
 *
 *     call.request = request_push(queue, command_class(&call), resp3);
 *     command_run(&call);                            replies now or later
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_RUN_H
#define QUIPU_SERVER_COMMANDS_COMMAND_RUN_H

#include "server/client/call.h"

/* The call's class. Ask when its turn has come, because the class depends on MULTI. */
enum request_class command_class(const struct call *call);
/* Runs the call, or answers why not. request_done was called, or will be. */
void command_run(struct call *call);

/* The subcommand `help` of a command whose other words are not subcommands. */
command_run_fn command_help_run;

#endif
