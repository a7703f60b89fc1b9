/*
 * Keeps copies of the catalog on several shards, to rebuild it from. in: a version and its text;
 * out: the newest copy that a shard still has.
 */
#include "executor/datasets/catalog_copies.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/handle/keys.h"
#include "executor/sets/script.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/shards.h"
#include "executor/shards/slot_call.h"
#include "net/resp_value.h"
#include "planner/catalog_text.h"

static const struct slice KEYS[CATALOG_OWN_KEYS] = {
    SLICE_LIT("quipu:catalog"),
    SLICE_LIT("quipu:copy:0"),
    SLICE_LIT("quipu:copy:1"),
    SLICE_LIT("quipu:copy:2"),
    SLICE_LIT("quipu:damaged{quipu:catalog}"),
};

static const struct slice *const COPIES = KEYS + 1;

struct slice
catalog_own_key(size_t i)
{
    return KEYS[i];
}

static bool
call(struct shards *shards, struct slice key, const struct slice *args, size_t nargs, reply_fn *fn,
     void *arg, struct error *err)
{
    const struct slot_target target = {.slot = key_slot(key), .lane = LANE_COUNTS, .is_safe = true};
    return slot_call(shards, &target, args, nargs, fn, arg, err);
}

/* -- writing ----------------------------------------------------------------------------------- */

static void
on_copied(void *arg, const struct resp_value *reply, const struct error *err)
{
    (void) arg, (void) reply, (void) err;
}

void
catalog_copies_write(struct shards *shards, uint64_t version, struct slice text)
{
    static const struct slice SCRIPT =
        SLICE_LIT("local had = redis.pcall('HGET', KEYS[1], 'version') "
                  "if type(had) ~= 'string' or (tonumber(had) or 0) < tonumber(ARGV[1]) then "
                  "redis.call('DEL', KEYS[1]) "
                  "redis.call('HSET', KEYS[1], 'version', ARGV[1], 'definitions', ARGV[2]) end");
    struct arena *arena = arena_new();
    for (size_t i = 0; i < CATALOG_COPIES; i++) {
        struct error ignored = {"", ""};
        struct slice args[] = {slice_lit("EVAL"),
                               SCRIPT,
                               slice_lit("1"),
                               COPIES[i],
                               arena_printf(arena, "%llu", (unsigned long long) version),
                               text};
        (void) !call(shards, COPIES[i], args, 6, on_copied, NULL, &ignored);
    }
    arena_free(arena);
}

/* -- reading ----------------------------------------------------------------------------------- */

struct reading {
    size_t nrunning;
    uint64_t version; /* the newest so far */
    struct strbuf text;
    struct error err;
    catalog_copies_fn *fn;
    void *arg;
};

static void
reading_done(struct reading *reading)
{
    if (--reading->nrunning > 0) {
        return;
    }
    const struct error *err = error_is_set(&reading->err) ? &reading->err : NULL;
    reading->fn(reading->arg, err ? 0 : reading->version, strbuf_slice(&reading->text), err);
    strbuf_fini(&reading->text);
    free(reading);
}

/* Takes a copy if it is newer and can be read; any other copy is ignored. */
static void
copy_take(struct reading *reading, const struct resp_value *reply)
{
    struct error ignored = {"", ""};
    int64_t version;
    if (reply_count(reply) != 2 || !reply_is_texts(reply) ||
        !slice_to_int64(reply_text(reply_at(reply, 0)), &version) || version <= 0 ||
        (uint64_t) version <= reading->version) {
        return;
    }
    struct slice text = reply_text(reply_at(reply, 1));
    struct catalog *catalog = catalog_parse(text, &ignored);
    if (catalog) {
        reading->version = (uint64_t) version;
        strbuf_clear(&reading->text);
        strbuf_append(&reading->text, text);
        catalog_free(catalog);
    }
}

static void
on_copy(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct reading *reading = arg;
    if (err) {
        (void) error_set(&reading->err, err->code, "%s", err->message);
    } else {
        copy_take(reading, reply);
    }
    reading_done(reading);
}

bool
catalog_copies_read(struct shards *shards, catalog_copies_fn *fn, void *arg, struct error *err)
{
    if (!shards_are_ready(shards, err)) {
        return false;
    }
    struct reading *reading = must_alloc(sizeof *reading);
    *reading = (struct reading){.nrunning = CATALOG_COPIES, .fn = fn, .arg = arg};
    strbuf_init(&reading->text);
    for (size_t i = 0; i < CATALOG_COPIES; i++) {
        struct slice args[] = {slice_lit("HMGET"), COPIES[i], slice_lit("version"),
                               slice_lit("definitions")};
        bool is_sent = call(shards, COPIES[i], args, 4, on_copy, reading, &reading->err);
        reading->nrunning -= !is_sent;
    }
    if (reading->nrunning == 0) {
        *err = reading->err;
        strbuf_fini(&reading->text);
        free(reading);
        return false;
    }
    return true;
}

/* -- writing the catalog again ----------------------------------------------------------------- */

bool
catalog_rewrite(struct shards *shards, uint64_t version, struct slice text, struct slice had,
                reply_fn *fn, void *arg, struct error *err)
{
    static const struct slice SCRIPT =
        SLICE_LIT("local kind = redis.call('TYPE', KEYS[1]).ok "
                  "local had = kind == 'hash' and redis.call('HGET', KEYS[1], 'definitions') or '' "
                  "if had ~= ARGV[3] then return 0 end "
                  "if kind ~= 'none' and (kind ~= 'hash' or had ~= '') then "
                  "redis.call('RENAME', KEYS[1], KEYS[2]) end "
                  "redis.call('HSET', KEYS[1], 'version', ARGV[1], 'definitions', ARGV[2]) "
                  "return 1");
    struct arena *arena = arena_new();
    struct slice args[] = {slice_lit("EVAL"),
                           SCRIPT,
                           slice_lit("2"),
                           KEYS[0],
                           KEYS[CATALOG_OWN_KEYS - 1],
                           arena_printf(arena, "%llu", (unsigned long long) version),
                           text,
                           had};
    bool is_sent = call(shards, KEYS[0], args, 8, fn, arg, err);
    arena_free(arena);
    return is_sent;
}
