/*
 * Glob matching without recursion: on a mismatch it goes back to the last '*' only, which is
 * enough, as an earlier one can do nothing that the last cannot. in: a pattern and a text; out:
 * whether all of the text matches.
 *
 *     *-ttl     matches cache-ttl, stats-ttl
 */
#include "base/glob.h"

#include <ctype.h>

static int
folded(char c, bool any_case)
{
    return any_case ? tolower((unsigned char) c) : (unsigned char) c;
}

/* What stands in [...], at behind '['. Moves at over the ']', or to the end where there is none. */
static bool
class_match(struct slice pattern, size_t *at, char c, bool any_case)
{
    bool negated = *at < pattern.len && pattern.ptr[*at] == '^';
    bool found = false;
    for (*at += negated; *at < pattern.len && pattern.ptr[*at] != ']'; (*at)++) {
        if (pattern.ptr[*at] == '\\' && *at + 1 < pattern.len) {
            (*at)++;
        }
        int lo = folded(pattern.ptr[*at], any_case), hi = lo;
        if (*at + 2 < pattern.len && pattern.ptr[*at + 1] == '-' && pattern.ptr[*at + 2] != ']') {
            hi = folded(pattern.ptr[*at + 2], any_case);
            *at += 2;
        }
        found = found || (lo <= folded(c, any_case) && folded(c, any_case) <= hi);
    }
    *at += *at < pattern.len;
    return found != negated;
}

/* One element of the pattern, not '*', against one byte. Moves at over the element. */
static bool
one_match(struct slice pattern, size_t *at, char c, bool any_case)
{
    char p = pattern.ptr[(*at)++];
    if (p == '?') {
        return true;
    }
    if (p == '[') {
        return class_match(pattern, at, c, any_case);
    }
    if (p == '\\' && *at < pattern.len) {
        p = pattern.ptr[(*at)++];
    }
    return folded(p, any_case) == folded(c, any_case);
}

static bool
match(struct slice pattern, struct slice text, bool any_case)
{
    size_t p = 0, t = 0;
    size_t star = pattern.len, star_text = 0; /* behind the last '*', and what it has taken */
    bool starred = false;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            starred = true;
            star = ++p;
            star_text = t;
        } else if (p < pattern.len && one_match(pattern, &p, text.ptr[t], any_case)) {
            t++;
        } else if (starred) {
            p = star;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

bool
glob_match(struct slice pattern, struct slice text)
{
    return match(pattern, text, true);
}

bool
glob_match_exact(struct slice pattern, struct slice text)
{
    return match(pattern, text, false);
}

/* `a*`, not `a\*` and not `[a*`. */
static bool
ends_with_star(struct slice pattern)
{
    bool is_star = false;
    for (size_t at = 0; at < pattern.len;) {
        is_star = pattern.ptr[at] == '*';
        if (is_star) {
            at++;
        } else {
            (void) one_match(pattern, &at, '\0', false);
        }
    }
    return is_star;
}

/* A star at the end that can take what is left of the prefix takes whatever follows it, too. */
bool
glob_matches_all_of(struct slice pattern, struct slice prefix)
{
    return ends_with_star(pattern) && glob_match_exact(pattern, prefix);
}
