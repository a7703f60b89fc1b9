/*
 * LIKE without recursion: on a mismatch the last '%' takes one character more, and all behind it is
 * tried again. An earlier '%' can do nothing that the last cannot. in: a pattern and a text; out:
 * whether all of the text matches.
 *
 * Example: "%ab" against "aab". '%' takes nothing, 'a' matches, 'b' does not; '%' takes 'a', and "ab"
 * matches.
 */
#include "base/like.h"

#include "base/utf8.h"

bool
like_check(struct slice pattern, struct error *err)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] == '\\' && ++i == pattern.len) {
            char quote[ERROR_QUOTE_BYTES];
            return error_set(err, "SYNTAX",
                             "the pattern %s ends in a backslash; a backslash itself is '\\\\'",
                             error_quote(quote, pattern));
        }
    }
    return true;
}

static uint32_t
folded(uint32_t code, bool folds)
{
    return folds && code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
}

/* Takes one element, no '%', off the pattern, and one character off the text: whether they match. */
static bool
take_one(struct slice *pattern, struct slice *text, bool folds)
{
    uint32_t wanted = utf8_take(pattern), code = utf8_take(text);
    if (wanted == '_') {
        return true;
    }
    if (wanted == '\\' && pattern->len > 0) {
        wanted = utf8_take(pattern);
    }
    return wanted == code || folded(wanted, folds) == folded(code, folds);
}

bool
like_matches(struct slice pattern, bool folds, struct slice text)
{
    bool has_percent = false;
    struct slice behind = pattern, taken = text; /* the last '%', and the text that it has left */
    for (;;) {
        if (pattern.len > 0 && pattern.ptr[0] == '%') {
            behind = pattern = slice_of(pattern.ptr + 1, pattern.len - 1);
            taken = text;
            has_percent = true;
            if (pattern.len == 0) {
                return true;
            }
        } else if (text.len == 0) {
            return pattern.len == 0;
        } else if (pattern.len > 0 && take_one(&pattern, &text, folds)) {
            continue;
        } else if (has_percent) {
            utf8_take(&taken);
            text = taken;
            pattern = behind;
        } else {
            return false;
        }
    }
}
