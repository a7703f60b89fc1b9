/*
 * Idmap: extendible hashing over segments with tags. in: hashes and ids; out: ids.
 *
 * Example: a segment of 4,096 slots at depth 3 is 92 % full. It is split: ids whose 4th hash bit is
 * 0 go to one new segment, the others to another, each of 2,560 slots; the directory, 8 pointers,
 * is doubled if its depth was 3.
 */
#include "columns/idmap.h"

#include <assert.h>
#include <string.h>

enum { FIRST_GROUPS = 1, MOST_GROUPS = 4096 / IDMAP_GROUP, MOST_DEPTH = 24 };

/* So many of 64 slots are in use at most; below that, after growing. */
enum { FULL = 59, ROOMY = 47 };

static uint32_t
segment_slots(const struct idmap_segment *segment)
{
    return segment->ngroups * IDMAP_GROUP;
}

static size_t
segment_bytes(uint32_t ngroups)
{
    return sizeof(struct idmap_segment) + (size_t) ngroups * IDMAP_GROUP * (1 + sizeof(uint32_t));
}

static struct idmap_segment *
segment_new(struct idmap *map, uint32_t ngroups, uint32_t depth)
{
    struct idmap_segment *segment = memory_alloc(map->memory, map->kind, segment_bytes(ngroups));
    *segment = (struct idmap_segment){.ngroups = ngroups, .depth = depth};
    segment->ids = (uint32_t *) (segment->tags + (size_t) ngroups * IDMAP_GROUP);
    memset(segment->tags, IDMAP_FREE, (size_t) ngroups * IDMAP_GROUP);
    return segment;
}

static void
segment_free(struct idmap *map, struct idmap_segment *segment)
{
    memory_free(map->memory, map->kind, segment, segment_bytes(segment->ngroups));
}

void
idmap_init(struct idmap *map, struct memory *memory, enum memory_kind kind,
           uint64_t (*hash_of)(const void *ctx, uint32_t id), const void *ctx)
{
    *map = (struct idmap){.memory = memory, .kind = kind, .hash_of = hash_of, .ctx = ctx};
    map->directory = memory_alloc(memory, kind, sizeof(struct idmap_segment *));
    map->directory[0] = segment_new(map, FIRST_GROUPS, 0);
}

void
idmap_fini(struct idmap *map)
{
    size_t n = (size_t) 1 << map->depth;
    for (size_t i = 0; i < n;) {
        struct idmap_segment *segment = map->directory[i];
        i += (size_t) 1 << (map->depth - segment->depth);
        segment_free(map, segment);
    }
    memory_free(map->memory, map->kind, map->directory, n * sizeof *map->directory);
}

static void
segment_put(struct idmap_segment *segment, uint64_t hash, uint32_t id)
{
    uint32_t group = idmap_group(segment, hash);
    for (;;) {
        uint8_t *tags = segment->tags + (size_t) group * IDMAP_GROUP;
        uint32_t open = idmap_match(tags, IDMAP_FREE) | idmap_match(tags, IDMAP_REMOVED);
        if (open) {
            uint32_t slot = (uint32_t) __builtin_ctz(open);
            segment->nremoved -= tags[slot] == IDMAP_REMOVED;
            segment->nused++;
            tags[slot] = idmap_tag(hash);
            segment->ids[group * IDMAP_GROUP + slot] = id;
            return;
        }
        group = group + 1 == segment->ngroups ? 0 : group + 1;
    }
}

/* Groups for so many ids, with room to grow. */
static uint32_t
groups_for(uint32_t nids)
{
    uint32_t slots = (uint32_t) ((uint64_t) nids * 64 / ROOMY);
    return slots / IDMAP_GROUP + 1;
}

/* Puts a segment into every entry of the directory that shares its hash bits. */
static void
directory_set(struct idmap *map, uint64_t hash, struct idmap_segment *segment)
{
    uint64_t first = segment->depth ? hash >> (64 - segment->depth) : 0;
    unsigned spare = map->depth - segment->depth;
    for (uint64_t i = first << spare; i < (first + 1) << spare; i++) {
        map->directory[i] = segment;
    }
}

static void
directory_double(struct idmap *map)
{
    size_t n = (size_t) 1 << map->depth;
    struct idmap_segment **doubled =
        memory_alloc(map->memory, map->kind, 2 * n * sizeof(struct idmap_segment *));
    for (size_t i = 0; i < n; i++) {
        doubled[2 * i] = doubled[2 * i + 1] = map->directory[i];
    }
    memory_free(map->memory, map->kind, map->directory, n * sizeof *map->directory);
    map->directory = doubled;
    map->depth++;
}

