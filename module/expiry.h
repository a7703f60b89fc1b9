/*
 * Rows that will expire, by their time. So a count never has a row or a field that Redis no longer
 * shows, even if Redis has not removed it yet.
 *
 *     expiry_set(&expiry, db, name, when_ms, kind);     until then it is as it was read
 *     expiry_over(&expiry, db, name);                   it is out of the indexes, but not gone
 *     while (expiry_due(&expiry, db, now_ms, &name, &kind)) ...    each one whose time is over
 *
 * A row has one time: the earliest of its key's and its fields'.
 *
 *     none --set--> waits --due--> set anew, over or forgotten
 *                     over --set--> waits: a master may have given it more time, and say so late
 *
 * There are two ordered dictionaries for each database, about 150 bytes for a row that expires.
 * Other rows cost nothing.
 */
#ifndef QUIPU_MODULE_EXPIRY_H
#define QUIPU_MODULE_EXPIRY_H

#include "base/strbuf.h"
#include "module/redis_api.h"

enum expiry_kind {
    EXPIRY_KEY,   /* at its time the key is gone */
    EXPIRY_FIELD, /* at its time the row has lost one or more fields */
    EXPIRY_OVER   /* it has expired and is not removed yet; no time */
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
/* Sets a row's time. when_ms REDIS_NO_EXPIRE: the row does not expire. kind: KEY or FIELD. */
void expiry_set(struct expiry *expiry, int db, struct slice name, long long when_ms,
                enum expiry_kind kind);
/*
 * The row has expired. Until it is set or forgotten, a write to some of its fields is not enough to
 * know the whole row.
 */
void expiry_over(struct expiry *expiry, int db, struct slice name);
/* The row is gone. */
void expiry_forget(struct expiry *expiry, int db, struct slice name);
bool expiry_is_over(const struct expiry *expiry, int db, struct slice name);
/* A row's time. False: it has none. *when_ms is not set for EXPIRY_OVER. */
bool expiry_get(const struct expiry *expiry, int db, struct slice name, long long *when_ms,
                enum expiry_kind *kind);
/*
 * The row that expired first. It stays in the list until expiry_set, expiry_over or expiry_forget
 * is called for it. The name is valid until the next call. False: no row has expired.
 */
bool expiry_due(struct expiry *expiry, int db, long long now_ms, struct slice *name,
                enum expiry_kind *kind);
/* The number of rows that wait for their time. */
uint64_t expiry_count(const struct expiry *expiry, int db);
/* Forgets all rows of a database; -1: of all databases. */
void expiry_clear(struct expiry *expiry, int db);
void expiry_swap(struct expiry *expiry, int first, int second);

#endif
