/*
 * Versions: which blocks of an index snapshots still see, and when the others may be freed.
 *
 *     if (version_is_shared(versions, block->born)) {        some snapshot shows it: copy, then
 *         version_retire(versions, &(struct retired){block, block->born, size, MEMORY_TABLE});
 *     }                                                      freed when the last such snapshot goes
 *
 * A block is born in the version that was current when it was made; a snapshot ends a version. So a
 * block in use is seen by a snapshot iff it was born no later than the newest one. A replaced block
 * hangs on the newest snapshot that sees it; when that one goes, it moves to the next older one
 * that sees it too, or is freed. (The lists of dead blocks of ZFS's snapshots work like this.)
 *
 *     newest snapshot 7 -> 5 -> 2 oldest
 *        retired:     |    |    born 2
 *                     |    born 4, born 3           when 5 goes: 4 and 3 are freed
 *                     born 6, born 1                when 7 goes: 6 is freed, 1 moves to 5
 *
 * Releasing is a push on an atomic stack, by any thread; all else is the writer's. Nobody waits.
 */
#ifndef QUIPU_COLUMNS_VERSION_H
#define QUIPU_COLUMNS_VERSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "columns/memory.h"

struct retired {
    void *ptr;
    uint64_t born;
    uint32_t size_bytes;
    uint8_t kind; /* enum memory_kind it was accounted as */
    bool is_aligned;
};

struct retired_list {
    struct retired_part *parts;
};

/* What struct snapshot begins with. */
struct version_holder {
    uint64_t version;
    bool is_dead; /* released, its blocks not all looked at yet */
    struct version_holder *older, *newer;
    struct version_holder *next_released;
    struct retired_list retired;
};

struct versions {
    struct memory *memory;
    uint64_t now;                         /* what is made now is born in it; from 1 */
    uint64_t newest;                      /* of the living; 0: none */
    struct version_holder *newest_holder; /* dead ones too */
    size_t nholders, ndead;
    struct version_holder *_Atomic released;
    void (*free_holder)(void *ctx, struct version_holder *holder);
    void *ctx;
};

static inline bool
version_is_shared(const struct versions *versions, uint64_t born)
{
    return born <= versions->newest;
}

void versions_init(struct versions *versions, struct memory *memory,
                   void (*free_holder)(void *ctx, struct version_holder *holder), void *ctx);
/* Frees all that is retired. No snapshot may be alive. */
void versions_fini(struct versions *versions);
/* Takes a block out of use: frees it, or keeps it for the snapshots that see it. */
void version_retire(struct versions *versions, const struct retired *block);
/* The holder shows this moment from now on. */
void version_hold(struct versions *versions, struct version_holder *holder);
/* Any thread. */
void version_release(struct versions *versions, struct version_holder *holder);
/* Looks at up to max_blocks retired blocks of released holders; how many it looked at. */
size_t version_reclaim(struct versions *versions, size_t max_blocks);
/* Is there anything for version_reclaim to do? */
static inline bool
version_has_garbage(struct versions *versions)
{
    return versions->ndead ||
           atomic_load_explicit(&versions->released, memory_order_relaxed) != NULL;
}

#endif
