/*
 * The page that `count help` answers.
 */
#ifndef QUIPU_SERVER_COMMANDS_QUERY_HELP_H
#define QUIPU_SERVER_COMMANDS_QUERY_HELP_H

#include "net/resp_writer.h"

/* True for a text of two words, the second of which is "help". No query is like that. */
bool query_help_is_wanted(struct slice text);
void query_help_reply(struct resp_writer *out);

#endif
