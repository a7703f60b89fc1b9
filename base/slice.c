/*
 * Text that somebody else owns, compared, hashed and read as numbers.
 * in: bytes somebody else owns; out: answers about them. See slice.h for an example.
 */
#include "base/slice.h"

#include <string.h>

struct slice
slice_str(const char *s)
{
    return s ? slice_of(s, strlen(s)) : slice_of("", 0);
}

static unsigned char
fold(char c)
{
    unsigned char u = (unsigned char) c;
    return u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u;
}

bool
slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (fold(a.ptr[i]) != fold(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool
slice_ends_nocase(struct slice s, struct slice ending)
{
    return s.len > ending.len &&
           slice_equal_nocase(slice_of(s.ptr + s.len - ending.len, ending.len), ending);
}

int
slice_compare(struct slice a, struct slice b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

uint64_t
slice_hash(struct slice s)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < s.len; i++) {
        hash = (hash ^ (unsigned char) s.ptr[i]) * 1099511628211u;
    }
    return hash;
}

bool
slice_to_int64(struct slice s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == s.len) {
        return false;
    }
    uint64_t limit = negative ? (uint64_t) INT64_MAX + 1 : (uint64_t) INT64_MAX;
    uint64_t n = 0;
    for (; at < s.len; at++) {
        unsigned digit = (unsigned) (s.ptr[at] - '0');
        if (digit > 9 || n > (limit - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    *out = negative ? (int64_t) (0 - n) : (int64_t) n;
    return true;
}

struct slice
slice_shift(struct slice *rest, char separator)
{
    const char *end = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    struct slice part = slice_of(rest->ptr, end ? (size_t) (end - rest->ptr) : rest->len);
    size_t taken = part.len + (end != NULL);
    *rest = slice_of(rest->ptr + taken, rest->len - taken);
    return part;
}

bool
slice_next_part(struct slice *rest, struct slice separator, struct slice *part)
{
    while (rest->len) {
        const char *end = memmem(rest->ptr, rest->len, separator.ptr, separator.len);
        *part = slice_of(rest->ptr, end ? (size_t) (end - rest->ptr) : rest->len);
        size_t taken = part->len + (end ? separator.len : 0);
        *rest = slice_of(rest->ptr + taken, rest->len - taken);
        if (part->len) {
            return true;
        }
    }
    return false;
}
