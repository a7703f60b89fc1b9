/*
 * Running a call: what it may run beside, whether it may run at all, and which function answers it.
 *
 *     call.request = request_push(queue, command_class(&call), resp3);
 *     command_run(&call);                            replies now or later
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_RUN_H
#define QUIPU_SERVER_COMMANDS_COMMAND_RUN_H

#include "server/client/call.h"

/* What may be in flight with it; to be asked when its turn has come, as it depends on MULTI. */
enum request_class command_class(const struct call *call);
/* Runs it, or answers why not. request_done has been or will be called. */
void command_run(struct call *call);

/* The subcommand `help` of a command that takes other words than subcommands. */
command_run_fn command_help_run;

#endif
