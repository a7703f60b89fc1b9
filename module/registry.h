/*
 * The indexed datasets, and the index of each in every database of Redis.
 *
 *     registry_add(&registry, slice_lit("current"), slice_lit("profile_"), &err)
 *
 *     entry current, prefix profile_     by_db[0] -> index of db 0's rows
 *                                        by_db[1]    NULL: db 1 never had one
 *
 * A dataset's rows are the hashes whose names start with its prefix. Databases are separate, as in
 * Redis: a count is over the database that its client has selected. Prefixes may be equal or
 * overlap. A row is then in several indexes.
 *
 * For the main thread alone.
 */
#ifndef QUIPU_MODULE_REGISTRY_H
#define QUIPU_MODULE_REGISTRY_H

#include "base/slot.h"
#include "columns/index.h"
#include "module/pool.h"
#include "module/redis_api.h"
#include "planner/catalog.h"

enum registry_state {
    REGISTRY_READY,
    REGISTRY_WAITING, /* waits for its turn to be filled */
    REGISTRY_FILLING  /* rows that were there before it are being read */
};

enum row_source {
    ROW_WRITTEN, /* something happened to the row: it counts as written */
    ROW_FOUND    /* by a walk over all keys; an index may have it already */
};

struct registry_entry {
    struct slice name, prefix; /* own copies */
    enum registry_state state;
    struct index **by_db;
    int ndbs;            /* the capacity of by_db */
    uint64_t changes;    /* another number after each change of its indexes, in any database */
    uint64_t nwrites;    /* rows written and removed while it was READY */
    long long since_ms;  /* the time from which nwrites counts: when the entry was made */
    uint32_t *slot_rows; /* in a cluster: how many rows each slot has in db 0; else NULL */
};

struct registry {
    const struct redis_api *redis;
    struct pool *pool;                /* old indexes are freed there */
    bool in_cluster;                  /* rows are counted by slot: slot_watch.h */
    uint8_t apart[CLUSTER_SLOTS / 8]; /* slots whose rows get a mark when they are written */
    uint32_t max_fields;              /* the limit for an index */
    struct registry_entry **entries;
    size_t count;
    struct catalog *catalog; /* the names, for the planner */
    uint64_t generation;     /* changes whenever a name or a database gets another index */
};

/* redis must outlive it. So must the pool, which the caller sets before an index is dropped. */
void registry_init(struct registry *registry, const struct redis_api *redis);

/* Call it when it has no dataset. */
void registry_fini(struct registry *registry);

/*
 * Adds a dataset without rows, in state WAITING. Name and prefix are copied; the prefix may be
 * empty. Fails with ERR if the name is taken or is none (catalog_add).
 */
bool registry_add(struct registry *registry, struct slice name, struct slice prefix,
                  struct error *err) QUIPU_MUST_CHECK;
/* Drops a dataset and its indexes. False: there is none. */
bool registry_drop(struct registry *registry, struct slice name);
/* NULL: there is none. */
struct registry_entry *registry_find(const struct registry *registry, struct slice name);
/* True if the key is the name of a row of some dataset. */
bool registry_wants(const struct registry *registry, struct slice key);

/* The dataset's index in a database. NULL: it has no rows there. */
struct index *entry_index(const struct registry_entry *entry, int db);
/* The same; makes the index if there is none. */
struct index *entry_index_own(struct registry *registry, struct registry_entry *entry, int db);
/*
 * Fails with LIMIT if the index could not keep all fields of its rows, because no count would be
 * right.
 */
bool entry_check_whole(const struct registry_entry *entry, const struct index *index,
                       struct error *err) QUIPU_MUST_CHECK;
/*
 * Notes that counts of the dataset may be others from now on. The functions of this header do so
 * themselves.
 */
void entry_changed(struct registry_entry *entry);
/*
 * Write and remove rows, and keep slot_rows and the marks of slots that are set apart. Several
 * writes may be of the same row. entry_remove_row: true if there was such a row.
 */
void entry_put_rows(struct registry *registry, struct registry_entry *entry, int db,
                    enum row_source source, const struct index_write *writes, size_t nwrites);
bool entry_remove_row(struct registry_entry *entry, int db, struct slice name);

static inline bool
registry_is_apart(const struct registry *registry, unsigned slot)
{
    return registry->apart[slot / 8] >> slot % 8 & 1;
}

/* The mark of rows that are set apart because of this slot. */
static inline uint32_t
mark_of_slot(unsigned slot)
{
    return slot + 1;
}

/* Drops the dataset's indexes and makes it WAITING, so that its rows are read again. */
void registry_forget_rows(struct registry *registry, struct registry_entry *entry);
/* All rows of a database are gone; -1: of all databases. Another thread frees the memory. */
void registry_clear(struct registry *registry, int db);
/* Two databases were swapped. */
void registry_swap(struct registry *registry, int first, int second);

#endif
