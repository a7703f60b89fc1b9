/*
 * Makes the result of a count by columns. in: what the shards answered; out: parts, or lines.
 *
 * Example: two shards, and slot 93 goes from the first to the second: the parts are both shards' partial
 * counts, the first one's rows of slot 93 that have not arrived, and the second one's.
 */
#include "executor/column_result.h"

#include "base/clock.h"
#include "base/lines.h"

/* ---- Parts ---- */

/* The rows by name are partial counts like the others. */
static bool
add_named(struct arena *arena, const struct bound_query *query, const struct named_rows *named,
          const struct partials **parts, size_t *nparts, struct error *err)
{
    struct partials *partials;
    if (!named || !named->nslots) {
        return true;
    }
    if (!named_rows_partials(arena, query, named, &partials, err)) {
        return false;
    }
    parts[(*nparts)++] = partials;
    return true;
}

/* How many rows of the filter each shard has; rows on their way are not among them. */
static void
tell_shards(struct arena *arena, const struct column_answers *answers, struct method_result *result)
{
    size_t grid = answers->query->base_grid;
    if (grid == NO_GRID) {
        return;
    }
    struct answer_shard *shards = arena_array(arena, answers->nparts, sizeof *shards);
    for (size_t i = 0; i < answers->nparts; i++) {
        const struct column_part *part = answers->parts[i];
        const struct cell_list *cells = &part->partials->items[grid]->cells;
        shards[i].name = arena_printf(arena, "%zu", part->shard);
        shards[i].rows = cells->n ? (uint64_t) cell_value(cells, 0, 0) : 0;
    }
    result->shards = shards;
    result->nshards = answers->nparts;
}

bool
column_result_of_parts(struct arena *arena, const struct column_answers *answers,
                       struct method_result *result, struct error *err)
{
    size_t nparts = 0, most = answers->nparts * 2 + answers->narrived;
    const struct partials **parts = arena_array(arena, most, sizeof *parts);
    for (size_t i = 0; i < answers->nparts; i++) {
        parts[nparts++] = answers->parts[i]->partials;
    }
    for (size_t i = 0; i < answers->nparts; i++) {
        if (!add_named(arena, answers->query, answers->parts[i]->named, parts, &nparts, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < answers->narrived; i++) {
        if (!add_named(arena, answers->query, answers->arrived[i], parts, &nparts, err)) {
            return false;
        }
    }
    result->parts = parts;
    result->nparts = nparts;
    tell_shards(arena, answers, result);
    return true;
}

/* ---- Lines ---- */

/* The lines that are about the query are the same on every shard. */
static bool
is_of_query(struct slice line)
{
    return slice_starts_with(line, slice_lit("query ")) ||
           slice_starts_with(line, slice_lit("filter "));
}

void
column_result_of_lines(struct arena *arena, const struct column_answers *answers,
                       struct method_result *result)
{
    const struct column_part *first = answers->parts[0];
    struct lines lines;
    lines_init(&lines, arena);
    for (size_t i = 0; i < first->nlines; i++) {
        if (is_of_query(first->lines[i])) {
            lines_add(&lines, first->lines[i]);
        }
    }
    strbuf_printf(&lines.text, "method   columns, by %zu shard%s", answers->nparts,
                  answers->nparts == 1 ? "" : "s");
    lines_end(&lines);
    for (size_t p = 0; p < answers->nparts; p++) {
        const struct column_part *part = answers->parts[p];
        strbuf_printf(&lines.text, "shard %zu, %s", part->shard, part->name);
        lines_end(&lines);
        for (size_t i = 0; i < part->nlines; i++) {
            if (!is_of_query(part->lines[i])) {
                strbuf_printf(&lines.text, "  %.*s", SLICE_ARG(part->lines[i]));
                lines_end(&lines);
            }
        }
    }
    if (answers->query->mode == AST_PROFILE) {
        strbuf_printf(&lines.text, "measured %.1f ms",
                      (double) (now_us() - answers->started_us) / 1000);
        lines_end(&lines);
    }
    lines_fini(&lines);
    result->lines = lines.items;
    result->nlines = lines.count;
}
