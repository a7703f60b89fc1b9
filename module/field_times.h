/*
 * When the first field of a row will be over, on servers where fields have a time of their own.
 *
 *     field_times_look(&times, ctx);                     once for some rows
 *     when = field_times_first(&times, ctx, &row, now)   REDIS_NO_EXPIRE: none will be
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

struct field_times_row {
    struct redis_string *name;
    struct redis_key *key; /* open */
    const struct index_pair *pairs;
    size_t npairs;
    enum field_change change;
};

void field_times_init(struct field_times *times, const struct redis_api *redis,
                      struct redis_ctx *ctx);
void field_times_look(struct field_times *times, struct redis_ctx *ctx);
/* now_ms: the time that the server does not say, since the row is not this node's to ask about. */
long long field_times_first(const struct field_times *times, struct redis_ctx *ctx,
                            const struct field_times_row *row, long long now_ms);
/* By the event's name. */
enum field_change field_change_of(int type, const char *event);

#endif
