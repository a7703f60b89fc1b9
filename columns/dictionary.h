/*
 * A field's values <-> codes. Code 0 stands for no value; others from 1 on, used again when no row
 * has the value any more.
 *
 *     dictionary_take(&dictionary, slice_lit("female"))   -> 2, and one row more has it
 *     value_text(dictionary_value(&view, 2))              -> "female"
 *
 * Codes are in the order in which values came, not in that of the values: an order-preserving code
 * would have to be changed in a hundred million rows when a value comes between two others. So each
 * value has an order key besides: 64 bits, larger for a larger number, 0 for text. A range over
 * numbers is one pass over the keys (a million in about a millisecond) to a bitmap of codes, once
 * per query; only values whose keys tie with a bound are compared digit by digit. A sorted rank
 * table would make that pass a binary search, and every new value an insertion into it.
 *
 * Values stand in pages of 256 that are copied before they are changed when a snapshot shows them:
 * a view is what a snapshot has. The hash table and the numbers of rows are the writer's.
 */
#ifndef QUIPU_COLUMNS_DICTIONARY_H
#define QUIPU_COLUMNS_DICTIONARY_H

#include <string.h>

#include "columns/idmap.h"
#include "columns/pages.h"
#include "columns/version.h"

enum { VALUE_INLINE_BYTES = 12, VALUE_PAGE_BITS = 8, VALUE_PAGE_ITEMS = 1 << VALUE_PAGE_BITS };

struct value {
    uint64_t key;                   /* order_key (base/number.h) */
    char bytes[VALUE_INLINE_BYTES]; /* a short text itself, a long one's address */
    uint32_t len;
};

/* The first page of a dictionary begins with a few and doubles. */
struct value_page {
    uint64_t born;
    uint32_t nvalues; /* it has room for */
    uint32_t pad;
    struct value values[];
};

struct value_table {
    uint64_t born;
    uint32_t npages;
    struct value_page *pages[];
};

/* What a reader has. */
struct dictionary_view {
    const struct value_table *table; /* NULL: no codes */
    uint32_t ncodes;                 /* codes 1 .. ncodes were given out */
    uint32_t nvalues;                /* that some row has */
};

struct dictionary {
    struct versions *versions;
    uint64_t seed;
    struct value_table *table;
    uint32_t ncodes;
    uint32_t free_code; /* the next free one; 0: none */
    uint32_t nvalues;
    struct pages rows; /* per code: rows that have it; free codes: the next free one */
    struct idmap map;
};

static inline struct slice
value_text(const struct value *value)
{
    if (value->len <= VALUE_INLINE_BYTES) {
        return slice_of(value->bytes, value->len);
    }
    const char *text;
    memcpy(&text, value->bytes, sizeof text);
    return slice_of(text, value->len);
}

static inline const struct value *
dictionary_value(const struct dictionary_view *view, uint32_t code)
{
    return &view->table->pages[code >> VALUE_PAGE_BITS]->values[code & (VALUE_PAGE_ITEMS - 1)];
}

void dictionary_init(struct dictionary *dictionary, struct versions *versions, uint64_t seed);
/* What snapshots show is kept for them. */
void dictionary_fini(struct dictionary *dictionary);
struct dictionary_view dictionary_view(const struct dictionary *dictionary);
/* 0 where no row has the value. */
uint32_t dictionary_code(const struct dictionary *dictionary, struct slice value);
/* One row more has the value, one less the code. */
uint32_t dictionary_take(struct dictionary *dictionary, struct slice value);
void dictionary_give_back(struct dictionary *dictionary, uint32_t code);
/* Without the hash table's and long texts' bytes. */
size_t dictionary_bytes(const struct dictionary *dictionary);
uint32_t dictionary_rows(const struct dictionary *dictionary, uint32_t code);

#endif
