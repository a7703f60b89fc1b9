/*
 * A hash table of 32-bit ids whose keys stand elsewhere, that never grows in one go.
 *
 *     idmap_add(&map, hash, id)
 *     idmap_find(&map, hash, equal, names, &name) -> id, or IDMAP_NONE
 *
 *     directory (by the first bits of a hash)       segment: at most 4,096 slots in groups of 16
 *       000 -> A    100 -> B                          tags   | 7f 00 31 .. | 16 bytes a group
 *       001 -> A    101 -> B                          ids    | 12    9  .. | 4 bytes each
 *       010 -> C    110 -> B
 *       011 -> D    111 -> B
 *
 * A segment that is full grows by a quarter, and is split in two when it has its full size
 * (extendible hashing: Fagin, Nievergelt, Pippenger, Strong, 1979); one step moves 4,096 ids at
 * most. A slot has a tag, 8 bits of the hash, so that a key is hardly ever compared in vain; groups
 * of tags are compared at once, as in Abseil's flat_hash_map. Between 5.4 and 7 bytes an id.
 *
 * Hashes must be well mixed (hash_bytes, hash_number). The writer's alone.
 */
#ifndef QUIPU_COLUMNS_IDMAP_H
#define QUIPU_COLUMNS_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "columns/memory.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { IDMAP_GROUP = 16, IDMAP_FREE = 0, IDMAP_REMOVED = 1 };
#define IDMAP_NONE UINT32_MAX

struct idmap_segment {
    uint32_t ngroups;
    uint32_t nused, nremoved;
    uint32_t depth; /* bits of the hash that all its ids share */
    uint32_t *ids;  /* behind the tags */
    uint8_t tags[];
};

struct idmap {
    struct memory *memory;
    enum memory_kind kind;
    /* The hash of an id that is in the map. */
    uint64_t (*hash_of)(const void *ctx, uint32_t id);
    const void *ctx;
    struct idmap_segment **directory;
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
    return (uint8_t) (2 + ((hash & 0xff) * 254 >> 8));
}

static inline uint32_t
idmap_group(const struct idmap_segment *segment, uint64_t hash)
{
    return (uint32_t) ((uint64_t) (uint32_t) (hash >> 8) * segment->ngroups >> 32);
}

static inline struct idmap_segment *
idmap_segment(const struct idmap *map, uint64_t hash)
{
    return map->directory[map->depth ? hash >> (64 - map->depth) : 0];
}

/* The slots of a group that have the tag, a bit each. */
static inline uint32_t
idmap_match(const uint8_t *tags, uint8_t tag)
{
#ifdef __SSE2__
    __m128i group = _mm_loadu_si128((const __m128i *) tags);
    return (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(group, _mm_set1_epi8((char) tag)));
#else
    uint32_t found = 0;
    for (unsigned i = 0; i < IDMAP_GROUP; i++) {
        found |= (uint32_t) (tags[i] == tag) << i;
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
    const struct idmap_segment *segment = idmap_segment(map, hash);
    uint8_t tag = idmap_tag(hash);
    uint32_t group = idmap_group(segment, hash);
    for (uint32_t i = 0; i < segment->ngroups; i++) {
        const uint8_t *tags = segment->tags + (size_t) group * IDMAP_GROUP;
        for (uint32_t found = idmap_match(tags, tag); found; found &= found - 1) {
            uint32_t id = segment->ids[group * IDMAP_GROUP + (uint32_t) __builtin_ctz(found)];
            if (equal(ctx, id, key)) {
                return id;
            }
        }
        if (idmap_match(tags, IDMAP_FREE)) {
            break;
        }
        group = group + 1 == segment->ngroups ? 0 : group + 1;
    }
    return IDMAP_NONE;
}

#endif
