/*
 * Times of rows. in: each row's time as it is set; out: rows whose time is over, the first first.
 *
 * Example: EXPIRE profile_7 60 at time 1000: by_name profile_7 -> 61000, by_time (61000 profile_7).
 * EXPIRE profile_7 90: the old pair is found through by_name and goes, a new one comes.
 */
#include "module/expiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME_BYTES = 8 };

void
expiry_init(struct expiry *expiry, const struct redis_api *redis)
{
    *expiry = (struct expiry){.redis = redis};
    strbuf_init(&expiry->key);
}

static struct expiry_db *
db_own(struct expiry *expiry, int db)
{
    if (db >= expiry->ndbs) {
        size_t n = (size_t) db + 1;
        expiry->dbs = realloc(expiry->dbs, n * sizeof *expiry->dbs);
        if (!expiry->dbs) {
            fputs("quipu: out of memory\n", stderr);
            abort();
        }
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

void
expiry_set(struct expiry *expiry, int db, struct slice name, long long when_ms)
{
    const struct redis_api *redis = expiry->redis;
    if (when_ms == REDIS_NO_EXPIRE && (db >= expiry->ndbs || !expiry->dbs[db].by_name)) {
        return;
    }
    struct expiry_db *own = db_own(expiry, db);
    if (!own->by_name) {
        own->by_name = redis->create_dict(NULL);
        own->by_time = redis->create_dict(NULL);
    }
    int is_missing;
    long long old = (intptr_t) redis->dict_get(own->by_name, name.ptr, name.len, &is_missing);
    if (!is_missing && old == when_ms) {
        return;
    }
    if (!is_missing) {
        struct slice key = time_key(expiry, old, name);
        redis->dict_delete(own->by_time, key.ptr, key.len, NULL);
    }
    if (when_ms == REDIS_NO_EXPIRE) {
        if (!is_missing) {
            redis->dict_delete(own->by_name, name.ptr, name.len, NULL);
        }
        return;
    }
    redis->dict_replace(own->by_name, name.ptr, name.len, (void *) (intptr_t) when_ms);
    struct slice key = time_key(expiry, when_ms, name);
    redis->dict_replace(own->by_time, key.ptr, key.len, NULL);
}

bool
expiry_due(struct expiry *expiry, int db, long long now_ms, struct slice *name)
{
    const struct redis_api *redis = expiry->redis;
    if (!expiry_count(expiry, db)) {
        return false;
    }
    struct redis_dict_iter *iter = redis->dict_start(expiry->dbs[db].by_time, "^", NULL, 0);
    size_t len;
    const char *key = redis->dict_next(iter, &len, NULL);
    bool is_due = key && time_of(key) < now_ms;
    if (is_due) {
        strbuf_clear(&expiry->key);
        strbuf_append(&expiry->key, slice_of(key + TIME_BYTES, len - TIME_BYTES));
        *name = strbuf_slice(&expiry->key);
    }
    redis->dict_stop(iter);
    return is_due;
}

uint64_t
expiry_count(const struct expiry *expiry, int db)
{
    return db < expiry->ndbs && expiry->dbs[db].by_name
               ? expiry->redis->dict_size(expiry->dbs[db].by_name)
               : 0;
}

void
expiry_clear(struct expiry *expiry, int db)
{
    for (int i = 0; i < expiry->ndbs; i++) {
        if ((db == -1 || db == i) && expiry->dbs[i].by_name) {
            expiry->redis->free_dict(NULL, expiry->dbs[i].by_name);
            expiry->redis->free_dict(NULL, expiry->dbs[i].by_time);
            expiry->dbs[i] = (struct expiry_db){NULL, NULL};
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
