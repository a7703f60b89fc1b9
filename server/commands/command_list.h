/*
 * All families of commands as one list, for the index of commands (server/table/command_index.h).
 */
#ifndef QUIPU_SERVER_COMMANDS_COMMAND_LIST_H
#define QUIPU_SERVER_COMMANDS_COMMAND_LIST_H

#include "server/table/command.h"

/* The families, in the order in which a command's name is looked up. */
const struct command_families *command_list(void);

#endif
