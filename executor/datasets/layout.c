/*
 * Layouts keep a static shard from being taken for another one, which would hide its rows: each
 * shard notes its own place. in: datasets, and the number of shards; out: notes in the shards, or a
 * shard that is refused.
 *
 * Example: a server with 2 shards connects to one that notes "shard 1 of 3 for dataset current in
 * 64 partitions": ERR, and nothing is written.
 */
#include "executor/datasets/layout.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/shards/shard_reply.h"

enum { LAYOUT_WORDS = 5 };

/* Reads {the place that was noted, or nil; the place that was sent}. */
static bool
is_layout(const struct resp_value *reply)
{
    return reply->type == VALUE_ARRAY && reply->nelements == 2 &&
           (reply->elements[0].type == VALUE_STRING || reply->elements[0].type == VALUE_NIL) &&
           reply->elements[1].type == VALUE_STRING &&
           slice_starts_with(reply->elements[1].text, slice_lit("shard "));
}

/*
 * The place that the shard noted itself: nil where it had none, else it must be the one we expect.
 */
static bool
layout_agrees(const struct shard *shard, const struct resp_value *reply, struct error *err)
{
    if (!is_layout(reply) || reply->elements[0].type == VALUE_NIL) {
        return true;
    }
    struct slice had = reply->elements[0].text, want = reply->elements[1].text;
    return slice_equal(had, want) ||
           error_set(err, "ERR",
                     "%s holds the rows of %.*s, the configuration makes it %.*s: rows would be "
                     "lost from sight",
                     shard_title(shard), SLICE_ARG(had), SLICE_ARG(want));
}

static struct slice
layout_key(struct arena *arena, const struct dataset *dataset)
{
    return arena_printf(arena, "quipu:layout:%.*s", SLICE_ARG(dataset->name));
}

/* Notes the place where none is noted; answers what was noted and what is expected. */
static void
layout_command(struct arena *arena, const struct shards *shards, size_t shard,
               const struct dataset *dataset, struct slice args[LAYOUT_WORDS])
{
    args[0] = slice_lit("EVAL");
    args[1] = slice_lit("local had = redis.call('GET', KEYS[1]) "
                        "if not had then redis.call('SET', KEYS[1], ARGV[1]) end "
                        "return {had, ARGV[1]}");
    args[2] = slice_lit("1");
    args[3] = layout_key(arena, dataset);
    args[4] = arena_printf(arena, "shard %zu of %zu for dataset %.*s in %u partitions", shard,
                           shards_count(shards), SLICE_ARG(dataset->name), dataset->npartitions);
}

/* -- in the greeting --------------------------------------------------------------------------- */

static bool
is_greeting_content(struct shard *shard, const struct resp_value *reply, struct error *err)
{
    if (!is_layout(reply)) {
        return error_set(err, "SHARDDOWN", "it answers what was not asked");
    }
    return layout_agrees(shard, reply, err);
}

void
layout_greet(const struct shards *shards, const struct catalog *catalog, struct shard *shard)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < catalog_count(catalog) && !shards_is_cluster(shards); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        struct slice args[LAYOUT_WORDS];
        if (dataset->state != DATASET_DROPPING) {
            layout_command(arena, shards, shard_index(shard), dataset, args);
            shard_greeting_send(shard, args, LAYOUT_WORDS, is_greeting_content);
        }
    }
    arena_free(arena);
}

/* -- later ------------------------------------------------------------------------------------- */

void
layout_write_all(const struct shards *shards, const struct catalog *catalog)
{
    struct arena *arena = arena_new();
    for (size_t s = 0; s < shards_count(shards) && !shards_is_cluster(shards); s++) {
        struct error ignored = {"", ""};
        struct link *link = shard_link(shards_at(shards, s), LANE_ROWS, &ignored);
        for (size_t i = 0; i < catalog_count(catalog) && link; i++) {
            struct slice args[LAYOUT_WORDS];
            layout_command(arena, shards, s, catalog_at(catalog, i), args);
            link_send(link, args, LAYOUT_WORDS, NULL, NULL);
        }
    }
    arena_free(arena);
}

struct layout_call {
    const struct shard *shard;
    bool forgets; /* DEL answers a number */
    layout_checked_fn *fn;
    void *arg;
};

static void
on_answer(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct layout_call *call = arg;
    const struct shard *shard = call->shard;
    struct error own = {"", ""};
    if (!err && reply->type == VALUE_ERROR) {
        error_set(&own, "SHARDDOWN", "%s: %.*s", shard_title(shard), SLICE_ARG(reply->text));
        err = &own;
    } else if (!err && (call->forgets ? reply->type != VALUE_INTEGER : !is_layout(reply))) {
        (void) reply_misshapen(shard_name(shard), call->forgets ? "DEL" : "a script", &own);
        err = &own;
    } else if (!err && !layout_agrees(shard, reply, &own)) {
        err = &own;
    }
    call->fn(call->arg, err);
    free(call);
}

static bool
call_send(struct shard *shard, const struct slice *args, size_t nargs, bool forgets,
          layout_checked_fn *fn, void *arg, struct error *err)
{
    struct link *link = shard_link(shard, LANE_ROWS, err);
    if (!link) {
        return false;
    }
    struct layout_call *call = must_alloc(sizeof *call);
    *call = (struct layout_call){shard, forgets, fn, arg};
    link_send(link, args, nargs, reply_collect,
              reply_collector_new(shard_name(shard), on_answer, call));
    return true;
}

bool
layout_check(const struct shards *shards, size_t shard, const struct dataset *dataset,
             layout_checked_fn *fn, void *arg, struct error *err)
{
    struct arena *arena = arena_new();
    struct slice args[LAYOUT_WORDS];
    layout_command(arena, shards, shard, dataset, args);
    bool sent = call_send(shards_at(shards, shard), args, LAYOUT_WORDS, false, fn, arg, err);
    arena_free(arena);
    return sent;
}

bool
layout_forget(const struct shards *shards, size_t shard, const struct dataset *dataset,
              layout_checked_fn *fn, void *arg, struct error *err)
{
    struct arena *arena = arena_new();
    struct slice args[] = {slice_lit("DEL"), layout_key(arena, dataset)};
    bool sent = call_send(shards_at(shards, shard), args, 2, true, fn, arg, err);
    arena_free(arena);
    return sent;
}
