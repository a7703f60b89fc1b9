/*
 * A hash table that grows in small steps, so that no write waits long: extendible hashing over
 * segments of cache lines. in: hashes and ids; out: ids.
 *
 * Example: a segment of 341 groups at depth 3 is 92 % full. It is split: ids with a 4th hash bit of
 * 0 go to one new segment, the others to another, each with room for a third more. The directory, 8
 * entries, is doubled if the segment's depth was 3.
 */
#include "columns/idmap.h"

#include <assert.h>
#include <string.h>

enum { FIRST_GROUPS = 1, MOST_GROUPS = 4096 / IDMAP_GROUP, MOST_DEPTH = 24 };

/* At most FULL of 64 slots are in use, and at most ROOMY after growing. */
enum { FULL = 59, ROOMY = 47 };

static uint32_t
segment_slots(const struct idmap_segment *segment)
{
    return segment->ngroups * IDMAP_GROUP;
}

static size_t
segment_bytes(uint32_t ngroups)
{
    return sizeof(struct idmap_segment) + ngroups * sizeof(struct idmap_group);
}

static struct idmap_segment *
segment_new(struct idmap *map, uint32_t ngroups, uint32_t depth)
{
    struct idmap_segment *segment =
        memory_alloc_aligned(map->memory, map->kind, segment_bytes(ngroups));
    memset(segment, 0, segment_bytes(ngroups));
    segment->ngroups = ngroups;
    segment->depth = depth;
    assert((uint64_t) (uintptr_t) segment >> 48 == 0 && ngroups < 1 << 16);
    return segment;
}

static void
segment_free(struct idmap *map, struct idmap_segment *segment)
{
    memory_free_aligned(map->memory, map->kind, segment, segment_bytes(segment->ngroups));
}

static uint64_t
entry_of(const struct idmap_segment *segment)
{
    return (uint64_t) segment->ngroups << 48 | (uint64_t) (uintptr_t) segment;
}

void
idmap_init(struct idmap *map, struct memory *memory, enum memory_kind kind,
           uint64_t (*hash_of)(const void *ctx, uint32_t id), const void *ctx)
{
    *map = (struct idmap){.memory = memory, .kind = kind, .hash_of = hash_of, .ctx = ctx};
    map->directory = memory_alloc(memory, kind, sizeof *map->directory);
    map->directory[0] = entry_of(segment_new(map, FIRST_GROUPS, 0));
}

void
idmap_fini(struct idmap *map)
{
    size_t n = (size_t) 1 << map->depth;
    for (size_t i = 0; i < n;) {
        struct idmap_segment *segment = idmap_segment(map->directory[i]);
        i += (size_t) 1 << (map->depth - segment->depth);
        segment_free(map, segment);
    }
    memory_free(map->memory, map->kind, map->directory, n * sizeof *map->directory);
}

static void
segment_put(struct idmap_segment *segment, uint64_t hash, uint32_t id)
{
    uint32_t at = idmap_group_of(segment->ngroups, hash), open;
    while (!(open = idmap_match(&segment->groups[at], IDMAP_FREE))) {
        segment->groups[at].passed++;
        at = at + 1 == segment->ngroups ? 0 : at + 1;
    }
    uint32_t slot = (uint32_t) __builtin_ctz(open);
    segment->groups[at].tags[slot] = idmap_tag(hash);
    segment->groups[at].ids[slot] = id;
    segment->nused++;
}

/* The number of groups for so many ids, with room to grow. */
static uint32_t
groups_for(uint32_t nids)
{
    return (uint32_t) ((uint64_t) nids * 64 / ROOMY) / IDMAP_GROUP + 1;
}

/* Enters a segment into every place of the directory that shares its hash bits. */
static void
directory_set(struct idmap *map, uint64_t hash, const struct idmap_segment *segment)
{
    uint64_t first = segment->depth ? hash >> (64 - segment->depth) : 0;
    unsigned spare = map->depth - segment->depth;
    for (uint64_t i = first << spare; i < (first + 1) << spare; i++) {
        map->directory[i] = entry_of(segment);
    }
}

static void
directory_double(struct idmap *map)
{
    size_t n = (size_t) 1 << map->depth;
    uint64_t *doubled = memory_alloc(map->memory, map->kind, 2 * n * sizeof *doubled);
    for (size_t i = 0; i < n; i++) {
        doubled[2 * i] = doubled[2 * i + 1] = map->directory[i];
    }
    memory_free(map->memory, map->kind, map->directory, n * sizeof *map->directory);
    map->directory = doubled;
    map->depth++;
}

/* An id with its hash. All hashes are made before any is used, so that the reads overlap. */
struct hashed {
    uint64_t hash;
    uint32_t id;
};

enum { HASHED_AT_ONCE = 256 };

