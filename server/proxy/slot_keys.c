/*
 * Finds the keys of one hash slot by scanning all shards.
 * in: a slot; out: how many keys are in it, or which.
 *
 *     shard 0: SCAN 0 -> SCAN 17 -> ... -> 0, then shard 1, ...     each key that is shown, once
 */
#include "server/proxy/slot_keys.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/must.h"
#include "base/slot.h"
#include "executor/datasets/keyspace.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/reply_collect.h"
#include "executor/shards/shard_reply.h"
#include "server/client/client.h"
#include "server/table/services.h"

struct slot_keys {
    struct request *request;
    const struct client *client; /* lives as long as its request */
    struct executor *executor;
    unsigned slot;
    bool is_list;
    size_t max;
    size_t shard;         /* the shard under way */
    struct strbuf cursor; /* of that shard */
    struct arena *arena;  /* for the keys that were found: SCAN may name a key twice */
    struct map found;
    struct strbuf names; /* as bulk strings */
};

/* Writes what was found, or the error, and frees the work. */
static void
slot_keys_write(struct slot_keys *work, struct resp_writer *out, const struct error *err)
{
    if (err) {
        resp_write_error(out, err);
    } else if (work->is_list) {
        resp_write_array(out, work->found.count);
        strbuf_append(out->out, strbuf_slice(&work->names));
    } else {
        resp_write_int(out, (int64_t) work->found.count);
    }
    strbuf_fini(&work->cursor);
    strbuf_fini(&work->names);
    arena_free(work->arena);
    free(work);
}

static void
slot_keys_end(struct slot_keys *work, const struct error *err)
{
    struct request *request = work->request;
    slot_keys_write(work, request_writer(request), err);
    request_done(request);
}

static void
key_take(struct slot_keys *work, struct slice stored)
{
    struct strbuf name;
    strbuf_init(&name);
    enum key_kind kind = keyspace_kind(executor_datasets(work->executor), stored, &name);
    struct slice shown = kind == KEY_ROW ? strbuf_slice(&name) : stored;
    bool is_wanted =
        kind != KEY_HIDDEN && key_slot(shown) == work->slot && work->found.count < work->max;
    if (is_wanted && !map_find(&work->found, shown)) {
        (void) map_add(&work->found, arena_copy(work->arena, shown), NULL);
        struct resp_writer names = {.out = &work->names, .resp3 = false};
        resp_write_bulk(&names, shown);
    }
    strbuf_fini(&name);
}

/* Takes a SCAN's answer. Fails with SHARDDOWN if its shape is wrong. */
static bool
reply_take(struct slot_keys *work, const struct resp_value *reply, struct error *err)
{
    const char *shard = executor_shard_status(work->executor, work->shard).name;
    if (reply_is_error(reply, shard, err)) {
        return false;
    }
    if (!reply_is_scan(reply)) {
        return reply_misshapen(shard, "SCAN", err);
    }
    const struct resp_value *keys = reply_at(reply, 1);
    for (size_t i = 0; i < reply_count(keys); i++) {
        key_take(work, reply_text(reply_at(keys, i)));
    }
    strbuf_clear(&work->cursor);
    strbuf_append(&work->cursor, reply_text(reply_at(reply, 0)));
    return true;
}

/* Goes to the next shard that exists, from this one on. False: there is none. */
static bool
shard_next(struct slot_keys *work, size_t from)
{
    size_t end = executor_nshards(work->executor);
    for (work->shard = from; work->shard < end; work->shard++) {
        if (executor_has_shard(work->executor, work->shard)) {
            strbuf_clear(&work->cursor);
            strbuf_append_char(&work->cursor, '0');
            return true;
        }
    }
    return false;
}

static void on_scanned(void *arg, const struct resp_value *reply, const struct error *err);

static bool
scan_send(struct slot_keys *work, struct error *err)
{
    struct slice args[] = {slice_lit("SCAN"), strbuf_slice(&work->cursor), slice_lit("COUNT"),
                           slice_lit("1000")};
    const char *shard = executor_shard_status(work->executor, work->shard).name;
    struct reply_collector *collector = reply_collector_new(shard, on_scanned, work);
    if (!forward_to_shard(executor_shards(work->executor), work->shard, false, args, 4,
                          reply_collect, collector, err)) {
        reply_collector_free(collector);
        return false;
    }
    return true;
}

static void
on_scanned(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct slot_keys *work = arg;
    struct error own = {"", ""};
    if (!err && !reply_take(work, reply, &own)) {
        err = &own;
    }
    bool is_shard_over = slice_equal(strbuf_slice(&work->cursor), slice_lit("0"));
    if (err || work->found.count >= work->max || client_is_gone(work->client) ||
        (is_shard_over && !shard_next(work, work->shard + 1))) {
        slot_keys_end(work, err);
    } else if (!scan_send(work, &own)) {
        slot_keys_end(work, &own);
    }
}

static enum command_outcome
slot_keys_start(struct call *call, unsigned slot, bool is_list, size_t max)
{
    struct slot_keys *work = must_alloc(sizeof *work);
    *work = (struct slot_keys){.request = call->request,
                               .client = call->client,
                               .executor = call->services->executor,
                               .slot = slot,
                               .is_list = is_list,
                               .max = max,
                               .arena = arena_new()};
    strbuf_init(&work->cursor);
    strbuf_init(&work->names);
    map_init(&work->found, work->arena);
    struct error err = {"", ""};
    bool is_nothing = max == 0 || !shard_next(work, 0);
    if (!is_nothing && scan_send(work, &err)) {
        return COMMAND_RUNS;
    }
    slot_keys_write(work, call->out, is_nothing ? NULL : &err);
    return COMMAND_REPLIED;
}

enum command_outcome
slot_keys_count(struct call *call, unsigned slot)
{
    return slot_keys_start(call, slot, false, SIZE_MAX);
}

enum command_outcome
slot_keys_list(struct call *call, unsigned slot, size_t max)
{
    return slot_keys_start(call, slot, true, max);
}
