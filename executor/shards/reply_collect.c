/*
 * A reply collector waits until a reply is complete and hands it on as a tree. in: pieces; out: one
 * tree, in an arena that lives for the call.
 */
#include "executor/shards/reply_collect.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/strbuf.h"

struct reply_collector {
    const char *shard;
    reply_fn *fn;
    void *arg;
    struct strbuf bytes; /* the bytes so far, where a reply comes in pieces */
};

struct reply_collector *
reply_collector_new(const char *shard, reply_fn *fn, void *arg)
{
    struct reply_collector *collector = must_alloc(sizeof *collector);
    collector->shard = shard;
    collector->fn = fn;
    collector->arg = arg;
    strbuf_init(&collector->bytes);
    return collector;
}

void
reply_collector_free(struct reply_collector *collector)
{
    strbuf_fini(&collector->bytes);
    free(collector);
}

void
reply_collect(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct reply_collector *collector = arg;
    const struct resp_value *reply = NULL;
    struct error own = {"", ""};
    if (!err && (!is_last || collector->bytes.len)) {
        strbuf_append(&collector->bytes, piece);
        if (!is_last) {
            return;
        }
        piece = strbuf_slice(&collector->bytes);
    }
    struct arena *arena = arena_new();
    struct error unread = {"", ""};
    if (!err && !resp_value_parse(arena, piece, &reply, &unread)) {
        (void) error_set(&own, "SHARDDOWN", "shard %s: %s", collector->shard, unread.message);
        err = &own;
    }
    collector->fn(collector->arg, err ? NULL : reply, err);
    reply_collector_free(collector);
    arena_free(arena);
}
