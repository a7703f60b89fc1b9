/*
 * Keeps the list of datasets, over restarts and in replicas. in: commands, a hash, a file,
 * arguments; out: the registry, and all of these again.
 *
 * Example: a master gets QUIPU.INDEX CREATE w47 PREFIX w47: and does HSET quipu:datasets w47 w47:.
 * Its replicas and its append-only file get the same HSET. A replica sees an event of that key,
 * reads the hash when the turn is over, and begins to index w47:.
 *
 * A client that deletes the hash causes an event; at the end of the turn the master finds the hash
 * gone, and writes it. After DROP of `current`, which the arguments give, the hash has only "-",
 * which is no name.
 */
#include "module/definitions.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "module/definitions_file.h"
#include "module/old_file.h"

enum { OLD_FORMAT = 1, OLD_DATASETS_MOST = 1 << 16, GONE_MS = 1000 };

static const char KEY[] = "quipu:datasets", NO_NAME[] = "-";

/* ---- The registry ---- */

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
    bool ok = true;
    for (size_t i = 0; i < ndatasets; i++) {
        ok = definitions_create(module, words[2 * i], words[2 * i + 1], err) && ok;
    }
    return ok;
}

/* The datasets that the arguments alone give. */
static const struct slice *
argument_words(const struct module *module, size_t *ndatasets)
{
    static const struct slice DEFAULT[] = {SLICE_LIT("current"), SLICE_LIT("profile_")};
    const struct settings *settings = &module->settings;
    bool is_default = !settings->ndatasets && !settings->has_no_dataset;
    *ndatasets = is_default ? 1 : settings->ndatasets;
    return is_default ? DEFAULT : settings->words;
}

static bool
is_as_arguments_say(const struct module *module)
{
    size_t n;
    const struct slice *words = argument_words(module, &n);
    for (size_t i = 0; i < module->registry.count; i++) {
        if (!is_among(words, n, module->registry.entries[i])) {
            return false;
        }
    }
    return module->registry.count == n;
}

/* The registry's names and prefixes in turn. */
static struct slice *
registry_words(const struct module *module, struct arena *arena, size_t *nwords)
{
    const struct registry *registry = &module->registry;
    *nwords = 2 * registry->count;
    struct slice *words = arena_array(arena, *nwords, sizeof *words);
    for (size_t i = 0; i < registry->count; i++) {
        words[2 * i] = registry->entries[i]->name;
        words[2 * i + 1] = registry->entries[i]->prefix;
    }
    return words;
}

/* Takes over the datasets. If a name means something else here, the log says so. */
static void
replace_or_say(struct module *module, const struct slice *words, size_t ndatasets)
{
    struct error err = {0};
    if (!definitions_replace(module, words, ndatasets, &err)) {
        module->redis.log(module->ctx, "warning", "quipu: a dataset that was kept: %s",
                          err.message);
    }
}

/* ---- Calls with strings ---- */

struct strings {
    struct redis_string **items;
    size_t count;
};

static struct strings
strings_new(const struct redis_api *redis, const struct slice *words, size_t nwords)
{
    struct strings strings = {redis->alloc((nwords + 1) * sizeof *strings.items), nwords};
    for (size_t i = 0; i < nwords; i++) {
        strings.items[i] = redis->create_string(NULL, words[i].ptr, words[i].len);
    }
    return strings;
}

static void
strings_free(const struct redis_api *redis, struct strings *strings)
{
    for (size_t i = 0; i < strings->count; i++) {
        redis->free_string(NULL, strings->items[i]);
    }
    redis->release(strings->items);
}

static void
reply_free(const struct redis_api *redis, struct redis_call_reply *reply)
{
    if (reply) {
        redis->free_call_reply(reply);
    }
}

/* ---- The hash ---- */

enum hash_state { HASH_GONE, HASH_ODD, HASH_READ };

bool
definitions_is_key(struct slice key)
{
    return slice_equal(key, slice_lit(KEY));
}

static struct slice
element(const struct redis_api *redis, struct redis_call_reply *reply, size_t i)
{
    struct redis_call_reply *item = redis->call_reply_element(reply, i);
    size_t len = 0;
    const char *text = item ? redis->call_reply_string(item, &len) : NULL;
    return slice_of(text, text ? len : 0);
}

