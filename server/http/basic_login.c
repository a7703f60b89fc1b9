/*
 * Reads a login of HTTP Basic. in: the header Authorization; out: a name and a password.
 *
 *     Basic YW5uOnNlY3JldA==     -> ann, secret
 *     Bearer abc                 -> none
 */
#include "server/http/basic_login.h"

#include <string.h>

/* The value of a digit of base64; -1: it is none. */
static int
base64_value(char c)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(DIGITS, c) : NULL;
    return at ? (int) (at - DIGITS) : -1;
}

/* False: it is no base64. */
static bool
base64_decode(struct arena *arena, struct slice text, struct slice *out)
{
    char *bytes = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    unsigned bits = 0, nbits = 0;
    while (text.len && text.ptr[text.len - 1] == '=') {
        text.len--;
    }
    for (size_t i = 0; i < text.len; i++) {
        int value = base64_value(text.ptr[i]);
        if (value < 0) {
            return false;
        }
        bits = (bits << 6 | (unsigned) value) & 0xffff;
        nbits += 6;
        if (nbits >= 8) {
            nbits -= 8;
            bytes[n++] = (char) (bits >> nbits);
        }
    }
    *out = slice_of(bytes, n);
    return true;
}

bool
basic_login_read(struct arena *arena, struct slice header, struct slice *user,
                 struct slice *password)
{
    struct slice scheme = slice_shift(&header, ' '), text;
    while (header.len && header.ptr[0] == ' ') {
        header = slice_of(header.ptr + 1, header.len - 1);
    }
    if (!slice_equal_nocase(scheme, slice_lit("basic")) || !base64_decode(arena, header, &text) ||
        !memchr(text.ptr, ':', text.len)) {
        return false;
    }
    *user = slice_shift(&text, ':');
    *password = text;
    return true;
}
