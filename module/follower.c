/*
 * Keyspace events on their way into the indexes. in: keys that were written; out: rows, as they are
 * now.
 *
 * Example: MULTI, HSET profile_7 a 1, RENAME profile_7 profile_8, EXEC: events for both names; they
 * are noted; then a count comes, and catches up: profile_7 is no hash now and leaves the index,
 * profile_8 is one and enters it, with the field it was given.
 *
 * Reading within an event: Redis has finished with the key by then, and a key that a command has in
 * its hands cannot expire under it, since time stands still during a command. Events that tell of a
 * key that is gone come from loops over Redis' own tables (expiry, eviction, a slot that is given
 * away), where no other key may be touched: these are carried out without opening anything.
 */
#include "module/follower.h"

#include <string.h>

void
follower_init(struct follower *follower, const struct redis_api *redis, struct registry *registry,
              struct expiry *expiry, struct rows *rows)
{
    *follower =
        (struct follower){.redis = redis, .registry = registry, .expiry = expiry, .rows = rows};
}

static void
words_free(struct follower *follower, struct redis_string *const *words, size_t nwords)
{
    for (size_t i = 0; i < nwords; i++) {
        follower->redis->free_string(NULL, words[i]);
    }
}

/* More was done to it than was written down: it will be read. */
static void
make_whole(struct follower *follower, struct changed_row *row)
{
    words_free(follower, row->words, row->nwords);
    row->nwords = 0;
}

/* Is it noted? Else the place in the table where it would be. */
static bool
find(const struct follower *follower, int db, struct slice name, uint64_t hash, size_t *place)
{
    for (*place = hash % FOLLOWER_TABLE; follower->table[*place];
         *place = (*place + 1) % FOLLOWER_TABLE) {
        const struct changed_row *row = &follower->changed[follower->table[*place] - 1];
        if (row->hash == hash && row->db == db &&
            slice_equal(redis_slice(follower->redis, row->key), name)) {
            return true;
        }
    }
    return false;
}

void
follower_changed(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key,
                 struct redis_string *const *words, size_t nwords)
{
    const struct redis_api *redis = follower->redis;
    struct slice name = redis_slice(redis, key);
    uint64_t hash = slice_hash(name);
    int db = redis->get_selected_db(ctx);
    size_t place;
    follower->nevents++;
    if (find(follower, db, name, hash, &place)) {
        make_whole(follower, &follower->changed[follower->table[place] - 1]);
        words_free(follower, words, nwords);
        return;
    }
    if (follower->nchanged == FOLLOWER_MOST) {
        follower_read_changed(follower, ctx);
        place = hash % FOLLOWER_TABLE;
    }
    struct changed_row *row = &follower->changed[follower->nchanged++];
    row->key = redis->hold_string(NULL, key);
    row->hash = hash;
    row->db = db;
    row->nwords = nwords;
    if (nwords) {
        memcpy(row->words, words, nwords * sizeof *words);
    }
    follower->table[place] = (uint8_t) follower->nchanged;
}

void
follower_gone(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key)
{
    struct slice name = redis_slice(follower->redis, key);
    int db = follower->redis->get_selected_db(ctx);
    size_t place;
    follower->nevents++;
    rows_remove(follower->registry, db, name);
    expiry_set(follower->expiry, db, name, REDIS_NO_EXPIRE);
    if (find(follower, db, name, slice_hash(name), &place)) {
        make_whole(follower, &follower->changed[follower->table[place] - 1]);
    }
}

/* Without touching its age or Redis' figures of hits and misses: nobody asked for the key. */
static struct redis_key *
open_quietly(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key)
{
    return follower->redis->open_key(ctx, key,
                                     REDIS_KEY_READ | REDIS_KEY_WRITE | REDIS_KEY_NOTOUCH);
}

