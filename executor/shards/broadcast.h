/*
 * One command to every shard, whatever slots it has.
 *
 *     broadcast_start(shards, args, 3, BROADCAST_SHORT, on_part, on_end, admin, &err)
 *     on_part(admin, reply, shard, &err) ... once per shard ...   on_end(admin, NULL)
 *
 * The first error, a shard's or on_part's, is told when all shards have answered.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_BROADCAST_H
#define QUIPU_EXECUTOR_SHARDS_BROADCAST_H

#include "base/error.h"

struct resp_value;
struct shards;

enum broadcast_kind {
    BROADCAST_SHORT, /* over the shards' lanes, within shard-timeout */
    BROADCAST_LONG   /* may take long: over connections of its own */
};

/* The reply may be an error of Redis' own. False, with err set: that is the outcome. */
typedef bool broadcast_part_fn(void *arg, const struct resp_value *reply, size_t shard,
                               struct error *err);
/* err is NULL when every shard has answered and each on_part was content. */
typedef void broadcast_end_fn(void *arg, const struct error *err);

/* Fails, calling nobody, where a shard is down. on_end is also called at the shards' end. */
bool broadcast_start(struct shards *shards, const struct slice *args, size_t nargs,
                     enum broadcast_kind kind, broadcast_part_fn *on_part, broadcast_end_fn *on_end,
                     void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
