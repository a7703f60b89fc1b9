/*
 * Columns lead from a row's id to its chunk, and copy on the way what a snapshot shows.
 *
 * Example: row 4,718,592 is row 0 of chunk 72, in page 1 at place 8. A snapshot shows the page, so
 * it is copied (2 KiB). The table gets the copy's address (and is itself copied first). Then the
 * chunk is written, which copies its planes.
 */
#include "columns/column.h"

#include <string.h>

static size_t
table_bytes(uint32_t npages)
{
    return sizeof(struct chunk_table) + npages * sizeof(struct chunk_page *);
}

static size_t
page_bytes(const struct chunk_page *page)
{
    return sizeof *page + page->nchunks * sizeof *page->chunks;
}

uint32_t
column_get(const struct column *column, uint32_t row)
{
    return chunk_get(table_chunk(column->table, row >> CHUNK_BITS), row & (CHUNK_ROWS - 1));
}

void
column_touch(const struct column *column, uint32_t row, struct touch *touch)
{
    chunk_touch(table_chunk(column->table, row >> CHUNK_BITS), row & (CHUNK_ROWS - 1), touch);
}

/* Returns a table that no snapshot shares, with a place for page `page`. */
static struct chunk_table *
table_own(struct versions *versions, struct column *column, uint32_t page)
{
    struct chunk_table *table = column->table;
    uint32_t npages = table ? table->npages : 0;
    if (page < npages && !version_is_shared(versions, table->born)) {
        return table;
    }
    uint32_t wanted = page < npages ? npages : page + 1;
    struct chunk_table *own = memory_alloc(versions->memory, MEMORY_TABLE, table_bytes(wanted));
    own->born = versions->now;
    own->npages = wanted;
    for (uint32_t i = 0; i < wanted; i++) {
        own->pages[i] = i < npages ? table->pages[i] : NULL;
    }
    if (table) {
        version_retire(versions,
                       &(struct retired){table, table->born, (uint32_t) table_bytes(npages),
                                         MEMORY_TABLE, false});
    }
    column->table = own;
    return own;
}

static struct chunk *
chunk_own(struct versions *versions, struct column *column, uint32_t number)
{
    uint32_t at = number >> PAGE_BITS, place = number & (PAGE_CHUNKS - 1);
    struct chunk_page *page =
        column->table && at < column->table->npages ? column->table->pages[at] : NULL;
    if (!page || place >= page->nchunks || version_is_shared(versions, page->born)) {
        struct chunk_table *table = table_own(versions, column, at);
        uint32_t nchunks = page ? page->nchunks : 1;
        while (nchunks <= place) {
            nchunks *= 2;
        }
        struct chunk_page *own = memory_alloc_zeroed(versions->memory, MEMORY_TABLE,
                                                     sizeof *own + nchunks * sizeof *own->chunks);
        if (page) {
            memcpy(own->chunks, page->chunks, page->nchunks * sizeof *page->chunks);
            version_retire(versions,
                           &(struct retired){page, page->born, (uint32_t) page_bytes(page),
                                             MEMORY_TABLE, false});
        }
        own->born = versions->now;
        own->nchunks = nchunks;
        table->pages[at] = own;
        page = own;
    }
    return &page->chunks[place];
}

uint32_t
column_set(struct versions *versions, struct column *column, uint32_t row, uint32_t code,
           unsigned bits)
{
    struct chunk *chunk = chunk_own(versions, column, row >> CHUNK_BITS);
    uint32_t old = chunk_set(versions, chunk, row & (CHUNK_ROWS - 1), code, bits);
    column->rows += (uint64_t) (code != 0) - (uint64_t) (old != 0);
    return old;
}

void
column_drop(struct versions *versions, struct column *column)
{
    struct chunk_table *table = column->table;
    for (uint32_t i = 0; table && i < table->npages; i++) {
        struct chunk_page *page = table->pages[i];
        for (uint32_t j = 0; page && j < page->nchunks; j++) {
            chunk_drop(versions, &page->chunks[j]);
        }
        if (page) {
            version_retire(versions,
                           &(struct retired){page, page->born, (uint32_t) page_bytes(page),
                                             MEMORY_TABLE, false});
        }
    }
    if (table) {
        version_retire(versions,
                       &(struct retired){table, table->born, (uint32_t) table_bytes(table->npages),
                                         MEMORY_TABLE, false});
    }
    column->table = NULL;
    column->rows = 0;
}

size_t
column_table_bytes(const struct column *column)
{
    const struct chunk_table *table = column->table;
    size_t bytes = table ? table_bytes(table->npages) : 0;
    for (uint32_t i = 0; table && i < table->npages; i++) {
        bytes += table->pages[i] ? page_bytes(table->pages[i]) : 0;
    }
    return bytes;
}
