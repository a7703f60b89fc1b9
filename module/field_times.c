/*
 * Finds when the first field of a row will expire. in: a row that was read; out: when to read it
 * again.
 *
 * Example: HPEXPIRE profile_7 50 FIELDS 1 a: the event hexpire says that a field got a time. Redis
 * 8: HashFieldMinExpire of the open key. Valkey 9: HPEXPIRETIME profile_7 FIELDS 2 a b answers
 * 1795889255120 and -1.
 *
 * For a field whose time is over Valkey answers -2, as if the field were gone, whether it was
 * removed yet or not: the time that counts is the next one. Redis 8's minimum may be of a field
 * that is over but not removed yet: then its fields are asked for their times, as in Valkey.
 */
#include "module/field_times.h"

#include <errno.h>
#include <string.h>

void
field_times_init(struct field_times *times, const struct redis_api *redis, struct redis_ctx *ctx)
{
    *times = (struct field_times){.redis = redis};
    errno = 0;
    struct redis_call_reply *reply =
        redis->call(ctx, "HPEXPIRETIME", "cccc", "quipu", "FIELDS", "1", "quipu");
    times->can_ask = reply || errno != ENOENT;
    if (reply) {
        redis->free_call_reply(reply);
    }
}

/* "db0:keys=9,expires=0,avg_ttl=0,keys_with_volatile_items=2": 2; Redis calls it subexpiry. */
static uint64_t
count_keys(struct slice info)
{
    static const struct slice NAMES[] = {SLICE_LIT("keys_with_volatile_items="),
                                         SLICE_LIT("subexpiry=")};
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct slice rest = info;
        const char *at;
        while ((at = memmem(rest.ptr, rest.len, NAMES[i].ptr, NAMES[i].len))) {
            at += NAMES[i].len;
            rest = slice_of(at, rest.len - (size_t) (at - rest.ptr));
            uint64_t n = 0;
            for (size_t j = 0; j < rest.len && rest.ptr[j] >= '0' && rest.ptr[j] <= '9'; j++) {
                n = n * 10 + (uint64_t) (rest.ptr[j] - '0');
            }
            sum += n;
        }
    }
    return sum;
}

void
field_times_look(struct field_times *times, struct redis_ctx *ctx)
{
    const struct redis_api *redis = times->redis;
    if (!times->can_ask || redis->field_min_expire) {
        return;
    }
    struct redis_call_reply *reply = redis->call(ctx, "INFO", "c", "keyspace");
    size_t len = 0;
    const char *text = reply ? redis->call_reply_string(reply, &len) : NULL;
    times->nbefore = times->nkeys;
    times->nkeys = text ? count_keys(slice_of(text, len)) : UINT64_MAX;
    if (reply) {
        redis->free_call_reply(reply);
    }
}

/* The smallest time in HPEXPIRETIME's answer, an array of each field's time, or -1, or -2. */
static long long
least(const struct redis_api *redis, struct redis_call_reply *reply)
{
    long long first = REDIS_NO_EXPIRE;
    for (size_t i = 0; i < redis->call_reply_length(reply); i++) {
        long long when = redis->call_reply_integer(redis->call_reply_element(reply, i));
        if (when >= 0 && (first == REDIS_NO_EXPIRE || when < first)) {
            first = when;
        }
    }
    return first;
}

/* A cluster's node gets no answer about keys of a slot that its master owns, or that moves. */
long long
field_times_ask(const struct field_times *times, struct redis_ctx *ctx, struct redis_string *name,
                const struct index_pair *pairs, size_t npairs, long long now_ms)
{
    const struct redis_api *redis = times->redis;
    struct redis_string **fields = redis->alloc((npairs + 1) * sizeof *fields);
    for (size_t i = 0; i < npairs; i++) {
        fields[i] = redis->create_string(NULL, pairs[i].field.ptr, pairs[i].field.len);
    }
    struct redis_call_reply *reply = redis->call(ctx, "HPEXPIRETIME", "sclv", name, "FIELDS",
                                                 (long long) npairs, fields, npairs);
    bool is_array = reply && redis->call_reply_type(reply) == REDIS_REPLY_ARRAY;
    long long first = is_array ? least(redis, reply) : now_ms;
    if (reply) {
        redis->free_call_reply(reply);
    }
    for (size_t i = 0; i < npairs; i++) {
        redis->free_string(NULL, fields[i]);
    }
    redis->release(fields);
    return first;
}

static bool
must_ask(const struct field_times *times, enum field_change change)
{
    switch (change) {
    case FIELD_CHANGE_NONE: return false;
    case FIELD_CHANGE_LOADED: return times->nkeys > times->nbefore;
    case FIELD_CHANGE_ANY: return times->nkeys > 0;
    case FIELD_CHANGE_TIMES: return true;
    }
    return true;
}

bool
field_times_must_ask(const struct field_times *times, struct redis_key *key,
                     enum field_change change, long long now_ms, long long *first_ms)
{
    *first_ms = REDIS_NO_EXPIRE;
    if (!times->can_ask) {
        return false;
    }
    if (times->redis->field_min_expire) {
        *first_ms = times->redis->field_min_expire(key);
        return *first_ms != REDIS_NO_EXPIRE && *first_ms < now_ms;
    }
    return must_ask(times, change);
}

static bool
is_among(const char *event, const char *const *names, size_t nnames)
{
    for (size_t i = 0; i < nnames; i++) {
        if (strcmp(event, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

enum field_change
field_change_of(int type, const char *event)
{
    static const char *const PLAIN[] = {"hset", "hdel", "hincrby", "hincrbyfloat"};
    static const char *const TIMES[] = {"hexpire", "hexpired", "hpersist"};
    if (type == REDIS_NOTIFY_LOADED) {
        return FIELD_CHANGE_LOADED;
    }
    return is_among(event, PLAIN, sizeof PLAIN / sizeof *PLAIN)   ? FIELD_CHANGE_NONE
           : is_among(event, TIMES, sizeof TIMES / sizeof *TIMES) ? FIELD_CHANGE_TIMES
                                                                  : FIELD_CHANGE_ANY;
}
