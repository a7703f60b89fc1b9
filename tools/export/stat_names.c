/*
 * Makes names valid for SPSS and Stata. in: columns; out: names, none of them twice.
 *
 *     clean      what may not stand in a name is _; before what may not begin one is v_
 *     reserved   BY is BY_
 *     cut        SPSS: 64 bytes; Stata: 32 characters
 *     unique     capitals aside: age, Age_2
 */
#include "tools/export/stat_names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "parser/word.h"
#include "tools/export/plain_text.h"

enum { SPSS_BYTES = 64, STATA_CHARACTERS = 32, SUFFIX_BYTES = 24 };

static const char *const SPSS_RESERVED[] = {"ALL", "AND", "BY", "EQ",  "GE", "GT",   "LE",
                                            "LT",  "NE",  "OR", "NOT", "TO", "WITH", NULL};
static const char *const STATA_RESERVED[] = {
    "_all", "_b", "byte", "_coef", "_cons", "double", "float", "if",    "in",   "int", "long",
    "_n",   "_N", "_pi",  "_pred", "_rc",   "_skip",  "strL",  "using", "with", NULL};

static bool
is_reserved(enum stat_names rules, struct slice name)
{
    const char *const *words = rules == STAT_NAMES_SPSS ? SPSS_RESERVED : STATA_RESERVED;
    for (; *words; words++) {
        bool is_same = rules == STAT_NAMES_SPSS ? slice_equal_nocase(name, slice_str(*words))
                                                : slice_equal(name, slice_str(*words));
        if (is_same) {
            return true;
        }
    }
    bool is_width = rules == STAT_NAMES_STATA && name.len > 3 && memcmp(name.ptr, "str", 3) == 0;
    for (size_t i = 3; is_width && i < name.len; i++) {
        is_width = isdigit((unsigned char) name.ptr[i]);
    }
    return is_width; /* str20 */
}

/* Whether a character may stand in a name; a letter may also begin one. */
static bool
is_of_name(struct slice character, bool begins)
{
    char word[8] = "a";
    unsigned char first = (unsigned char) character.ptr[0];
    if (first < 0x80) {
        return isalpha(first) || (!begins && (isdigit(first) || first == '_'));
    }
    size_t before = begins ? 0 : 1;
    memcpy(word + before, character.ptr, character.len);
    return word_is(slice_of(word, before + character.len));
}

static void
clean(struct slice name, struct strbuf *out)
{
    bool is_first = true;
    strbuf_clear(out);
    for (; name.len; is_first = false) {
        const char *start = name.ptr;
        bool is_valid = utf8_take(&name) < UTF8_INVALID;
        struct slice character = slice_of(start, (size_t) (name.ptr - start));
        if (is_first && !(is_valid && is_of_name(character, true))) {
            strbuf_append_str(out, "v_");
        }
        if (is_valid && is_of_name(character, false)) {
            strbuf_append(out, character);
        } else if (!is_first) {
            strbuf_append_char(out, '_');
        }
    }
    if (!out->len) {
        strbuf_append_char(out, 'v');
    }
}

/* As much of the name as leaves room for a suffix. */
static struct slice
cut(enum stat_names rules, struct slice name, size_t suffix_bytes)
{
    if (rules == STAT_NAMES_SPSS) {
        return plain_text_cut(name, SPSS_BYTES - suffix_bytes);
    }
    struct slice rest = name;
    for (size_t n = 0; rest.len && n < STATA_CHARACTERS - suffix_bytes; n++) {
        (void) utf8_take(&rest);
    }
    return slice_of(name.ptr, name.len - rest.len);
}

/* Letters of ASCII are folded. */
static bool
is_new(struct arena *arena, struct map *taken, struct slice name)
{
    struct slice folded = arena_copy(arena, name);
    for (size_t i = 0; i < folded.len; i++) {
        ((char *) folded.ptr)[i] = (char) tolower((unsigned char) folded.ptr[i]);
    }
    bool found_new;
    (void) map_add(taken, folded, &found_new);
    return found_new;
}

static struct slice
name_make(struct arena *arena, enum stat_names rules, struct map *taken, struct slice given)
{
    struct strbuf cleaned;
    strbuf_init(&cleaned);
    clean(given, &cleaned);
    if (is_reserved(rules, strbuf_slice(&cleaned))) {
        strbuf_append_char(&cleaned, '_');
    }
    struct slice name = cut(rules, strbuf_slice(&cleaned), 0);
    char suffix[SUFFIX_BYTES] = "";
    name = arena_printf(arena, "%.*s", SLICE_ARG(name));
    for (unsigned n = 2; !is_new(arena, taken, name); n++) {
        size_t len = (size_t) snprintf(suffix, sizeof suffix, "_%u", n);
        struct slice start = cut(rules, strbuf_slice(&cleaned), len);
        name = arena_printf(arena, "%.*s%s", SLICE_ARG(start), suffix);
    }
    strbuf_fini(&cleaned);
    return name;
}

const char **
stat_names_make(struct arena *arena, enum stat_names rules, const struct export_table *table,
                struct strbuf *notes)
{
    const char **names = arena_array(arena, table->ncolumns, sizeof *names);
    struct map taken;
    map_init(&taken, arena);
    for (size_t i = 0; i < table->ncolumns; i++) {
        struct slice given = table->columns[i].name;
        struct slice name = name_make(arena, rules, &taken, given);
        names[i] = name.ptr;
        if (!slice_equal(name, given)) {
            strbuf_printf(notes, "'%.*s' is called %s there\n", SLICE_ARG(given), name.ptr);
        }
    }
    return names;
}
