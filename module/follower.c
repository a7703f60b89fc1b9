/*
 * Takes keyspace events into the indexes. in: keys that were written; out: rows, as they are now.
 *
 * Example: MULTI, HSET profile_7 a 1, RENAME profile_7 profile_8, EXEC: events come for both names
 * and are noted. Then a count comes, and catches up: profile_7 is no hash now and leaves the index;
 * profile_8 is a hash and enters it, with the field it was given.
 *
 * Within an event no key is read, except while data is loaded, when there are only events. Some
 * events come from loops over Redis' own tables (expiry, eviction, a slot that is given away),
 * where no key may be touched. Others come from commands of another slot than the keys noted.
 */
#include "module/follower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { TABLE_LEAST = 256 };

void
follower_init(struct follower *follower, const struct redis_api *redis, struct redis_ctx *ctx,
              struct registry *registry, struct expiry *expiry, struct rows *rows)
{
    *follower = (struct follower){.redis = redis,
                                  .registry = registry,
                                  .expiry = expiry,
                                  .rows = rows,
                                  .behind_db = -1,
                                  .gone_db = -1,
                                  .table_size = TABLE_LEAST};
    /* Nothing tells 7.2 from 7.4, so 7.2 is treated alike. */
    follower->is_by_slot =
        redis->cached_microseconds && redis->context_flags(ctx) & REDIS_CTX_CLUSTER;
    follower->table = must_grow(NULL, TABLE_LEAST, sizeof *follower->table);
    memset(follower->table, 0, TABLE_LEAST * sizeof *follower->table);
    strbuf_init(&follower->gone);
    field_times_init(&follower->field_times, redis, ctx);
}

/* ---- Noting down ---- */

static void
words_free(struct follower *follower, const struct row_change *change)
{
    for (size_t i = 0; i < change->nwords; i++) {
        follower->redis->free_string(NULL, change->words[i]);
    }
}

/* More happened to the row than was noted, so it will be read as a whole. */
static void
make_whole(struct follower *follower, struct changed_row *row, enum field_change fields)
{
    words_free(follower, &row->change);
    row->change.nwords = 0;
    if (fields > row->change.fields) {
        row->change.fields = fields;
    }
}

/* True: the key is noted. Else *place is where it would be in the table. */
static bool
find(const struct follower *follower, int db, struct slice name, uint64_t hash, size_t *place)
{
    size_t mask = follower->table_size - 1;
    for (*place = hash & mask; follower->table[*place]; *place = (*place + 1) & mask) {
        const struct changed_row *row = &follower->changed[follower->table[*place] - 1];
        if (row->hash == hash && row->db == db &&
            slice_equal(redis_slice(follower->redis, row->key), name)) {
            return true;
        }
    }
    return false;
}

static void
enter(struct follower *follower, size_t i)
{
    size_t mask = follower->table_size - 1, place = follower->changed[i].hash & mask;
    while (follower->table[place]) {
        place = (place + 1) & mask;
    }
    follower->table[place] = (uint32_t) i + 1;
}

/* Adds to the list only; the caller updates the table. */
static void
append(struct follower *follower, struct changed_row row)
{
    follower->changed = must_room(follower->changed, follower->nchanged, &follower->capacity,
                                  sizeof *follower->changed);
    follower->changed[follower->nchanged++] = row;
}

/*
 * Rebuilds the table for the rows that are noted, with room for more. A large table that a long
 * script needed is freed.
 */
static void
make_table(struct follower *follower)
{
    size_t size = TABLE_LEAST;
    while (size < follower->nchanged * 4) {
        size *= 2;
    }
    if (size != follower->table_size) {
        follower->table = must_grow(follower->table, size, sizeof *follower->table);
        follower->table_size = size;
    }
    memset(follower->table, 0, size * sizeof *follower->table);
    for (size_t i = 0; i < follower->nchanged; i++) {
        enter(follower, i);
    }
}

static void read_changed(struct follower *follower, struct redis_ctx *ctx, bool reads_all);

void
follower_changed(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key,
                 const struct row_change *change)
{
    const struct redis_api *redis = follower->redis;
    struct slice name = redis_slice(redis, key);
    uint64_t hash = slice_hash(name);
    int db = redis->get_selected_db(ctx);
    size_t place;
    follower->gone_db = -1;
    if (find(follower, db, name, hash, &place)) {
        struct changed_row *row = &follower->changed[follower->table[place] - 1];
        make_whole(follower, row, change->fields);
        row->is_gone = false;
        words_free(follower, change);
        return;
    }
    if (follower->is_loading && follower->nchanged >= FOLLOWER_MOST) {
        read_changed(follower, ctx, true);
    }
    append(follower,
           (struct changed_row){
               .key = redis->hold_string(NULL, key), .hash = hash, .db = db, .change = *change});
    if (follower->nchanged * 2 > follower->table_size) {
        make_table(follower);
    } else {
        enter(follower, follower->nchanged - 1);
    }
}

