/*
 * The way from Redis into quipu.so: loading, events, unloading. in: Redis loads it, then tells it
 * of events; out: indexes that follow.
 *
 *     OnLoad -> redis_api -> settings -> pool, registry, ... -> commands -> events
 *     OnUnload, if there is no dataset: all of that is given back
 *
 *     keyspace event ----> follower (one key)          LOADED: a key that an RDB file had
 *     server event   ----> flushed, swapped, loaded, forked, end of a turn of the event loop
 *
 * Example: redis-server --loadmodule build/quipu.so; HSET profile_1 sex f; QUIPU.COUNT "count sex
 * from current" answers 1) 1) "f" 2) 1.
 */
#include "module/shared.h"

#include <stdlib.h>
#include <string.h>

#include "module/commands.h"
#include "module/definitions.h"
#include "module/query.h"

int RedisModule_OnLoad(struct redis_ctx *ctx, struct redis_string **argv, int argc)
    __attribute__((visibility("default")));
int RedisModule_OnUnload(struct redis_ctx *ctx) __attribute__((visibility("default")));

/* ---- Events ---- */

/*
 * True: after this event the key is gone. Event types say less: hexpired may be about a row that
 * lives on.
 */
static bool
is_gone(const char *event)
{
    static const char *const NAMES[] = {"del", "expired", "evicted", "rename_from", "move_from"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(event, NAMES[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int
on_key_event(struct redis_ctx *ctx, int type, const char *event, struct redis_string *key)
{
    struct module *module = module_get();
    if (definitions_is_key(redis_slice(&module->redis, key))) {
        definitions_doubt(module);
        return REDIS_OK;
    }
    if (!registry_wants(&module->registry, redis_slice(&module->redis, key))) {
        selection_restore(&module->selection, ctx, event);
        return REDIS_OK;
    }
    module->follower.nevents++;
    struct row_change change = {.fields = field_change_of(type, event)};
    if (type == REDIS_NOTIFY_HASH && strcmp(event, "hset") == 0) {
        change.nwords = written_take(&module->written, key, change.words);
    }
    if (is_gone(event)) {
        follower_gone(&module->follower, module->redis.get_selected_db(ctx),
                      redis_slice(&module->redis, key));
    } else {
        follower_changed(&module->follower, ctx, key, &change);
    }
    selection_restore(&module->selection, ctx, event);
    return REDIS_OK;
}

/* Needed from 7.2 on: some commands remove a hash with its last field and send no event for it. */
static void
on_key_removed(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) event;
    (void) subevent; /* in every case the old key is gone */
    struct module *module = module_get();
    const struct redis_key_info *info = data;
    const struct redis_string *key = module->redis.key_name(info->key);
    if (key && registry_wants(&module->registry, redis_slice(&module->redis, key))) {
        follower_gone(&module->follower, module->redis.get_selected_db(ctx),
                      redis_slice(&module->redis, key));
    }
}

static void
on_command(struct redis_filter *filter)
{
    struct module *module = module_get();
    struct slice name = redis_slice(&module->redis, module->redis.filter_arg(filter, 0));
    follower_before_command(&module->follower, module->ctx, name);
    written_note(&module->written, filter, name);
    slot_watch_note(&module->slot_watch, filter, name);
    selection_note(&module->selection, filter, name);
}

static void
on_flush(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) ctx;
    (void) event;
    const struct redis_flush_info *info = data;
    if (subevent == REDIS_FLUSHDB_ENDED) {
        follower_cleared(&module_get()->follower, info->db);
        definitions_doubt(module_get());
    }
}

static void
on_swap(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) ctx;
    (void) event;
    (void) subevent;
    const struct redis_swap_info *info = data;
    follower_swapped(&module_get()->follower, info->db_first, info->db_second);
    backfill_restart(&module_get()->backfill);
    definitions_doubt(module_get());
}

static void
on_loading(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) event;
    (void) data;
    bool is_over = subevent == REDIS_LOADING_ENDED || subevent == REDIS_LOADING_FAILED;
    module_get()->follower.is_loading = !is_over;
    if (is_over) {
        follower_turn(&module_get()->follower, ctx);
        backfill_start(&module_get()->backfill, ctx);
        definitions_loaded(module_get());
    }
}

static void
on_role(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) ctx;
    (void) event;
    (void) subevent;
    (void) data;
    definitions_doubt(module_get());
}

static void
on_replica(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) ctx;
    (void) event;
    (void) data;
    if (subevent == REDIS_REPLICA_ONLINE) {
        definitions_on_replica(module_get());
    }
}

static void
on_save(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) ctx;
    (void) event;
    (void) data;
    if (subevent < REDIS_PERSISTENCE_ENDED) {
        definitions_on_save(module_get());
    }
}