static void
segment_resize(struct idmap *map, struct idmap_segment *segment, uint64_t hash, uint32_t ngroups)
{
    struct idmap_segment *resized = segment_new(map, ngroups, segment->depth);
    for (uint32_t i = 0; i < segment_slots(segment); i++) {
        if (segment->tags[i] > IDMAP_REMOVED) {
            segment_put(resized, map->hash_of(map->ctx, segment->ids[i]), segment->ids[i]);
        }
    }
    directory_set(map, hash, resized);
    segment_free(map, segment);
}

static void
segment_split(struct idmap *map, struct idmap_segment *segment, uint64_t hash)
{
    if (segment->depth == map->depth) {
        directory_double(map);
    }
    uint64_t hashes[MOST_GROUPS * IDMAP_GROUP];
    uint64_t bit = (uint64_t) 1 << (63 - segment->depth);
    uint32_t nids[2] = {0, 0};
    for (uint32_t i = 0; i < segment_slots(segment); i++) {
        if (segment->tags[i] > IDMAP_REMOVED) {
            hashes[i] = map->hash_of(map->ctx, segment->ids[i]);
            nids[(hashes[i] & bit) != 0]++;
        }
    }
    struct idmap_segment *halves[2];
    for (int i = 0; i < 2; i++) {
        halves[i] = segment_new(map, groups_for(nids[i] + 1), segment->depth + 1);
    }
    for (uint32_t i = 0; i < segment_slots(segment); i++) {
        if (segment->tags[i] > IDMAP_REMOVED) {
            segment_put(halves[(hashes[i] & bit) != 0], hashes[i], segment->ids[i]);
        }
    }
    directory_set(map, hash & ~bit, halves[0]);
    directory_set(map, hash | bit, halves[1]);
    segment_free(map, segment);
}

static bool
is_full(const struct idmap_segment *segment)
{
    return (segment->nused + segment->nremoved + 1) * 64ull >
           segment_slots(segment) * (uint64_t) FULL;
}

void
idmap_add(struct idmap *map, uint64_t hash, uint32_t id)
{
    struct idmap_segment *segment;
    while (is_full(segment = idmap_segment(map, hash))) {
        uint32_t ngroups = groups_for(segment->nused + 1);
        /* Where hashes do not part them (never, with a seed nobody knows) it only grows. */
        if (ngroups > MOST_GROUPS && segment->depth < MOST_DEPTH) {
            segment_split(map, segment, hash);
        } else {
            segment_resize(map, segment, hash, ngroups);
        }
    }
    segment_put(segment, hash, id);
    map->count++;
}

void
idmap_remove(struct idmap *map, uint64_t hash, uint32_t id)
{
    struct idmap_segment *segment = idmap_segment(map, hash);
    uint8_t tag = idmap_tag(hash);
    uint32_t group = idmap_group(segment, hash);
    for (uint32_t i = 0; i < segment->ngroups; i++) {
        uint8_t *tags = segment->tags + (size_t) group * IDMAP_GROUP;
        for (uint32_t found = idmap_match(tags, tag); found; found &= found - 1) {
            uint32_t slot = (uint32_t) __builtin_ctz(found);
            if (segment->ids[group * IDMAP_GROUP + slot] != id) {
                continue;
            }
            /* A search never went past a group with a free slot: this one may be free again. */
            bool has_free = idmap_match(tags, IDMAP_FREE) != 0;
            tags[slot] = has_free ? IDMAP_FREE : IDMAP_REMOVED;
            segment->nremoved += !has_free;
            segment->nused--;
            map->count--;
            if (segment->ngroups > 4 && segment->nused < segment_slots(segment) / 4) {
                segment_resize(map, segment, hash, groups_for(segment->nused + 1));
            }
            return;
        }
        group = group + 1 == segment->ngroups ? 0 : group + 1;
    }
    assert(!"the id is not in the map");
}

static uint64_t
read_word(const char *at, size_t nbytes)
{
    uint64_t word = 0;
    memcpy(&word, at, nbytes);
    return word;
}

/* Multiply and fold, eight bytes at a time (after wyhash, Wang Yi, 2019). */
uint64_t
hash_bytes(struct slice bytes, uint64_t seed)
{
    uint64_t hash = seed ^ (bytes.len * 0x8ebc6af09c88c6e3u);
    const char *at = bytes.ptr;
    for (size_t left = bytes.len; left;) {
        size_t n = left < 8 ? left : 8;
        hash = hash_number(read_word(at, n) ^ hash, seed);
        at += n;
        left -= n;
    }
    return hash_number(hash, seed);
}
