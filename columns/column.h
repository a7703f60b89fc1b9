/*
 * A column: the chunks of one field, found through a table of pages.
 *
 *     chunk number 70  ->  table->pages[70 / 64]  ->  page->chunks[70 % 64]
 *
 * A page that is not there is 64 empty chunks; so are those that a page has no room for: it begins
 * with a few, and doubles. Table and pages are copied before they are changed when a snapshot shows
 * them; a page is 2 KiB at most, so that the first write after a snapshot is cheap.
 */
#ifndef QUIPU_COLUMNS_COLUMN_H
#define QUIPU_COLUMNS_COLUMN_H

#include "columns/chunk.h"
#include "columns/dictionary.h"

enum { PAGE_BITS = 6, PAGE_CHUNKS = 1 << PAGE_BITS };

struct chunk_page {
    uint64_t born;
    uint32_t nchunks; /* it has room for */
    uint32_t pad;
    struct chunk chunks[];
};

struct chunk_table {
    uint64_t born;
    uint32_t npages;
    struct chunk_page *pages[];
};

/* The writer's side. */
struct column {
    struct slice name; /* own copy */
    struct chunk_table *table;
    uint64_t rows;   /* that have a code */
    uint64_t mark;   /* index_put_row: the put that named it last */
    uint32_t number; /* among the index's columns */
    bool is_emptied; /* and in the list of those */
    struct column *next_emptied;
    struct dictionary dictionary;
};

/* What a snapshot has of it. */
struct column_view {
    const struct chunk_table *table; /* NULL: all empty */
    uint64_t rows;
    struct slice name; /* borrowed from the column, which outlives the snapshot */
    struct dictionary_view dictionary;
};

static inline const struct chunk *
table_chunk(const struct chunk_table *table, uint32_t number)
{
    static const struct chunk NOTHING = {.kind = CHUNK_EMPTY};
    uint32_t at = number >> PAGE_BITS, place = number & (PAGE_CHUNKS - 1);
    const struct chunk_page *page = table && at < table->npages ? table->pages[at] : NULL;
    return page && place < page->nchunks ? &page->chunks[place] : &NOTHING;
}

uint32_t column_get(const struct column *column, uint32_t row);
/* What column_get will read. */
void column_touch(const struct column *column, uint32_t row, struct touch *touch);
/* Sets a row's code and returns the old one; the dictionary is not touched. */
uint32_t column_set(struct versions *versions, struct column *column, uint32_t row, uint32_t code,
                    unsigned bits);
/* Frees, or keeps for snapshots, table and chunks. */
void column_drop(struct versions *versions, struct column *column);
size_t column_table_bytes(const struct column *column);

#endif
