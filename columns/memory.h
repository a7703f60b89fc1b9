/*
 * Where an index's memory comes from, and how much of it each part has.
 *
 *     void *page = memory_alloc(&memory, MEMORY_TABLE, sizeof *page);
 *     memory_free(&memory, MEMORY_TABLE, page, sizeof *page);
 *
 * Sizes are given back as they were asked for, so no block needs a header; memory.bytes is exact.
 * The writer's alone (index.h), but for the freeing of a whole index. Out of memory aborts.
 */
#ifndef QUIPU_COLUMNS_MEMORY_H
#define QUIPU_COLUMNS_MEMORY_H

#include <stddef.h>

enum memory_kind {
    MEMORY_SPARSE, /* chunks */
    MEMORY_PLANES,
    MEMORY_TABLE,
    MEMORY_DICTIONARY,
    MEMORY_NAMES,
    MEMORY_SNAPSHOT, /* what is kept for snapshots only, and they themselves */
    MEMORY_OTHER,
    MEMORY_NKINDS
};

struct memory {
    void *(*alloc)(size_t size_bytes);
    void (*release)(void *ptr);
    size_t bytes[MEMORY_NKINDS];
};

/* Not zeroed. */
void *memory_alloc(struct memory *memory, enum memory_kind kind, size_t size_bytes);
void *memory_alloc_zeroed(struct memory *memory, enum memory_kind kind, size_t size_bytes);
/* NULL is allowed. */
void memory_free(struct memory *memory, enum memory_kind kind, void *ptr, size_t size_bytes);
/* A larger block with the old one's first bytes. */
void *memory_grow(struct memory *memory, enum memory_kind kind, void *ptr, size_t old_bytes,
                  size_t new_bytes);

/* Aligned to 64 bytes, for planes; costs 72 bytes more. */
void *memory_alloc_aligned(struct memory *memory, enum memory_kind kind, size_t size_bytes);
void memory_free_aligned(struct memory *memory, enum memory_kind kind, void *ptr,
                         size_t size_bytes);

/* The bytes that an aligned block costs more. */
size_t memory_aligned_extra(void);

size_t memory_total(const struct memory *memory);

#endif
