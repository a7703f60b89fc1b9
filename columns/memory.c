/*
 * Memory of an index, with an account of its purposes. in: sizes; out: blocks, and the bytes that
 * each part of an index has.
 *
 * Example: after memory_alloc(m, MEMORY_TABLE, 100) and memory_free(m, MEMORY_TABLE, p, 100)
 * m->bytes[MEMORY_TABLE] is what it was before.
 */
#include "columns/memory.h"
#include "base/must.h"

#include <stdint.h>
#include <string.h>

enum { ALIGNMENT = 64, ALIGNED_EXTRA = ALIGNMENT + sizeof(void *) };

void *
memory_alloc(struct memory *memory, enum memory_kind kind, size_t size_bytes)
{
    void *ptr = must_have(memory->alloc(size_bytes));
    memory->bytes[kind] += size_bytes;
    return ptr;
}

void *
memory_alloc_zeroed(struct memory *memory, enum memory_kind kind, size_t size_bytes)
{
    return memset(memory_alloc(memory, kind, size_bytes), 0, size_bytes);
}

void
memory_free(struct memory *memory, enum memory_kind kind, void *ptr, size_t size_bytes)
{
    if (ptr) {
        memory->bytes[kind] -= size_bytes;
        memory->release(ptr);
    }
}

void *
memory_grow(struct memory *memory, enum memory_kind kind, void *ptr, size_t old_bytes,
            size_t new_bytes)
{
    void *grown = memory_alloc(memory, kind, new_bytes);
    if (ptr) {
        memcpy(grown, ptr, old_bytes);
        memory_free(memory, kind, ptr, old_bytes);
    }
    return grown;
}

/* The word before the aligned address holds the block's own start. */
void *
memory_alloc_aligned(struct memory *memory, enum memory_kind kind, size_t size_bytes)
{
    char *start = memory_alloc(memory, kind, size_bytes + ALIGNED_EXTRA);
    uintptr_t at = ((uintptr_t) start + ALIGNED_EXTRA) & ~(uintptr_t) (ALIGNMENT - 1);
    void **aligned = (void **) at;
    aligned[-1] = start;
    return aligned;
}

void
memory_free_aligned(struct memory *memory, enum memory_kind kind, void *ptr, size_t size_bytes)
{
    if (ptr) {
        memory_free(memory, kind, ((void **) ptr)[-1], size_bytes + ALIGNED_EXTRA);
    }
}

size_t
memory_aligned_extra(void)
{
    return ALIGNED_EXTRA;
}

size_t
memory_total(const struct memory *memory)
{
    size_t total = 0;
    for (int i = 0; i < MEMORY_NKINDS; i++) {
        total += memory->bytes[i];
    }
    return total;
}
