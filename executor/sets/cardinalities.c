/*
 * Cardinalities: one scatter of the stats script, summed over the partitions.
 * in: field names; out: the dataset's struct stats, brought up to date.
 */
#include "executor/sets/cardinalities.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/must.h"
#include "executor/sets/scatter.h"
#include "executor/shards/shard_reply.h"

struct field_sum {
    int64_t present, nvalues;
    bool listed; /* every part listed its values */
    struct map values;
    struct value_stats *items;
    size_t nitems, capacity;
};

struct cardinalities {
    const struct shards *shards;
    struct handle *dataset;
    struct arena *arena;
    struct scatter *scatter;
    struct slice *fields;
    struct field_sum *sums;
    size_t nfields;
    int64_t rows;
    cardinalities_done_fn *done;
    void *arg;
};

static void
cardinalities_free(struct cardinalities *fetch)
{
    handle_release(fetch->dataset);
    arena_free(fetch->arena);
    free(fetch);
}

/* Reads a value and its rows from a reply. False: the reply has another shape. */
static bool
add_value(struct cardinalities *fetch, struct field_sum *sum, const struct resp_value *pair)
{
    int64_t rows = 0;
    if (!reply_is_text(&pair[0]) || !reply_add(&pair[1], &rows)) {
        return false;
    }
    struct slice value = reply_text(&pair[0]);
    size_t *known = map_find(&sum->values, value);
    if (known) {
        return reply_add(&pair[1], &sum->items[*known].rows);
    }
    sum->items =
        arena_room(fetch->arena, sum->items, sum->nitems, &sum->capacity, sizeof *sum->items);
    struct slice own = arena_copy(fetch->arena, value);
    *map_add(&sum->values, own, NULL) = sum->nitems;
    sum->items[sum->nitems++] = (struct value_stats){own, rows};
    return true;
}

/*
 * Reads {rows that have the field, number of its values, each value and its rows if those are few}.
 */
static bool
field_take(struct cardinalities *fetch, struct field_sum *sum, const struct resp_value *part)
{
    if (reply_count(part) < 2 || !reply_add(reply_at(part, 0), &sum->present) ||
        !reply_add(reply_at(part, 1), &sum->nvalues)) {
        return false;
    }
    sum->listed = sum->listed && (reply_count(part) > 2 || reply_at(part, 1)->integer == 0);
    for (size_t j = 2; j < reply_count(part); j += 2) {
        if (j + 1 == reply_count(part) || !add_value(fetch, sum, reply_at(part, j))) {
            return false;
        }
    }
    return true;
}

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct cardinalities *fetch = arg;
    bool ok =
        reply_count(reply) == fetch->nfields + 1 && reply_add(reply_at(reply, 0), &fetch->rows);
    for (size_t i = 0; ok && i < fetch->nfields; i++) {
        ok = field_take(fetch, &fetch->sums[i], reply_at(reply, i + 1));
    }
    return ok || reply_misshapen(shard_name(shards_at(fetch->shards, shard)),
                                 "a question for cardinalities", err);
}

static void
on_end(void *arg, const struct error *err)
{
    struct cardinalities *fetch = arg;
    struct handle *dataset = fetch->dataset;
    if (!err) {
        int64_t now = now_ms();
        stats_put_rows(dataset->stats, fetch->rows, now);
        for (size_t i = 0; i < fetch->nfields; i++) {
            struct field_sum *sum = &fetch->sums[i];
            bool listed = sum->listed && sum->nitems <= STATS_MAX_LISTED_VALUES;
            struct field_stats field = {.field = fetch->fields[i],
                                        .present = sum->present,
                                        .nvalues = listed ? (int64_t) sum->nitems : sum->nvalues,
                                        .values = sum->items,
                                        .nlisted = listed ? sum->nitems : 0,
                                        .fetched_ms = now};
            stats_put_field(dataset->stats, &field);
        }
    }
    if (fetch->done) {
        fetch->done(fetch->arg, err);
    } else {
        dataset->refreshing = false;
    }
    cardinalities_free(fetch);
}

bool
cardinalities_fetch(struct shards *shards, struct handle *dataset, const struct slice *fields,
                    size_t nfields, cardinalities_done_fn *done, void *arg,
                    struct cardinalities **out, struct error *err)
{
    struct cardinalities *fetch = must_alloc(sizeof *fetch);
    *fetch = (struct cardinalities){.shards = shards,
                                    .dataset = handle_retain(dataset),
                                    .arena = arena_new(),
                                    .nfields = nfields,
                                    .done = done,
                                    .arg = arg};
    fetch->fields = arena_array(fetch->arena, nfields, sizeof *fetch->fields);
    fetch->sums = arena_array(fetch->arena, nfields, sizeof *fetch->sums);
    struct slice *args = arena_array(fetch->arena, nfields + 2, sizeof *args);
    args[0] = dataset->dataset->name;
    args[1] = arena_printf(fetch->arena, "%d", STATS_MAX_LISTED_VALUES);
    for (size_t i = 0; i < nfields; i++) {
        fetch->fields[i] = args[i + 2] = arena_copy(fetch->arena, fields[i]);
        fetch->sums[i].listed = true;
        map_init(&fetch->sums[i].values, fetch->arena);
    }
    struct scatter_request request = {.script = SCRIPT_STATS,
                                      .args = args,
                                      .nargs = nfields + 2,
                                      .batch_partitions = 16,
                                      .window = 2};
    if (!scatter_start(shards, dataset, &request, on_part, on_end, fetch, &fetch->scatter, err)) {
        cardinalities_free(fetch);
        return false;
    }
    if (out) {
        *out = fetch;
    }
    return true;
}

void
cardinalities_cancel(struct cardinalities *fetch)
{
    scatter_cancel(fetch->scatter);
    cardinalities_free(fetch);
}