static enum hash_state
hash_take(const struct redis_api *redis, struct redis_call_reply *reply, struct arena *arena,
          struct slice **words, size_t *nwords)
{
    *nwords = 0;
    if (!reply || redis->call_reply_type(reply) != REDIS_REPLY_ARRAY) {
        return HASH_ODD;
    }
    size_t n = redis->call_reply_length(reply);
    *words = arena_array(arena, n, sizeof **words);
    for (size_t i = 0; i + 1 < n; i += 2) {
        struct slice name = element(redis, reply, i);
        if (!slice_equal(name, slice_str(NO_NAME))) {
            (*words)[(*nwords)++] = arena_copy(arena, name);
            (*words)[(*nwords)++] = arena_copy(arena, element(redis, reply, i + 1));
        }
    }
    return n ? HASH_READ : HASH_GONE;
}

static enum hash_state
hash_read(const struct module *module, struct redis_ctx *ctx, struct arena *arena,
          struct slice **words, size_t *nwords)
{
    const struct redis_api *redis = &module->redis;
    int selected = redis->get_selected_db(ctx);
    redis->select_db(ctx, 0);
    struct redis_call_reply *reply = redis->call(ctx, "HGETALL", "c", KEY);
    enum hash_state state = hash_take(redis, reply, arena, words, nwords);
    reply_free(redis, reply);
    redis->select_db(ctx, selected);
    return state;
}

/* Writes the words into the hash; without words it is removed. */
static void
hash_write(const struct module *module, struct redis_ctx *ctx, const struct slice *words,
           size_t nwords)
{
    const struct redis_api *redis = &module->redis;
    int selected = redis->get_selected_db(ctx);
    redis->select_db(ctx, 0);
    reply_free(redis, redis->call(ctx, "DEL", "!c", KEY));
    if (nwords) {
        struct strings strings = strings_new(redis, words, nwords);
        reply_free(redis, redis->call(ctx, "HSET", "!cv", KEY, strings.items, strings.count));
        strings_free(redis, &strings);
    }
    redis->select_db(ctx, selected);
}

/* The words that the hash should have; none: it should not exist. */
static struct slice *
hash_words(const struct module *module, struct arena *arena, size_t *nwords)
{
    static const struct slice NOTHING[] = {SLICE_LIT(NO_NAME), SLICE_LIT("")};
    struct slice *words = registry_words(module, arena, nwords);
    if (is_as_arguments_say(module) && !module->definitions.is_from_old) {
        *nwords = 0;
    } else if (*nwords == 0) {
        *nwords = 2;
        words = arena_array(arena, 2, sizeof *words);
        memcpy(words, NOTHING, sizeof NOTHING);
    }
    return words;
}

/* True: both have as many datasets, and the same ones. */
static bool
is_same(const struct module *module, enum hash_state state, const struct slice *words,
        size_t nwords, size_t nwanted)
{
    if (state == HASH_ODD || (state == HASH_GONE) != (nwanted == 0) ||
        nwords != (nwanted ? 2 * module->registry.count : 0)) {
        return false;
    }
    for (size_t i = 0; nwanted && i < module->registry.count; i++) {
        if (!is_among(words, nwords / 2, module->registry.entries[i])) {
            return false;
        }
    }
    return true;
}

/* On a master: makes the hash equal to the registry. */
static void
hash_settle(struct module *module, struct redis_ctx *ctx)
{
    struct arena *arena = arena_new();
    struct slice *had;
    size_t nhad, nwanted;
    enum hash_state state = hash_read(module, ctx, arena, &had, &nhad);
    const struct slice *wanted = hash_words(module, arena, &nwanted);
    if (!is_same(module, state, had, nhad, nwanted)) {
        hash_write(module, ctx, wanted, nwanted);
    }
    arena_free(arena);
}

