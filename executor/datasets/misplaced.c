/*
 * Finds keys on a static shard that does not own them, and moves them to their owner. in: what SCAN
 * shows of each shard; out: how many keys are in the wrong place.
 *
 *     SCAN --keys--> those that belong elsewhere --looks only--> SCAN ... the next shard
 *                      |  ^
 *                      |  +--------------- the next one ----------------+
 *                      v                                                |
 *                    DUMP --> RESTORE at the owner --done--> UNLINK ----+
 *                                  +--it has one, too-------------------+
 */
#include "executor/datasets/misplaced.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/must.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/keyspace.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

enum { MOST_TOLD = 10 };
static const char SLICE[] = "1000";

struct misplaced {
    struct datasets *datasets;
    struct handle *dataset; /* retained */
    bool mends;
    misplaced_end_fn *on_end;
    void *arg;
    size_t shard; /* the shard under way */
    char cursor[24];
    bool is_scanned;
    struct arena *arena;
    struct map seen;        /* "0 plain_7": SCAN may show a key twice */
    struct slice *keys;     /* of this slice, nkeys of them, in the arena; malloced */
    size_t nkeys, room, at; /* at: the key that is being moved */
    struct strbuf name;     /* its name in the right place */
    size_t owner;           /* the shard that should have it */
    int64_t found, mended;
    int ntold;
};

static void go_on(struct misplaced *work);

static void
work_end(struct misplaced *work, const struct error *err)
{
    work->on_end(work->arg, work->found, work->mended, err);
    handle_release(work->dataset);
    strbuf_fini(&work->name);
    free(work->keys);
    arena_free(work->arena);
    free(work);
}

static const char *
name_of(const struct misplaced *work, size_t shard)
{
    return shard_name(shards_at(work->datasets->shards, shard));
}

/* False: the reply is an error of the connection or of the shard, and the work has ended. */
static bool
reply_is_good(struct misplaced *work, size_t shard, const struct resp_value *reply,
              const struct error *err)
{
    struct error own = {"", ""};
    if (!err && reply_is_error(reply, name_of(work, shard), &own)) {
        err = &own;
    }
    if (err) {
        work_end(work, err);
    }
    return err == NULL;
}

static void
reply_is_bad(struct misplaced *work, size_t shard, const char *asked)
{
    struct error err = {"", ""};
    (void) reply_misshapen(name_of(work, shard), asked, &err);
    work_end(work, &err);
}

static void
ask(struct misplaced *work, size_t shard, const struct slice *args, size_t nargs, reply_fn *fn)
{
    struct error err = {"", ""};
    struct link *link = shard_link(shards_at(work->datasets->shards, shard), LANE_COUNTS, &err);
    if (link) {
        link_send(link, args, nargs, reply_collect,
                  reply_collector_new(name_of(work, shard), fn, work));
    } else {
        work_end(work, &err);
    }
}

/* -- moving one -------------------------------------------------------------------------------- */

static void
key_tell(struct misplaced *work, const char *what)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (++work->ntold <= MOST_TOLD) {
        log_write(shards_log(work->datasets->shards), LOG_WARNING,
                  "shard %zu (%s) has the key %s, whose place is "
                  "shard %zu (%s)%s",
                  work->shard, name_of(work, work->shard),
                  error_quote(quoted, work->keys[work->at]), work->owner,
                  name_of(work, work->owner), what);
    }
}

static void
key_done(struct misplaced *work)
{
    work->at++;
    go_on(work);
}

static void
on_removed(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct misplaced *work = arg;
    if (reply_is_good(work, work->shard, reply, err)) {
        work->mended++;
        key_done(work);
    }
}

static void
key_remove(struct misplaced *work)
{
    struct slice args[] = {slice_lit("UNLINK"), work->keys[work->at]};
    ask(work, work->shard, args, 2, on_removed);
}

static void
on_restored(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct misplaced *work = arg;
    if (!err && resp_value_is_error(reply, "BUSYKEY")) {
        key_tell(work, " and has one, too: remove the one that is wrong, at its shard");
        key_done(work);
    } else if (reply_is_good(work, work->owner, reply, err)) {
        key_remove(work);
    }
}

/* Reads {type, time to live, content}; a key without content is gone. */
static void
on_content(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct misplaced *work = arg;
    int64_t ttl_ms;
    if (!reply_is_good(work, work->shard, reply, err)) {
        return;
    }
    bool is_there = reply_count(reply) == 3;
    if (reply_count(reply) < 2 || !reply_is_text(reply_at(reply, 0)) ||
        !reply_int(reply_at(reply, 1), &ttl_ms) ||
        (is_there && !reply_is_text(reply_at(reply, 2)))) {
        reply_is_bad(work, work->shard, "a script");
        return;
    }
    bool is_renamed = !slice_equal(strbuf_slice(&work->name), work->keys[work->at]);
    if (!is_there) {
        key_done(work);
    } else if (is_renamed && !slice_equal(reply_text(reply_at(reply, 0)), slice_lit("hash"))) {
        key_tell(work, " but is no hash: rename or remove it, at its shard");
        key_done(work);
    } else {
        char ttl[24];
        snprintf(ttl, sizeof ttl, "%lld", ttl_ms > 0 ? (long long) ttl_ms : 0LL);
        struct slice args[] = {slice_lit("RESTORE"), strbuf_slice(&work->name), slice_str(ttl),
                               reply_text(reply_at(reply, 2))};
        ask(work, work->owner, args, 4, on_restored);
    }
}

