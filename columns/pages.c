/*
 * Arrays that grow in small steps, page by page. in: how many items are needed; out: where they
 * are.
 *
 * Example: 5 items of 4 bytes are a page of 32 bytes and a directory of one pointer. 10,000 items
 * of 8 bytes are three pages of 32 KiB and a directory of four.
 */
#include "columns/pages.h"

#include <string.h>

enum { FIRST_ITEMS = 8 };

void
pages_init(struct pages *pages, struct memory *memory, enum memory_kind kind, uint32_t item_bytes)
{
    *pages = (struct pages){.memory = memory, .kind = kind, .item_bytes = item_bytes};
}

static size_t
page_bytes(const struct pages *pages, uint32_t page)
{
    return (size_t) (page ? PAGES_ITEMS : pages->first_items) * pages->item_bytes;
}

void
pages_fini(struct pages *pages)
{
    for (uint32_t i = 0; i < pages->npages; i++) {
        memory_free(pages->memory, pages->kind, pages->pages[i], page_bytes(pages, i));
    }
    memory_free(pages->memory, pages->kind, pages->pages, pages->capacity * sizeof(void *));
}

/* Makes room for so many items in the first page, or for all that it may have. */
static void
first_page_grow(struct pages *pages, uint64_t nitems)
{
    uint32_t old = pages->first_items, items = old ? old : FIRST_ITEMS / 2;
    do {
        items *= 2;
    } while (items < nitems && items < PAGES_ITEMS);
    size_t old_bytes = page_bytes(pages, 0), bytes = (size_t) items * pages->item_bytes;
    char *page = memory_grow(pages->memory, pages->kind, pages->pages[0], old_bytes, bytes);
    memset(page + old_bytes, 0, bytes - old_bytes);
    pages->pages[0] = page;
    pages->first_items = items;
}

void
pages_reserve(struct pages *pages, uint64_t nitems)
{
    if (nitems <= pages->first_items) {
        return;
    }
    while ((uint64_t) pages->npages << PAGES_BITS < nitems) {
        if (pages->npages == pages->capacity) {
            uint32_t capacity = pages->capacity ? pages->capacity * 2 : 1;
            pages->pages = memory_grow(pages->memory, pages->kind, pages->pages,
                                       pages->capacity * sizeof(void *), capacity * sizeof(void *));
            pages->capacity = capacity;
        }
        uint32_t page = pages->npages++;
        pages->pages[page] =
            page ? memory_alloc_zeroed(pages->memory, pages->kind, page_bytes(pages, page)) : NULL;
    }
    if (pages->first_items < PAGES_ITEMS) {
        first_page_grow(pages, nitems);
    }
}

size_t
pages_bytes(const struct pages *pages)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < pages->npages; i++) {
        bytes += page_bytes(pages, i);
    }
    return bytes;
}
