/*
 * Has a key been there before? A set of hashes of keys. in: a key; out: whether it was there.
 *
 * A table of hashes with open addressing, three quarters full at most; 0 is an empty place, so a
 * hash of 0 is taken for 1.
 */
#include "tools/key_set.h"

#include <stdlib.h>

#include "base/must.h"

enum { FIRST_SIZE = 1 << 12, LAST_SIZE = 1 << 26 };

struct key_set {
    uint64_t *hashes;
    size_t size, count;
};

static uint64_t *
table_new(size_t size)
{
    uint64_t *table = must_array(size, sizeof *table);
    return table;
}

struct key_set *
key_set_new(void)
{
    struct key_set *set = must_alloc(sizeof *set);
    *set = (struct key_set){table_new(FIRST_SIZE), FIRST_SIZE, 0};
    return set;
}

void
key_set_free(struct key_set *set)
{
    if (set) {
        free(set->hashes);
        free(set);
    }
}

/* Its place, or the one where it would be. */
static uint64_t *
place_of(uint64_t *hashes, size_t size, uint64_t hash)
{
    size_t i = hash & (size - 1);
    while (hashes[i] && hashes[i] != hash) {
        i = (i + 1) & (size - 1);
    }
    return &hashes[i];
}

static void
grow(struct key_set *set)
{
    size_t size = set->size * 2;
    uint64_t *hashes = table_new(size);
    for (size_t i = 0; i < set->size; i++) {
        if (set->hashes[i]) {
            *place_of(hashes, size, set->hashes[i]) = set->hashes[i];
        }
    }
    free(set->hashes);
    set->hashes = hashes;
    set->size = size;
}

enum key_seen
key_set_add(struct key_set *set, struct slice key)
{
    uint64_t hash = slice_hash(key);
    hash = hash ? hash : 1;
    uint64_t *place = place_of(set->hashes, set->size, hash);
    if (*place) {
        return KEY_SEEN;
    }
    if (set->count >= set->size / 4 * 3 && set->size == LAST_SIZE) {
        return KEY_UNKNOWN;
    }
    *place = hash;
    if (++set->count >= set->size / 4 * 3 && set->size < LAST_SIZE) {
        grow(set);
    }
    return KEY_NEW;
}