/* Takes up to HASHED_AT_ONCE ids of a segment, from slot *at on. */
static uint32_t
next_hashed(const struct idmap *map, const struct idmap_segment *segment, uint32_t *at,
            struct hashed *hashed)
{
    uint32_t n = 0;
    for (; *at < segment_slots(segment) && n < HASHED_AT_ONCE; ++*at) {
        const struct idmap_group *group = &segment->groups[*at / IDMAP_GROUP];
        hashed[n].id = group->ids[*at % IDMAP_GROUP];
        n += group->tags[*at % IDMAP_GROUP] != IDMAP_FREE;
    }
    for (uint32_t i = 0; i < n; i++) {
        hashed[i].hash = map->hash_of(map->ctx, hashed[i].id);
    }
    return n;
}

static void
segment_resize(struct idmap *map, struct idmap_segment *segment, uint64_t hash, uint32_t ngroups)
{
    struct idmap_segment *resized = segment_new(map, ngroups, segment->depth);
    struct hashed hashed[HASHED_AT_ONCE];
    for (uint32_t at = 0, n; (n = next_hashed(map, segment, &at, hashed)) > 0;) {
        for (uint32_t i = 0; i < n; i++) {
            segment_put(resized, hashed[i].hash, hashed[i].id);
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
    uint64_t bit = (uint64_t) 1 << (63 - segment->depth);
    struct hashed hashed[MOST_GROUPS * IDMAP_GROUP + HASHED_AT_ONCE];
    uint32_t total = 0, nids[2] = {0, 0};
    for (uint32_t at = 0, n; (n = next_hashed(map, segment, &at, hashed + total)) > 0;) {
        for (uint32_t i = 0; i < n; i++, total++) {
            nids[(hashed[total].hash & bit) != 0]++;
        }
    }
    struct idmap_segment *halves[2];
    for (int i = 0; i < 2; i++) {
        halves[i] = segment_new(map, groups_for(nids[i] + 1), segment->depth + 1);
    }
    for (uint32_t i = 0; i < total; i++) {
        segment_put(halves[(hashed[i].hash & bit) != 0], hashed[i].hash, hashed[i].id);
    }
    directory_set(map, hash & ~bit, halves[0]);
    directory_set(map, hash | bit, halves[1]);
    segment_free(map, segment);
}

static bool
is_full(const struct idmap_segment *segment)
{
    return (segment->nused + 1) * 64ull > segment_slots(segment) * (uint64_t) FULL;
}

void
idmap_add(struct idmap *map, uint64_t hash, uint32_t id)
{
    struct idmap_segment *segment;
    while (is_full(segment = idmap_segment(idmap_entry(map, hash)))) {
        uint32_t ngroups = groups_for(segment->nused + 1);
        /* If hashes do not separate the ids (never, with a secret seed), the segment only grows. */
        if (ngroups > MOST_GROUPS && segment->depth < MOST_DEPTH) {
            segment_split(map, segment, hash);
        } else {
            segment_resize(map, segment, hash, ngroups);
        }
    }
    segment_put(segment, hash, id);
    map->count++;
}

/* Removes an id that is there, and lowers the counts of the groups that it has passed over. */
void
idmap_remove(struct idmap *map, uint64_t hash, uint32_t id)
{
    struct idmap_segment *segment = idmap_segment(idmap_entry(map, hash));
    uint8_t tag = idmap_tag(hash);
    uint32_t at = idmap_group_of(segment->ngroups, hash);
    for (uint32_t i = 0; i < segment->ngroups; i++) {
        struct idmap_group *group = &segment->groups[at];
        for (uint32_t found = idmap_match(group, tag); found; found &= found - 1) {
            uint32_t slot = (uint32_t) __builtin_ctz(found);
            if (group->ids[slot] != id) {
                continue;
            }
            group->tags[slot] = IDMAP_FREE;
            segment->nused--;
            map->count--;
            if (segment->ngroups > 4 && segment->nused < segment_slots(segment) / 4) {
                segment_resize(map, segment, hash, groups_for(segment->nused + 1));
            }
            return;
        }
        group->passed--;
        at = at + 1 == segment->ngroups ? 0 : at + 1;
    }
    assert(!"the id is not in the map");
}

/* Reads fewer than eight bytes, by overlapping reads. */
static inline uint64_t
read_few(const char *at, size_t nbytes)
{
    if (nbytes >= 4) {
        uint32_t first, last;
        memcpy(&first, at, 4);
        memcpy(&last, at + nbytes - 4, 4);
        return (uint64_t) last << 32 | first;
    }
    if (!nbytes) {
        return 0;
    }
    const unsigned char *bytes = (const unsigned char *) at;
    return (uint64_t) bytes[0] << 16 | (uint64_t) bytes[nbytes / 2] << 8 | bytes[nbytes - 1];
}

/* Multiply and fold, eight bytes at a time (after wyhash, Wang Yi, 2019). */
uint64_t
hash_bytes(struct slice bytes, uint64_t seed)
{
    uint64_t hash = bytes.len * 0x8ebc6af09c88c6e3u;
    const char *at = bytes.ptr;
    size_t left = bytes.len;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = hash_number(word ^ hash, seed);
    }
    return hash_number(read_few(at, left) ^ hash, seed);
}
