/*
 * Holds the datasets that this shard indexes, by name and by prefix. in: definitions, and events of
 * whole databases; out: indexes.
 *
 * Example: FLUSHDB in db 0 takes away every dataset's index of db 0. A thread of the pool frees it,
 * since a large one has a million blocks. The next row makes a new one.
 */
#include "module/registry.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "module/slots.h"

_Static_assert((int) CLUSTER_SLOTS <= (int) MARKS_MOST, "each slot is a mark");

static struct slice
copy(struct slice text)
{
    char *bytes = must_grow(NULL, text.len + 1, 1);
    if (text.len) {
        memcpy(bytes, text.ptr, text.len);
    }
    return slice_of(bytes, text.len);
}

void
registry_init(struct registry *registry, const struct redis_api *redis)
{
    *registry = (struct registry){.redis = redis, .catalog = catalog_new()};
}

void
registry_fini(struct registry *registry)
{
    assert(registry->count == 0);
    catalog_free(registry->catalog);
    free(registry->entries);
}

/*
 * The planner's catalog needs prefixes that do not overlap, because a server must find one dataset
 * for a key. In a shard a key may be in several datasets, so the catalog gets a prefix that is only
 * the name's.
 */
static bool
catalog_add_name(struct registry *registry, struct slice name, struct error *err)
{
    struct strbuf prefix;
    strbuf_init(&prefix);
    strbuf_printf(&prefix, "\x01%.*s\x01", SLICE_ARG(name));
    bool ok = catalog_add(registry->catalog, name, strbuf_slice(&prefix), 1, METHOD_COLUMNS, err);
    strbuf_fini(&prefix);
    return ok;
}

bool
registry_add(struct registry *registry, struct slice name, struct slice prefix, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (catalog_key_is_own(prefix)) {
        return error_set(err, "ERR", "prefix %s is what Quipu's own keys start with",
                         error_quote(quoted, prefix));
    }
    if (!catalog_add_name(registry, name, err)) {
        return false;
    }
    struct registry_entry *entry = must_grow(NULL, 1, sizeof *entry);
    long long now_ms = registry->redis->milliseconds();
    *entry = (struct registry_entry){
        .name = copy(name),
        .prefix = copy(prefix),
        .state = REGISTRY_WAITING,
        /* Rows are not written a million times a second, so a later entry begins above this one. */
        .changes = (uint64_t) now_ms * 1000,
        .since_ms = now_ms};
    if (registry->in_cluster) {
        entry->slot_rows = must_grow(NULL, CLUSTER_SLOTS, sizeof *entry->slot_rows);
        memset(entry->slot_rows, 0, CLUSTER_SLOTS * sizeof *entry->slot_rows);
    }
    registry->entries =
        must_grow(registry->entries, registry->count + 1, sizeof *registry->entries);
    registry->entries[registry->count++] = entry;
    registry->generation++;
    return true;
}

void
entry_changed(struct registry_entry *entry)
{
    entry->changes++;
}

static void
free_index(void *arg)
{
    index_free(arg);
}

static void
give_up(struct registry *registry, struct registry_entry *entry, int db)
{
    if (db < entry->ndbs && entry->by_db[db]) {
        pool_call(registry->pool, free_index, entry->by_db[db]);
        entry->by_db[db] = NULL;
        entry_changed(entry);
        if (db == 0 && entry->slot_rows) {
            memset(entry->slot_rows, 0, CLUSTER_SLOTS * sizeof *entry->slot_rows);
        }
    }
}

bool
registry_drop(struct registry *registry, struct slice name)
{
    for (size_t i = 0; i < registry->count; i++) {
        struct registry_entry *entry = registry->entries[i];
        if (slice_equal(entry->name, name)) {
            catalog_remove(registry->catalog, name);
            for (int db = 0; db < entry->ndbs; db++) {
                give_up(registry, entry, db);
            }
            memmove(&registry->entries[i], &registry->entries[i + 1],
                    (registry->count - i - 1) * sizeof *registry->entries);
            registry->count--;
            registry->generation++;
            free(entry->by_db);
            free(entry->slot_rows);
            free((void *) entry->name.ptr);
            free((void *) entry->prefix.ptr);
            free(entry);
            return true;
        }
    }
    return false;
}

struct registry_entry *
registry_find(const struct registry *registry, struct slice name)
{
    for (size_t i = 0; i < registry->count; i++) {
        if (slice_equal(registry->entries[i]->name, name)) {
            return registry->entries[i];
        }
    }
    return NULL;
}

bool
registry_wants(const struct registry *registry, struct slice key)
{
    if (catalog_key_is_own(key)) {
        return false;
    }
    for (size_t i = 0; i < registry->count; i++) {
        if (slice_starts_with(key, registry->entries[i]->prefix)) {
            return true;
        }
    }
    return false;
}

struct index *
entry_index(const struct registry_entry *entry, int db)
{
    return db < entry->ndbs ? entry->by_db[db] : NULL;
}

