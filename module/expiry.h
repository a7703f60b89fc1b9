/*
 * Rows that will expire, by when: so that a count never has one whose time is over, also where
 * Redis has not yet come round to removing it.
 *
 *     expiry_set(&expiry, db, name, when_ms);                  REDIS_NO_EXPIRE: it will not
 *     while (expiry_due(&expiry, db, now_ms, &name)) ...       each one whose time is over
 *
 * Two ordered dictionaries per database, about 150 bytes a row that expires; rows that don't cost
 * nothing.
 */
#ifndef QUIPU_MODULE_EXPIRY_H
#define QUIPU_MODULE_EXPIRY_H

#include "base/strbuf.h"
#include "module/redis_api.h"

struct expiry {
    const struct redis_api *redis;
    struct expiry_db {
        struct redis_dict *by_name; /* -> its time, as a pointer */
        struct redis_dict *by_time; /* 8 bytes of time, big-endian, and the name */
    } * dbs;
    int ndbs;
    struct strbuf key;
};

void expiry_init(struct expiry *expiry, const struct redis_api *redis);
void expiry_set(struct expiry *expiry, int db, struct slice name, long long when_ms);
/*
 * The one whose time was over first. It stays: expiry_set says what became of it. The name is valid
 * until the next call. False: none.
 */
bool expiry_due(struct expiry *expiry, int db, long long now_ms, struct slice *name);
uint64_t expiry_count(const struct expiry *expiry, int db);
/* -1: all. */
void expiry_clear(struct expiry *expiry, int db);
void expiry_swap(struct expiry *expiry, int first, int second);

#endif
