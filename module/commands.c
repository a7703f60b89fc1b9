/*
 * The commands that quipu.so adds to Redis. in: Redis' call; out: a reply.
 *
 * Example: QUIPU.INDEX CREATE w47 PREFIX w47: on a master makes the dataset, and its rows begin to
 * be read. definitions.h says how the dataset is kept.
 */
#include "module/commands.h"

#include <stdio.h>

#include "columns/index_stats.h"
#include "module/definitions.h"
#include "module/presence.h"
#include "module/query.h"
#include "module/rights.h"
#include "module/verify.h"

/* ---- Replies ---- */

struct reply {
    const struct redis_api *redis;
    struct redis_ctx *ctx;
};

static void
reply_number(const struct reply *reply, const char *name, uint64_t value)
{
    redis_reply_slice(reply->redis, reply->ctx, slice_str(name));
    reply->redis->reply_with_long_long(reply->ctx, (long long) value);
}

static void
reply_text(const struct reply *reply, const char *name, struct slice value)
{
    redis_reply_slice(reply->redis, reply->ctx, slice_str(name));
    redis_reply_slice(reply->redis, reply->ctx, value);
}

static int
fail(const struct module *module, struct redis_ctx *ctx, const struct error *err)
{
    redis_reply_error(&module->redis, ctx, err);
    return REDIS_OK;
}

static int
no_dataset(const struct module *module, struct redis_ctx *ctx, struct slice name)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct error err = {0};
    error_set(&err, "NODATASET", "there is no dataset %s", error_quote(quoted, name));
    return fail(module, ctx, &err);
}

static struct slice
arg(const struct module *module, struct redis_string **argv, int i)
{
    return redis_slice(&module->redis, argv[i]);
}

/* ---- Queries ---- */

static int
on_count(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    return query_run(module_get(), ctx, argv, argc, QUERY_TABLE);
}

static int
on_partial(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    return query_run(module_get(), ctx, argv, argc, QUERY_PARTIAL);
}

static int
on_rows(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    return query_run(module_get(), ctx, argv, argc, QUERY_ROWS);
}

static int
on_find(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    return query_run(module_get(), ctx, argv, argc, QUERY_FIND);
}

static int
on_explain(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    return query_run(module_get(), ctx, argv, argc, QUERY_EXPLAIN);
}

static int
on_profile(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    return query_run(module_get(), ctx, argv, argc, QUERY_PROFILE);
}

static int
on_verify(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    return verify_run(module_get(), ctx, argv, argc);
}

/* ---- Datasets ---- */

static int
done(struct module *module, struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    definitions_changed(module, ctx, argv, argc);
    return module->redis.reply_with_simple_string(ctx, "OK");
}

static int
on_create(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    struct module *module = module_get();
    struct error err = {0};
    if (argc != 5) {
        return module->redis.wrong_arity(ctx);
    }
    if (!slice_equal_nocase(arg(module, argv, 3), slice_lit("prefix"))) {
        error_set(&err, "ERR", "QUIPU.INDEX CREATE name PREFIX prefix");
        return fail(module, ctx, &err);
    }
    if (!definitions_create(module, arg(module, argv, 2), arg(module, argv, 4), &err)) {
        return fail(module, ctx, &err);
    }
    return done(module, ctx, argv, argc);
}

static int
on_drop(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    struct module *module = module_get();
    if (argc != 3) {
        return module->redis.wrong_arity(ctx);
    }
    if (!registry_drop(&module->registry, arg(module, argv, 2))) {
        return no_dataset(module, ctx, arg(module, argv, 2));
    }
    return done(module, ctx, argv, argc);
}

/*
 * Takes what a master tells its replicas in a cluster, and what an older append-only file has:
 * names and prefixes in turn.
 */
