/*
 * When the first field of a row will be over, on servers where fields have a time of their own.
 *
 *     field_times_look(&times, ctx);                     once for some rows
 *     if (field_times_must_ask(&times, key, change, now, &when)) {
 *         when = field_times_ask(&times, ctx, name, pairs, npairs, now);
 *     }                                                  REDIS_NO_EXPIRE: none will be
 *
 * Redis 8 says so of an open key. Redis 7.4 and Valkey 9 are asked by HPEXPIRETIME, which costs as
 * much as a few writes: so only about rows whose event says that a field got a time, and about
 * others while INFO says that there are such hashes. Redis 7.2, Valkey 8 and older have none.
 */
#ifndef QUIPU_MODULE_FIELD_TIMES_H
#define QUIPU_MODULE_FIELD_TIMES_H

#include "columns/index.h"
#include "module/redis_api.h"

/* What may have been done to times of fields. The greater one counts. */
enum field_change {
    FIELD_CHANGE_NONE,   /* fields were written or removed: a row that had no times has none */
    FIELD_CHANGE_LOADED, /* it came with the data */
    FIELD_CHANGE_ANY,    /* it came from elsewhere, or nobody knows */
    FIELD_CHANGE_TIMES   /* it got one */
};

struct field_times {
    const struct redis_api *redis;
    bool can_ask;            /* there is HPEXPIRETIME */
    uint64_t nkeys, nbefore; /* hashes with such fields, at the last look and the one before */
};

void field_times_init(struct field_times *times, const struct redis_api *redis,
                      struct redis_ctx *ctx);
void field_times_look(struct field_times *times, struct redis_ctx *ctx);
/* Does it depend on the change whether a row is asked about? */
static inline bool
field_times_by_change(const struct field_times *times)
{
    return times->can_ask && !times->redis->field_min_expire;
}

/* False: *first_ms is the time. The key is open, and has fields. */
bool field_times_must_ask(const struct field_times *times, struct redis_key *key,
                          enum field_change change, long long now_ms, long long *first_ms);
/* now_ms: the server does not say, since the row is not this node's to ask about. */
long long field_times_ask(const struct field_times *times, struct redis_ctx *ctx,
                          struct redis_string *name, const struct index_pair *pairs, size_t npairs,
                          long long now_ms);
/* By the event's name. */
enum field_change field_change_of(int type, const char *event);

#endif
