/*
 * Shard replies: accessors over hiredis' tree.
 * in: redisReply; out: numbers, slices, errors.
 */
#include "executor/shard_reply.h"

#include <hiredis/hiredis.h>
#include <string.h>

size_t
reply_count(const struct redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;
}

const struct redisReply *
reply_at(const struct redisReply *reply, size_t i)
{
    return reply->element[i];
}

bool
reply_int(const struct redisReply *reply, int64_t *out)
{
    if (reply->type != REDIS_REPLY_INTEGER) {
        return false;
    }
    *out = reply->integer;
    return true;
}

struct slice
reply_text(const struct redisReply *reply)
{
    bool has_text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
    return has_text ? slice_of(reply->str, reply->len) : slice_of("", 0);
}

bool
reply_is_error(const struct redisReply *reply, const char *shard_name, struct error *err)
{
    if (reply->type != REDIS_REPLY_ERROR) {
        return false;
    }
    if (strncmp(reply->str, "LIMIT ", 6) == 0) {
        error_set(err, "LIMIT", "%s", reply->str + 6);
    } else {
        error_set(err, "SHARDDOWN", "shard %s: %s", shard_name, reply->str);
    }
    return true;
}