void
follower_gone(struct follower *follower, int db, struct slice name)
{
    size_t place;
    /* Newer servers send two events: that a key is removed, and why. */
    if (db == follower->gone_db && slice_equal(strbuf_slice(&follower->gone), name)) {
        return;
    }
    strbuf_clear(&follower->gone);
    strbuf_append(&follower->gone, name);
    follower->gone_db = db;
    rows_remove(follower->registry, db, name);
    expiry_forget(follower->expiry, db, name);
    if (follower->nchanged && find(follower, db, name, slice_hash(name), &place)) {
        struct changed_row *row = &follower->changed[follower->table[place] - 1];
        make_whole(follower, row, FIELD_CHANGE_ANY);
        row->is_gone = true;
    }
}

static bool
went_last(const struct follower *follower, int db, struct slice name)
{
    return db == follower->gone_db && slice_equal(strbuf_slice(&follower->gone), name);
}

/* ---- Reading ---- */

/* Does not touch the key's age, nor Redis' figures of hits and misses: no client asked for it. */
static struct redis_key *
open_quietly(struct follower *follower, struct redis_ctx *ctx, struct redis_string *key)
{
    const struct redis_api *redis = follower->redis;
    return redis->open_key(ctx, key,
                           redis->cached_microseconds
                               ? REDIS_KEY_READ | REDIS_KEY_NOEFFECTS
                               : REDIS_KEY_READ | REDIS_KEY_WRITE | REDIS_KEY_NOTOUCH);
}

/* Notes until when the row that was added last stays as it was read. */
static void
set_time(struct follower *follower, struct redis_ctx *ctx, int db, struct redis_string *name,
         struct redis_key *key, enum field_change change, long long not_before_ms)
{
    const struct redis_api *redis = follower->redis;
    const struct field_times *times = &follower->field_times;
    struct slice text = redis_slice(redis, name);
    enum expiry_kind kind;
    long long when = redis->get_abs_expire(key), first, now = redis_now_ms(redis);
    if (field_times_by_change(times) && expiry_get(follower->expiry, db, text, &first, &kind) &&
        kind != EXPIRY_KEY) {
        change = FIELD_CHANGE_TIMES;
    }
    if (field_times_must_ask(times, key, change, now, &first)) {
        size_t npairs;
        const struct index_pair *pairs =
            rows_pairs(follower->rows, follower->rows->count - 1, &npairs);
        first = field_times_ask(times, ctx, name, pairs, npairs, now);
    }
    kind = EXPIRY_KEY;
    if (first != REDIS_NO_EXPIRE && (when == REDIS_NO_EXPIRE || first < when)) {
        when = first;
        kind = EXPIRY_FIELD;
    }
    if (when != REDIS_NO_EXPIRE && when < not_before_ms) {
        when = not_before_ms;
    }
    expiry_set(follower->expiry, db, text, when, kind);
}

bool
follower_add(struct follower *follower, struct redis_ctx *ctx, int db, struct redis_string *name,
             struct redis_key *key, enum field_change change)
{
    follower->gone_db = -1;
    if (!rows_add(follower->rows, key, redis_slice(follower->redis, name))) {
        return false;
    }
    set_time(follower, ctx, db, name, key, change, 0);
    return true;
}

/*
 * Reads a row of the context's database. A hash is added to the rows; any other key leaves the
 * indexes. False, and nothing is done: the key is not found, perhaps only because its slot is not
 * looked in.
 */
static bool
read_row(struct follower *follower, struct redis_ctx *ctx, int db, struct redis_string *name,
         enum field_change change, bool reads_all, bool is_gone, long long not_before_ms)
{
    const struct redis_api *redis = follower->redis;
    struct slice text = redis_slice(redis, name);
    struct redis_key *key = open_quietly(follower, ctx, name);
    bool is_found = redis->key_type(key) != REDIS_KEYTYPE_EMPTY;
    bool is_read = is_found || reads_all;
    if (rows_add(follower->rows, key, text)) {
        set_time(follower, ctx, db, name, key, change, not_before_ms);
    } else if (is_read) {
        rows_remove(follower->registry, db, text);
        /* No event said that the key is gone, so its time is over, or the time of its fields. */
        if (is_found && redis->key_type(key) != REDIS_KEYTYPE_HASH) {
            expiry_forget(follower->expiry, db, text);
        } else if (!is_gone && !went_last(follower, db, text)) {
            expiry_over(follower->expiry, db, text);
        }
    }
    redis->close_key(key);
    follower->nreads++;
    return is_read;
}

