/*
 * Definitions, saved and loaded. in: the registry; out: bytes in an RDB file, or commands; and
 * back.
 *
 * In an RDB file, as the module type `quipu-idx`, before the keys: 1 (the format), the number of
 * datasets, then each one's name and prefix.
 *
 * Example: DROP current, CREATE w47 PREFIX w47:, then a replica comes: it has `current` by default;
 * the RDB file it gets has w47 alone, so it drops `current`.
 */
#include "module/definitions.h"

#include <string.h>

enum { FORMAT = 1, DATASETS_MOST = 1 << 16 };

/* Nine letters, as Redis wants them. */
static const char TYPE_NAME[] = "quipu-idx";

bool
definitions_create(struct module *module, struct slice name, struct slice prefix, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct registry_entry *entry = registry_find(&module->registry, name);
    if (entry && !slice_equal(entry->prefix, prefix)) {
        return error_set(err, "ERR", "dataset %.*s is there already, with prefix %s",
                         SLICE_ARG(name), error_quote(quoted, entry->prefix));
    }
    if (!entry && !registry_add(&module->registry, name, prefix, err)) {
        return false;
    }
    backfill_start(&module->backfill, module->ctx);
    return true;
}

bool
definitions_begin(struct module *module, struct error *err)
{
    const struct settings *settings = &module->settings;
    struct registry *registry = &module->registry;
    if (!settings->ndatasets && !settings->has_no_dataset) {
        return registry_add(registry, slice_lit("current"), slice_lit("profile_"), err);
    }
    for (size_t i = 0; i < settings->ndatasets; i++) {
        if (!registry_add(registry, settings->words[2 * i], settings->words[2 * i + 1], err)) {
            return false;
        }
    }
    return true;
}

static bool
is_among(const struct slice *words, size_t ndatasets, const struct registry_entry *entry)
{
    for (size_t i = 0; i < ndatasets; i++) {
        if (slice_equal(words[2 * i], entry->name) &&
            slice_equal(words[2 * i + 1], entry->prefix)) {
            return true;
        }
    }
    return false;
}

bool
definitions_replace(struct module *module, const struct slice *words, size_t ndatasets,
                    struct error *err)
{
    const struct settings *settings = &module->settings;
    for (size_t i = module->registry.count; i-- > 0;) {
        const struct registry_entry *entry = module->registry.entries[i];
        if (!is_among(words, ndatasets, entry) &&
            !is_among(settings->words, settings->ndatasets, entry)) {
            registry_drop(&module->registry, entry->name);
        }
    }
    for (size_t i = 0; i < ndatasets; i++) {
        if (!definitions_create(module, words[2 * i], words[2 * i + 1], err)) {
            return false;
        }
    }
    return true;
}

/* ---- In an RDB file ---- */

static void
on_save(struct redis_io *io, int when)
{
    (void) when;
    const struct module *module = module_get();
    const struct redis_api *redis = &module->redis;
    redis->save_unsigned(io, FORMAT);
    redis->save_unsigned(io, module->registry.count);
    for (size_t i = 0; i < module->registry.count; i++) {
        const struct registry_entry *entry = module->registry.entries[i];
        redis->save_buffer(io, entry->name.ptr, entry->name.len);
        redis->save_buffer(io, entry->prefix.ptr, entry->prefix.len);
    }
}

static bool
load_word(struct module *module, struct redis_io *io, struct arena *arena, struct slice *word)
{
    size_t len = 0;
    char *bytes = module->redis.load_buffer(io, &len);
    if (!bytes || module->redis.is_io_error(io)) {
        module->redis.release(bytes);
        return false;
    }
    *word = arena_copy(arena, slice_of(bytes, len));
    module->redis.release(bytes);
    return true;
}

