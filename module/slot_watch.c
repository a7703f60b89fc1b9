/*
 * Watches which slots of a cluster this shard owns, and marks the rows of slots that come and go.
 * in: the slots now and before; out: rows that are marked, and datasets whose rows are read again.
 *
 * Example: after CLUSTER SETSLOT 93 MIGRATING b at a, the next look finds slot 93 set apart, and
 * its 6,000 rows get mark 94. Then CLUSTER SETSLOT 93 NODE b comes at b, while a still has two of
 * them: a hears of it, and drops both keys. At the next look slot 93 has gone, and slot_rows[93] is
 * 2.
 */
#include "module/slot_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { PERIOD_MS = 100 };

void
slot_watch_init(struct slot_watch *watch, const struct redis_api *redis, struct registry *registry,
                struct backfill *backfill)
{
    *watch = (struct slot_watch){.redis = redis, .registry = registry, .backfill = backfill};
    watch->start_us = redis->microseconds();
    if (registry->in_cluster) {
        watch->moved_us = must_alloc(CLUSTER_SLOTS * sizeof *watch->moved_us);
    }
}

void
slot_watch_fini(struct slot_watch *watch)
{
    free(watch->moved_us);
}

/* ---- Keys that are sent away ---- */

static void
note_key(struct slot_watch *watch, const struct redis_string *key)
{
    watch->moved_us[key_slot(redis_slice(watch->redis, key))] = watch->redis->microseconds();
}

void
slot_watch_note(struct slot_watch *watch, struct redis_filter *filter, struct slice name)
{
    /* MIGRATE host port key|"" db timeout [...] [KEYS key ...] */
    enum { KEY = 3, OPTIONS = 6 };
    const struct redis_api *redis = watch->redis;
    if (!watch->moved_us || !slice_equal_nocase(name, slice_lit("migrate"))) {
        return;
    }
    int nargs = redis->filter_nargs(filter);
    if (nargs < OPTIONS) {
        return;
    }
    note_key(watch, redis->filter_arg(filter, KEY));
    /*
     * It need not be known which words are keys: naming more slots than those moved does no harm.
     */
    for (int i = OPTIONS; i < nargs; i++) {
        note_key(watch, redis->filter_arg(filter, i));
    }
}

uint64_t
slot_watch_quiet_us(const struct slot_watch *watch, unsigned slot)
{
    uint64_t moved_us = watch->moved_us ? watch->moved_us[slot] : 0;
    return watch->redis->microseconds() - (moved_us ? moved_us : watch->start_us);
}

/* ---- Rows that are set apart ---- */

bool
slot_watch_mark(struct slot_watch *watch, struct redis_ctx *ctx, struct registry_entry *entry,
                unsigned slot)
{
    /* The slot also has keys that are no rows of the dataset. */
    enum { KEYS_MOST = 2 * NAMED_ROWS_MOST };
    const struct redis_api *redis = watch->redis;
    struct index *index = entry_index(entry, 0);
    uint32_t nrows = entry->slot_rows[slot], nmarked = 0;
    if (!nrows || !index) {
        return true;
    }
    if (nrows > NAMED_ROWS_MOST) {
        return false;
    }
    struct redis_call_reply *reply = redis->call(ctx, "CLUSTER", "cll", "GETKEYSINSLOT",
                                                 (long long) slot, (long long) KEYS_MOST);
    struct redis_call_reply *key;
    for (size_t i = 0; reply && (key = redis->call_reply_element(reply, i)) != NULL; i++) {
        size_t len;
        const char *text = redis->call_reply_string(key, &len);
        nmarked += text && index_mark_row(index, slice_of(text, len), mark_of_slot(slot));
    }
    if (reply) {
        redis->free_call_reply(reply);
    }
    return nmarked == nrows;
}

static void
read_anew(struct slot_watch *watch, struct redis_ctx *ctx, struct registry_entry *entry,
          unsigned slot)
{
    watch->redis->log(ctx, "notice",
                      "quipu: slot %u went with rows in it: dataset %.*s is indexed anew", slot,
                      SLICE_ARG(entry->name));
    registry_forget_rows(watch->registry, entry);
}

/* Sets a slot apart that is not settled any more. */
static void
set_apart(struct slot_watch *watch, struct redis_ctx *ctx, const struct slots *now, unsigned slot)
{
    struct registry *registry = watch->registry;
    bool is_lost = !slots_has(now, slot), are_marked = true;
    for (size_t i = 0; i < registry->count; i++) {
        struct registry_entry *entry = registry->entries[i];
        if (slot_watch_mark(watch, ctx, entry, slot)) {
            continue;
        }
        are_marked = false;
        /*
         * A replica learns of each key from its master; a former replica begins with what it has.
         */
        if (is_lost && watch->was_own && now->is_own) {
            read_anew(watch, ctx, entry, slot);
        }
    }
    /* A slot that leaves with too many rows is looked at again, until it has fewer. */
    if (are_marked || is_lost) {
        registry->apart[slot / 8] |= (uint8_t) (1 << slot % 8);
    }
}

