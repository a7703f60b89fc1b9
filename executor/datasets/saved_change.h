/*
 * Changes of the queries that users have saved, which the catalog keeps. Each is one step for all servers.
 *
 *     struct saved_change change = {SAVED_PUT, .user = user, .name = name, .text = text};
 *     saved_change_start(datasets, &change, on_saved, request)
 */
#ifndef QUIPU_EXECUTOR_DATASETS_SAVED_CHANGE_H
#define QUIPU_EXECUTOR_DATASETS_SAVED_CHANGE_H

#include "executor/datasets/datasets_setup.h"

enum saved_change_op {
    SAVED_PUT,    /* user name text */
    SAVED_REMOVE, /* user name */
    SAVED_CLEAR   /* user: all of theirs */
};

struct saved_change {
    enum saved_change_op op;
    struct slice user, name, text;
};

/* was_there: REMOVE has found it. err is NULL if there was no error. */
typedef void saved_change_done_fn(void *arg, bool was_there, const struct error *err);

/*
 * Everything is copied. done is called once, later, when the catalog has it; NULL: nobody is told. Fails
 * with ERR or LIMIT (planner/saved_queries.h), SHARDDOWN. SAVED_CLEAR that fails is tried again until it does not, or the
 * server stops.
 */
void saved_change_start(struct datasets *datasets, const struct saved_change *change,
                        saved_change_done_fn *done, void *arg);
/* True: what the catalog has of that user is still to be cleared, and nobody's. */
bool saved_change_is_clearing(const struct datasets *datasets, struct slice user);
/* Call it every LINK_TICK_MS, when the catalog is known. */
void saved_change_tick(struct datasets *datasets, int64_t now_ms);
/* The datasets end: what is still to be cleared stays. */
void saved_change_free_all(struct datasets *datasets);

#endif
