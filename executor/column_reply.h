/*
 * What a shard's module answers to a count: read, and checked.
 *
 *     column_reply_is_error(reply, shards, 1, &err)            TIMEOUT, NODATASET, SHARDDOWN, ...
 *     column_reply_part(&part, query, reply, attempt, arena, &err)      of QUIPU.PARTIAL
 *     column_reply_partials(&part, query, partials, &err)      its partial counts, when they were read
 *     column_reply_named(reply, arena, "10.0.0.2:6379", &rows, &err)    of QUIPU.ROWS
 */
#ifndef QUIPU_EXECUTOR_COLUMN_REPLY_H
#define QUIPU_EXECUTOR_COLUMN_REPLY_H

#include "answer/named_rows.h"
#include "executor/shards/shards.h"
#include "net/resp_value.h"

/* One shard's part of a count. */
struct column_part {
    size_t shard;
    const char *name;   /* of the shard */
    struct slice bytes; /* of its partial counts */
    struct partials *partials;
    struct named_rows *named; /* rows by name, of slots that leave; NULL: there is no cluster */
    struct slice slots;       /* that were counted */
    struct slice *lines;      /* of EXPLAIN and PROFILE */
    size_t nlines;
};

/* If the reply is an error, sets err: its code, and the shard's name. */
bool column_reply_is_error(const struct resp_value *reply, struct shards *shards, size_t shard,
                           struct error *err);
/*
 * Fills the part, whose shard and name are set, but for its partials. Slots and lines are copied into
 * the arena of the attempt; rows into the other one, where they may stay as long as the result. The
 * bytes are borrowed from the reply. Fails with SHARDDOWN: a reply of another shape, or of another
 * version of the module.
 */
bool column_reply_part(struct column_part *part, const struct bound_query *query,
                       const struct resp_value *reply, struct arena *attempt, struct arena *arena,
                       struct error *err) QUIPU_MUST_CHECK;
/* Gives the part its partials. NULL: its bytes are none. Fails with SHARDDOWN: they do not fit the query. */
bool column_reply_partials(struct column_part *part, const struct bound_query *query,
                           struct partials *partials, struct error *err) QUIPU_MUST_CHECK;
/* Reads rows by name, of the shard with that name. Fails with SHARDDOWN: a reply of another shape. */
bool column_reply_named(const struct resp_value *reply, struct arena *arena, const char *name,
                        struct named_rows **out, struct error *err) QUIPU_MUST_CHECK;

#endif