static void
make_room(struct registry_entry *entry, int ndbs)
{
    if (ndbs > entry->ndbs) {
        entry->by_db = must_grow(entry->by_db, (size_t) ndbs, sizeof *entry->by_db);
        memset(&entry->by_db[entry->ndbs], 0, (size_t) (ndbs - entry->ndbs) * sizeof *entry->by_db);
        entry->ndbs = ndbs;
    }
}

struct index *
entry_index_own(struct registry *registry, struct registry_entry *entry, int db)
{
    make_room(entry, db + 1);
    if (!entry->by_db[db]) {
        entry->by_db[db] = index_new(&(struct index_options){.prefix = entry->prefix,
                                                             .alloc = registry->redis->alloc,
                                                             .release = registry->redis->release,
                                                             .max_fields = registry->max_fields});
    }
    return entry->by_db[db];
}

bool
entry_check_whole(const struct registry_entry *entry, const struct index *index, struct error *err)
{
    uint64_t nrows = index_nincomplete(index);
    if (!nrows) {
        return true;
    }
    return error_set(err, "LIMIT",
                     "max-fields is %llu, the rows of %.*s have more different fields: %llu row%s "
                     "not wholly in the index",
                     (unsigned long long) index_max_fields(index), SLICE_ARG(entry->name),
                     (unsigned long long) nrows, nrows == 1 ? " is" : "s are");
}

enum { SLOTTED_MOST = 64 };

/* Counts a call's new rows, by slot. A name that comes twice is one row. */
static void
count_new_rows(struct registry_entry *entry, const struct index *index,
               const struct index_write *writes, const uint16_t *slots, size_t nwrites)
{
    for (size_t i = 0; i < nwrites; i++) {
        bool is_new = !index_has_row(index, writes[i].name);
        for (size_t j = 0; is_new && j < i; j++) {
            is_new = !slice_equal(writes[i].name, writes[j].name);
        }
        entry->slot_rows[slots[i]] += is_new;
    }
}

/*
 * Updates the figures by slot. Rows of slots that are set apart are marked before any count sees
 * them.
 */
static void
put_slotted(struct registry *registry, struct registry_entry *entry, struct index *index,
            const struct index_write *writes, size_t nwrites)
{
    uint16_t slots[SLOTTED_MOST];
    for (size_t i = 0; i < nwrites; i++) {
        slots[i] = (uint16_t) key_slot(writes[i].name);
    }
    count_new_rows(entry, index, writes, slots, nwrites);
    index_put_rows(index, writes, nwrites);
    for (size_t i = 0; i < nwrites; i++) {
        if (registry_is_apart(registry, slots[i])) {
            index_mark_row(index, writes[i].name, mark_of_slot(slots[i]));
        }
    }
}

void
entry_put_rows(struct registry *registry, struct registry_entry *entry, int db,
               enum row_source source, const struct index_write *writes, size_t nwrites)
{
    struct index *index = entry_index_own(registry, entry, db);
    entry_changed(entry);
    entry->nwrites += source == ROW_WRITTEN && entry->state == REGISTRY_READY ? nwrites : 0;
    if (!entry->slot_rows || db != 0) {
        index_put_rows(index, writes, nwrites);
        return;
    }
    for (size_t i = 0; i < nwrites; i += SLOTTED_MOST) {
        size_t n = nwrites - i < SLOTTED_MOST ? nwrites - i : SLOTTED_MOST;
        put_slotted(registry, entry, index, writes + i, n);
    }
}

bool
entry_remove_row(struct registry_entry *entry, int db, struct slice name)
{
    struct index *index = entry_index(entry, db);
    bool had = index && index_remove_row(index, name);
    if (had) {
        entry_changed(entry);
        entry->nwrites += entry->state == REGISTRY_READY;
    }
    if (had && entry->slot_rows && db == 0) {
        entry->slot_rows[key_slot(name)]--;
    }
    return had;
}

void
registry_forget_rows(struct registry *registry, struct registry_entry *entry)
{
    for (int db = 0; db < entry->ndbs; db++) {
        give_up(registry, entry, db);
    }
    entry->state = REGISTRY_WAITING;
    registry->generation++;
}

void
registry_clear(struct registry *registry, int db)
{
    for (size_t i = 0; i < registry->count; i++) {
        struct registry_entry *entry = registry->entries[i];
        for (int j = 0; j < entry->ndbs; j++) {
            if (db == -1 || db == j) {
                give_up(registry, entry, j);
            }
        }
    }
}

void
registry_swap(struct registry *registry, int first, int second)
{
    for (size_t i = 0; i < registry->count; i++) {
        struct registry_entry *entry = registry->entries[i];
        make_room(entry, (first > second ? first : second) + 1);
        struct index *index = entry->by_db[first];
        entry->by_db[first] = entry->by_db[second];
        entry->by_db[second] = index;
        entry_changed(entry);
    }
    registry->generation++;
}