static int
on_set(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    struct module *module = module_get();
    struct error err = {0};
    if (argc % 2) {
        return module->redis.wrong_arity(ctx);
    }
    struct arena *arena = arena_new();
    size_t nwords = (size_t) argc - 2;
    struct slice *words = arena_array(arena, nwords, sizeof *words);
    for (size_t i = 0; i < nwords; i++) {
        words[i] = arg(module, argv, (int) i + 2);
    }
    bool ok = definitions_replace(module, words, nwords / 2, &err);
    arena_free(arena);
    return ok ? done(module, ctx, argv, argc) : fail(module, ctx, &err);
}

static const char *
state_name(enum registry_state state)
{
    switch (state) {
    case REGISTRY_READY: return "ready";
    case REGISTRY_WAITING: return "waiting";
    case REGISTRY_FILLING: return "indexing";
    }
    return "";
}

static int
percent(const struct module *module, const struct registry_entry *entry)
{
    return entry->state == REGISTRY_READY     ? 100
           : entry->state == REGISTRY_FILLING ? backfill_percent(&module->backfill)
                                              : 0;
}

static int
on_list(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    struct module *module = module_get();
    (void) argv;
    if (argc != 2) {
        return module->redis.wrong_arity(ctx);
    }
    const struct reply reply = {&module->redis, ctx};
    module->redis.reply_with_array(ctx, (long) module->registry.count);
    for (size_t i = 0; i < module->registry.count; i++) {
        const struct registry_entry *entry = module->registry.entries[i];
        module->redis.reply_with_map(ctx, 4);
        reply_text(&reply, "name", entry->name);
        reply_text(&reply, "prefix", entry->prefix);
        reply_text(&reply, "state", slice_str(state_name(entry->state)));
        reply_number(&reply, "percent", (uint64_t) percent(module, entry));
    }
    return REDIS_OK;
}

/* ---- Figures ---- */

static uint64_t
all_bytes(const struct module *module)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < module->registry.count; i++) {
        const struct registry_entry *entry = module->registry.entries[i];
        for (int db = 0; db < entry->ndbs; db++) {
            struct index_stats stats;
            if (entry->by_db[db]) {
                index_stats(entry->by_db[db], &stats);
                bytes += stats.bytes;
            }
        }
    }
    return bytes;
}

static int
info_module(struct module *module, struct redis_ctx *ctx)
{
    const struct reply reply = {&module->redis, ctx};
    module->redis.reply_with_map(ctx, 13);
    reply_text(&reply, "version", slice_lit(QUIPU_VERSION));
    reply_number(&reply, "datasets", module->registry.count);
    reply_number(&reply, "workers", module->settings.nworkers);
    reply_text(&reply, "kernel",
               slice_str(kernel_set_name(kernel_set_chosen(module->settings.kernels))));
    reply_number(&reply, "bytes", all_bytes(module));
    reply_number(&reply, "counts_running", pool_njobs(module->pool));
    reply_number(&reply, "counts_short", module->queries.nshort);
    reply_number(&reply, "counts_long", module->queries.nlong);
    reply_number(&reply, "counts_cancelled", module->queries.ncancelled);
    reply_number(&reply, "counts_failed", module->queries.nfailed);
    reply_number(&reply, "events", module->follower.nevents);
    reply_number(&reply, "rows_read", module->follower.nreads + module->backfill.nrows);
    reply_number(&reply, "indexing_us", module->backfill.us);
    return REDIS_OK;
}

static void
reply_chunks(const struct reply *reply, const uint64_t chunks[CHUNK_NKINDS])
{
    for (int kind = 0; kind < CHUNK_NKINDS; kind++) {
        char name[32] = "chunks_";
        struct slice kind_name = slice_str(chunk_kind_name((enum chunk_kind) kind));
        for (size_t i = 0; i < kind_name.len; i++) {
            name[sizeof "chunks_" - 1 + i] = kind_name.ptr[i];
        }
        reply_number(reply, name, chunks[kind]);
    }
}

