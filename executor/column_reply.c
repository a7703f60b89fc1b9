/*
 * Reads the replies of shards' modules. in: a reply; out: a shard's part of a count, rows by name, or
 * an error.
 *
 * Example: {"P4...", "0-92 94-8191", "R1..."} are the partial counts, the slots that were counted, and
 * the rows of slot 93, which leaves the shard.
 */
#include "executor/column_reply.h"

#include "executor/shards/shard_reply.h"

bool
column_reply_is_error(const struct resp_value *reply, struct shards *shards, size_t shard,
                      struct error *err)
{
    const char *name = shard_name(shards_at(shards, shard));
    if (reply->type != VALUE_ERROR) {
        return false;
    }
    if (slice_starts_with(reply->text, slice_lit("ERR unknown command"))) {
        error_set(err, "SHARDDOWN", "shard %zu (%s) has not loaded the module quipu.so", shard,
                  name);
        return true;
    }
    if (resp_value_is_error(reply, "TIMEOUT")) {
        size_t skip = sizeof "TIMEOUT"; /* the message may be missing */
        size_t len = reply->text.len > skip ? reply->text.len - skip : 0;
        error_set(err, "TIMEOUT", "%.*s", (int) len, reply->text.ptr + (len ? skip : 0));
        return true;
    }
    return reply_is_error(reply, name, err);
}

bool
column_reply_named(const struct resp_value *reply, struct arena *arena, const char *name,
                   struct named_rows **out, struct error *err)
{
    struct error odd = {"", ""};
    /* the rows borrow from the bytes */
    return (reply_is_text(reply) &&
            named_rows_decode(arena, arena_copy(arena, reply_text(reply)), out, &odd)) ||
           reply_misshapen(name, "QUIPU.ROWS", err);
}

static bool
lines_take(struct column_part *part, const struct resp_value *reply, struct arena *arena)
{
    if (!reply_is_texts(reply)) {
        return false;
    }
    part->nlines = reply_count(reply);
    part->lines = arena_array(arena, part->nlines, sizeof *part->lines);
    for (size_t i = 0; i < part->nlines; i++) {
        part->lines[i] = arena_copy(arena, reply_text(reply_at(reply, i)));
    }
    return true;
}

/*
 * The reply is {partial count, slots}, then PROFILE's lines, and in a cluster rows by name. EXPLAIN
 * has lines only.
 */
bool
column_reply_part(struct column_part *part, const struct bound_query *query,
                  const struct resp_value *reply, struct arena *attempt, struct arena *arena,
                  struct error *err)
{
    size_t nusual = query->mode == AST_PROFILE ? 3 : 2;
    struct error odd = {"", ""};
    if (query->mode == AST_EXPLAIN) {
        return lines_take(part, reply, attempt) || reply_misshapen(part->name, "EXPLAIN", err);
    }
    if (reply_count(reply) < nusual || !reply_is_text(reply_at(reply, 0)) ||
        !reply_is_text(reply_at(reply, 1)) ||
        (query->mode == AST_PROFILE && !lines_take(part, reply_at(reply, 2), attempt))) {
        return reply_misshapen(part->name, "a count", err);
    }
    part->slots = arena_copy(attempt, reply_text(reply_at(reply, 1)));
    part->bytes = reply_text(reply_at(reply, 0));
    if (partials_are_other_version(part->bytes)) {
        return error_set(err, "SHARDDOWN",
                         "shard %s answered a count in the form %.2s of another version: load the "
                         "quipu.so that belongs to this quipu-server",
                         part->name, part->bytes.ptr);
    }
    return reply_count(reply) == nusual ||
           column_reply_named(reply_at(reply, nusual), arena, part->name, &part->named, &odd) ||
           reply_misshapen(part->name, "a count", err);
}

bool
column_reply_partials(struct column_part *part, const struct bound_query *query,
                      struct partials *partials, struct error *err)
{
    part->partials = partials;
    return (partials && partials_fit(query, partials)) ||
           reply_misshapen(part->name, "a count", err);
}
