/*
 * Knows when rows will expire, or lose a field, so that a count can leave them out in time. in:
 * each row's time as it is set; out: rows whose time is over, the earliest first.
 *
 * Example: EXPIRE profile_7 60 at time 1000: by_name profile_7 -> 61000, by_time (61000 profile_7).
 * EXPIRE profile_7 90: the old pair is found through by_name and goes, a new one comes. At 91001 a
 * count takes the row out of the index: by_name profile_7 -> over, until Redis removes the key.
 */
#include "module/expiry.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { TIME_BYTES = 8 };

void
expiry_init(struct expiry *expiry, const struct redis_api *redis)
{
    *expiry = (struct expiry){.redis = redis};
    strbuf_init(&expiry->key);
}

void
expiry_fini(struct expiry *expiry)
{
    expiry_clear(expiry, -1);
    free(expiry->dbs);
    strbuf_fini(&expiry->key);
}

static struct expiry_db *
db_own(struct expiry *expiry, int db)
{
    if (db >= expiry->ndbs) {
        size_t n = (size_t) db + 1;
        expiry->dbs = must_grow(expiry->dbs, n, sizeof *expiry->dbs);
        memset(&expiry->dbs[expiry->ndbs], 0, (n - (size_t) expiry->ndbs) * sizeof *expiry->dbs);
        expiry->ndbs = db + 1;
    }
    return &expiry->dbs[db];
}

static struct slice
time_key(struct expiry *expiry, long long when_ms, struct slice name)
{
    char bytes[TIME_BYTES];
    for (int i = 0; i < TIME_BYTES; i++) {
        bytes[i] = (char) ((unsigned long long) when_ms >> (8 * (TIME_BYTES - 1 - i)) & 0xff);
    }
    strbuf_clear(&expiry->key);
    strbuf_append(&expiry->key, slice_of(bytes, sizeof bytes));
    strbuf_append(&expiry->key, name);
    return strbuf_slice(&expiry->key);
}

static long long
time_of(const char *key)
{
    unsigned long long when = 0;
    for (int i = 0; i < TIME_BYTES; i++) {
        when = when << 8 | (unsigned char) key[i];
    }
    return (long long) when;
}

/* ---- Time and kind as one word ---- */

enum { KIND_BITS = 2 };
static const long long TIME_MOST = INT64_MAX >> KIND_BITS;

static void *
pack(long long when_ms, enum expiry_kind kind)
{
    return (void *) (intptr_t) ((unsigned long long) when_ms << KIND_BITS | kind);
}

static enum expiry_kind
kind_of(const void *packed)
{
    return (enum expiry_kind)((uintptr_t) packed & ((1u << KIND_BITS) - 1));
}

static long long
when_of(const void *packed)
{
    return (long long) ((uintptr_t) packed >> KIND_BITS);
}

/* ---- Rows ---- */

/* False: the row is not there. */
static bool
find(const struct expiry *expiry, int db, struct slice name, void **packed)
{
    if (db >= expiry->ndbs || !expiry->dbs[db].by_name) {
        return false;
    }
    int is_missing;
    *packed = expiry->redis->dict_get(expiry->dbs[db].by_name, name.ptr, name.len, &is_missing);
    return !is_missing;
}

static void
forget_time(struct expiry *expiry, int db, struct slice name, void *packed)
{
    struct expiry_db *own = &expiry->dbs[db];
    if (kind_of(packed) == EXPIRY_OVER) {
        own->nover--;
        return;
    }
    struct slice key = time_key(expiry, when_of(packed), name);
    expiry->redis->dict_delete(own->by_time, key.ptr, key.len, NULL);
}

void
expiry_forget(struct expiry *expiry, int db, struct slice name)
{
    void *old;
    if (find(expiry, db, name, &old)) {
        forget_time(expiry, db, name, old);
        expiry->redis->dict_delete(expiry->dbs[db].by_name, name.ptr, name.len, NULL);
    }
}

