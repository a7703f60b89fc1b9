/*
 * Rows whose time will be over, by when: so that a count never has what Redis no longer shows, also
 * where Redis has not yet come round to removing it.
 *
 *     expiry_set(&expiry, db, name, when_ms, kind);     until then it is as it was read
 *     expiry_over(&expiry, db, name);                   it is out of the indexes, but not gone
 *     while (expiry_due(&expiry, db, now_ms, &name, &kind)) ...    each one whose time is over
 *
 * A row has one time: the lesser of its key's and of its fields'.
 *
 *     none --set--> waits --due--> set anew, over or forgotten
 *                     over --set--> waits: a master may have given it more time, and say so late
 *
 * Two ordered dictionaries per database, about 150 bytes a row that expires; rows that don't cost
 * nothing.
 */
#ifndef QUIPU_MODULE_EXPIRY_H
#define QUIPU_MODULE_EXPIRY_H

#include "base/strbuf.h"
#include "module/redis_api.h"

enum expiry_kind {
    EXPIRY_KEY,   /* then there is no such key */
    EXPIRY_FIELD, /* then the row has one field less, or more of them */
    EXPIRY_OVER   /* has no time */
};

struct expiry {
    const struct redis_api *redis;
    struct expiry_db {
        struct redis_dict *by_name; /* -> its time and kind, as a pointer */
        struct redis_dict *by_time; /* 8 bytes of time, big-endian, and the name */
        uint64_t nover;
    } * dbs;
    int ndbs;
    struct strbuf key;
};

void expiry_init(struct expiry *expiry, const struct redis_api *redis);
void expiry_fini(struct expiry *expiry);
/* when_ms: REDIS_NO_EXPIRE: its time will not be over, and it is not. kind: KEY or FIELD. */
void expiry_set(struct expiry *expiry, int db, struct slice name, long long when_ms,
                enum expiry_kind kind);
/* Its time is over. Until it is set or forgotten, what is written to it says nothing of all of it.
 */
void expiry_over(struct expiry *expiry, int db, struct slice name);
/* It is gone. */
void expiry_forget(struct expiry *expiry, int db, struct slice name);
bool expiry_is_over(const struct expiry *expiry, int db, struct slice name);
/* False: there is none. *when_ms is not set where it is over. */
bool expiry_get(const struct expiry *expiry, int db, struct slice name, long long *when_ms,
                enum expiry_kind *kind);
/*
 * The one whose time was over first. It stays: expiry_set and its like say what became of it. The
 * name is valid until the next call. False: none.
 */
bool expiry_due(struct expiry *expiry, int db, long long now_ms, struct slice *name,
                enum expiry_kind *kind);
/* Those that wait. */
uint64_t expiry_count(const struct expiry *expiry, int db);
/* -1: all. */
void expiry_clear(struct expiry *expiry, int db);
void expiry_swap(struct expiry *expiry, int first, int second);

#endif
