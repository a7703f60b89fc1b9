/*
 * Which datasets are indexed, and their index in each of Redis' databases.
 *
 *     registry_add(&registry, slice_lit("current"), slice_lit("profile_"), &err)
 *
 *     entry current, prefix profile_     by_db[0] -> index of db 0's rows
 *                                        by_db[1]    NULL: db 1 never had one
 *
 * A dataset's rows are the hashes whose names start with its prefix. Databases are apart, as they
 * are in Redis: a count is one of the database that its client has selected. Prefixes may be equal
 * or overlap; a row is then in several indexes.
 *
 * The main thread's alone.
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
    REGISTRY_WAITING, /* for its turn to be filled */
    REGISTRY_FILLING  /* rows that were there before it are being read */
};

struct registry_entry {
    struct slice name, prefix; /* own copies */
    enum registry_state state;
    struct index **by_db;
    int ndbs;            /* that by_db has room for */
    uint32_t *slot_rows; /* in a cluster: how many rows each slot has in db 0; else NULL */
};

struct registry {
    const struct redis_api *redis;
    struct pool *pool;                /* old indexes are freed there */
    bool in_cluster;                  /* rows are counted by slot: slot_watch.h */
    uint8_t apart[CLUSTER_SLOTS / 8]; /* slots whose rows get a mark as they come */
    uint32_t max_fields;              /* of an index */
    struct registry_entry **entries;
    size_t count;
    struct catalog *catalog; /* the names, for the planner */
    uint64_t generation;     /* another whenever a name or a database means another index */
};

/* redis must outlive it, as the pool that the caller puts in before an index is given up. */
void registry_init(struct registry *registry, const struct redis_api *redis);

/* Without a dataset. */
void registry_fini(struct registry *registry);

/*
 * Adds a dataset without rows, WAITING. Name and prefix are copied; the prefix may be empty. Fails
 * with ERR where the name is taken or is not [A-Za-z_][A-Za-z0-9_.-]*.
 */
bool registry_add(struct registry *registry, struct slice name, struct slice prefix,
                  struct error *err) QUIPU_MUST_CHECK;
/* Forgets it. False: there is none. */
bool registry_drop(struct registry *registry, struct slice name);
/* NULL where there is none. */
struct registry_entry *registry_find(const struct registry *registry, struct slice name);
/* Is there a dataset whose rows are called so? */
bool registry_wants(const struct registry *registry, struct slice key);

/* NULL where that database has no rows of it. */
struct index *entry_index(const struct registry_entry *entry, int db);
/* Makes it where there is none. */
struct index *entry_index_own(struct registry *registry, struct registry_entry *entry, int db);
/* Fails with LIMIT where the index could not keep all fields of its rows: no count would be right. */
bool entry_check_whole(const struct registry_entry *entry, const struct index *index,
                       struct error *err) QUIPU_MUST_CHECK;
/*
 * Writes and removals, which also keep slot_rows and the marks of slots that are apart. The writes
 * are of different rows or the same; true where there was such a row.
 */
void entry_put_rows(struct registry *registry, struct registry_entry *entry, int db,
                    const struct index_write *writes, size_t nwrites);
bool entry_remove_row(struct registry_entry *entry, int db, struct slice name);

static inline bool
registry_is_apart(const struct registry *registry, unsigned slot)
{
    return registry->apart[slot / 8] >> slot % 8 & 1;
}

/* The mark of a row that is set apart from the others by its slot. */
static inline uint32_t
mark_of_slot(unsigned slot)
{
    return slot + 1;
}

/* Its rows are to be read anew: its indexes are given up, and it is WAITING. */
void registry_forget_rows(struct registry *registry, struct registry_entry *entry);
/* All rows of a database are gone; -1: of all databases. The memory is given back by another
 * thread. */
void registry_clear(struct registry *registry, int db);
/* The databases have changed places. */
void registry_swap(struct registry *registry, int first, int second);

#endif