static void
put(struct expiry *expiry, int db, struct slice name, long long when_ms, enum expiry_kind kind)
{
    const struct redis_api *redis = expiry->redis;
    struct expiry_db *own = db_own(expiry, db);
    if (!own->by_name) {
        own->by_name = redis->create_dict(NULL);
        own->by_time = redis->create_dict(NULL);
    }
    void *old;
    bool is_there = find(expiry, db, name, &old);
    if (is_there && old == pack(when_ms, kind)) {
        return;
    }
    if (is_there) {
        forget_time(expiry, db, name, old);
    }
    redis->dict_replace(own->by_name, name.ptr, name.len, pack(when_ms, kind));
    if (kind == EXPIRY_OVER) {
        own->nover++;
        return;
    }
    struct slice key = time_key(expiry, when_ms, name);
    redis->dict_replace(own->by_time, key.ptr, key.len, pack(when_ms, kind));
}

void
expiry_set(struct expiry *expiry, int db, struct slice name, long long when_ms,
           enum expiry_kind kind)
{
    if (when_ms == REDIS_NO_EXPIRE) {
        expiry_forget(expiry, db, name);
    } else {
        when_ms = when_ms < 0 ? 0 : when_ms > TIME_MOST ? TIME_MOST : when_ms;
        put(expiry, db, name, when_ms, kind);
    }
}

void
expiry_over(struct expiry *expiry, int db, struct slice name)
{
    put(expiry, db, name, 0, EXPIRY_OVER);
}

bool
expiry_is_over(const struct expiry *expiry, int db, struct slice name)
{
    void *packed;
    return db < expiry->ndbs && expiry->dbs[db].nover && find(expiry, db, name, &packed) &&
           kind_of(packed) == EXPIRY_OVER;
}

bool
expiry_get(const struct expiry *expiry, int db, struct slice name, long long *when_ms,
           enum expiry_kind *kind)
{
    void *packed;
    if (!find(expiry, db, name, &packed)) {
        return false;
    }
    *kind = kind_of(packed);
    *when_ms = when_of(packed);
    return true;
}

bool
expiry_due(struct expiry *expiry, int db, long long now_ms, struct slice *name,
           enum expiry_kind *kind)
{
    const struct redis_api *redis = expiry->redis;
    if (!expiry_count(expiry, db)) {
        return false;
    }
    struct redis_dict_iter *iter = redis->dict_start(expiry->dbs[db].by_time, "^", NULL, 0);
    size_t len;
    void *packed = NULL;
    const char *key = redis->dict_next(iter, &len, &packed);
    bool is_due = key && time_of(key) < now_ms;
    if (is_due) {
        strbuf_clear(&expiry->key);
        strbuf_append(&expiry->key, slice_of(key + TIME_BYTES, len - TIME_BYTES));
        *name = strbuf_slice(&expiry->key);
        *kind = kind_of(packed);
    }
    redis->dict_stop(iter);
    return is_due;
}

uint64_t
expiry_count(const struct expiry *expiry, int db)
{
    return db < expiry->ndbs && expiry->dbs[db].by_time
               ? expiry->redis->dict_size(expiry->dbs[db].by_time)
               : 0;
}

void
expiry_clear(struct expiry *expiry, int db)
{
    for (int i = 0; i < expiry->ndbs; i++) {
        if ((db == -1 || db == i) && expiry->dbs[i].by_name) {
            expiry->redis->free_dict(NULL, expiry->dbs[i].by_name);
            expiry->redis->free_dict(NULL, expiry->dbs[i].by_time);
            expiry->dbs[i] = (struct expiry_db){.nover = 0};
        }
    }
}

void
expiry_swap(struct expiry *expiry, int first, int second)
{
    db_own(expiry, first > second ? first : second);
    struct expiry_db db = expiry->dbs[first];
    expiry->dbs[first] = expiry->dbs[second];
    expiry->dbs[second] = db;
}
