/*
 * Indexes rows that are older than their index: a walk over all keys, a little at a time. in:
 * Redis' SCAN, slice by slice; out: rows in the indexes.
 *
 *     idle --backfill_start--> running: a slice per turn, db 0, 1, 2 ... --> idle, datasets READY
 *                                 ^                                   |
 *                                 +---- datasets that came meanwhile -+
 *
 * Example: 5 million hashes, MODULE LOAD: about 500 rows a slice, 10,000 slices.
 */
#include "module/backfill.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SLICE_US = 500, CALLS_AT_ONCE = 8 };

/*
 * Only wakes the event loop. The work is done in backfill_turn, where Redis is in the middle of
 * nothing. A slow script lets descriptors be served while it runs, but ends no turn.
 */
static void
on_ready(int fd, void *arg, int mask)
{
    (void) fd;
    (void) arg;
    (void) mask;
}

bool
backfill_init(struct backfill *backfill, const struct redis_api *redis, struct follower *follower,
              struct error *err)
{
    *backfill = (struct backfill){
        .redis = redis, .follower = follower, .cursor = redis->scan_cursor_create()};
    backfill->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (backfill->fd < 0 ||
        redis->event_loop_add(backfill->fd, REDIS_EVENTLOOP_READABLE, on_ready, NULL) != REDIS_OK) {
        return error_set(err, "ERR", "the event loop cannot be kept awake: %s", strerror(errno));
    }
    return true;
}

void
backfill_fini(struct backfill *backfill)
{
    backfill->redis->event_loop_remove(backfill->fd, REDIS_EVENTLOOP_READABLE);
    close(backfill->fd);
    backfill->redis->scan_cursor_destroy(backfill->cursor);
}

/* Neither can fail: the counter is 0 or 1. */
static void
run(struct backfill *backfill, bool is_running)
{
    eventfd_t value;
    if (is_running && !backfill->is_running) {
        (void) eventfd_write(backfill->fd, 1);
    } else if (!is_running && backfill->is_running) {
        (void) eventfd_read(backfill->fd, &value);
    }
    backfill->is_running = is_running;
}

static void
set_state(struct registry *registry, enum registry_state from, enum registry_state to)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (registry->entries[i]->state == from) {
            registry->entries[i]->state = to;
            entry_changed(registry->entries[i]);
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
    struct backfill *backfill = arg;
    struct follower *follower = backfill->follower;
    struct slice text = redis_slice(backfill->redis, name);
    backfill->nseen++;
    if (!key || !registry_wants(follower->registry, text)) {
        return;
    }
    if (rows_is_full(follower->rows)) {
        rows_put(follower->rows, follower->registry, backfill->db, ROW_FOUND);
    }
    if (follower_add(follower, ctx, backfill->db, name, key, FIELD_CHANGE_ANY)) {
        backfill->nrows++;
    }
}

static void
begin(struct backfill *backfill, struct redis_ctx *ctx)
{
    set_state(backfill->follower->registry, REGISTRY_WAITING, REGISTRY_FILLING);
    backfill->ntotal = count_keys(backfill, ctx);
    run(backfill, true);
    backfill_restart(backfill);
}

static void
end(struct backfill *backfill)
{
    set_state(backfill->follower->registry, REGISTRY_FILLING, REGISTRY_READY);
    run(backfill, false);
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
    field_times_look(&follower->field_times, ctx);
    while (has_more && now - start < SLICE_US) {
        bool in_db = true;
        for (int i = 0; in_db && i < CALLS_AT_ONCE; i++) {
            in_db = redis->scan(ctx, backfill->cursor, on_key, backfill);
        }
        if (!in_db) {
            rows_put(follower->rows, follower->registry, backfill->db, ROW_FOUND);
            has_more = next_db(backfill, ctx);
        }
        now = redis->microseconds();
    }
    rows_put(follower->rows, follower->registry, backfill->db, ROW_FOUND);
    backfill->us += redis->microseconds() - start;
    return has_more;
}

void
backfill_turn(struct backfill *backfill, struct redis_ctx *ctx)
{
    if (!backfill->is_running) {
        return;
    }
    int selected = backfill->redis->get_selected_db(ctx);
    if (!walk_slice(backfill, ctx)) {
        end(backfill);
    }
    backfill->redis->select_db(ctx, selected);
    backfill_start(backfill, ctx);
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
