/*
 * A shard's progress in reading its data into memory, as its INFO says.
 *
 *     loading:1                    -> { .since_ms = when it was first heard,
 *     loading_total_bytes:5800          .loaded_bytes = 2436, .total_bytes = 5800, .eta_s = 3 },
 *     loading_loaded_bytes:2436         42 %
 *     loading_eta_seconds:3
 *
 * Loading is no failure. The shard is there, and says that it loads. Commands for it are answered
 * LOADING, with the progress, until it serves.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_LOADING_H
#define QUIPU_EXECUTOR_SHARDS_LOADING_H

#include "base/error.h"

struct loading {
    int64_t since_ms; /* when loading was first reported, monotonic; 0: the shard does not load */
    int64_t heard_ms; /* when it was last reported */
    int64_t loaded_bytes, total_bytes; /* total 0: not known yet */
    int64_t eta_s;
};

/* Reads INFO persistence. False: the shard does not load, or is done. */
bool loading_read(struct loading *loading, struct slice info);
/* 0 .. 100, rounded down. */
int loading_percent(const struct loading *loading);
/* Sets err to "LOADING 42%: <name> is loading its data". */
void loading_error(const struct loading *loading, const char *name, struct error *err);

#endif
