/*
 * Row names <-> dense ids.
 *
 *     struct name_key key = names_key(&names, slice_lit("profile_7"));
 *     names_add(&names, &key)  -> 0
 *     names_find(&names, &key) -> 0
 *
 * One word per id: a name of the common prefix and a canonical integer is its integer, any other
 * one stands on the heap. The word also counts the row's fields.
 *
 *     bit 63       bits 48..62                          bits 0..47
 *     is on heap   number of fields, 32766: so many     the integer; or the address of the text
 *                  or more; 32767: no row has this id   (of the next free id + 1)
 *
 * 8 bytes for the word and 5.4 to 7 for the id in the hash table. Ids of removed names are given
 * out again, the last one first. The writer's alone.
 */
#ifndef QUIPU_COLUMNS_NAMES_H
#define QUIPU_COLUMNS_NAMES_H

#include "columns/idmap.h"
#include "columns/pages.h"
#include "columns/touch.h"

enum { NAMES_FIELDS_MOST = 32766 };

/* A name as it is looked for. */
struct name_key {
    struct slice text;
    uint64_t hash;
    uint64_t integer;
    bool is_integer;
};

struct names {
    struct memory *memory;
    struct slice prefix; /* own copy */
    uint64_t seed;
    struct pages words;
    struct idmap map;
    uint32_t nids;    /* given out ever; free ones too */
    uint32_t free_id; /* the next free one + 1; 0: none */
    char *text;       /* the prefix and room for an integer: names_text writes here */
};

void names_init(struct names *names, struct memory *memory, struct slice prefix, uint64_t seed);
void names_fini(struct names *names);
/* Borrows the name. */
struct name_key names_key(const struct names *names, struct slice name);
/* IDMAP_NONE where there is none. */
uint32_t names_find(const struct names *names, const struct name_key *key);
/* What names_guess reads first. */
void names_touch(const struct names *names, const struct name_key *key, struct touch *touch);
/*
 * The id that names_find will most likely say, found without a look at its word, which is added to
 * what to touch. IDMAP_NONE: there is none.
 */
uint32_t names_guess(const struct names *names, const struct name_key *key, struct touch *touch);
/* The name must be new. Aborts with the 2^32nd. */
uint32_t names_add(struct names *names, const struct name_key *key);
void names_remove(struct names *names, uint32_t id);
/* The id goes by another name, which must be new. */
void names_rename(struct names *names, uint32_t id, const struct name_key *key);
/* False where no row has the id. Valid until the next call. */
bool names_text(const struct names *names, uint32_t id, struct slice *out);

/* How many fields the row has; NAMES_FIELDS_MOST: or more. */
uint32_t names_nfields(const struct names *names, uint32_t id);
void names_add_fields(struct names *names, uint32_t id, int delta);

#endif