static int
info_dataset(struct module *module, struct redis_ctx *ctx, struct registry_entry *entry)
{
    const struct reply reply = {&module->redis, ctx};
    int db = module->redis.get_selected_db(ctx);
    struct index_stats stats;
    index_stats(entry_index_own(&module->registry, entry, db), &stats);
    module->redis.reply_with_map(ctx, 21 + CHUNK_NKINDS);
    reply_text(&reply, "name", entry->name);
    reply_text(&reply, "prefix", entry->prefix);
    reply_text(&reply, "state", slice_str(state_name(entry->state)));
    reply_number(&reply, "percent", (uint64_t) percent(module, entry));
    reply_number(&reply, "rows", stats.rows);
    reply_number(&reply, "fields", stats.fields);
    reply_number(&reply, "max_fields", module->settings.max_fields);
    reply_number(&reply, "rows_incomplete", stats.rows_incomplete);
    reply_number(&reply, "values", stats.values);
    reply_number(&reply, "rows_that_expire", expiry_count(&module->expiry, db));
    reply_number(&reply, "changes", entry->nwrites);
    reply_number(&reply, "changes_since", (uint64_t) entry->since_ms);
    reply_number(&reply, "snapshots", stats.snapshots);
    reply_chunks(&reply, stats.chunks);
    reply_number(&reply, "bytes", stats.bytes);
    reply_number(&reply, "bytes_sparse", stats.chunk_bytes[CHUNK_SPARSE]);
    reply_number(&reply, "bytes_planes", stats.chunk_bytes[CHUNK_PLANES]);
    reply_number(&reply, "bytes_tables", stats.table_bytes);
    reply_number(&reply, "bytes_dictionaries", stats.dictionary_bytes);
    reply_number(&reply, "bytes_names", stats.name_bytes);
    reply_number(&reply, "bytes_snapshots", stats.snapshot_bytes);
    reply_number(&reply, "bytes_other", stats.other_bytes);
    return REDIS_OK;
}

static int
info_fields(struct module *module, struct redis_ctx *ctx, struct registry_entry *entry)
{
    const struct reply reply = {&module->redis, ctx};
    const struct index *index =
        entry_index_own(&module->registry, entry, module->redis.get_selected_db(ctx));
    struct index_field_stats stats;
    size_t nfields = 0;
    while (index_field(index, nfields, &stats)) {
        nfields++;
    }
    module->redis.reply_with_array(ctx, (long) nfields);
    for (size_t i = 0; index_field(index, i, &stats); i++) {
        module->redis.reply_with_map(ctx, 4 + CHUNK_NKINDS);
        reply_text(&reply, "field", stats.name);
        reply_number(&reply, "rows", stats.rows);
        reply_number(&reply, "values", stats.values);
        reply_chunks(&reply, stats.chunks);
        reply_number(&reply, "bytes", stats.bytes);
    }
    return REDIS_OK;
}

/* While the index is being made, what it has says nothing. */
static int
info_has(struct module *module, struct redis_ctx *ctx, struct registry_entry *entry,
         struct redis_string **argv, int argc)
{
    enum { FIRST = 3 };
    struct error err = {0};
    if (entry->state != REGISTRY_READY) {
        error_set(&err, "INDEXING", "%d%%", percent(module, entry));
        return fail(module, ctx, &err);
    }
    int db = module->redis.get_selected_db(ctx);
    return presence_reply(&module->redis, ctx, entry_index_own(&module->registry, entry, db), argv,
                          argc, FIRST);
}

static int
info_changes(const struct module *module, struct redis_ctx *ctx, const struct registry_entry *entry)
{
    return module->redis.reply_with_long_long(ctx, (long long) entry->changes);
}

