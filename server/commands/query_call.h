/*
 * A query as a command: what it asks for, and how it runs.
 *
 *     {.name = "rows", .run = query_call_run, .asks = query_call_asks, .op = FORM_WHOLE}
 */
#ifndef QUIPU_SERVER_COMMANDS_QUERY_CALL_H
#define QUIPU_SERVER_COMMANDS_QUERY_CALL_H

#include "server/client/call.h"

/* A command's op: where its text stands. */
enum query_form {
    FORM_WHOLE,       /* COUNT sex from current */
    FORM_BEHIND_VERB, /* QUERY "count sex from current" */
    FORM_BEHIND_ROW   /* QUERY AFTER profile_7 "rows sex from current" */
};

command_run_fn query_call_run;
command_asks_fn query_call_asks;

#endif
