/*
 * From words to numbers: a hash table with open addressing and linear probing.
 * in: slices; out: the number kept for each.
 */
#include "base/map.h"

struct map_entry {
    struct slice key; /* ptr NULL: free */
    uint64_t hash;
    size_t number;
};

void
map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

/* The entry that has the key, or the free one where it would go. The map is never full. */
static struct map_entry *
probe(const struct map *map, struct slice key, uint64_t hash)
{
    size_t at = hash & (map->capacity - 1);
    for (;;) {
        struct map_entry *entry = &map->entries[at];
        if (!entry->key.ptr || (entry->hash == hash && slice_equal(entry->key, key))) {
            return entry;
        }
        at = (at + 1) & (map->capacity - 1);
    }
}

static void
grow(struct map *map)
{
    struct map_entry *old = map->entries;
    size_t old_capacity = map->capacity;
    map->capacity = old_capacity ? old_capacity * 2 : 16;
    map->entries = arena_array(map->arena, map->capacity, sizeof *map->entries);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key.ptr) {
            *probe(map, old[i].key, old[i].hash) = old[i];
        }
    }
}

size_t *
map_find(const struct map *map, struct slice key)
{
    if (!map->capacity) {
        return NULL;
    }
    struct map_entry *entry = probe(map, key, slice_hash(key));
    return entry->key.ptr ? &entry->number : NULL;
}

size_t *
map_add(struct map *map, struct slice key, bool *is_new)
{
    if ((map->count + 1) * 2 > map->capacity) {
        grow(map);
    }
    uint64_t hash = slice_hash(key);
    struct map_entry *entry = probe(map, key, hash);
    bool added = !entry->key.ptr;
    if (added) {
        *entry = (struct map_entry){slice_of(key.ptr ? key.ptr : "", key.len), hash, 0};
        map->count++;
    }
    if (is_new) {
        *is_new = added;
    }
    return &entry->number;
}
