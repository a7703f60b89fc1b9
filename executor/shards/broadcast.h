/*
 * One command to every shard, whatever slots it has.
 *
 *     broadcast_start(shards, args, 3, BROADCAST_SHORT, on_part, on_end, admin, &err)
 *     on_part(admin, reply, shard, &err) ... once per shard ...   on_end(admin, NULL)
 *
 * on_end is told the first error, a shard's or on_part's, when all shards have answered.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_BROADCAST_H
#define QUIPU_EXECUTOR_SHARDS_BROADCAST_H

#include "base/error.h"

struct resp_value;
struct shards;

enum broadcast_kind {
    BROADCAST_SHORT, /* over the shards' lanes, limited by shard-timeout */
    BROADCAST_LONG   /* may take long: over its own connections */
};

/* The reply may be an error from Redis. False, with err set: the broadcast ends with this error. */
typedef bool broadcast_part_fn(void *arg, const struct resp_value *reply, size_t shard,
                               struct error *err);
/* err is NULL if every shard has answered and each on_part returned true. */
typedef void broadcast_end_fn(void *arg, const struct error *err);

/*
 * Fails, without a callback, if a shard is down. on_end is also called when the shards are closed.
 */
bool broadcast_start(struct shards *shards, const struct slice *args, size_t nargs,
                     enum broadcast_kind kind, broadcast_part_fn *on_part, broadcast_end_fn *on_end,
                     void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
