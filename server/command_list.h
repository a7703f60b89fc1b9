/*
 * All families of commands as one list, for the index of commands (server/command_index.h).
 */
#ifndef QUIPU_SERVER_COMMAND_LIST_H
#define QUIPU_SERVER_COMMAND_LIST_H

#include "server/command.h"

/* In the order in which a command's name is looked for. */
const struct command_families *command_list(void);

#endif