/* Makes the registry equal to the hash, or to the arguments if there is no hash. */
static enum hash_state
hash_follow(struct module *module, struct redis_ctx *ctx, bool is_gone_for_good)
{
    struct arena *arena = arena_new();
    struct slice *words;
    size_t nwords, n;
    enum hash_state state = hash_read(module, ctx, arena, &words, &nwords);
    if (state == HASH_READ) {
        replace_or_say(module, words, nwords / 2);
    } else if (state == HASH_GONE && is_gone_for_good && !module->definitions.is_from_old) {
        const struct slice *given = argument_words(module, &n);
        replace_or_say(module, given, n);
    }
    arena_free(arena);
    return state;
}

/* ---- The file ---- */

static struct slice
config_get(const struct module *module, struct redis_ctx *ctx, struct arena *arena,
           const char *name)
{
    const struct redis_api *redis = &module->redis;
    struct redis_call_reply *reply = redis->call(ctx, "CONFIG", "cc", "GET", name);
    struct slice value = slice_of("", 0);
    if (reply && redis->call_reply_type(reply) == REDIS_REPLY_ARRAY &&
        redis->call_reply_length(reply) == 2) {
        value = arena_copy(arena, element(redis, reply, 1));
    }
    reply_free(redis, reply);
    return value;
}

static void
path_set(struct module *module, struct redis_ctx *ctx)
{
    struct definitions *definitions = &module->definitions;
    struct arena *arena = arena_new();
    struct slice name = config_get(module, ctx, arena, "dbfilename");
    if (name.len) {
        snprintf(definitions->path, sizeof definitions->path, "%.*s.quipu", SLICE_ARG(name));
    }
    arena_free(arena);
}

static void
file_settle(struct module *module)
{
    struct definitions *definitions = &module->definitions;
    struct arena *arena = arena_new();
    struct strbuf text;
    size_t nwords;
    const struct slice *words = registry_words(module, arena, &nwords);
    strbuf_init(&text);
    if (!is_as_arguments_say(module)) {
        definitions_file_print(words, nwords, &text);
    }
    if (definitions->path[0] && !slice_equal(strbuf_slice(&text), definitions->file)) {
        bool ok = text.len ? definitions_file_write(definitions->path, strbuf_slice(&text))
                           : unlink(definitions->path) == 0;
        if (!ok) {
            module->redis.log(module->ctx, "verbose", "quipu: %s cannot be written",
                              definitions->path);
        }
        arena_free(definitions->arena);
        definitions->arena = arena_new();
        definitions->file = arena_copy(definitions->arena, strbuf_slice(&text));
    }
    strbuf_fini(&text);
    arena_free(arena);
}

/* A server that keeps nothing on disk also loads nothing: a file would be litter. */
static void
file_settle_if_kept(struct module *module)
{
    enum { KEPT = REDIS_CTX_AOF | REDIS_CTX_RDB };
    if (module->definitions.file.len || module->redis.context_flags(module->ctx) & KEPT) {
        file_settle(module);
    }
}

/* ---- Older files ---- */

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
old_load(struct module *module, struct redis_io *io, struct arena *arena)
{
    const struct redis_api *redis = &module->redis;
    uint64_t format = redis->load_unsigned(io);
    uint64_t n = redis->load_unsigned(io);
    if (redis->is_io_error(io) || format != OLD_FORMAT || n > OLD_DATASETS_MOST) {
        return false;
    }
    struct slice *words = arena_array(arena, 2 * n, sizeof *words);
    for (uint64_t i = 0; i < 2 * n; i++) {
        if (!load_word(module, io, arena, &words[i])) {
            return false;
        }
    }
    replace_or_say(module, words, n);
    module->definitions.is_from_old = true;
    return true;
}

static int
on_old_load(struct redis_io *io, int encoding, int when)
{
    (void) encoding;
    (void) when;
    struct arena *arena = arena_new();
    bool ok = old_load(module_get(), io, arena);
    arena_free(arena);
    return ok ? REDIS_OK : REDIS_ERR;
}

/* There are no keys of this type, so none of these functions is ever called. */
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

