/*
 * Paged arrays. in: how many items there shall be; out: their addresses, for good.
 *
 * Example: 10,000 items of 8 bytes are three pages of 32 KiB and a directory of 16 pointers.
 */
#include "columns/pages.h"

void
pages_init(struct pages *pages, struct memory *memory, enum memory_kind kind, uint32_t item_bytes)
{
    *pages = (struct pages){.memory = memory, .kind = kind, .item_bytes = item_bytes};
}

void
pages_fini(struct pages *pages)
{
    for (uint32_t i = 0; i < pages->npages; i++) {
        memory_free(pages->memory, pages->kind, pages->pages[i],
                    (size_t) PAGES_ITEMS * pages->item_bytes);
    }
    memory_free(pages->memory, pages->kind, pages->pages, pages->capacity * sizeof(void *));
}

void
pages_reserve(struct pages *pages, uint64_t nitems)
{
    while ((uint64_t) pages->npages << PAGES_BITS < nitems) {
        if (pages->npages == pages->capacity) {
            uint32_t capacity = pages->capacity ? pages->capacity * 2 : 1;
            pages->pages = memory_grow(pages->memory, pages->kind, pages->pages,
                                       pages->capacity * sizeof(void *), capacity * sizeof(void *));
            pages->capacity = capacity;
        }
        pages->pages[pages->npages++] = memory_alloc_zeroed(
            pages->memory, pages->kind, (size_t) PAGES_ITEMS * pages->item_bytes);
    }
}