/* Also frees what snapshots have left behind, for times when nobody writes. */
static void
reclaim(struct registry *registry)
{
    enum { BLOCKS_AT_ONCE = 256 };
    for (size_t i = 0; i < registry->count; i++) {
        const struct registry_entry *entry = registry->entries[i];
        for (int db = 0; db < entry->ndbs; db++) {
            if (entry->by_db[db]) {
                index_reclaim(entry->by_db[db], BLOCKS_AT_ONCE);
            }
        }
    }
}

/* Reads rows again, a few at a time, whose fields found no room before other rows went. */
static void
reread(struct module *module, struct redis_ctx *ctx)
{
    enum { ROWS_AT_ONCE = 256 };
    const struct row_change change = {.nwords = 0}; /* the row is read as a whole */
    const struct redis_api *redis = &module->redis;
    const struct registry *registry = &module->registry;
    int selected = redis->get_selected_db(ctx), left = ROWS_AT_ONCE;
    for (size_t i = 0; i < registry->count; i++) {
        const struct registry_entry *entry = registry->entries[i];
        for (int db = 0; db < entry->ndbs; db++) {
            struct slice name;
            while (entry->by_db[db] && left && index_next_reread(entry->by_db[db], &name)) {
                struct redis_string *key = redis->create_string(NULL, name.ptr, name.len);
                redis->select_db(ctx, db);
                follower_changed(&module->follower, ctx, key, &change);
                redis->free_string(NULL, key);
                left--;
            }
        }
    }
    redis->select_db(ctx, selected);
}

static void
on_turn(struct redis_ctx *ctx, struct redis_event event, uint64_t subevent, void *data)
{
    (void) event;
    (void) data;
    if (subevent == REDIS_EVENTLOOP_BEFORE_SLEEP) {
        reread(module_get(), ctx);
        follower_turn(&module_get()->follower, ctx);
        backfill_turn(&module_get()->backfill, ctx);
        reclaim(&module_get()->registry);
        queries_turn(&module_get()->queries);
        definitions_turn(module_get(), ctx);
    }
}

static bool
subscribe(const struct redis_api *redis, struct redis_ctx *ctx, struct error *err)
{
    enum {
        TYPES = REDIS_NOTIFY_GENERIC | REDIS_NOTIFY_STRING | REDIS_NOTIFY_LIST | REDIS_NOTIFY_SET |
                REDIS_NOTIFY_HASH | REDIS_NOTIFY_ZSET | REDIS_NOTIFY_EXPIRED |
                REDIS_NOTIFY_EVICTED | REDIS_NOTIFY_STREAM | REDIS_NOTIFY_MODULE |
                REDIS_NOTIFY_LOADED
    };
    static const struct {
        uint64_t id;
        redis_event_fn *run;
    } EVENTS[] = {{REDIS_EVENT_FLUSHDB, on_flush},          {REDIS_EVENT_SWAPDB, on_swap},
                  {REDIS_EVENT_LOADING, on_loading},        {REDIS_EVENT_ROLE_CHANGED, on_role},
                  {REDIS_EVENT_REPLICA_CHANGE, on_replica}, {REDIS_EVENT_PERSISTENCE, on_save},
                  {REDIS_EVENT_EVENTLOOP, on_turn}};
    if (redis->subscribe_to_keyspace_events(ctx, TYPES, on_key_event) != REDIS_OK) {
        return error_set(err, "ERR", "keyspace events cannot be followed");
    }
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS; i++) {
        const struct redis_event event = {EVENTS[i].id, 1};
        if (redis->subscribe_to_server_event(ctx, event, EVENTS[i].run) != REDIS_OK) {
            return error_set(err, "ERR", "server event %llu cannot be followed",
                             (unsigned long long) event.id);
        }
    }
    /* Servers that lack this event refuse it; there no command removes a key without an event. */
    if (redis->key_name) {
        const struct redis_event event = {REDIS_EVENT_KEY, 1};
        (void) redis->subscribe_to_server_event(ctx, event, on_key_removed);
    }
    return true;
}

/* ---- INFO ---- */

static void
on_info(struct redis_info *info, int is_crash)
{
    const struct module *module = module_get();
    (void) is_crash; /* figures only: nothing here takes a lock */
    module->redis.info_add_section(info, "");
    module->redis.info_add_long_long(info, "datasets", module->registry.count);
    module->redis.info_add_long_long(info, "workers", module->settings.nworkers);
    module->redis.info_add_long_long(info, "counts_short", module->queries.nshort);
    module->redis.info_add_long_long(info, "counts_long", module->queries.nlong);
    module->redis.info_add_long_long(info, "counts_cancelled", module->queries.ncancelled);
    module->redis.info_add_long_long(info, "counts_failed", module->queries.nfailed);
    module->redis.info_add_long_long(info, "events", module->follower.nevents);
    module->redis.info_add_long_long(info, "indexing", module->backfill.is_running);
}

/* ---- Loading ---- */

