/*
 * Asks the shards which of the names in a query some row has.
 *
 *     presence_fetch(executor, dataset, mentions, arena, on_presence, warnings, &fetch, &err)
 *     on_presence(warnings, presence, NULL)
 */
#ifndef QUIPU_EXECUTOR_PRESENCE_FETCH_H
#define QUIPU_EXECUTOR_PRESENCE_FETCH_H

#include "answer/warnings.h"

struct executor;
struct handle;
struct presence_fetch;

/* The presence is in the arena. err is NULL if all shards have answered. */
typedef void presence_done_fn(void *arg, struct presence *presence, const struct error *err);

/*
 * The mentions are borrowed until the end. done is called once, later, unless it is cancelled first.
 * Fails, without a callback, if a shard is down.
 */
bool presence_fetch(struct executor *executor, struct handle *dataset,
                    const struct mentions *mentions, struct arena *arena, presence_done_fn *done,
                    void *arg, struct presence_fetch **out, struct error *err) QUIPU_MUST_CHECK;
/* done is not called any more. */
void presence_fetch_cancel(struct presence_fetch *fetch);

#endif