/* Adds the new fields to those that the row has; its expiry stays as it was. */
static void
write_row(struct follower *follower, const struct changed_row *row)
{
    rows_add_fields(follower->rows, redis_slice(follower->redis, row->key), row->change.words,
                    row->change.nwords);
}

/* Brings a row into the indexes. False: it stays noted. */
static bool
bring_in(struct follower *follower, struct redis_ctx *ctx, const struct changed_row *row,
         bool reads_all)
{
    const struct redis_api *redis = follower->redis;
    /* The row may be out because its time is over: then the new fields are not all of it. */
    if (row->change.nwords &&
        !expiry_is_over(follower->expiry, row->db, redis_slice(redis, row->key))) {
        write_row(follower, row);
    } else if (redis->select_db(ctx, row->db) != REDIS_OK ||
               !read_row(follower, ctx, row->db, row->key, row->change.fields, reads_all,
                         row->is_gone, 0)) {
        return false;
    }
    words_free(follower, &row->change);
    redis->free_string(NULL, row->key);
    return true;
}

static bool
wants_times(const struct changed_row *rows, size_t nrows)
{
    for (size_t i = 0; i < nrows; i++) {
        if (rows[i].change.fields == FIELD_CHANGE_LOADED ||
            rows[i].change.fields == FIELD_CHANGE_ANY) {
            return true;
        }
    }
    return false;
}

static void
put_back(struct follower *follower, struct changed_row *left, size_t nleft)
{
    /* A row that changed again meanwhile is marked to be read as a whole. */
    for (size_t i = 0; i < nleft; i++) {
        const struct redis_api *redis = follower->redis;
        size_t place;
        if (find(follower, left[i].db, redis_slice(redis, left[i].key), left[i].hash, &place)) {
            make_whole(follower, &follower->changed[follower->table[place] - 1],
                       left[i].change.fields);
            words_free(follower, &left[i].change);
            redis->free_string(NULL, left[i].key);
        } else {
            append(follower, left[i]);
        }
    }
    make_table(follower);
}

static void
read_changed(struct follower *follower, struct redis_ctx *ctx, bool reads_all)
{
    const struct redis_api *redis = follower->redis;
    if (!follower->nchanged) {
        return;
    }
    /* Opening a key may expire it: that is an event, which comes back here. */
    follower->gone_db = -1;
    struct changed_row *changed = follower->changed;
    size_t nchanged = follower->nchanged, capacity = follower->capacity, nleft = 0;
    follower->changed = NULL;
    follower->nchanged = follower->capacity = 0;
    make_table(follower);
    if (wants_times(changed, nchanged)) {
        field_times_look(&follower->field_times, ctx);
    }
    int selected = redis->get_selected_db(ctx), db = changed[0].db;
    for (size_t i = 0; i < nchanged; i++) {
        if (rows_is_full(follower->rows) || changed[i].db != db) {
            rows_put(follower->rows, follower->registry, db, ROW_WRITTEN);
        }
        db = changed[i].db;
        if (!bring_in(follower, ctx, &changed[i], reads_all)) {
            changed[nleft++] = changed[i];
        }
    }
    rows_put(follower->rows, follower->registry, db, ROW_WRITTEN);
    redis->select_db(ctx, selected);
    follower->nleft = nleft;
    if (nleft || follower->nchanged || capacity > FOLLOWER_MOST) {
        put_back(follower, changed, nleft);
        free(changed);
    } else {
        free(follower->changed);
        follower->changed = changed;
        follower->capacity = capacity;
    }
}

/* ---- When ---- */

bool
follower_reads_all(const struct follower *follower, struct redis_ctx *ctx)
{
    return !follower->is_by_slot ||
           !(follower->redis->context_flags(ctx) & (REDIS_CTX_MULTI | REDIS_CTX_LUA));
}

/* True: after these commands, or in them, only the command's own keys can be read. */
static bool
is_last_chance(struct slice name)
{
    static const char *const NAMES[] = {"exec",       "eval",  "eval_ro", "evalsha",
                                        "evalsha_ro", "fcall", "fcall_ro"};
    struct slice prefix = slice_lit("quipu.");
    if (name.len > prefix.len && slice_equal_nocase(slice_of(name.ptr, prefix.len), prefix)) {
        return true;
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (slice_equal_nocase(name, slice_str(NAMES[i]))) {
            return true;
        }
    }
    return false;
}

