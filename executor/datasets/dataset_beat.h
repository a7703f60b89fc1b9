/*
 * Beats: twice a second, the server that works on a dataset tells all servers how far the work is.
 *
 * beat:w46   "17 42 903"       a field of quipu:catalog: version since which, percent, number
 *
 * A beat that does not change for a while means that the worker has died.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASET_BEAT_H
#define QUIPU_EXECUTOR_DATASETS_DATASET_BEAT_H

#include "executor/handle/handle.h"
#include "executor/shards/shards.h"

/* Says how far the work is. number must differ from beat to beat. */
void beat_say(struct shards *shards, const struct dataset *dataset, int percent, uint64_t number);
/* Removes the beat: the work is over. */
void beat_end(struct shards *shards, const struct dataset *dataset);
/* Takes a field of the store. If it is a beat, it is noted in the dataset's handle. */
void beat_take(struct handles *handles, struct slice name, struct slice value);

#endif
