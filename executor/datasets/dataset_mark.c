/*
 * Dataset marks: the mark script (executor/sets/lua/mark.lua) run in every partition of a dataset.
 * in: a dataset and its new state; out: partitions that say so.
 */
#include "executor/datasets/dataset_mark.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/shards/shard_reply.h"

struct marking {
    const struct shards *shards;
    scatter_end_fn *done;
    void *arg;
};

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    const struct marking *marking = arg;
    int64_t n;
    return (reply_count(reply) == 1 && reply_int(reply_at(reply, 0), &n)) ||
           reply_misshapen(shard_name(shards_at(marking->shards, shard)), "a script", err);
}

static void
on_marks(void *arg, const struct error *err)
{
    struct marking *marking = arg;
    marking->done(marking->arg, err);
    free(marking);
}

const char *
dataset_mark_word(enum dataset_state state)
{
    switch (state) { /* the number is LAYOUT of executor/sets/lua/keys.lua */
    case DATASET_LIVE: return "2 live";
    case DATASET_INDEXING: return "2 indexing";
    case DATASET_DROPPING: return "2 dropped";
    }
    return NULL;
}

bool
dataset_mark(struct shards *shards, struct handle *dataset, enum dataset_state state,
             uint64_t since, int64_t ttl_ms, scatter_end_fn *done, void *arg, struct error *err)
{
    struct marking *marking = must_alloc(sizeof *marking);
    *marking = (struct marking){shards, done, arg};
    struct arena *arena = arena_new();
    struct slice args[] = {dataset->dataset->name, slice_str(dataset_mark_word(state)),
                           dataset->born, arena_printf(arena, "%llu", (unsigned long long) since),
                           arena_printf(arena, "%lld", (long long) ttl_ms)};
    struct scatter_request request = {
        .script = SCRIPT_MARK, .args = args, .nargs = 5, .batch_partitions = 128, .window = 2};
    struct scatter *scatter;
    bool started =
        scatter_start(shards, dataset, &request, on_part, on_marks, marking, &scatter, err);
    arena_free(arena);
    if (!started) {
        free(marking);
    }
    return started;
}