static int
on_info(struct redis_ctx *ctx, struct redis_string **argv, int argc)
{
    struct module *module = module_get();
    bool is_fields = argc == 3 && slice_equal_nocase(arg(module, argv, 2), slice_lit("fields"));
    bool is_changes = argc == 3 && slice_equal_nocase(arg(module, argv, 2), slice_lit("changes"));
    bool is_has = argc > 4 && slice_equal_nocase(arg(module, argv, 2), slice_lit("has"));
    if (argc > 2 && !is_fields && !is_changes && !is_has) {
        return module->redis.wrong_arity(ctx);
    }
    struct error err = {0};
    if (!module_catch_up(module, ctx, &err)) {
        return fail(module, ctx, &err);
    }
    if (argc == 1) {
        return info_module(module, ctx);
    }
    struct registry_entry *entry = registry_find(&module->registry, arg(module, argv, 1));
    if (!entry) {
        return no_dataset(module, ctx, arg(module, argv, 1));
    }
    if (!rights_check(&module->redis, ctx, entry->name, entry->prefix, &err)) {
        return fail(module, ctx, &err);
    }
    return is_has       ? info_has(module, ctx, entry, argv, argc)
           : is_fields  ? info_fields(module, ctx, entry)
           : is_changes ? info_changes(module, ctx, entry)
                        : info_dataset(module, ctx, entry);
}

/* ---- The table ---- */

/*
 * The categories are those of similar commands of Redis: a count reads, and may take long; VERIFY
 * walks over all keys, as KEYS does. Redis 7.0 gives commands of modules no category, and does not
 * let them set one.
 */
static const struct command {
    const char *parent, *name; /* parent NULL: a command of its own */
    redis_command_fn *run;     /* NULL: only subcommands */
    const char *flags, *categories;
} COMMANDS[] = {
    {.name = "quipu.count", .run = on_count, .flags = "readonly", .categories = "read slow"},
    {.name = "quipu.partial", .run = on_partial, .flags = "readonly", .categories = "read slow"},
    {.name = "quipu.rows", .run = on_rows, .flags = "readonly", .categories = "read slow"},
    {.name = "quipu.find", .run = on_find, .flags = "readonly", .categories = "read slow"},
    {.name = "quipu.explain", .run = on_explain, .flags = "readonly", .categories = "read slow"},
    {.name = "quipu.profile", .run = on_profile, .flags = "readonly", .categories = "read slow"},
    {.name = "quipu.info", .run = on_info, .flags = "readonly", .categories = "read slow"},
    {.name = "quipu.verify",
     .run = on_verify,
     .flags = "readonly",
     .categories = "read slow dangerous"},
    {.name = "quipu.index", .flags = "", .categories = "slow"},
    {.parent = "quipu.index",
     .name = "create",
     .run = on_create,
     .flags = "write deny-oom",
     .categories = "write admin slow dangerous"},
    {.parent = "quipu.index",
     .name = "drop",
     .run = on_drop,
     .flags = "write",
     .categories = "write admin slow dangerous"},
    {.parent = "quipu.index",
     .name = "set",
     .run = on_set,
     .flags = "write admin",
     .categories = "write admin slow dangerous"},
    {.parent = "quipu.index",
     .name = "list",
     .run = on_list,
     .flags = "readonly",
     .categories = "read slow"},
};

static bool
command_register(const struct redis_api *redis, struct redis_ctx *ctx,
                 const struct command *command)
{
    char name[64];
    bool ok;
    if (!command->parent) {
        snprintf(name, sizeof name, "%s", command->name);
        ok = redis->create_command(ctx, name, command->run, command->flags, 0, 0, 0) == REDIS_OK;
    } else {
        struct redis_command *parent = redis->get_command(ctx, command->parent);
        snprintf(name, sizeof name, "%s|%s", command->parent, command->name);
        ok = parent && redis->create_subcommand(parent, command->name, command->run, command->flags,
                                                0, 0, 0) == REDIS_OK;
    }
    if (!ok || !redis->set_categories) {
        return ok;
    }
    struct redis_command *made = redis->get_command(ctx, name);
    return made && redis->set_categories(made, command->categories) == REDIS_OK;
}

bool
commands_register(const struct redis_api *redis, struct redis_ctx *ctx, struct error *err)
{
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        if (!command_register(redis, ctx, &COMMANDS[i])) {
            return error_set(err, "ERR", "the command %s could not be registered",
                             COMMANDS[i].name);
        }
    }
    return true;
}
