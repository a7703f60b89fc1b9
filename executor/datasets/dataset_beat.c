/*
 * Dataset beats: how far the work on a dataset is, passed among servers through the store.
 * in: percent, or a field of the store; out: the field written, or the handle's percent and beat.
 */
#include "executor/datasets/dataset_beat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/must.h"
#include "executor/datasets/definitions_store.h"

static const char FIELD[] = "beat:";

void
beat_say(struct shards *shards, const struct dataset *dataset, int percent, uint64_t number)
{
    struct arena *arena = arena_new();
    store_set(shards, arena_printf(arena, "%s%.*s", FIELD, SLICE_ARG(dataset->name)),
              arena_printf(arena, "%llu %d %llu", (unsigned long long) dataset->since, percent,
                           (unsigned long long) number));
    arena_free(arena);
}

void
beat_end(struct shards *shards, const struct dataset *dataset)
{
    struct arena *arena = arena_new();
    store_remove(shards, arena_printf(arena, "%s%.*s", FIELD, SLICE_ARG(dataset->name)));
    arena_free(arena);
}

/* The beat differs from the last one heard. */
static void
hear(struct handle *handle, struct slice beat)
{
    free((char *) handle->beat.ptr);
    char *copy = must_alloc(beat.len + 1); /* may hold any byte */
    memcpy(copy, beat.ptr, beat.len);
    handle->beat = slice_of(copy, beat.len);
    handle->beat_ms = now_ms();
    unsigned long long since;
    int percent;
    char text[64] = "";
    memcpy(text, beat.ptr, beat.len < sizeof text ? beat.len : sizeof text - 1);
    if (sscanf(text, "%llu %d", &since, &percent) == 2 && since == handle->dataset->since &&
        percent >= 0 && percent <= 100) {
        handle->percent = percent;
    }
}

void
beat_take(struct handles *handles, struct slice name, struct slice value)
{
    if (!slice_starts_with(name, slice_str(FIELD))) {
        return;
    }
    struct slice dataset = slice_of(name.ptr + strlen(FIELD), name.len - strlen(FIELD));
    for (struct handle *handle = handles_first(handles); handle; handle = handle->next) {
        if (slice_equal(handle->dataset->name, dataset) && !slice_equal(handle->beat, value)) {
            hear(handle, value);
        }
    }
}