static void
key_move(struct misplaced *work)
{
    static const struct slice TEXT =
        SLICE_LIT("return {redis.call('TYPE', KEYS[1]).ok, redis.call('PTTL', KEYS[1]), "
                  "redis.call('DUMP', KEYS[1])}");
    struct slice args[] = {slice_lit("EVAL"), TEXT, slice_lit("1"), work->keys[work->at]};
    ask(work, work->shard, args, 4, on_content);
}

/* -- finding them ------------------------------------------------------------------------------ */

/* Finds where a shard's key belongs: its name and its owner. False: the key is none of ours. */
static bool
key_place(struct misplaced *work, struct slice key, struct key_home *home)
{
    strbuf_clear(&work->name);
    keyspace_home(work->datasets, key, &work->name, home);
    work->owner = shards_owner(work->datasets->shards, home->slot);
    bool is_ours = !home->dataset || home->dataset == work->dataset->dataset;
    bool is_here = work->owner == work->shard && slice_equal(strbuf_slice(&work->name), key);
    return is_ours && !home->is_own && !is_here;
}

static void
key_add(struct misplaced *work, struct slice key)
{
    work->keys = must_room(work->keys, work->nkeys, &work->room, sizeof *work->keys);
    work->keys[work->nkeys++] = key;
    work->found++;
}

static void
keys_take(struct misplaced *work, const struct resp_value *keys)
{
    struct key_home home;
    struct strbuf id;
    strbuf_init(&id);
    work->nkeys = work->at = 0;
    for (size_t i = 0; i < reply_count(keys); i++) {
        struct slice key = reply_text(reply_at(keys, i));
        bool is_new = false;
        if (key_place(work, key, &home)) {
            strbuf_clear(&id);
            strbuf_printf(&id, "%zu ", work->shard);
            size_t skip = id.len;
            strbuf_append(&id, key);
            struct slice kept = arena_copy(work->arena, strbuf_slice(&id));
            map_add(&work->seen, kept, &is_new);
            if (is_new) {
                key_add(work, slice_of(kept.ptr + skip, kept.len - skip));
            }
        }
    }
    strbuf_fini(&id);
}

static void
on_slice(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct misplaced *work = arg;
    if (!reply_is_good(work, work->shard, reply, err)) {
        return;
    }
    if (!reply_is_scan(reply)) {
        reply_is_bad(work, work->shard, "SCAN");
        return;
    }
    struct slice cursor = reply_text(reply_at(reply, 0));
    snprintf(work->cursor, sizeof work->cursor, "%.*s", SLICE_ARG(cursor));
    work->is_scanned = slice_equal(cursor, slice_lit("0"));
    keys_take(work, reply_at(reply, 1));
    go_on(work);
}

static void
scan(struct misplaced *work)
{
    struct slice args[] = {slice_lit("SCAN"), slice_str(work->cursor), slice_lit("COUNT"),
                           slice_str(SLICE)};
    ask(work, work->shard, args, 4, on_slice);
}

static void
go_on(struct misplaced *work)
{
    struct key_home home;
    while (work->at < work->nkeys) {
        (void) key_place(work, work->keys[work->at], &home);
        if (work->mends && home.is_index) {
            key_remove(work);
            return;
        }
        if (work->mends) {
            key_move(work);
            return;
        }
        key_tell(work, "");
        work->at++;
    }
    if (work->is_scanned) {
        work->is_scanned = false;
        work->shard++;
        snprintf(work->cursor, sizeof work->cursor, "0");
    }
    if (work->shard < shards_count(work->datasets->shards)) {
        scan(work);
    } else {
        work_end(work, NULL);
    }
}

/* -- starting ---------------------------------------------------------------------------------- */

static void
on_later(void *arg)
{
    struct misplaced *work = arg;
    struct error closing = {"", ""};
    if (shards_are_closing(work->datasets->shards)) {
        error_set(&closing, "SHARDDOWN", "the server is ending");
        work_end(work, &closing);
    } else {
        go_on(work);
    }
}

bool
misplaced_start(struct datasets *datasets, struct handle *dataset, bool mends,
                misplaced_end_fn *on_end, void *arg, struct error *err)
{
    if (!shards_are_ready(datasets->shards, err)) {
        return false;
    }
    struct misplaced *work = must_alloc(sizeof *work);
    work->datasets = datasets;
    work->dataset = handle_retain(dataset);
    work->mends = mends;
    work->on_end = on_end;
    work->arg = arg;
    work->arena = arena_new();
    snprintf(work->cursor, sizeof work->cursor, "0");
    map_init(&work->seen, work->arena);
    strbuf_init(&work->name);
    if (shards_is_cluster(datasets->shards) || shards_count(datasets->shards) == 1) {
        work->shard = shards_count(datasets->shards); /* no shard is scanned */
    }
    later_call(datasets->later, on_later, work);
    return true;
}
