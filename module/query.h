/*
 * A query under way: its text, its count, and the client that waits for it.
 *
 *     QUIPU.COUNT "count sex from current"        query_run(module, ctx, argv, argc, QUERY_TABLE)
 *
 *     text -> bound query -> snapshot -+-- short: counted here, answered here
 *                                      +-- long:  the client is blocked, the pool counts, a thread of
 *                                                 it writes the answer, Redis wakes the client
 *
 * A long count is cancelled when its client leaves, and ends with TIMEOUT when its time is over. In
 * MULTI and in scripts no client may be blocked, so every count is made like a short one.
 */
#ifndef QUIPU_MODULE_QUERY_H
#define QUIPU_MODULE_QUERY_H

#include "module/query_list.h"
#include "module/redis_api.h"

struct module;

enum query_form {
    QUERY_TABLE,   /* as docs/language.md says */
    QUERY_PARTIAL, /* a partial count, which is added to those of other shards: README.md */
    QUERY_ROWS,    /* the same for the rows of some slots, by name */
    QUERY_FIND,    /* names of rows, some at a time: find.h */
    QUERY_EXPLAIN, /* lines; nothing is counted */
    QUERY_PROFILE  /* lines about a count that was made */
};

/* Cuts queries short whose time is over. Call it in each turn of the event loop. */
void queries_turn(struct query_list *list);
/* Runs a query and answers it. Its text is the words after the command's name, joined by spaces. */
int query_run(struct module *module, struct redis_ctx *ctx, struct redis_string **argv, int argc,
              enum query_form form);

#endif
