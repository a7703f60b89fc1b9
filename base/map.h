/*
 * A hash map from slices to numbers, in an arena.
 *
 *     struct map map;
 *     map_init(&map, arena);
 *     size_t *id = map_add(&map, slice_lit("female"), &is_new);
 *     if (is_new) *id = next++;
 *
 * Keys are borrowed and must live as long as the map. There is no removal. Open addressing, at most
 * half full.
 */
#ifndef QUIPU_BASE_MAP_H
#define QUIPU_BASE_MAP_H

#include "base/arena.h"
#include "base/slice.h"

struct map {
    struct arena *arena;
    struct map_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

void map_init(struct map *map, struct arena *arena);
/* The key's number, or NULL. Valid until the next map_add. */
size_t *map_find(const struct map *map, struct slice key);
/* The key's number, 0 where it is new. Valid until the next map_add. is_new may be NULL. */
size_t *map_add(struct map *map, struct slice key, bool *is_new);

#endif
