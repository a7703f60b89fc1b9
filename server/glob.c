/*
 * Glob matching without recursion: on a mismatch it goes back to the last '*' only, which is
 * enough, as an earlier one can do nothing that the last cannot. in: a pattern and a text; out:
 * whether all of the text matches.
 *
 *     *-ttl     matches cache-ttl, stats-ttl
 */
#include "server/glob.h"

#include <ctype.h>

static int
folded(char c)
{
    return tolower((unsigned char) c);
}

/* What stands in [...], at behind '['. Moves at over the ']', or to the end where there is none. */
static bool
class_match(struct slice pattern, size_t *at, char c)
{
    bool negated = *at < pattern.len && pattern.ptr[*at] == '^';
    bool found = false;
    for (*at += negated; *at < pattern.len && pattern.ptr[*at] != ']'; (*at)++) {
        if (pattern.ptr[*at] == '\\' && *at + 1 < pattern.len) {
            (*at)++;
        }
        int lo = folded(pattern.ptr[*at]), hi = lo;
        if (*at + 2 < pattern.len && pattern.ptr[*at + 1] == '-' && pattern.ptr[*at + 2] != ']') {
            hi = folded(pattern.ptr[*at + 2]);
            *at += 2;
        }
        found = found || (lo <= folded(c) && folded(c) <= hi);
    }
    *at += *at < pattern.len;
    return found != negated;
}

/* One element of the pattern, not '*', against one byte. Moves at over the element. */
static bool
one_match(struct slice pattern, size_t *at, char c)
{
    char p = pattern.ptr[(*at)++];
    if (p == '?') {
        return true;
    }
    if (p == '[') {
        return class_match(pattern, at, c);
    }
    if (p == '\\' && *at < pattern.len) {
        p = pattern.ptr[(*at)++];
    }
    return folded(p) == folded(c);
}

bool
glob_match(struct slice pattern, struct slice text)
{
    size_t p = 0, t = 0;
    size_t star = pattern.len, star_text = 0; /* behind the last '*', and what it has taken */
    bool starred = false;
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            starred = true;
            star = ++p;
            star_text = t;
        } else if (p < pattern.len && one_match(pattern, &p, text.ptr[t])) {
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
