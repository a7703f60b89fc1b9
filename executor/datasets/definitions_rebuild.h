/*
 * Rebuilds the catalog if the store is damaged or gone: from its copies, or from this server's
 * memory.
 *
 *     struct rebuild_request request = {.stored_version = 0, .damaged = text, .why = why};
 *     rebuild_start(shards, &request, on_rebuilt, definitions_request)
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DEFINITIONS_REBUILD_H
#define QUIPU_EXECUTOR_DATASETS_DEFINITIONS_REBUILD_H

#include "executor/shards/shards.h"

struct rebuild_request {
    uint64_t stored_version; /* as it was read; older copies are not used */
    struct slice damaged;    /* the damaged text, which is kept under another key; copied */
    bool is_gone;            /* no key was found; perhaps there never was a catalog */
    struct error why;        /* the error of the store */
    uint64_t known_version;  /* this server's own version; 0: none */
    struct slice known;      /* its text; copied */
};

enum rebuild_outcome {
    REBUILD_FAILED,    /* err says why */
    REBUILD_NEVER_WAS, /* there is no catalog yet, nor has there been one */
    REBUILD_READ_AGAIN /* this server or another one has written it: read it again */
};

/* err is set for REBUILD_FAILED. Not called if the shards are closing. */
typedef void rebuild_done_fn(void *arg, enum rebuild_outcome outcome, const struct error *err);

/* done is called once, later or from inside this call. */
void rebuild_start(struct shards *shards, const struct rebuild_request *request,
                   rebuild_done_fn *done, void *arg);

#endif
