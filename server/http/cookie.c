/*
 * Finds a cookie. in: the value of a header Cookie, as a browser sends it; out: one cookie's value.
 *
 *     a=1; quipu-7380=3fa9; b     quipu-7380     -> 3fa9
 */
#include "server/http/cookie.h"

struct slice
cookie_find(struct slice cookies, struct slice name)
{
    struct slice pair;
    while (slice_next_part(&cookies, slice_lit(";"), &pair)) {
        while (pair.len && pair.ptr[0] == ' ') {
            pair = slice_of(pair.ptr + 1, pair.len - 1);
        }
        if (slice_starts_with(pair, name) && pair.len > name.len && pair.ptr[name.len] == '=') {
            return slice_of(pair.ptr + name.len + 1, pair.len - name.len - 1);
        }
    }
    return slice_lit("");
}
