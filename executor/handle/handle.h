/*
 * Handles: the catalog's datasets as this server works on them.
 *
 *     struct handles *handles = handles_new(catalog);
 *     struct handle *handle = handles_get(handles, catalog_find(catalog, name));
 *     handle_retain(handle) ... handle->partitions[3].rows_key ... handle_release(handle)
 *
 * A handle lives as long as it has users: the list while the catalog has the dataset, and all that
 * runs on it. So what was started before a name came to mean another dataset ends on the old one.
 */
#ifndef QUIPU_EXECUTOR_HANDLE_HANDLE_H
#define QUIPU_EXECUTOR_HANDLE_HANDLE_H

#include "base/error.h"
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

/* A dataset as this server sees it: partitions, cardinalities, writes that wait to be sent. */
struct handle {
    struct handle *next; /* in the list; see handles_first */
    size_t users;
    const struct dataset *dataset; /* retained */
    struct arena *arena;           /* partitions */
    struct slice row_prefix;       /* before a row's key where it is stored: "" or "w47:row:" */
    struct slice born;             /* as the scripts are told it */
    bool is_checked;               /* the shards' layouts */
    int percent;                   /* of the work on it, while it is not live */
    uint64_t work_since;           /* which work that is */
    struct slice beat;             /* what its worker last said; malloced */
    int64_t beat_ms;               /* when that changed, or when the work was first seen */
    struct partition *partitions;
    struct row_batch **batches; /* by partition; NULL: nothing waits. Kept by executor/sets/row.c */
    unsigned *batches_in_flight; /* by partition */
    struct stats *stats;
    bool refreshing; /* cardinalities are on their way */
};

/* The catalog is borrowed, and outlives it. */
struct handles *handles_new(const struct catalog *catalog);
/* The list is a user of its handles no more. NULL is allowed. */
void handles_free(struct handles *handles);

/* The handle of a dataset of the catalog, made where there is none; borrowed from the list. */
struct handle *handles_get(struct handles *handles, const struct dataset *dataset);
/* Each that the list has: for (h = handles_first(handles); h; h = h->next). NULL: it is empty. */
struct handle *handles_first(const struct handles *handles);
/* After a change of the catalog: drops from the list what the catalog has not any more. */
void handles_sync(struct handles *handles);

/* A handle that is in no list; the caller is its user. */
struct handle *handle_new(const struct handles *handles, const struct dataset *dataset);
/* One user more; returns its argument. */
struct handle *handle_retain(struct handle *handle);
/* One user less; the last one frees it. NULL is allowed. */
void handle_release(struct handle *handle);

/* False, with INDEXING and how far it is, while the dataset's index is being made anew. */
bool handle_is_counted(const struct handle *handle, struct error *err) QUIPU_MUST_CHECK;
/* Sets err to INDEXING, and how far it is. */
void handle_indexing(const struct handle *handle, struct error *err);

#endif
