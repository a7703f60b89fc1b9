/*
 * The states of a query, and which may follow which: executor/query.c has the picture.
 */
#ifndef QUIPU_EXECUTOR_QUERY_STATES_H
#define QUIPU_EXECUTOR_QUERY_STATES_H

#include <stdbool.h>

enum query_state {
    QUERY_STARTING,
    QUERY_REFRESHING, /* waits for the catalog to be read again */
    QUERY_ASKING,     /* counts what its positions will be (query_questions.h) */
    QUERY_CLAIMING,   /* waits for its cells */
    QUERY_COUNTING,
    QUERY_TELLING, /* was counted: telling.h */
    QUERY_OVER
};

/* As QUERY LIST shows it; in COUNTING the method says more, in TELLING the telling. */
const char *query_state_name(enum query_state state);
bool query_state_may_move(enum query_state from, enum query_state to);

#endif
