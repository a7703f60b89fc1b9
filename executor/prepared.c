/*
 * Prepared queries: a small table of plans by query text.
 * in: query text; out: the bound query, its plan and its program.
 *
 * One slot per hash of the text: a newcomer takes the place of whoever was there. With a few dozen
 * different queries in use that is as good as any order of eviction, and there is nothing to tune.
 */
#include "executor/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "parser/parse.h"

static struct prepared **
slot_of(struct executor *executor, struct slice text)
{
    return &executor->prepared[slice_hash(text) % NPREPARED];
}

struct prepared *
prepared_find(struct executor *executor, struct slice text)
{
    struct prepared *prepared = *slot_of(executor, text);
    if (!prepared || !slice_equal(prepared->text, text) ||
        prepared->catalog_generation != catalog_generation(executor->catalog) ||
        prepared->stats_generation != stats_generation(prepared->dataset->stats) ||
        memcmp(&prepared->settings, executor->settings, sizeof prepared->settings) != 0) {
        return NULL;
    }
    prepared->users++;
    return prepared;
}

/* `from w47` where the query says `from current`: the shards know no aliases. */
static struct slice
own_text(struct arena *arena, struct slice text, const struct ast_query *ast,
         const struct dataset *dataset)
{
    size_t at = ast->dataset_at, end = at;
    bool is_quoted = at < text.len && text.ptr[at] == '`';
    if (is_quoted) {
        do { /* a doubled backquote stands for one */
            end++;
            while (end < text.len && text.ptr[end] != '`') {
                end++;
            }
            end++;
        } while (end < text.len && text.ptr[end] == '`');
    } else {
        end += ast->dataset.len;
    }
    struct strbuf own; /* the text may hold any byte */
    strbuf_init(&own);
    strbuf_append(&own, slice_of(text.ptr, at));
    strbuf_printf(&own, "`%.*s`", SLICE_ARG(dataset->name));
    strbuf_append(&own, slice_of(text.ptr + end, text.len - end));
    struct slice copy = arena_copy(arena, strbuf_slice(&own));
    strbuf_fini(&own);
    return copy;
}

struct prepared *
prepared_new(struct executor *executor, struct slice text, struct error *err)
{
    struct arena *arena = arena_new();
    struct prepared *prepared = arena_alloc(arena, sizeof *prepared);
    struct ast_query *ast;
    prepared->arena = arena;
    prepared->users = 1;
    prepared->text = arena_copy(arena, text);
    if (!query_parse(arena, text, &executor->settings->parse_limits, &ast, err) ||
        !query_bind(arena, ast, executor->catalog, executor->settings->max_cells, &prepared->bound,
                    err)) {
        arena_free(arena);
        return NULL;
    }
    prepared->dataset = handle_retain(handles_get(executor->handles, prepared->bound->dataset));
    prepared->catalog_generation = catalog_generation(executor->catalog);
    if (dataset_is_columns(prepared->bound->dataset)) {
        prepared->shard_text = own_text(arena, prepared->text, ast, prepared->bound->dataset);
    } else {
        prepared->fields = plan_fields(arena, prepared->bound, &prepared->nfields);
    }
    return prepared;
}

void
prepared_keep(struct prepared *prepared, struct executor *executor)
{
    struct prepared **slot = slot_of(executor, prepared->text);
    if (prepared->bound->mode == AST_EXPLAIN || *slot == prepared ||
        prepared->text.len > LONGEST_PREPARED_BYTES ||
        prepared->catalog_generation != catalog_generation(executor->catalog)) {
        return;
    }
    /* Copied as bytes, padding and all: so it is compared. */
    memcpy(&prepared->settings, executor->settings, sizeof prepared->settings);
    prepared->stats_generation = stats_generation(prepared->dataset->stats);
    prepared_release(*slot);
    *slot = prepared;
    prepared->users++;
}

void
prepared_plan(struct prepared *prepared, struct executor *executor)
{
    const struct executor_settings *settings = executor->settings;
    struct stats *stats = prepared->dataset->stats;
    struct plan_settings plan_settings = {!prepared->bound->nocache && settings->cache_ttl_ms > 0,
                                          now_ms()};
    prepared->plan = plan_build(prepared->arena, prepared->bound, stats, &plan_settings);
    if (prepared->bound->mode != AST_EXPLAIN) {
        prepared->program = program_build(prepared->arena, prepared->plan, settings);
    }
    prepared_keep(prepared, executor);
}

void
prepared_release(struct prepared *prepared)
{
    if (prepared && --prepared->users == 0) {
        handle_release(prepared->dataset);
        arena_free(prepared->arena);
    }
}

void
prepared_forget_all(struct executor *executor)
{
    for (size_t i = 0; i < NPREPARED; i++) {
        prepared_release(executor->prepared[i]);
        executor->prepared[i] = NULL;
    }
}
