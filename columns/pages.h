/*
 * A long array of 64-bit or 32-bit numbers that grows page by page. The writer's alone.
 *
 *     *pages64_at(&names, id) = word;        after pages_reserve(&names, id + 1)
 *
 * The first page begins small and doubles, so that a short array is small; it is moved then, and no
 * address outlives a pages_reserve. Further pages are whole, and never moved.
 */
#ifndef QUIPU_COLUMNS_PAGES_H
#define QUIPU_COLUMNS_PAGES_H

#include <stdint.h>

#include "columns/memory.h"

enum { PAGES_BITS = 12, PAGES_ITEMS = 1 << PAGES_BITS };

struct pages {
    struct memory *memory;
    enum memory_kind kind;
    uint32_t item_bytes;
    uint32_t npages, capacity;
    uint32_t first_items; /* that the first page has room for */
    void **pages;
};

void pages_init(struct pages *pages, struct memory *memory, enum memory_kind kind,
                uint32_t item_bytes);
void pages_fini(struct pages *pages);
/* Room for items 0 .. nitems-1; new ones are 0. */
void pages_reserve(struct pages *pages, uint64_t nitems);
size_t pages_bytes(const struct pages *pages);

static inline uint64_t *
pages64_at(const struct pages *pages, uint32_t i)
{
    return (uint64_t *) pages->pages[i >> PAGES_BITS] + (i & (PAGES_ITEMS - 1));
}

static inline uint32_t *
pages32_at(const struct pages *pages, uint32_t i)
{
    return (uint32_t *) pages->pages[i >> PAGES_BITS] + (i & (PAGES_ITEMS - 1));
}

#endif
