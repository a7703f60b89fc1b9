/*
 * The watch over slots. in: the slots of now and of before; out: datasets whose rows are read anew.
 *
 * Example: CLUSTER SETSLOT 93 NODE b at b, while a still has two rows in it: a hears of it, and
 * drops both keys. At the next look slot 93 has gone, and slot_rows[93] is 2.
 */
#include "module/slot_watch.h"

#include <string.h>

enum { PERIOD_MS = 100 };

void
slot_watch_init(struct slot_watch *watch, const struct redis_api *redis, struct registry *registry,
                struct backfill *backfill)
{
    *watch = (struct slot_watch){.redis = redis, .registry = registry, .backfill = backfill};
}

static bool
has_lost_rows(const struct slot_watch *watch, const struct slots *now,
              const struct registry_entry *entry)
{
    for (size_t i = 0; i < sizeof now->has; i++) {
        for (unsigned gone = watch->had[i] & ~now->has[i]; gone; gone &= gone - 1) {
            if (entry->slot_rows[i * 8 + (unsigned) __builtin_ctz(gone)]) {
                return true;
            }
        }
    }
    return false;
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
    /* A replica is told of each key by its master; whoever was one begins with what it has. */
    for (size_t i = 0; watch->was_own && out->is_own && i < registry->count; i++) {
        if (has_lost_rows(watch, out, registry->entries[i])) {
            watch->redis->log(ctx, "notice",
                              "quipu: a slot went with rows in it: dataset %.*s is "
                              "indexed anew",
                              SLICE_ARG(registry->entries[i]->name));
            registry_forget_rows(registry, registry->entries[i]);
        }
    }
    watch->was_own = out->is_own;
    memcpy(watch->had, out->has, sizeof watch->had);
    backfill_start(watch->backfill, ctx);
    return ok;
}

static void
on_timer(struct redis_ctx *ctx, void *arg)
{
    struct slot_watch *watch = arg;
    struct slots slots;
    struct error err = {0};
    slots_init(&slots);
    /* That one is under way is no concern of ours. */
    if (!slot_watch_look(watch, ctx, &slots, &err)) {
        error_clear(&err);
    }
    slots_fini(&slots);
    watch->redis->create_timer(ctx, PERIOD_MS, on_timer, watch);
}

void
slot_watch_start(struct slot_watch *watch, struct redis_ctx *ctx)
{
    if (watch->registry->in_cluster) {
        watch->redis->create_timer(ctx, PERIOD_MS, on_timer, watch);
    }
}
