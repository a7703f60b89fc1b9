/*
 * QUERY COMPLETE text cursor: what may stand at a cursor, for shells and pages.
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_COMPLETE_H
#define QUIPU_SERVER_COMMANDS_COMMAND_COMPLETE_H

#include "server/client/call.h"

command_run_fn command_complete_run;

#endif
