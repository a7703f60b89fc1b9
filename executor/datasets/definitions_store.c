/*
 * Definitions' store: commands on the hash that holds the catalog, and what they answer.
 * in: versions, texts, fields; out: the hash read or written, in the shard that has its slot.
 */
#include "executor/datasets/definitions_store.h"

#include <string.h>

#include "base/arena.h"
#include "executor/handle/keys.h"
#include "executor/sets/script.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"

static const char KEY[] = "quipu:catalog";

const char *
store_key(void)
{
    return KEY;
}

unsigned
store_slot(void)
{
    return crc16(slice_str(KEY)) % CLUSTER_SLOTS;
}

const char *
store_shard_name(const struct shards *shards)
{
    return shards_owner_name(shards, store_slot());
}

/* Sends a command that may be carried out twice. */
static bool
call(struct shards *shards, const struct slice *args, size_t nargs, reply_fn *fn, void *arg,
     struct error *err)
{
    const struct slot_target target = {.slot = store_slot(), .lane = LANE_COUNTS, .is_safe = true};
    return slot_call(shards, &target, args, nargs, fn, arg, err);
}

bool
store_read(struct shards *shards, reply_fn *fn, void *arg, struct error *err)
{
    struct slice args[] = {slice_lit("HGETALL"), slice_str(KEY)};
    return call(shards, args, 2, fn, arg, err);
}

bool
store_read_version(struct shards *shards, reply_fn *fn, void *arg, struct error *err)
{
    struct slice args[] = {slice_lit("HGET"), slice_str(KEY), slice_lit("version")};
    return call(shards, args, 3, fn, arg, err);
}

bool
store_write(struct shards *shards, uint64_t had, uint64_t version, struct slice text, reply_fn *fn,
            void *arg, struct error *err)
{
    struct arena *arena = arena_new();
    struct slice key = slice_str(KEY);
    const struct slot_target target = {.slot = store_slot(), .lane = LANE_COUNTS};
    struct slice args[] = {
        arena_printf(arena, "%llu", (unsigned long long) had),
        arena_printf(arena, "%llu", (unsigned long long) version),
        text,
    };
    bool sent = slot_call_script(shards, &target, SCRIPT_CATALOG, &key, 1, args, 3, fn, arg, err);
    arena_free(arena);
    return sent;
}

static void
on_dropped_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    (void) arg, (void) reply, (void) err;
}

/* Sends a command whose outcome does not matter. */
static void
tell(struct shards *shards, const struct slice *args, size_t nargs)
{
    struct error ignored = {"", ""};
    (void) !call(shards, args, nargs, on_dropped_reply, NULL, &ignored);
}

void
store_set(struct shards *shards, struct slice field, struct slice value)
{
    struct slice args[] = {slice_lit("HSET"), slice_str(KEY), field, value};
    tell(shards, args, 4);
}

void
store_remove(struct shards *shards, struct slice field)
{
    struct slice args[] = {slice_lit("HDEL"), slice_str(KEY), field};
    tell(shards, args, 3);
}

bool
store_hash_read(const struct shards *shards, const struct resp_value *reply, store_field_fn *fn,
                void *arg, struct store_hash *hash, struct error *err)
{
    *hash = (struct store_hash){.version = 0, .text = slice_lit("")};
    if (reply_is_error(reply, store_shard_name(shards), err)) {
        return false;
    }
    if (!reply_is_texts(reply) || reply_count(reply) % 2) {
        return reply_misshapen(store_shard_name(shards), "HGETALL", err);
    }
    for (size_t i = 0; i < reply_count(reply); i += 2) {
        struct slice name = reply_text(reply_at(reply, i));
        struct slice value = reply_text(reply_at(reply, i + 1));
        int64_t n;
        if (slice_equal(name, slice_lit("version")) && slice_to_int64(value, &n) && n > 0) {
            hash->version = (uint64_t) n;
        } else if (slice_equal(name, slice_lit("definitions"))) {
            hash->text = value;
        } else {
            fn(arg, name, value);
        }
    }
    return true;
}
