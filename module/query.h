/*
 * A query on its way: its text, its count, and the client that waits for it.
 *
 *     QUIPU.COUNT "count sex from current"        query_run(module, ctx, argv, argc, QUERY_TABLE)
 *
 *     text -> bound query -> snapshot -+-- short: counted here, answered here
 *                                      +-- long:  the client is blocked, the pool counts, a thread of
 *                                                 it writes the answer, Redis wakes the client
 *
 * A long one is cancelled when its client leaves, and ends with TIMEOUT when its time is over. In
 * MULTI and in scripts, where nobody may be blocked, every count is a short one.
 */
#ifndef QUIPU_MODULE_QUERY_H
#define QUIPU_MODULE_QUERY_H

#include "module/query_list.h"
#include "module/redis_api.h"

struct module;

enum query_form {
    QUERY_TABLE,   /* as LANGUAGE.md says */
    QUERY_PARTIAL, /* a partial, to be added to other shards': README.md */
    QUERY_ROWS,    /* the same of the rows of some slots, by name */
    QUERY_EXPLAIN, /* lines; nothing is counted */
    QUERY_PROFILE  /* lines, of a count that was made */
};

/* Each turn of the event loop: those whose time is over are cut short. */
void queries_turn(struct query_list *list);
/* Runs the query that the words behind the command's name are, joined by spaces, and answers it. */
int query_run(struct module *module, struct redis_ctx *ctx, struct redis_string **argv, int argc,
              enum query_form form);

#endif
