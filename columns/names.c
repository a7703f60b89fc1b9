/*
 * Gives rows dense ids, and finds them by their names. in: names; out: ids, and names again.
 *
 * Example, prefix "profile_": "profile_7" is the integer 7; "profile_007", "profile_-1" and "x" are
 * text on the heap.
 */
#include "columns/names.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ON_HEAP (1ull << 63)
#define LOW_BITS ((1ull << 48) - 1)
#define INTEGER_LIMIT (1ull << 47)
enum { FIELDS_SHIFT = 48, NO_ROW = 32767, INTEGER_BYTES = 16 };

struct name_text {
    uint32_t len;
    char bytes[];
};

static size_t
text_bytes(size_t len)
{
    return sizeof(struct name_text) + len;
}

/* True: the name is the prefix and a canonical integer that fits into a word. */
static bool
name_integer(const struct names *names, struct slice name, uint64_t *integer)
{
    size_t prefix = names->prefix.len;
    size_t digits = name.len - prefix;
    if (name.len <= prefix || digits > 15 || !slice_starts_with(name, names->prefix) ||
        (digits > 1 && name.ptr[prefix] == '0')) {
        return false;
    }
    *integer = 0;
    for (size_t i = prefix; i < name.len; i++) {
        unsigned digit = (unsigned) (unsigned char) name.ptr[i] - '0';
        if (digit > 9) {
            return false;
        }
        *integer = *integer * 10 + digit;
    }
    return *integer < INTEGER_LIMIT;
}

struct name_key
names_key(const struct names *names, struct slice name)
{
    struct name_key key = {.text = name};
    key.is_integer = name_integer(names, name, &key.integer);
    key.hash =
        key.is_integer ? hash_number(key.integer, names->seed) : hash_bytes(name, names->seed);
    return key;
}

static struct slice
heap_text(uint64_t word)
{
    const struct name_text *text = (const struct name_text *) (uintptr_t) (word & LOW_BITS);
    return slice_of(text->bytes, text->len);
}

static uint64_t
hash_id(const void *ctx, uint32_t id)
{
    const struct names *names = ctx;
    uint64_t word = *pages64_at(&names->words, id);
    return word & ON_HEAP ? hash_bytes(heap_text(word), names->seed)
                          : hash_number(word & LOW_BITS, names->seed);
}

static bool
equal_id(const void *ctx, uint32_t id, const void *key)
{
    const struct names *names = ctx;
    const struct name_key *wanted = key;
    uint64_t word = *pages64_at(&names->words, id);
    if (wanted->is_integer || !(word & ON_HEAP)) {
        return wanted->is_integer && !(word & ON_HEAP) && (word & LOW_BITS) == wanted->integer;
    }
    return slice_equal(heap_text(word), wanted->text);
}

void
names_init(struct names *names, struct memory *memory, struct slice prefix, uint64_t seed)
{
    *names = (struct names){.memory = memory, .seed = seed};
    names->text = memory_alloc(memory, MEMORY_NAMES, prefix.len + INTEGER_BYTES);
    if (prefix.len) {
        memcpy(names->text, prefix.ptr, prefix.len);
    }
    names->prefix = slice_of(names->text, prefix.len);
    pages_init(&names->words, memory, MEMORY_NAMES, sizeof(uint64_t));
    idmap_init(&names->map, memory, MEMORY_NAMES, hash_id, names);
}

static void
drop_text(struct names *names, uint64_t word)
{
    if (word & ON_HEAP) {
        struct name_text *text = (struct name_text *) (uintptr_t) (word & LOW_BITS);
        memory_free(names->memory, MEMORY_NAMES, text, text_bytes(text->len));
    }
}

static bool
is_free(uint64_t word)
{
    return (word >> FIELDS_SHIFT & NO_ROW) == NO_ROW;
}

void
names_fini(struct names *names)
{
    for (uint32_t id = 0; id < names->nids; id++) {
        uint64_t word = *pages64_at(&names->words, id);
        if (!is_free(word)) {
            drop_text(names, word);
        }
    }
    idmap_fini(&names->map);
    pages_fini(&names->words);
    memory_free(names->memory, MEMORY_NAMES, names->text, names->prefix.len + INTEGER_BYTES);
}

