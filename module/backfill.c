/*
 * The walk over existing keys. in: Redis' SCAN, slice by slice; out: rows in the indexes.
 *
 *     idle --backfill_start--> running: a timer per slice, db 0, 1, 2 ... --> idle, datasets READY
 *                                 ^                                   |
 *                                 +---- datasets that came meanwhile -+
 *
 * Example: 5 million hashes, MODULE LOAD: about 500 rows a slice, 10,000 slices.
 */
#include "module/backfill.h"

enum { SLICE_US = 750, SLICES_IN_A_ROW = 4, PAUSE_MS = 1, CALLS_AT_ONCE = 8 };

void
backfill_init(struct backfill *backfill, const struct redis_api *redis, struct follower *follower)
{
    *backfill = (struct backfill){
        .redis = redis, .follower = follower, .cursor = redis->scan_cursor_create()};
}

static void
set_state(struct registry *registry, enum registry_state from, enum registry_state to)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (registry->entries[i]->state == from) {
            registry->entries[i]->state = to;
        }
    }
}

static bool
has_state(const struct registry *registry, enum registry_state state)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (registry->entries[i]->state == state) {
            return true;
        }
    }
    return false;
}

static uint64_t
count_keys(struct backfill *backfill, struct redis_ctx *ctx)
{
    const struct redis_api *redis = backfill->redis;
    int selected = redis->get_selected_db(ctx);
    uint64_t nkeys = 0;
    for (int db = 0; redis->select_db(ctx, db) == REDIS_OK; db++) {
        nkeys += redis->db_size(ctx);
    }
    redis->select_db(ctx, selected);
    return nkeys;
}

static void
on_key(struct redis_ctx *ctx, struct redis_string *name, struct redis_key *key, void *arg)
{
    (void) ctx;
    struct backfill *backfill = arg;
    struct follower *follower = backfill->follower;
    struct slice text = redis_slice(backfill->redis, name);
    backfill->nseen++;
    if (!key || !registry_wants(follower->registry, text)) {
        return;
    }
    if (rows_is_full(follower->rows)) {
        rows_put(follower->rows, follower->registry, backfill->db);
    }
    if (rows_add(follower->rows, key, text)) {
        backfill->nrows++;
        expiry_set(follower->expiry, backfill->db, text, backfill->redis->get_abs_expire(key));
    }
}

static void
begin(struct backfill *backfill, struct redis_ctx *ctx)
{
    set_state(backfill->follower->registry, REGISTRY_WAITING, REGISTRY_FILLING);
    backfill->ntotal = count_keys(backfill, ctx);
    backfill->is_running = true;
    backfill_restart(backfill);
}

static void
end(struct backfill *backfill)
{
    set_state(backfill->follower->registry, REGISTRY_FILLING, REGISTRY_READY);
    backfill->is_running = false;
}

/* False: all databases are done. */
static bool
next_db(struct backfill *backfill, struct redis_ctx *ctx)
{
    backfill->redis->scan_cursor_restart(backfill->cursor);
    return backfill->redis->select_db(ctx, ++backfill->db) == REDIS_OK;
}

/* False: the walk is over. */
static bool
walk_slice(struct backfill *backfill, struct redis_ctx *ctx)
{
    const struct redis_api *redis = backfill->redis;
    struct follower *follower = backfill->follower;
    uint64_t start = redis->microseconds(), now = start;
    bool has_more = redis->select_db(ctx, backfill->db) == REDIS_OK;
    while (has_more && now - start < SLICE_US) {
        bool in_db = true;
        for (int i = 0; in_db && i < CALLS_AT_ONCE; i++) {
            in_db = redis->scan(ctx, backfill->cursor, on_key, backfill);
        }
        if (!in_db) {
            rows_put(follower->rows, follower->registry, backfill->db);
            has_more = next_db(backfill, ctx);
        }
        now = redis->microseconds();
    }
    rows_put(follower->rows, follower->registry, backfill->db);
    backfill->us += redis->microseconds() - start;
    return has_more;
}

static void
one_slice(struct backfill *backfill, struct redis_ctx *ctx)
{
    if (backfill->is_running) {
        int selected = backfill->redis->get_selected_db(ctx);
        if (!walk_slice(backfill, ctx)) {
            end(backfill);
        }
        backfill->redis->select_db(ctx, selected);
    }
}

/* A slice, and when those who are ready have been served one more, or after a pause. */
static void
on_served(void *arg)
{
    struct backfill *backfill = arg;
    one_slice(backfill, backfill->ctx);
    if (backfill->is_running && ++backfill->nslices % SLICES_IN_A_ROW != 0 &&
        backfill->redis->run_soon(on_served, backfill) == REDIS_OK) {
        return;
    }
    backfill->has_timer = false;
    backfill_start(backfill, backfill->ctx);
}

static void
on_timer(struct redis_ctx *ctx, void *arg)
{
    (void) ctx;
    on_served(arg);
}

void
backfill_start(struct backfill *backfill, struct redis_ctx *ctx)
{
    if (!backfill->is_running && has_state(backfill->follower->registry, REGISTRY_WAITING)) {
        begin(backfill, ctx);
        if (!backfill->ntotal) {
            end(backfill);
        }
    }
    if (backfill->is_running && !backfill->has_timer) {
        backfill->has_timer = true;
        backfill->redis->create_timer(ctx, PAUSE_MS, on_timer, backfill);
    }
}

void
backfill_restart(struct backfill *backfill)
{
    backfill->redis->scan_cursor_restart(backfill->cursor);
    backfill->db = 0;
    backfill->nseen = 0;
}

int
backfill_percent(const struct backfill *backfill)
{
    if (!backfill->is_running || !backfill->ntotal) {
        return 0;
    }
    uint64_t percent = backfill->nseen * 100 / backfill->ntotal;
    return percent < 99 ? (int) percent : 99;
}
