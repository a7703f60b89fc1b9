/*
 * Beats: what the server that works on a dataset says of it, for all servers, twice a second.
 *
 *     beat:w46   "17 42 903"       a field of quipu:catalog: since which version, percent, a number
 *
 * A beat that does not change for a while means that the worker has died.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASET_BEAT_H
#define QUIPU_EXECUTOR_DATASETS_DATASET_BEAT_H

#include "executor/handle/handle.h"
#include "executor/shards/shards.h"

/* Says how far the work is; number is another with each beat. */
void beat_say(struct shards *shards, const struct dataset *dataset, int percent, uint64_t number);
/* The work is over. */
void beat_end(struct shards *shards, const struct dataset *dataset);
/* A field of the store: where it is a beat, the dataset's handle is told what it says. */
void beat_take(struct handles *handles, struct slice name, struct slice value);

#endif