/* Of the context's database. A hash is added to the rows, what is none leaves the indexes. */
static void
read_row(struct follower *follower, struct redis_ctx *ctx, int db, struct redis_string *name)
{
    const struct redis_api *redis = follower->redis;
    struct slice text = redis_slice(redis, name);
    struct redis_key *key = open_quietly(follower, ctx, name);
    bool is_row = rows_add(follower->rows, key, text);
    if (!is_row) {
        rows_remove(follower->registry, db, text);
    }
    long long when = is_row ? redis->get_abs_expire(key) : REDIS_NO_EXPIRE;
    expiry_set(follower->expiry, db, text, when);
    redis->close_key(key);
    follower->nreads++;
}

/* It has these fields now, and what else it had; when it will expire is as it was. */
static void
write_row(struct follower *follower, const struct changed_row *row)
{
    rows_add_fields(follower->rows, redis_slice(follower->redis, row->key), row->words,
                    row->nwords);
    words_free(follower, row->words, row->nwords);
}

void
follower_read_changed(struct follower *follower, struct redis_ctx *ctx)
{
    const struct redis_api *redis = follower->redis;
    if (!follower->nchanged) {
        return;
    }
    /* Opening may find that a key's time is over: that is an event, which may come back to here. */
    struct changed_row changed[FOLLOWER_MOST];
    size_t nchanged = follower->nchanged;
    memcpy(changed, follower->changed, nchanged * sizeof *changed);
    memset(follower->table, 0, sizeof follower->table);
    follower->nchanged = 0;
    int selected = redis->get_selected_db(ctx), db = changed[0].db;
    for (size_t i = 0; i < nchanged; i++) {
        if (rows_is_full(follower->rows) || changed[i].db != db) {
            rows_put(follower->rows, follower->registry, db);
        }
        db = changed[i].db;
        if (changed[i].nwords) {
            write_row(follower, &changed[i]);
        } else {
            redis->select_db(ctx, db);
            read_row(follower, ctx, db, changed[i].key);
        }
        redis->free_string(NULL, changed[i].key);
    }
    rows_put(follower->rows, follower->registry, db);
    redis->select_db(ctx, selected);
}

void
follower_catch_up(struct follower *follower, struct redis_ctx *ctx, int db)
{
    const struct redis_api *redis = follower->redis;
    struct slice name;
    follower_read_changed(follower, ctx);
    if (!expiry_count(follower->expiry, db)) {
        return;
    }
    int selected = redis->get_selected_db(ctx);
    redis->select_db(ctx, db);
    while (expiry_due(follower->expiry, db, redis->milliseconds(), &name)) {
        struct redis_string *key = redis->create_string(NULL, name.ptr, name.len);
        struct redis_key *open = open_quietly(follower, ctx, key);
        /* Redis' clock stands still during a command: there it may still be alive, for all alike.
         */
        bool is_alive = redis->key_type(open) != REDIS_KEYTYPE_EMPTY;
        redis->close_key(open);
        if (!is_alive) {
            follower_gone(follower, ctx, key);
        }
        redis->free_string(NULL, key);
        if (is_alive) {
            break;
        }
    }
    redis->select_db(ctx, selected);
}

static void
forget_changed(struct follower *follower)
{
    for (size_t i = 0; i < follower->nchanged; i++) {
        make_whole(follower, &follower->changed[i]);
        follower->redis->free_string(NULL, follower->changed[i].key);
    }
    memset(follower->table, 0, sizeof follower->table);
    follower->nchanged = 0;
}

void
follower_cleared(struct follower *follower, int db)
{
    registry_clear(follower->registry, db);
    expiry_clear(follower->expiry, db);
    if (db == -1) {
        forget_changed(follower);
        return;
    }
    /* Those of other databases stay noted; these are looked up again, and are not there. */
    for (size_t i = 0; i < follower->nchanged; i++) {
        if (follower->changed[i].db == db) {
            make_whole(follower, &follower->changed[i]);
        }
    }
}

void
follower_swapped(struct follower *follower, int first, int second)
{
    registry_swap(follower->registry, first, second);
    expiry_swap(follower->expiry, first, second);
    for (size_t i = 0; i < follower->nchanged; i++) {
        struct changed_row *row = &follower->changed[i];
        row->db = row->db == first ? second : row->db == second ? first : row->db;
    }
}
