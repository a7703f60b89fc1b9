/*
 * Shard replies are read with these functions, which check a reply's shape before its values are
 * used. in: struct resp_value; out: numbers, slices, errors.
 */
#include "executor/shards/shard_reply.h"

#include <string.h>

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

bool
reply_add(const struct resp_value *reply, int64_t *sum)
{
    return reply->type == VALUE_INTEGER && reply->integer >= 0 &&
           !__builtin_add_overflow(*sum, reply->integer, sum);
}

bool
reply_is_text(const struct resp_value *reply)
{
    return reply->type == VALUE_STRING || reply->type == VALUE_STATUS;
}

bool
reply_is_texts(const struct resp_value *reply)
{
    bool is_all = reply->type == VALUE_ARRAY;
    for (size_t i = 0; is_all && i < reply->nelements; i++) {
        is_all = reply_is_text(&reply->elements[i]);
    }
    return is_all;
}

bool
reply_is_scan(const struct resp_value *reply)
{
    enum { MOST_DIGITS = 20 }; /* of a 64-bit number */
    if (reply_count(reply) != 2 || !reply_is_texts(&reply->elements[1])) {
        return false;
    }
    struct slice cursor = reply_text(&reply->elements[0]);
    bool is_number = cursor.len > 0 && cursor.len <= MOST_DIGITS;
    for (size_t i = 0; is_number && i < cursor.len; i++) {
        is_number = cursor.ptr[i] >= '0' && cursor.ptr[i] <= '9';
    }
    return is_number;
}

struct slice
reply_text(const struct resp_value *reply)
{
    return reply_is_text(reply) ? reply->text : slice_of("", 0);
}

bool
reply_says_loading(struct slice error)
{
    return slice_starts_with(error, slice_lit("LOADING"));
}

bool
reply_is_error(const struct resp_value *reply, const char *shard_name, struct error *err)
{
    if (reply->type != VALUE_ERROR) {
        return false;
    }
    static const char *const OURS[] = {"LIMIT", "INDEXING", "OLDINDEX", "NODATASET", "TIMEOUT"};
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++) {
        size_t skip = strlen(OURS[i]) + 1;
        if (resp_value_is_error(reply, OURS[i]) && reply->text.len > skip) {
            error_set(err, OURS[i], "%.*s", (int) (reply->text.len - skip), reply->text.ptr + skip);
        }
    }
    if (reply_says_loading(reply->text)) {
        error_set(err, "LOADING", "shard %s is loading its data", shard_name);
    }
    if (!error_is_set(err)) {
        error_set(err, "SHARDDOWN", "shard %s: %.*s", shard_name, SLICE_ARG(reply->text));
    }
    return true;
}

bool
reply_misshapen(const char *shard_name, const char *asked, struct error *err)
{
    return error_set(err, "SHARDDOWN", "shard %s answered %s with a reply of another shape",
                     shard_name, asked);
}

struct slice
reply_info(struct slice info, const char *name)
{
    while (info.len) {
        struct slice value = slice_shift(&info, '\n');
        struct slice found = slice_shift(&value, ':');
        if (slice_equal(found, slice_str(name))) {
            value.len -= value.len && value.ptr[value.len - 1] == '\r';
            return value;
        }
    }
    return slice_of("", 0);
}