/* True: a file that Redis loads, or may load, has data of the older type. */
static bool
has_old_file(const struct module *module, struct redis_ctx *ctx)
{
    struct arena *arena = arena_new();
    struct slice rdb = config_get(module, ctx, arena, "dbfilename");
    struct slice aof = config_get(module, ctx, arena, "appendfilename");
    struct slice dir = config_get(module, ctx, arena, "appenddirname");
    const char *rdb_path = arena_printf(arena, "%.*s%c", SLICE_ARG(rdb), '\0').ptr;
    const char *aof_path = arena_printf(arena, "%.*s%c", SLICE_ARG(aof), '\0').ptr;
    const char *dir_path = arena_printf(arena, "%.*s%c", SLICE_ARG(dir), '\0').ptr;
    bool has = old_file_is_at(rdb_path) || old_file_is_at(aof_path) ||
               (aof.len && dir.len && old_file_is_in(dir_path, aof_path));
    arena_free(arena);
    return has;
}

/*
 * Registers the older type to read it. Nothing is saved by it: the datasets are kept like all
 * others.
 */
static bool
old_type_register(struct module *module, struct redis_ctx *ctx, struct error *err)
{
    struct redis_type_methods methods = {.version = REDIS_TYPE_METHODS_VERSION,
                                         .rdb_load = no_value,
                                         .rdb_save = save_no_value,
                                         .free = free_no_value,
                                         .aux_load = on_old_load,
                                         .aux_save_triggers = REDIS_AUX_BEFORE_RDB};
    if (!module->redis.create_data_type(ctx, OLD_FILE_TYPE, 0, &methods)) {
        return error_set(err, "ERR", "the data type %s could not be registered", OLD_FILE_TYPE);
    }
    module->redis.log(ctx, "notice",
                      "quipu: definitions of an older version are read: this process cannot "
                      "unload the module");
    return true;
}

/* ---- The beginning ---- */

static bool
add_given(struct registry *registry, const struct slice *words, size_t ndatasets, struct error *err)
{
    for (size_t i = 0; i < ndatasets; i++) {
        if (!registry_add(registry, words[2 * i], words[2 * i + 1], err)) {
            return false;
        }
    }
    return true;
}

/* Adds datasets of the file that the others lack. The file is a hint: wrong entries are skipped. */
static void
add_noted(struct registry *registry, const struct slice *words, size_t ndatasets)
{
    for (size_t i = 0; i < ndatasets; i++) {
        struct error ignored = {0};
        if (!registry_find(registry, words[2 * i]) &&
            !registry_add(registry, words[2 * i], words[2 * i + 1], &ignored)) {
            continue;
        }
    }
}

/* False: there is no file. */
static bool
file_begin(struct module *module)
{
    struct definitions *definitions = &module->definitions;
    struct slice *words;
    size_t nwords;
    struct strbuf text;
    strbuf_init(&text);
    definitions_file_read(definitions->path, &text);
    definitions->file = arena_copy(definitions->arena, strbuf_slice(&text));
    strbuf_fini(&text);
    bool is_noted = definitions_file_parse(definitions->arena, definitions->file, &words, &nwords);
    if (is_noted) {
        add_noted(&module->registry, words, nwords / 2);
    }
    return is_noted;
}

bool
definitions_begin(struct module *module, struct redis_ctx *ctx, struct error *err)
{
    const struct settings *settings = &module->settings;
    struct registry *registry = &module->registry;
    size_t n;
    const struct slice *given = argument_words(module, &n);
    module->definitions = (struct definitions){.arena = arena_new(), .must_follow = true};
    path_set(module, ctx);
    /*
     * The arguments come first: they decide what a name means. The default is only for a start
     * without a file.
     */
    if (!add_given(registry, settings->words, settings->ndatasets, err) ||
        (!file_begin(module) && !settings->ndatasets && !add_given(registry, given, n, err))) {
        return false;
    }
    return !(settings->reads_old || has_old_file(module, ctx)) ||
           old_type_register(module, ctx, err);
}

/* ---- What happens ---- */

void
definitions_doubt(struct module *module)
{
    module->definitions.must_settle = true;
}

void
definitions_loaded(struct module *module)
{
    module->definitions.must_follow = true;
}

void
definitions_on_replica(struct module *module)
{
    module->definitions.must_tell = module->registry.in_cluster;
}

void
definitions_on_save(struct module *module)
{
    file_settle(module);
}

