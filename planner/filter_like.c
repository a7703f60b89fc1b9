/*
 * Brings a pattern into normal form. in: a pattern as it is written; out: a filter.
 *
 *     %%     ->  %       several are as one
 *     \\a     ->  a       a backslash that takes no meaning from anything
 *     ILIKE  ->  letters of ASCII are small
 *
 * What has neither % nor _ left is a value, which the index finds at once. Only a pattern that looks
 * like a number in another form than values are shown in (12.0) stays a pattern, which none of them
 * matches: as a value it would be that number.
 */
#include "planner/filter_like.h"

#include "base/number.h"
#include "planner/filter_build.h"

struct normal {
    char *pattern;
    size_t len;
    char *value; /* without backslashes */
    size_t value_len;
    bool is_pattern; /* it is more than its value */
    bool has_letters;
    bool ends_in_percent;
};

/* A byte that stands for itself. */
static void
add_literal(struct normal *normal, char c, bool is_escaped, bool folds_case)
{
    c = folds_case && c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
    normal->has_letters = normal->has_letters || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_escaped) {
        normal->pattern[normal->len++] = '\\';
    }
    normal->pattern[normal->len++] = c;
    normal->value[normal->value_len++] = c;
    normal->ends_in_percent = false;
}

static void
add_wildcard(struct normal *normal, char c)
{
    if (c != '%' || !normal->ends_in_percent) {
        normal->pattern[normal->len++] = c;
    }
    normal->is_pattern = true;
    normal->ends_in_percent = c == '%';
}

static struct normal
normal_of(struct arena *arena, struct slice pattern, bool folds_case)
{
    struct normal normal = {.pattern = arena_alloc(arena, pattern.len),
                            .value = arena_alloc(arena, pattern.len)};
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (c == '%' || c == '_') {
            add_wildcard(&normal, c);
        } else if (c == '\\' && i + 1 < pattern.len) {
            char next = pattern.ptr[++i];
            /* It may keep bytes beyond ASCII from being one character with those before them. */
            bool is_apart = (next & 0x80) != 0;
            add_literal(&normal, next, is_apart || next == '%' || next == '_' || next == '\\',
                        folds_case);
            normal.is_pattern = normal.is_pattern || is_apart;
        } else {
            add_literal(&normal, c, false, folds_case);
        }
    }
    return normal;
}

struct filter *
filter_like(struct arena *arena, struct slice field, bool folds_case, struct slice pattern)
{
    struct normal normal = normal_of(arena, pattern, folds_case);
    struct slice text = slice_of(normal.pattern, normal.len);
    struct slice value = slice_of(normal.value, normal.value_len);
    folds_case = folds_case && normal.has_letters;
    if (slice_equal(text, slice_lit("%"))) {
        return filter_exists(arena, field);
    }
    if (!normal.is_pattern && !folds_case && slice_equal(value_canonical(arena, value), value)) {
        return filter_equals(arena, field, value);
    }
    return filter_pattern(arena, field, folds_case, text);
}
