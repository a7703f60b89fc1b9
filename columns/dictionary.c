/*
 * A field's dictionary gives each different value a code; columns hold the codes. in: values as
 * rows get and lose them; out: codes.
 *
 * Example: "7" is given to two rows: code 1 with two rows. Both lose it: code 1 is free, and the
 * next new value gets it. An older snapshot still has the page on which code 1 is "7".
 */
#include "columns/dictionary.h"

#include <assert.h>

#include "base/number.h"

static const struct value *
value_at(const struct dictionary *dictionary, uint32_t code)
{
    return &dictionary->table->pages[code >> VALUE_PAGE_BITS]
                ->values[code & (VALUE_PAGE_ITEMS - 1)];
}

static uint64_t
hash_code(const void *ctx, uint32_t code)
{
    const struct dictionary *dictionary = ctx;
    return hash_bytes(value_text(value_at(dictionary, code)), dictionary->seed);
}

static bool
equal_code(const void *ctx, uint32_t code, const void *key)
{
    const struct slice *wanted = key;
    struct slice text = value_text(value_at(ctx, code));
    return text.len == wanted->len && memcmp(text.ptr, wanted->ptr, text.len) == 0;
}

void
dictionary_init(struct dictionary *dictionary, struct versions *versions, uint64_t seed)
{
    *dictionary = (struct dictionary){.versions = versions, .seed = seed};
    pages_init(&dictionary->rows, versions->memory, MEMORY_DICTIONARY, sizeof(uint32_t));
    idmap_init(&dictionary->map, versions->memory, MEMORY_DICTIONARY, hash_code, dictionary);
}

enum { FIRST_VALUES = 2 };

static size_t
page_bytes(const struct value_page *page)
{
    return sizeof *page + page->nvalues * sizeof *page->values;
}

static size_t
table_bytes(uint32_t npages)
{
    return sizeof(struct value_table) + npages * sizeof(struct value_page *);
}

uint32_t
dictionary_rows(const struct dictionary *dictionary, uint32_t code)
{
    return *pages32_at(&dictionary->rows, code);
}

static void
retire(struct versions *versions, void *ptr, uint64_t born, size_t size_bytes)
{
    version_retire(versions,
                   &(struct retired){ptr, born, (uint32_t) size_bytes, MEMORY_DICTIONARY, false});
}

/* Frees the text of a value that no row has any more. */
static void
retire_text(struct dictionary *dictionary, const struct value *value)
{
    if (value->len > VALUE_INLINE_BYTES) {
        /* The time of its making is not kept, so every living snapshot may see it. */
        retire(dictionary->versions, (void *) value_text(value).ptr, 1, value->len);
    }
}

void
dictionary_fini(struct dictionary *dictionary)
{
    struct versions *versions = dictionary->versions;
    struct value_table *table = dictionary->table;
    /* Without values there are no texts either. */
    for (uint32_t free_code = dictionary->nvalues ? dictionary->free_code : 0; free_code;) {
        uint32_t next = *pages32_at(&dictionary->rows, free_code);
        *pages32_at(&dictionary->rows, free_code) = 0;
        free_code = next;
    }
    for (uint32_t code = 1; dictionary->nvalues && code <= dictionary->ncodes; code++) {
        if (dictionary_rows(dictionary, code)) {
            retire_text(dictionary, value_at(dictionary, code));
        }
    }
    for (uint32_t i = 0; table && i < table->npages; i++) {
        if (table->pages[i]) {
            retire(versions, table->pages[i], table->pages[i]->born, page_bytes(table->pages[i]));
        }
    }
    if (table) {
        retire(versions, table, table->born, table_bytes(table->npages));
    }
    pages_fini(&dictionary->rows);
    idmap_fini(&dictionary->map);
}

struct dictionary_view
dictionary_view(const struct dictionary *dictionary)
{
    return (struct dictionary_view){dictionary->table, dictionary->ncodes, dictionary->nvalues};
}

uint32_t
dictionary_code(const struct dictionary *dictionary, struct slice value)
{
    uint32_t code = idmap_find(&dictionary->map, hash_bytes(value, dictionary->seed), equal_code,
                               dictionary, &value);
    return code == IDMAP_NONE ? 0 : code;
}

