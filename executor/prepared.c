/*
 * Prepared queries: a small table of plans by query text.
 * in: query text; out: the bound query, its plan and its program.
 *
 * One slot per hash of the text: a new query replaces the one in its slot. With a few dozen
 * different queries in use that is as good as any order of eviction, and there is nothing to tune.
 */
#include "executor/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "parser/ast_text.h"
#include "parser/parse.h"
#include "planner/field_definitions.h"

enum { NPREPARED = 64 };

struct prepared_cache {
    const struct catalog *catalog;
    struct handles *handles;
    const struct executor_settings *settings;
    uint64_t catalog_generation;       /* the one that prepared_cache_sync has seen */
    struct prepared *slots[NPREPARED]; /* by hash of the query's text */
};

static struct prepared **
slot_of(struct prepared_cache *cache, struct slice text)
{
    return &cache->slots[slice_hash(text) % NPREPARED];
}

struct prepared *
prepared_find(struct prepared_cache *cache, struct slice text, int64_t suppress_below)
{
    struct prepared *prepared = *slot_of(cache, text);
    if (!prepared || !slice_equal(prepared->text, text) ||
        prepared->suppress_below != suppress_below ||
        prepared->catalog_generation != catalog_generation(cache->catalog) ||
        prepared->stats_generation != stats_generation(prepared->dataset->stats) ||
        memcmp(&prepared->settings, cache->settings, sizeof prepared->settings) != 0) {
        return NULL;
    }
    prepared->users++;
    return prepared;
}

/* `from w47` where the query says `from current`: the shards know no aliases. Without a ";". */
static struct slice
own_text(struct arena *arena, const struct ast_query *ast, const struct dataset *dataset)
{
    struct ast_query named = *ast;
    named.dataset = dataset->name;
    struct strbuf text; /* may hold any byte */
    strbuf_init(&text);
    ast_text(&named, &text);
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

bool
prepared_bind(struct prepared_cache *cache, struct prepared *prepared, struct error *err)
{
    struct arena *arena = prepared->arena;
    const struct ast_query *ast = prepared->ast;
    if (!query_bind(arena, ast, cache->catalog, cache->settings->max_cells, &prepared->bound,
                    err)) {
        prepared->bound = NULL;
        return false;
    }
    prepared->dataset = handle_retain(handles_get(cache->handles, prepared->bound->dataset));
    prepared->definitions = prepared->bound->fields_said;
    field_definitions_retain(prepared->definitions);
    prepared->catalog_generation = catalog_generation(cache->catalog);
    if (dataset_is_columns(prepared->bound->dataset)) {
        prepared->shard_text = own_text(arena, ast, prepared->bound->dataset);
    } else {
        prepared->fields = plan_fields(arena, prepared->bound, &prepared->nfields);
    }
    return true;
}

/* What the user may see at the most is as if it had been written. */
static void
raise_suppress(struct ast_options *options, int64_t least)
{
    if (least > 0 && !options->has_suppress) {
        options->has_suppress = options->is_floor = true;
        options->suppress_below = least;
    } else if (least > options->suppress_below) {
        options->suppress_below = least;
    }
}

struct prepared *
prepared_new(struct prepared_cache *cache, struct slice text, int64_t suppress_below,
             struct error *err)
{
    struct arena *arena = arena_new();
    struct prepared *prepared = arena_alloc(arena, sizeof *prepared);
    prepared->arena = arena;
    prepared->users = 1;
    prepared->text = arena_copy(arena, text);
    if (!query_parse(arena, text, &cache->settings->parse_limits, &prepared->ast, err)) {
        arena_free(arena);
        return NULL;
    }
    prepared->suppress_below = suppress_below;
    raise_suppress(&prepared->ast->options, suppress_below);
    first_pass_find(arena, prepared->ast, &prepared->questions, &prepared->nquestions);
    /* What is wrong with the dataset is said of the query, not of a question. */
    if (prepared->nquestions ? !query_dataset(prepared->ast, cache->catalog, err)
                             : !prepared_bind(cache, prepared, err)) {
        arena_free(arena);
        return NULL;
    }
    return prepared;
}

struct prepared *
prepared_get(struct prepared_cache *cache, struct slice text, int64_t suppress_below,
             struct error *err)
{
    struct prepared *prepared = prepared_find(cache, text, suppress_below);
    return prepared ? prepared : prepared_new(cache, text, suppress_below, err);
}

void
prepared_keep(struct prepared_cache *cache, struct prepared *prepared)
{
    struct prepared **slot = slot_of(cache, prepared->text);
    if (prepared->bound->mode == AST_EXPLAIN || prepared->nquestions || *slot == prepared ||
        prepared->text.len > LONGEST_PREPARED_BYTES ||
        prepared->catalog_generation != catalog_generation(cache->catalog)) {
        return;
    }
    /* Copied as bytes with their padding, because they are compared as bytes. */
    memcpy(&prepared->settings, cache->settings, sizeof prepared->settings);
    prepared->stats_generation = stats_generation(prepared->dataset->stats);
    prepared_release(*slot);
    *slot = prepared;
    prepared->users++;
}

struct program *
prepared_program(const struct prepared_cache *cache, struct arena *arena, const struct plan *plan)
{
    const struct program_settings settings = {
        .cache_ttl_ms = cache->settings->cache_ttl_ms,
        .cache_max_filters = cache->settings->cache_max_filters,
        .outlives_writes = cache->settings->cache_consistency_ttl};
    return program_build(arena, plan, &settings);
}

void
prepared_plan(struct prepared_cache *cache, struct prepared *prepared)
{
    const struct executor_settings *settings = cache->settings;
    struct stats *stats = prepared->dataset->stats;
    struct plan_settings plan_settings = {!prepared->bound->nocache && settings->cache_ttl_ms > 0,
                                          now_ms()};
    prepared->plan = plan_build(prepared->arena, prepared->bound, stats, &plan_settings);
    if (prepared->bound->mode != AST_EXPLAIN) {
        prepared->program = prepared_program(cache, prepared->arena, prepared->plan);
    }
    prepared_keep(cache, prepared);
}

void
prepared_release(struct prepared *prepared)
{
    if (prepared && --prepared->users == 0) {
        if (prepared->dataset) {
            handle_release(prepared->dataset);
        }
        field_definitions_release(prepared->definitions);
        arena_free(prepared->arena);
    }
}

struct prepared_cache *
prepared_cache_new(const struct catalog *catalog, struct handles *handles,
                   const struct executor_settings *settings)
{
    struct prepared_cache *cache = must_alloc(sizeof *cache);
    cache->catalog = catalog;
    cache->handles = handles;
    cache->settings = settings;
    cache->catalog_generation = catalog_generation(catalog);
    return cache;
}

static void
forget_all(struct prepared_cache *cache)
{
    for (size_t i = 0; i < NPREPARED; i++) {
        prepared_release(cache->slots[i]);
        cache->slots[i] = NULL;
    }
}

void
prepared_cache_sync(struct prepared_cache *cache)
{
    uint64_t generation = catalog_generation(cache->catalog);
    if (cache->catalog_generation != generation) {
        cache->catalog_generation = generation;
        forget_all(cache);
    }
}

void
prepared_cache_free(struct prepared_cache *cache)
{
    if (cache) {
        forget_all(cache);
        free(cache);
    }
}
