/*
 * Handle: where a dataset's partitions are, and what is known of its data; all work on it uses
 * this. in: datasets of the catalog; out: partitions with their tags and slots, statistics,
 * progress.
 *
 * Partition 3 of 64 of `current` has the tag {0Nk}; its rows are listed in current:rows{0Nk}, and
 * the shard that owns the tag's slot has all its keys.
 */
#include "executor/handle/handle.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"

struct handles {
    const struct catalog *catalog;
    struct handle *first;
    uint32_t slot_names[CLUSTER_SLOTS]; /* slot_names_init's */
};

struct handles *
handles_new(const struct catalog *catalog)
{
    struct handles *handles = must_alloc(sizeof *handles);
    handles->catalog = catalog;
    handles->first = NULL;
    slot_names_init(handles->slot_names);
    return handles;
}

void
handles_free(struct handles *handles)
{
    if (!handles) {
        return;
    }
    while (handles->first) {
        struct handle *handle = handles->first;
        handles->first = handle->next;
        handle_release(handle);
    }
    free(handles);
}

void
handles_slot_tag(const struct handles *handles, unsigned slot, char tag[PARTITION_TAG_BYTES])
{
    (void) partition_tag(handles->slot_names, slot, CLUSTER_SLOTS, tag);
}

/* The text before a row's key where it is stored. */
static struct slice
row_prefix_of(const struct dataset *dataset, struct arena *arena)
{
    struct strbuf prefix;
    strbuf_init(&prefix);
    if (dataset_is_columns(dataset)) {
        dataset_append_row_prefix(dataset, &prefix);
    } else {
        key_append_row_prefix(&prefix, dataset->name, dataset->has_own_rows);
    }
    struct slice copy = arena_copy(arena, strbuf_slice(&prefix));
    strbuf_fini(&prefix);
    return copy;
}

struct handle *
handle_new(const struct handles *handles, const struct dataset *dataset)
{
    struct handle *out = must_alloc(sizeof *out);
    unsigned npartitions = dataset->npartitions;
    struct arena *arena = arena_new();
    dataset_retain(dataset);
    out->users = 1;
    out->dataset = dataset;
    out->arena = arena;
    out->stats = stats_new();
    out->partitions = arena_array(arena, npartitions, sizeof *out->partitions);
    out->batches = arena_array(arena, npartitions, sizeof *out->batches);
    out->batches_in_flight = arena_array(arena, npartitions, sizeof *out->batches_in_flight);
    out->born = arena_printf(arena, "%llu", (unsigned long long) dataset->born);
    out->row_prefix = row_prefix_of(dataset, arena);
    for (unsigned p = 0; p < npartitions; p++) {
        struct partition *partition = &out->partitions[p];
        partition->slot = partition_tag(handles->slot_names, p, npartitions, partition->tag);
        partition->rows_key =
            arena_printf(arena, "%.*s:rows%s", SLICE_ARG(dataset->name), partition->tag);
    }
    return out;
}

struct handle *
handle_retain(struct handle *handle)
{
    handle->users++;
    return handle;
}

void
handle_release(struct handle *handle)
{
    if (!handle || --handle->users > 0) {
        return;
    }
    stats_free(handle->stats);
    change_counts_fini(&handle->changes);
    dataset_release(handle->dataset);
    free((char *) handle->beat.ptr);
    arena_free(handle->arena);
    free(handle);
}

struct handle *
handles_get(struct handles *handles, const struct dataset *dataset)
{
    struct handle *found = handles->first;
    while (found && found->dataset != dataset) {
        found = found->next;
    }
    if (!found) {
        found = handle_new(handles, dataset);
        found->next = handles->first;
        handles->first = found;
    }
    return found;
}

struct handle *
handles_first(const struct handles *handles)
{
    return handles->first;
}

void
handles_sync(struct handles *handles)
{
    const struct catalog *catalog = handles->catalog;
    for (struct handle **link = &handles->first, *have; (have = *link) != NULL;) {
        size_t i = 0;
        while (i < catalog_count(catalog) && catalog_at(catalog, i) != have->dataset) {
            i++;
        }
        if (i < catalog_count(catalog)) {
            link = &have->next;
        } else {
            *link = have->next;
            handle_release(have);
        }
    }
}

void
handle_indexing(const struct handle *handle, struct error *err)
{
    error_set(err, "INDEXING", "%d%%: the index of dataset %.*s is being made anew",
              handle->percent, SLICE_ARG(handle->dataset->name));
}

bool
handle_is_counted(const struct handle *handle, struct error *err)
{
    if (handle->dataset->state == DATASET_INDEXING) {
        handle_indexing(handle, err);
        return false;
    }
    return true;
}
