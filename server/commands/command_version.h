/*
 * DATASET VERSION: a number that is another one after each change of a dataset.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_VERSION_H
#define QUIPU_SERVER_COMMANDS_COMMAND_VERSION_H

#include "server/client/call.h"

/* Answers the version, or NODATASET; for the table of DATASET's subcommands. */
enum command_outcome version_run(struct call *call);

#endif