/* Returns a table that no snapshot shares, with room for page `page`. */
static struct value_table *
table_own(struct dictionary *dictionary, uint32_t page)
{
    struct versions *versions = dictionary->versions;
    struct value_table *table = dictionary->table;
    if (table && page < table->npages && !version_is_shared(versions, table->born)) {
        return table;
    }
    uint32_t npages = table ? table->npages : 0;
    uint32_t wanted = page < npages ? npages : page + 1 + page / 4;
    struct value_table *own =
        memory_alloc(versions->memory, MEMORY_DICTIONARY, table_bytes(wanted));
    own->born = versions->now;
    own->npages = wanted;
    for (uint32_t i = 0; i < wanted; i++) {
        own->pages[i] = i < npages ? table->pages[i] : NULL;
    }
    if (table) {
        retire(versions, table, table->born, table_bytes(npages));
    }
    dictionary->table = own;
    return own;
}

/* The number of values that a page needs room for if it has place `place`. */
static uint32_t
values_for(uint32_t page, uint32_t place)
{
    uint32_t n = page ? VALUE_PAGE_ITEMS : FIRST_VALUES;
    while (n <= place) {
        n *= 2;
    }
    return n;
}

/* Returns a code's entry for writing. */
static struct value *
value_own(struct dictionary *dictionary, uint32_t code)
{
    struct versions *versions = dictionary->versions;
    uint32_t at = code >> VALUE_PAGE_BITS, place = code & (VALUE_PAGE_ITEMS - 1);
    struct value_page *page =
        dictionary->table && at < dictionary->table->npages ? dictionary->table->pages[at] : NULL;
    if (!page || place >= page->nvalues || version_is_shared(versions, page->born)) {
        uint32_t nvalues = values_for(at, place);
        nvalues = page && page->nvalues > nvalues ? page->nvalues : nvalues;
        struct value_page *own = memory_alloc_zeroed(versions->memory, MEMORY_DICTIONARY,
                                                     sizeof *own + nvalues * sizeof *own->values);
        struct value_table *table = table_own(dictionary, at);
        if (page) {
            memcpy(own->values, page->values, page->nvalues * sizeof *page->values);
            retire(versions, page, page->born, page_bytes(page));
        }
        own->born = versions->now;
        own->nvalues = nvalues;
        table->pages[at] = own;
        page = own;
    }
    return &page->values[place];
}

static void
value_set(struct dictionary *dictionary, struct value *value, struct slice text)
{
    value->key = order_key(text);
    value->len = (uint32_t) text.len;
    memset(value->bytes, 0, sizeof value->bytes);
    if (text.len <= VALUE_INLINE_BYTES) {
        if (text.len) {
            memcpy(value->bytes, text.ptr, text.len);
        }
        return;
    }
    char *copy = memory_alloc(dictionary->versions->memory, MEMORY_DICTIONARY, text.len);
    memcpy(copy, text.ptr, text.len);
    memcpy(value->bytes, &copy, sizeof copy);
}

uint32_t
dictionary_take(struct dictionary *dictionary, struct slice text)
{
    uint64_t hash = hash_bytes(text, dictionary->seed);
    uint32_t code = idmap_find(&dictionary->map, hash, equal_code, dictionary, &text);
    if (code == IDMAP_NONE) {
        if (dictionary->free_code) {
            code = dictionary->free_code;
            dictionary->free_code = *pages32_at(&dictionary->rows, code);
            *pages32_at(&dictionary->rows, code) = 0;
        } else {
            code = ++dictionary->ncodes;
            pages_reserve(&dictionary->rows, (uint64_t) code + 1);
        }
        value_set(dictionary, value_own(dictionary, code), text);
        idmap_add(&dictionary->map, hash, code);
        dictionary->nvalues++;
    }
    ++*pages32_at(&dictionary->rows, code);
    return code;
}

void
dictionary_give_back(struct dictionary *dictionary, uint32_t code)
{
    uint32_t *rows = pages32_at(&dictionary->rows, code);
    assert(code && *rows);
    if (--*rows) {
        return;
    }
    idmap_remove(&dictionary->map, hash_code(dictionary, code), code);
    /* A later view must not see the address of a text that is gone. */
    struct value *value = value_own(dictionary, code);
    retire_text(dictionary, value);
    *value = (struct value){0};
    dictionary->nvalues--;
    *rows = dictionary->free_code;
    dictionary->free_code = code;
}

size_t
dictionary_bytes(const struct dictionary *dictionary)
{
    const struct value_table *table = dictionary->table;
    size_t bytes = pages_bytes(&dictionary->rows);
    bytes += table ? table_bytes(table->npages) : 0;
    for (uint32_t i = 0; table && i < table->npages; i++) {
        bytes += table->pages[i] ? page_bytes(table->pages[i]) : 0;
    }
    return bytes;
}
