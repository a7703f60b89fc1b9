/*
 * Lets readers see the index as it was, while it is written. in: blocks that are replaced,
 * snapshots that come and go; out: blocks freed when the last snapshot that sees them has gone.
 *
 * Example: a block born in version 3 is replaced in version 8 while the snapshots 2, 5 and 7 live:
 * it hangs on 7. 7 goes: the block moves to 5 (3 <= 5). 5 goes: 2 does not see the block, so it is
 * freed.
 */
#include "columns/version.h"

#include <stddef.h>

enum { PART_BLOCKS = 126 };

struct retired_part {
    struct retired_part *next;
    size_t count;
    struct retired blocks[PART_BLOCKS];
};

void
versions_init(struct versions *versions, struct memory *memory,
              void (*free_holder)(void *ctx, struct version_holder *holder), void *ctx)
{
    *versions = (struct versions){.memory = memory, .now = 1};
    versions->free_holder = free_holder;
    versions->ctx = ctx;
    atomic_init(&versions->released, NULL);
}

static void
free_block(struct versions *versions, const struct retired *block, enum memory_kind kind)
{
    if (block->is_aligned) {
        memory_free_aligned(versions->memory, kind, block->ptr, block->size_bytes);
    } else {
        memory_free(versions->memory, kind, block->ptr, block->size_bytes);
    }
}

static void
list_add(struct versions *versions, struct retired_list *list, const struct retired *block)
{
    struct retired_part *part = list->parts;
    if (!part || part->count == PART_BLOCKS) {
        part = memory_alloc(versions->memory, MEMORY_SNAPSHOT, sizeof *part);
        part->next = list->parts;
        part->count = 0;
        list->parts = part;
    }
    part->blocks[part->count++] = *block;
}

static bool
list_take(struct versions *versions, struct retired_list *list, struct retired *block)
{
    struct retired_part *part = list->parts;
    if (!part) {
        return false;
    }
    *block = part->blocks[--part->count];
    if (!part->count) {
        list->parts = part->next;
        memory_free(versions->memory, MEMORY_SNAPSHOT, part, sizeof *part);
    }
    return true;
}

static struct version_holder *
newest_living(const struct versions *versions)
{
    struct version_holder *holder = versions->newest_holder;
    while (holder && holder->is_dead) {
        holder = holder->older;
    }
    return holder;
}

void
version_retire(struct versions *versions, const struct retired *block)
{
    if (!version_is_shared(versions, block->born)) {
        free_block(versions, block, block->kind);
        return;
    }
    /* From here on, blocks that only snapshots need are counted as theirs. */
    size_t bytes = block->size_bytes + (block->is_aligned ? memory_aligned_extra() : 0);
    versions->memory->bytes[block->kind] -= bytes;
    versions->memory->bytes[MEMORY_SNAPSHOT] += bytes;
    list_add(versions, &newest_living(versions)->retired, block);
}

void
version_hold(struct versions *versions, struct version_holder *holder)
{
    *holder = (struct version_holder){.version = versions->now++};
    holder->older = versions->newest_holder;
    if (holder->older) {
        holder->older->newer = holder;
    }
    versions->newest_holder = holder;
    versions->newest = holder->version;
    versions->nholders++;
}

void
version_release(struct versions *versions, struct version_holder *holder)
{
    struct version_holder *top = atomic_load_explicit(&versions->released, memory_order_relaxed);
    do {
        holder->next_released = top;
    } while (!atomic_compare_exchange_weak_explicit(&versions->released, &top, holder,
                                                    memory_order_release, memory_order_relaxed));
}

/* Marks the holders that were released since the last call as dead. */
static void
bury(struct versions *versions)
{
    if (!atomic_load_explicit(&versions->released, memory_order_relaxed)) {
        return;
    }
    struct version_holder *holder =
        atomic_exchange_explicit(&versions->released, NULL, memory_order_acquire);
    for (; holder; holder = holder->next_released) {
        holder->is_dead = true;
        versions->ndead++;
    }
    struct version_holder *living = newest_living(versions);
    versions->newest = living ? living->version : 0;
}

static void
unlink_holder(struct versions *versions, struct version_holder *holder)
{
    if (holder->newer) {
        holder->newer->older = holder->older;
    } else {
        versions->newest_holder = holder->older;
    }
    if (holder->older) {
        holder->older->newer = holder->newer;
    }
    versions->nholders--;
    versions->ndead--;
    versions->free_holder(versions->ctx, holder);
}

/* A dead holder takes over blocks, too: its turn will come. */
static size_t
drain(struct versions *versions, struct version_holder *holder, size_t max_blocks)
{
    struct retired block;
    size_t n = 0;
    for (; n < max_blocks; n++) {
        if (!list_take(versions, &holder->retired, &block)) {
            return n;
        }
        if (holder->older && block.born <= holder->older->version) {
            list_add(versions, &holder->older->retired, &block);
        } else {
            free_block(versions, &block, MEMORY_SNAPSHOT);
        }
    }
    return n;
}

size_t
version_reclaim(struct versions *versions, size_t max_blocks)
{
    bury(versions);
    size_t n = 0;
    struct version_holder *holder = versions->newest_holder;
    while (versions->ndead && holder && n < max_blocks) {
        struct version_holder *older = holder->older;
        if (holder->is_dead) {
            n += drain(versions, holder, max_blocks - n);
            if (!holder->retired.parts) {
                unlink_holder(versions, holder);
            }
        }
        holder = older;
    }
    return n;
}

void
versions_fini(struct versions *versions)
{
    while (version_has_garbage(versions)) {
        version_reclaim(versions, SIZE_MAX);
    }
}