uint32_t
names_find(const struct names *names, const struct name_key *key)
{
    return idmap_find(&names->map, key->hash, equal_id, names, key);
}

void
names_touch(const struct names *names, const struct name_key *key, struct touch *touch)
{
    touch_add(touch, idmap_group(&names->map, key->hash));
}

/* Any id with the tag is good enough: one in 255 is another name's. */
static bool
is_any(const void *ctx, uint32_t id, const void *key)
{
    (void) ctx, (void) id, (void) key;
    return true;
}

uint32_t
names_guess(const struct names *names, const struct name_key *key, struct touch *touch)
{
    uint32_t id = idmap_find(&names->map, key->hash, is_any, NULL, NULL);
    if (id != IDMAP_NONE) {
        touch_add(touch, pages64_at(&names->words, id));
    }
    return id;
}

/* The word of a name, with no fields. */
static uint64_t
word_new(struct names *names, const struct name_key *key)
{
    if (key->is_integer) {
        return key->integer;
    }
    struct name_text *text = memory_alloc(names->memory, MEMORY_NAMES, text_bytes(key->text.len));
    text->len = (uint32_t) key->text.len;
    memcpy(text->bytes, key->text.ptr, key->text.len);
    assert(((uint64_t) (uintptr_t) text & ~LOW_BITS) == 0);
    return ON_HEAP | (uint64_t) (uintptr_t) text;
}

uint32_t
names_add(struct names *names, const struct name_key *key)
{
    uint32_t id = names->free_id ? names->free_id - 1 : names->nids;
    if (id == IDMAP_NONE) {
        fputs("quipu: more than 2^32 rows\n", stderr);
        abort();
    }
    if (names->free_id) {
        names->free_id = (uint32_t) (*pages64_at(&names->words, id) & UINT32_MAX);
    } else {
        pages_reserve(&names->words, (uint64_t) ++names->nids);
    }
    *pages64_at(&names->words, id) = word_new(names, key);
    idmap_add(&names->map, key->hash, id);
    return id;
}

void
names_remove(struct names *names, uint32_t id)
{
    uint64_t *word = pages64_at(&names->words, id);
    idmap_remove(&names->map, hash_id(names, id), id);
    drop_text(names, *word);
    *word = (uint64_t) NO_ROW << FIELDS_SHIFT | names->free_id;
    names->free_id = id + 1;
}

void
names_rename(struct names *names, uint32_t id, const struct name_key *key)
{
    uint64_t *word = pages64_at(&names->words, id);
    uint64_t fields = *word & ((uint64_t) NO_ROW << FIELDS_SHIFT);
    idmap_remove(&names->map, hash_id(names, id), id);
    drop_text(names, *word);
    *word = word_new(names, key) | fields;
    idmap_add(&names->map, key->hash, id);
}

bool
names_text(const struct names *names, uint32_t id, struct slice *out)
{
    uint64_t word = *pages64_at(&names->words, id);
    if (is_free(word)) {
        return false;
    }
    if (word & ON_HEAP) {
        *out = heap_text(word);
        return true;
    }
    char digits[INTEGER_BYTES];
    char *at = digits + sizeof digits;
    uint64_t integer = word & LOW_BITS;
    do {
        *--at = (char) ('0' + integer % 10);
        integer /= 10;
    } while (integer);
    size_t ndigits = (size_t) (digits + sizeof digits - at);
    memcpy(names->text + names->prefix.len, at, ndigits);
    *out = slice_of(names->text, names->prefix.len + ndigits);
    return true;
}

uint32_t
names_nfields(const struct names *names, uint32_t id)
{
    return (uint32_t) (*pages64_at(&names->words, id) >> FIELDS_SHIFT & NO_ROW);
}

void
names_add_fields(struct names *names, uint32_t id, int delta)
{
    uint64_t *word = pages64_at(&names->words, id);
    uint64_t nfields = *word >> FIELDS_SHIFT & NO_ROW;
    if (nfields == NAMES_FIELDS_MOST) {
        return; /* the number is lost */
    }
    nfields = (uint64_t) ((int64_t) nfields + delta);
    if (nfields > NAMES_FIELDS_MOST) {
        nfields = NAMES_FIELDS_MOST;
    }
    *word = (*word & ~((uint64_t) NO_ROW << FIELDS_SHIFT)) | nfields << FIELDS_SHIFT;
}
