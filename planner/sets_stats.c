/*
 * Keeps figures of how many rows each field and value has. in: the shards' answers; out: look-ups
 * for the cost model.
 *
 * New figures are added to an arena and replace the old ones in a map. When the arena exceeds a
 * limit, everything is dropped at once and asked for again: this limits memory without an eviction
 * policy.
 */
#include "planner/sets_stats.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/must.h"

enum { MAX_BYTES = 16 << 20 };

struct stats {
    uint64_t generation;
    int64_t rows;
    int64_t rows_fetched_ms;
    struct arena *arena;
    struct map fields;  /* to const struct field_stats *, as a number */
    struct map filters; /* to struct cached_filter * */
};

static void
reset(struct stats *stats)
{
    arena_free(stats->arena);
    stats->arena = arena_new();
    map_init(&stats->fields, stats->arena);
    map_init(&stats->filters, stats->arena);
}

struct stats *
stats_new(void)
{
    struct stats *stats = must_alloc(sizeof *stats);
    stats->rows = -1;
    reset(stats);
    return stats;
}

void
stats_free(struct stats *stats)
{
    if (stats) {
        arena_free(stats->arena);
        free(stats);
    }
}

static void
bound_memory(struct stats *stats)
{
    if (arena_bytes(stats->arena) > MAX_BYTES) {
        reset(stats);
    }
}

/* The slot of a key in the map, which owns a copy of the key. */
static size_t *
own_slot(struct stats *stats, struct map *map, struct slice key)
{
    size_t *slot = map_find(map, key);
    return slot ? slot : map_add(map, arena_copy(stats->arena, key), NULL);
}

void
stats_put_rows(struct stats *stats, int64_t rows, int64_t now_ms)
{
    stats->generation++;
    stats->rows = rows;
    stats->rows_fetched_ms = now_ms;
}

void
stats_put_field(struct stats *stats, const struct field_stats *field)
{
    stats->generation++;
    bound_memory(stats);
    struct field_stats *copy = arena_alloc(stats->arena, sizeof *copy);
    *copy = *field;
    copy->field = arena_copy(stats->arena, field->field);
    copy->values = arena_array(stats->arena, field->nlisted, sizeof *copy->values);
    for (size_t i = 0; i < field->nlisted; i++) {
        copy->values[i].value = arena_copy(stats->arena, field->values[i].value);
        copy->values[i].rows = field->values[i].rows;
    }
    *own_slot(stats, &stats->fields, field->field) = (size_t) (uintptr_t) copy;
}

void
stats_put_filter(struct stats *stats, struct slice text, struct cached_filter filter)
{
    stats->generation++;
    bound_memory(stats);
    struct cached_filter *copy = arena_alloc(stats->arena, sizeof *copy);
    *copy = filter;
    *own_slot(stats, &stats->filters, text) = (size_t) (uintptr_t) copy;
}

void
stats_drop_filters(struct stats *stats)
{
    stats->generation++;
    map_init(&stats->filters, stats->arena);
}

uint64_t
stats_generation(const struct stats *stats)
{
    return stats->generation;
}

int64_t
stats_rows(const struct stats *stats)
{
    return stats->rows;
}

int64_t
stats_rows_fetched_ms(const struct stats *stats)
{
    return stats->rows_fetched_ms;
}

const struct field_stats *
stats_field(const struct stats *stats, struct slice field)
{
    const size_t *slot = map_find(&stats->fields, field);
    return slot ? (const struct field_stats *) (uintptr_t) *slot : NULL;
}

const struct cached_filter *
stats_filter(const struct stats *stats, struct slice text, int64_t now_ms)
{
    const size_t *slot = map_find(&stats->filters, text);
    const struct cached_filter *filter =
        slot ? (const struct cached_filter *) (uintptr_t) *slot : NULL;
    return filter && filter->expires_ms > now_ms ? filter : NULL;
}

double
stats_value_rows(const struct stats *stats, struct slice field, struct slice value)
{
    const struct field_stats *known = stats_field(stats, field);
    if (!known) {
        return -1;
    }
    for (size_t i = 0; i < known->nlisted; i++) {
        if (slice_equal(known->values[i].value, value)) {
            return (double) known->values[i].rows;
        }
    }
    if (known->nlisted || known->nvalues == 0) {
        return 0;
    }
    return (double) known->present / (double) known->nvalues;
}
