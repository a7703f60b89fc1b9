/*
 * Rebuilding the catalog where the store is damaged or gone: from its copies, or from what this
 * server knows.
 *
 *     struct rebuild_request request = {.stored_version = 0, .damaged = text, .why = why};
 *     rebuild_start(shards, &request, on_rebuilt, definitions_request)
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DEFINITIONS_REBUILD_H
#define QUIPU_EXECUTOR_DATASETS_DEFINITIONS_REBUILD_H

#include "executor/shards/shards.h"

struct rebuild_request {
    uint64_t stored_version; /* as it was read; no older copy is taken */
    struct slice damaged;    /* the text that was read, which is put aside; copied */
    bool is_gone;            /* nothing was there: there may never have been a catalog */
    struct error why;        /* what is wrong with the store */
    uint64_t known_version;  /* this server's own; 0: it knows none */
    struct slice known;      /* its text; copied */
};

enum rebuild_outcome {
    REBUILD_FAILED,    /* err says why */
    REBUILD_NEVER_WAS, /* there is no catalog yet, nor has there been one */
    REBUILD_READ_AGAIN /* it is written anew, by us or by another server: read it */
};

/* err is set where it failed. Not called where the shards are closing. */
typedef void rebuild_done_fn(void *arg, enum rebuild_outcome outcome, const struct error *err);

/* done is called once, later or from inside this call. */
void rebuild_start(struct shards *shards, const struct rebuild_request *request,
                   rebuild_done_fn *done, void *arg);

#endif