static bool
load(struct module *module, struct redis_io *io, struct arena *arena)
{
    const struct redis_api *redis = &module->redis;
    uint64_t format = redis->load_unsigned(io);
    uint64_t n = redis->load_unsigned(io);
    if (redis->is_io_error(io) || format != FORMAT || n > DATASETS_MOST) {
        return false;
    }
    struct slice *words = arena_array(arena, 2 * n, sizeof *words);
    for (uint64_t i = 0; i < 2 * n; i++) {
        if (!load_word(module, io, arena, &words[i])) {
            return false;
        }
    }
    struct error err = {0};
    if (!definitions_replace(module, words, n, &err)) {
        redis->log(module->ctx, "warning", "quipu: a dataset that was saved: %s", err.message);
        return false;
    }
    return true;
}

static int
on_load(struct redis_io *io, int encoding, int when)
{
    (void) encoding;
    (void) when;
    struct arena *arena = arena_new();
    bool ok = load(module_get(), io, arena);
    arena_free(arena);
    return ok ? REDIS_OK : REDIS_ERR;
}

/* There are no keys of the type, so none of these is ever called. */
static void *
no_value(struct redis_io *io, int encoding)
{
    (void) io;
    (void) encoding;
    return NULL;
}

static void
save_no_value(struct redis_io *io, void *value)
{
    (void) io;
    (void) value;
}

static void
free_no_value(void *value)
{
    (void) value;
}

bool
definitions_register(struct module *module, struct redis_ctx *ctx, struct error *err)
{
    struct redis_type_methods methods = {.version = REDIS_TYPE_METHODS_VERSION,
                                         .rdb_load = no_value,
                                         .rdb_save = save_no_value,
                                         .free = free_no_value,
                                         .aux_load = on_load,
                                         .aux_save = on_save,
                                         .aux_save_triggers = REDIS_AUX_BEFORE_RDB};
    if (!module->redis.create_data_type(ctx, TYPE_NAME, 0, &methods)) {
        return error_set(err, "ERR", "the data type %s could not be registered", TYPE_NAME);
    }
    return true;
}

/* ---- Behind a rewritten append-only file ---- */

static bool
rewrites_as_commands(struct module *module, struct redis_ctx *ctx)
{
    const struct redis_api *redis = &module->redis;
    if (!(redis->context_flags(ctx) & REDIS_CTX_AOF)) {
        return false;
    }
    struct redis_call_reply *reply =
        redis->call(ctx, "CONFIG", "cc", "GET", "aof-use-rdb-preamble");
    struct redis_call_reply *value = reply ? redis->call_reply_element(reply, 1) : NULL;
    size_t len = 0;
    const char *text = value ? redis->call_reply_string(value, &len) : NULL;
    bool is_no = text && slice_equal(slice_of(text, len), slice_lit("no"));
    if (reply) {
        redis->free_call_reply(reply);
    }
    return is_no;
}

void
definitions_on_fork(struct module *module, struct redis_ctx *ctx)
{
    module->must_repeat_definitions =
        module->must_repeat_definitions || rewrites_as_commands(module, ctx);
}

void
definitions_repeat(struct module *module, struct redis_ctx *ctx)
{
    const struct redis_api *redis = &module->redis;
    /* While clients are paused for a failover, nothing may be written. */
    if (!module->must_repeat_definitions || redis->avoid_replica_traffic()) {
        return;
    }
    module->must_repeat_definitions = false;
    size_t nwords = 2 * module->registry.count;
    struct redis_string **words = redis->alloc((nwords + 1) * sizeof *words);
    for (size_t i = 0; i < module->registry.count; i++) {
        const struct registry_entry *entry = module->registry.entries[i];
        words[2 * i] = redis->create_string(NULL, entry->name.ptr, entry->name.len);
        words[2 * i + 1] = redis->create_string(NULL, entry->prefix.ptr, entry->prefix.len);
    }
    redis->replicate(ctx, "QUIPU.INDEX", "cv", "SET", words, nwords);
    for (size_t i = 0; i < nwords; i++) {
        redis->free_string(NULL, words[i]);
    }
    redis->release(words);
}