void
definitions_changed(struct module *module, struct redis_ctx *ctx, struct redis_string **argv,
                    int argc)
{
    const struct redis_api *redis = &module->redis;
    if (redis->context_flags(ctx) & REDIS_CTX_LOADING) {
        module->definitions.is_from_old = true; /* an older append-only file has the commands */
        return;
    }
    slot_watch_settle(&module->slot_watch, ctx);
    if (module->registry.in_cluster) {
        redis->replicate(ctx, "QUIPU.INDEX", "Av", argv + 1, (size_t) argc - 1);
    } else if (!(redis->context_flags(ctx) & REDIS_CTX_REPLICA)) {
        hash_settle(module, ctx);
    }
    file_settle_if_kept(module);
}

/*
 * Tells the replicas of a cluster's node. A node without datasets is silent: its replicas may lack
 * the module.
 */
static void
tell_replicas(struct module *module, struct redis_ctx *ctx)
{
    struct arena *arena = arena_new();
    size_t nwords;
    const struct slice *words = registry_words(module, arena, &nwords);
    if (nwords) {
        struct strings strings = strings_new(&module->redis, words, nwords);
        module->redis.replicate(ctx, "QUIPU.INDEX", "Acv", "SET", strings.items, strings.count);
        strings_free(&module->redis, &strings);
    }
    arena_free(arena);
}

static void
turn_of_master(struct module *module, struct redis_ctx *ctx)
{
    struct definitions *definitions = &module->definitions;
    if (definitions->must_follow) {
        (void) hash_follow(module, ctx, true);
    }
    definitions->must_follow = definitions->must_settle = false;
    definitions->gone_until_ms = 0;
    hash_settle(module, ctx);
}

/* If the hash is gone, the master may write it again in a moment, so a replica waits. */
static void
turn_of_replica(struct module *module, struct redis_ctx *ctx)
{
    struct definitions *definitions = &module->definitions;
    bool is_gone_for_good = definitions->gone_until_ms != 0 &&
                            module->redis.milliseconds() >= definitions->gone_until_ms;
    definitions->must_follow = definitions->must_settle = false;
    if (hash_follow(module, ctx, is_gone_for_good) == HASH_READ || is_gone_for_good) {
        definitions->gone_until_ms = 0;
    } else if (!definitions->gone_until_ms) {
        definitions->gone_until_ms = module->redis.milliseconds() + GONE_MS;
    }
}

void
definitions_turn(struct module *module, struct redis_ctx *ctx)
{
    struct definitions *definitions = &module->definitions;
    const struct redis_api *redis = &module->redis;
    bool is_due = definitions->gone_until_ms && redis->milliseconds() >= definitions->gone_until_ms;
    if (!definitions->must_follow && !definitions->must_settle && !definitions->must_tell &&
        !is_due) {
        return;
    }
    bool is_replica = redis->context_flags(ctx) & REDIS_CTX_REPLICA;
    /* While clients are paused for a failover, nothing may be written. */
    if (!is_replica && redis->avoid_replica_traffic()) {
        return;
    }
    if (module->registry.in_cluster) {
        definitions->must_follow = definitions->must_settle = false;
    } else if (is_replica) {
        turn_of_replica(module, ctx);
    } else {
        turn_of_master(module, ctx);
    }
    if (definitions->must_tell && !is_replica) {
        tell_replicas(module, ctx);
    }
    definitions->must_tell = false;
    slot_watch_settle(&module->slot_watch, ctx);
    file_settle_if_kept(module);
}

void
definitions_end(struct module *module, struct redis_ctx *ctx)
{
    struct definitions *definitions = &module->definitions;
    const struct redis_api *redis = &module->redis;
    bool is_replica = redis->context_flags(ctx) & REDIS_CTX_REPLICA;
    if (!module->registry.in_cluster && !is_replica) {
        struct arena *arena = arena_new();
        struct slice *words;
        size_t nwords;
        if (hash_read(module, ctx, arena, &words, &nwords) == HASH_READ) {
            hash_write(module, ctx, NULL, 0);
        }
        arena_free(arena);
    }
    if (definitions->file.len) {
        unlink(definitions->path);
    }
    arena_free(definitions->arena);
}