/* True: a transaction's script goes on, and the slot looked in is its last command's. */
static bool
is_in_exec(struct follower *follower, struct redis_ctx *ctx, struct slice name)
{
    bool is_in = follower->saw_exec && follower->redis->context_flags(ctx) & REDIS_CTX_MULTI;
    follower->saw_exec = is_in || slice_equal_nocase(name, slice_lit("exec"));
    return is_in;
}

void
follower_before_command(struct follower *follower, struct redis_ctx *ctx, struct slice name)
{
    bool is_due = follower->nchanged >= FOLLOWER_MOST + 2 * follower->nleft;
    if (follower->is_by_slot) {
        is_due |= is_in_exec(follower, ctx, name) || (follower->nchanged && is_last_chance(name));
    }
    if (is_due) {
        /* A module may call a command in its own; this filter sees nothing of it. */
        read_changed(follower, ctx, !follower->is_by_slot);
    }
}

static bool
catch_up_with_time(struct follower *follower, struct redis_ctx *ctx, int db, bool reads_all)
{
    const struct redis_api *redis = follower->redis;
    struct slice name;
    enum expiry_kind kind;
    bool ok = true;
    long long now;
    while (ok && expiry_due(follower->expiry, db, now = redis_now_ms(redis), &name, &kind)) {
        struct redis_string *key = redis->create_string(NULL, name.ptr, name.len);
        if (kind == EXPIRY_KEY && redis->cached_microseconds) {
            rows_remove(follower->registry, db, redis_slice(redis, key));
            expiry_over(follower->expiry, db, redis_slice(redis, key));
        } else {
            /*
             * 7.0 does not tell a command's clock, so the row may still be alive there, for
             * everybody.
             */
            ok = read_row(follower, ctx, db, key, FIELD_CHANGE_TIMES, reads_all, false, now);
        }
        redis->free_string(NULL, key);
        if (rows_is_full(follower->rows)) {
            rows_put(follower->rows, follower->registry, db, ROW_WRITTEN);
        }
    }
    rows_put(follower->rows, follower->registry, db, ROW_WRITTEN);
    return ok;
}

static bool
catch_up(struct follower *follower, struct redis_ctx *ctx, int db, bool reads_all)
{
    const struct redis_api *redis = follower->redis;
    read_changed(follower, ctx, reads_all);
    if (!expiry_count(follower->expiry, db)) {
        return true;
    }
    int selected = redis->get_selected_db(ctx);
    redis->select_db(ctx, db);
    bool ok = catch_up_with_time(follower, ctx, db, reads_all);
    redis->select_db(ctx, selected);
    follower->behind_db = ok ? follower->behind_db : db;
    return ok;
}

bool
follower_catch_up(struct follower *follower, struct redis_ctx *ctx, int db)
{
    return catch_up(follower, ctx, db, follower_reads_all(follower, ctx));
}

void
follower_turn(struct follower *follower, struct redis_ctx *ctx)
{
    int db = follower->behind_db;
    follower->behind_db = -1;
    if (db >= 0) {
        (void) catch_up(follower, ctx, db, true);
    } else {
        read_changed(follower, ctx, true);
    }
}

/* ---- Databases ---- */

static void
forget_changed(struct follower *follower)
{
    for (size_t i = 0; i < follower->nchanged; i++) {
        words_free(follower, &follower->changed[i].change);
        follower->redis->free_string(NULL, follower->changed[i].key);
    }
    follower->nchanged = follower->nleft = 0;
    make_table(follower);
}

void
follower_fini(struct follower *follower)
{
    forget_changed(follower);
    free(follower->changed);
    free(follower->table);
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
    /* Rows of other databases stay noted; these are looked up again, and are not found. */
    for (size_t i = 0; i < follower->nchanged; i++) {
        if (follower->changed[i].db == db) {
            make_whole(follower, &follower->changed[i], FIELD_CHANGE_ANY);
            follower->changed[i].is_gone = true;
        }
    }
}

void
follower_swapped(struct follower *follower, int first, int second)
{
    follower->gone_db = -1;
    registry_swap(follower->registry, first, second);
    expiry_swap(follower->expiry, first, second);
    for (size_t i = 0; i < follower->nchanged; i++) {
        struct changed_row *row = &follower->changed[i];
        row->db = row->db == first ? second : row->db == second ? first : row->db;
    }
}
