/*
 * When the first field of a row will expire, on servers where fields have their own time to live.
 *
 *     field_times_look(&times, ctx);                     once for some rows
 *     if (field_times_must_ask(&times, key, change, now, &when)) {
 *         when = field_times_ask(&times, ctx, name, pairs, npairs, now);
 *     }                                                  REDIS_NO_EXPIRE: none will be
 *
 * Redis 8 gives this time for an open key. Redis 7.4 and Valkey 9 are asked by HPEXPIRETIME, which
 * costs as much as a few writes. So they are asked only about rows whose event says that a field
 * got a time, and about other rows while INFO says that there are such hashes. Redis 7.2, Valkey 8
 * and older servers have no such times.
 */
#ifndef QUIPU_MODULE_FIELD_TIMES_H
#define QUIPU_MODULE_FIELD_TIMES_H

#include "columns/index.h"
#include "module/redis_api.h"

/* What may have happened to the times of fields. Of two changes the greater one counts. */
enum field_change {
    FIELD_CHANGE_NONE,   /* fields were written or removed; a row without times still has none */
    FIELD_CHANGE_LOADED, /* the row came with loaded data */
    FIELD_CHANGE_ANY,    /* the row came from elsewhere, or the change is not known */
    FIELD_CHANGE_TIMES   /* a field got a time */
};

struct field_times {
    const struct redis_api *redis;
    bool can_ask;            /* the server has HPEXPIRETIME */
    uint64_t nkeys, nbefore; /* hashes with such fields, at the last look and the one before */
};

void field_times_init(struct field_times *times, const struct redis_api *redis,
                      struct redis_ctx *ctx);
void field_times_look(struct field_times *times, struct redis_ctx *ctx);
/* True if the change decides whether the server is asked about a row. */
static inline bool
field_times_by_change(const struct field_times *times)
{
    return times->can_ask && !times->redis->field_min_expire;
}

/* True: the server must be asked. False: *first_ms is the time. The key is open, and has fields. */
bool field_times_must_ask(const struct field_times *times, struct redis_key *key,
                          enum field_change change, long long now_ms, long long *first_ms);
/*
 * Asks for the first field's time. now_ms: the server does not answer, because the row's slot is
 * not this node's.
 */
long long field_times_ask(const struct field_times *times, struct redis_ctx *ctx,
                          struct redis_string *name, const struct index_pair *pairs, size_t npairs,
                          long long now_ms);
/* The change that an event's name means. */
enum field_change field_change_of(int type, const char *event);

#endif