static bool
has_rows_apart(const struct registry *registry, const struct registry_entry *entry)
{
    for (unsigned i = 0; i < sizeof registry->apart; i++) {
        for (unsigned apart = registry->apart[i]; apart; apart &= apart - 1) {
            if (entry->slot_rows[i * 8 + (unsigned) __builtin_ctz(apart)]) {
                return true;
            }
        }
    }
    return false;
}

/* Clears the marks of an index when none of them is needed any more. */
static void
clear_marks(const struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        struct index *index = entry_index(registry->entries[i], 0);
        if (index && index_nmarked(index) && !has_rows_apart(registry, registry->entries[i])) {
            index_clear_marks(index);
        }
    }
}

static void
look_at_slots(struct slot_watch *watch, struct redis_ctx *ctx, const struct slots *now)
{
    struct registry *registry = watch->registry;
    for (unsigned i = 0; i < sizeof now->has; i++) {
        unsigned settled = now->has[i] & ~now->leaves[i] & 0xffu;
        unsigned newly = ~settled & ~registry->apart[i] & 0xffu;
        registry->apart[i] &= (uint8_t) ~settled;
        for (; newly; newly &= newly - 1) {
            set_apart(watch, ctx, now, i * 8 + (unsigned) __builtin_ctz(newly));
        }
    }
    clear_marks(registry);
}

bool
slot_watch_look(struct slot_watch *watch, struct redis_ctx *ctx, struct slots *out,
                struct error *err)
{
    bool ok = slots_ask(watch->redis, ctx, out, err);
    struct registry *registry = watch->registry;
    if (!registry->in_cluster) {
        return ok;
    }
    if (ok) {
        look_at_slots(watch, ctx, out);
    }
    watch->was_own = ok && out->is_own;
    backfill_start(watch->backfill, ctx);
    return ok;
}

/* ---- Rows without keys ---- */

/* Drops rows of a slot that is not served here, and that Redis has emptied without an event. */
static void
drop_rows(struct registry *registry, unsigned slot)
{
    for (size_t i = 0; i < registry->count; i++) {
        struct registry_entry *entry = registry->entries[i];
        struct index *index = entry_index(entry, 0);
        uint64_t cursor = 0;
        uint32_t id;
        struct slice name;
        while (index && entry->slot_rows[slot] &&
               index_next_marked(index, mark_of_slot(slot), &cursor, &id, &name)) {
            struct strbuf copy; /* the name belongs to the index */
            strbuf_init(&copy);
            strbuf_append(&copy, name);
            entry_remove_row(entry, 0, strbuf_slice(&copy));
            strbuf_fini(&copy);
        }
    }
}

static bool
has_rows(const struct registry *registry, unsigned slot)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (registry->entries[i]->slot_rows[slot]) {
            return true;
        }
    }
    return false;
}

/* A move was given up: Redis removes the imported keys and sends no event. */
static void
look_for_rows_left(struct slot_watch *watch, struct redis_ctx *ctx, const struct slots *now)
{
    enum { ASKED_AT_ONCE = 64 };
    struct registry *registry = watch->registry;
    int nasked = 0;
    for (unsigned i = 0; i < CLUSTER_SLOTS && nasked < ASKED_AT_ONCE; i++) {
        unsigned slot = watch->next_left++ % CLUSTER_SLOTS;
        if (slots_has(now, slot) || !registry_is_apart(registry, slot) ||
            !has_rows(registry, slot)) {
            continue;
        }
        struct redis_call_reply *reply =
            watch->redis->call(ctx, "CLUSTER", "cl", "COUNTKEYSINSLOT", (long long) slot);
        nasked++;
        if (reply && watch->redis->call_reply_integer(reply) == 0) {
            drop_rows(registry, slot);
        }
        if (reply) {
            watch->redis->free_call_reply(reply);
        }
    }
}

static void
on_timer(struct redis_ctx *ctx, void *arg)
{
    struct slot_watch *watch = arg;
    struct slots slots;
    struct error err = {0};
    slots_init(&slots);
    if (slot_watch_look(watch, ctx, &slots, &err)) {
        look_for_rows_left(watch, ctx, &slots);
    } else {
        error_clear(&err);
    }
    slots_fini(&slots);
    watch->has_timer = false;
    slot_watch_settle(watch, ctx);
}

void
slot_watch_settle(struct slot_watch *watch, struct redis_ctx *ctx)
{
    bool is_wanted = watch->registry->in_cluster && watch->registry->count > 0;
    if (is_wanted && !watch->has_timer) {
        watch->timer = watch->redis->create_timer(ctx, PERIOD_MS, on_timer, watch);
    } else if (!is_wanted && watch->has_timer) {
        watch->redis->stop_timer(ctx, watch->timer, NULL);
        watch->was_own = false;
    }
    watch->has_timer = is_wanted;
}
