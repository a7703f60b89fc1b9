/*
 * Shard replies: accessors over a reply's tree.
 * in: struct resp_value; out: numbers, slices, errors.
 */
#include "executor/shard_reply.h"

#include <string.h>

#include "executor/loading.h"
#include "net/resp_value.h"

size_t
reply_count(const struct resp_value *reply)
{
    return reply->type == VALUE_ARRAY ? reply->nelements : 0;
}

const struct resp_value *
reply_at(const struct resp_value *reply, size_t i)
{
    return &reply->elements[i];
}

bool
reply_int(const struct resp_value *reply, int64_t *out)
{
    if (reply->type != VALUE_INTEGER) {
        return false;
    }
    *out = reply->integer;
    return true;
}

struct slice
reply_text(const struct resp_value *reply)
{
    bool has_text = reply->type == VALUE_STRING || reply->type == VALUE_STATUS;
    return has_text ? reply->text : slice_of("", 0);
}

bool
reply_is_error(const struct resp_value *reply, const char *shard_name, struct error *err)
{
    if (reply->type != VALUE_ERROR) {
        return false;
    }
    static const char *const OURS[] = {"LIMIT", "INDEXING", "NODATASET"};
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++) {
        size_t skip = strlen(OURS[i]) + 1;
        if (resp_value_is_error(reply, OURS[i]) && reply->text.len > skip) {
            error_set(err, OURS[i], "%.*s", (int) (reply->text.len - skip), reply->text.ptr + skip);
        }
    }
    if (loading_is_said(reply->text)) {
        error_set(err, "LOADING", "shard %s is loading its data", shard_name);
    }
    if (!error_is_set(err)) {
        error_set(err, "SHARDDOWN", "shard %s: %.*s", shard_name, SLICE_ARG(reply->text));
    }
    return true;
}
