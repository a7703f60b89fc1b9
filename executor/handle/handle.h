/*
 * Handles: the catalog's datasets as this server works on them.
 *
 *     struct handles *handles = handles_new(catalog);
 *     struct handle *handle = handles_get(handles, catalog_find(catalog, name));
 *     handle_retain(handle) ... handle->partitions[3].rows_key ... handle_release(handle)
 *
 * A handle lives as long as it has users. The list is a user while the catalog has the dataset, and
 * so is everything that runs on the dataset. So work that began before a name changed its meaning
 * ends on the old dataset.
 */
#ifndef QUIPU_EXECUTOR_HANDLE_HANDLE_H
#define QUIPU_EXECUTOR_HANDLE_HANDLE_H

#include "base/error.h"
#include "executor/handle/change_counts.h"
#include "executor/handle/keys.h"
#include "planner/catalog.h"
#include "planner/sets_stats.h"

struct handles;
struct row_batch;

/* One partition of one dataset: where it is. */
struct partition {
    char tag[PARTITION_TAG_BYTES];
    unsigned slot;
    struct slice rows_key; /* "current:rows{06S}" */
};

/* A dataset as this server sees it: partitions, cardinalities, and writes that wait to be sent. */
struct handle {
    struct handle *next; /* in the list; see handles_first */
    size_t users;
    const struct dataset *dataset; /* retained */
    struct arena *arena;           /* partitions */
    struct slice row_prefix;       /* before a row's key where it is stored: "" or "w47:row:" */
    struct slice born;             /* the version that made it, as the scripts are told */
    bool is_checked;               /* whether the shards' layouts were checked */
    int percent;                   /* of the work on it, while it is not live */
    uint64_t work_since;           /* the version that began that work */
    struct slice beat;             /* the worker's last beat; malloced */
    int64_t beat_ms;               /* when the beat changed, or when the work was first seen */
    struct partition *partitions;
    struct row_batch **batches; /* by partition; NULL: nothing waits. Kept by executor/sets/row.c */
    unsigned *batches_in_flight; /* by partition */
    struct stats *stats;
    struct change_counts changes; /* by columns as the shards say; by sets our writes */
    bool refreshing;              /* cardinalities are being fetched */
};

/* The catalog is borrowed, and outlives it. */
struct handles *handles_new(const struct catalog *catalog);
/* The list is no longer a user of its handles. NULL is allowed. */
void handles_free(struct handles *handles);

/* The handle of a dataset of the catalog. It is made if there is none. Borrowed from the list. */
struct handle *handles_get(struct handles *handles, const struct dataset *dataset);
/*
 * All handles of the list: for (h = handles_first(handles); h; h = h->next). NULL: the list is
 * empty.
 */
struct handle *handles_first(const struct handles *handles);
/* Writes a hash tag of that slot, with its NUL. */
void handles_slot_tag(const struct handles *handles, unsigned slot, char tag[PARTITION_TAG_BYTES]);
/* Call after a change of the catalog. Drops handles whose dataset is no longer in the catalog. */
void handles_sync(struct handles *handles);

/* A handle outside of the list. The caller is its user. */
struct handle *handle_new(const struct handles *handles, const struct dataset *dataset);
/* Adds a user. Returns its argument. */
struct handle *handle_retain(struct handle *handle);
/* Removes a user. The last release frees the handle. NULL is allowed. */
void handle_release(struct handle *handle);

/* False, with INDEXING and the progress, while the dataset's index is being built again. */
bool handle_is_counted(const struct handle *handle, struct error *err) QUIPU_MUST_CHECK;
/* Sets err to INDEXING, with the progress. */
void handle_indexing(const struct handle *handle, struct error *err);

#endif
