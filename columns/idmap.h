/*
 * A hash table of 32-bit ids whose keys stand elsewhere, that never grows in one go.
 *
 *     idmap_add(&map, hash, id)
 *     idmap_find(&map, hash, equal, names, &name) -> id, or IDMAP_NONE
 *
 *     directory (by the first bits of a hash)    segment: up to 341 groups of one cache line each
 *       000 -> A    100 -> B                       tags  | 7f 00 31 .. | 12 bytes
 *       001 -> A    101 -> B                       passed| 2           | ids that found it full
 *       010 -> C    110 -> B                       ids   | 12    9  .. | 12 times 4 bytes
 *       011 -> D    111 -> B
 *
 * A segment that is full grows by a quarter, and is split in two when it has its full size
 * (extendible hashing: Fagin, Nievergelt, Pippenger, Strong, 1979); one step moves 4,092 ids at
 * most. A slot has a tag, 8 bits of the hash, so that a key is hardly ever compared in vain; the
 * tags of a group are compared at once, and a group knows how many ids went past it, as in
 * Facebook's F14. So a look-up reads one line of the table, mostly. Between 5.8 and 7.3 bytes an
 * id.
 *
 * Hashes must be well mixed (hash_bytes, hash_number). The writer's alone.
 */
#ifndef QUIPU_COLUMNS_IDMAP_H
#define QUIPU_COLUMNS_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "columns/memory.h"

#if defined(__SSE2__) && !defined(QUIPU_PLAIN_C)
#include <emmintrin.h>
#endif

enum { IDMAP_GROUP = 12, IDMAP_FREE = 0, IDMAP_ALL = (1 << IDMAP_GROUP) - 1 };
#define IDMAP_NONE UINT32_MAX

struct idmap_group {
    uint8_t tags[IDMAP_GROUP];
    uint32_t passed; /* ids that would stand here, had it not been full */
    uint32_t ids[IDMAP_GROUP];
};

_Static_assert(sizeof(struct idmap_group) == 64, "a group is a cache line");

struct idmap_segment {
    uint32_t ngroups;
    uint32_t nused;
    uint32_t depth; /* bits of the hash that all its ids share */
    uint32_t pad[13];
    struct idmap_group groups[];
};

struct idmap {
    struct memory *memory;
    enum memory_kind kind;
    /* The hash of an id that is in the map. */
    uint64_t (*hash_of)(const void *ctx, uint32_t id);
    const void *ctx;
    uint64_t *directory; /* a segment's address, and in the upper 16 bits its ngroups */
    uint32_t depth;
    uint64_t count;
};

void idmap_init(struct idmap *map, struct memory *memory, enum memory_kind kind,
                uint64_t (*hash_of)(const void *ctx, uint32_t id), const void *ctx);
void idmap_fini(struct idmap *map);
/* The id must not be there. */
void idmap_add(struct idmap *map, uint64_t hash, uint32_t id);
/* The id must be there. */
void idmap_remove(struct idmap *map, uint64_t hash, uint32_t id);

/* Well mixed hashes; the seed keeps others from choosing keys that collide. */
uint64_t hash_bytes(struct slice bytes, uint64_t seed);
static inline uint64_t
hash_number(uint64_t number, uint64_t seed)
{
    uint64_t x = number ^ seed;
    unsigned __int128 product = (unsigned __int128) (x ^ 0x9e3779b97f4a7c15u) * 0xa0761d6478bd642fu;
    x = (uint64_t) product ^ (uint64_t) (product >> 64);
    product = (unsigned __int128) (x ^ seed) * 0xe7037ed1a0b428dbu;
    return (uint64_t) product ^ (uint64_t) (product >> 64);
}

static inline uint8_t
idmap_tag(uint64_t hash)
{
    return (uint8_t) (1 + ((hash & 0xff) * 255 >> 8));
}

/* What the directory has for a hash. */
static inline uint64_t
idmap_entry(const struct idmap *map, uint64_t hash)
{
    return map->directory[map->depth ? hash >> (64 - map->depth) : 0];
}

static inline struct idmap_segment *
idmap_segment(uint64_t entry)
{
    return (struct idmap_segment *) (uintptr_t) (entry & ((1ull << 48) - 1));
}

static inline uint32_t
idmap_group_of(uint32_t ngroups, uint64_t hash)
{
    return (uint32_t) ((uint64_t) (uint32_t) (hash >> 8) * ngroups >> 32);
}

/* The slots of a group that have the tag, a bit each. */
static inline uint32_t
idmap_match(const struct idmap_group *group, uint8_t tag)
{
#if defined(__SSE2__) && !defined(QUIPU_PLAIN_C)
    __m128i tags = _mm_load_si128((const __m128i *) (const void *) group);
    uint32_t found = (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(tags, _mm_set1_epi8((char) tag)));
    return found & IDMAP_ALL;
#else
    uint32_t found = 0;
    for (unsigned i = 0; i < IDMAP_GROUP; i++) {
        found |= (uint32_t) (group->tags[i] == tag) << i;
    }
    return found;
#endif
}

/* The id with this hash for which equal(ctx, id, key) holds. */
static inline uint32_t
idmap_find(const struct idmap *map, uint64_t hash,
           bool (*equal)(const void *ctx, uint32_t id, const void *key), const void *ctx,
           const void *key)
{
    uint64_t entry = idmap_entry(map, hash);
    uint32_t ngroups = (uint32_t) (entry >> 48), at = idmap_group_of(ngroups, hash);
    uint8_t tag = idmap_tag(hash);
    for (uint32_t i = 0; i < ngroups; i++) {
        const struct idmap_group *group = &idmap_segment(entry)->groups[at];
        for (uint32_t found = idmap_match(group, tag); found; found &= found - 1) {
            uint32_t id = group->ids[__builtin_ctz(found)];
            if (equal(ctx, id, key)) {
                return id;
            }
        }
        if (!group->passed) {
            break;
        }
        at = at + 1 == ngroups ? 0 : at + 1;
    }
    return IDMAP_NONE;
}

/* The line of the table where idmap_find begins. */
static inline const struct idmap_group *
idmap_group(const struct idmap *map, uint64_t hash)
{
    uint64_t entry = idmap_entry(map, hash);
    return &idmap_segment(entry)->groups[idmap_group_of((uint32_t) (entry >> 48), hash)];
}

#endif
