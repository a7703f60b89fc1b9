/*
 * The datasets of a server, as a table.
 *
 *     dataset  rows  state  aliases
 *     -------  ----  -----  -------
 *     survey    300  live
 */
#ifndef QUIPU_TOOLS_SHELL_DATASET_LIST_H
#define QUIPU_TOOLS_SHELL_DATASET_LIST_H

#include "tools/shell/run.h"

/* Asks for them and shows them. False: the error has been shown. */
bool dataset_list_show(struct shell *shell);

#endif