/* Copies the arguments: Redis' strings are freed when OnLoad returns. */
static struct slice *
copy_words(const struct redis_api *redis, struct arena *arena, struct redis_string **argv, int argc)
{
    struct slice *words = arena_array(arena, (size_t) argc, sizeof *words);
    for (int i = 0; i < argc; i++) {
        words[i] = arena_copy(arena, redis_slice(redis, argv[i]));
    }
    return words;
}

/*
 * Slots may move as a whole: rows that are imported are not counted until the slot is owned
 * (slot_watch.h).
 */
static void
set_options(const struct redis_api *redis, struct redis_ctx *ctx)
{
    int options = REDIS_OPTION_HANDLE_IO_ERRORS | REDIS_OPTION_NO_IMPLICIT_SIGNAL;
    if (redis->is_valkey) {
        options |= VALKEY_OPTION_HANDLE_ATOMIC_SLOT_MIGRATION;
    }
    redis->set_module_options(ctx, options);
}

static bool
begin(struct module *module, struct redis_ctx *ctx, struct redis_string **argv, int argc,
      struct error *err)
{
    const struct redis_api *redis = &module->redis;
    module->words = arena_new();
    if (!settings_read(&module->settings, copy_words(redis, module->words, argv, argc),
                       (size_t) argc, err)) {
        return false;
    }
    registry_init(&module->registry, redis);
    module->registry.max_fields = module->settings.max_fields;
    module->registry.in_cluster = redis->context_flags(ctx) & REDIS_CTX_CLUSTER;
    expiry_init(&module->expiry, redis);
    rows_init(&module->rows, redis);
    written_init(&module->written, redis);
    selection_init(&module->selection, redis);
    follower_init(&module->follower, redis, ctx, &module->registry, &module->expiry, &module->rows);
    slot_watch_init(&module->slot_watch, redis, &module->registry, &module->backfill);
    query_list_init(&module->queries);
    list_init(&module->verifies);
    if (!definitions_begin(module, ctx, err) || !commands_register(redis, ctx, err) ||
        !subscribe(redis, ctx, err) ||
        !backfill_init(&module->backfill, redis, &module->follower, err)) {
        return false;
    }
    /* From here on nothing may fail: threads would outlive a module that is not loaded. */
    set_options(redis, ctx);
    redis->register_info_func(ctx, on_info);
    module->ctx = redis->get_detached_context(ctx);
    redis->register_filter(ctx, on_command, REDIS_FILTER_NOSELF);
    module->pool = module->registry.pool = pool_new(module->settings.nworkers);
    backfill_start(&module->backfill, ctx);
    slot_watch_settle(&module->slot_watch, ctx);
    return true;
}

/* The table is not made yet, so Redis' log function is looked up by hand. */
static int
refuse(struct redis_ctx *ctx, redis_get_api_fn *get_api, const struct error *err)
{
    void (*log)(struct redis_ctx *, const char *level, const char *fmt, ...);
    if (get_api("RedisModule_Log", &log) == REDIS_OK) {
        log(ctx, "warning", "quipu.so: %s", err->message);
    }
    return REDIS_ERR;
}

int
RedisModule_OnLoad(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    redis_get_api_fn *get_api = *(redis_get_api_fn **) ctx;
    struct module *module = module_get();
    struct error err = {0};
    if (!redis_api_load(&module->redis, get_api, &err)) {
        return refuse(ctx, get_api, &err);
    }
    if (module->redis.is_module_name_busy("quipu")) {
        return REDIS_ERR;
    }
    module->redis.set_module_attribs(ctx, "quipu", 1, REDIS_API_VERSION);
    if (!begin(module, ctx, argv, argc, &err)) {
        return refuse(ctx, get_api, &err);
    }
    const struct registry *registry = &module->registry;
    module->redis.log(ctx, "notice", "quipu %s: %zu dataset%s, %u worker%s, kernel %s",
                      QUIPU_VERSION, registry->count, registry->count == 1 ? "" : "s",
                      module->settings.nworkers, module->settings.nworkers == 1 ? "" : "s",
                      kernel_set_name(kernel_set_chosen(module->settings.kernels)));
    return REDIS_OK;
}

int
RedisModule_OnUnload(struct redis_ctx *ctx)
{
    struct module *module = module_get();
    const struct redis_api *redis = &module->redis;
    if (module->registry.count > 0) {
        redis->log(ctx, "warning", "quipu: there are datasets: QUIPU.INDEX DROP each, then unload");
        return REDIS_ERR;
    }
    definitions_end(module, ctx);
    slot_watch_settle(&module->slot_watch, ctx);
    slot_watch_fini(&module->slot_watch);
    backfill_fini(&module->backfill);
    pool_free(module->pool); /* also frees indexes */
    follower_fini(&module->follower);
    written_fini(&module->written);
    rows_fini(&module->rows);
    expiry_fini(&module->expiry);
    registry_fini(&module->registry);
    query_list_fini(&module->queries);
    redis->free_thread_safe_context(module->ctx);
    arena_free(module->words);
    return REDIS_OK;
}
