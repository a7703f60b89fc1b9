/*
 * The URL of a Redis server taken apart: where it is, who logs in, which database.
 * in: one word; out: its parts.
 *
 *     redis://<user>:<password>@<host>:<port>/<db>
 *             behind the last @ stands the host: a password may hold an @ that is not escaped
 */
#include "tools/redis_url.h"

#include <ctype.h>
#include <string.h>

enum { DEFAULT_PORT = 6379, MOST_DATABASES = 1 << 20 };

static struct slice
slice_from(struct slice s, size_t at)
{
    return slice_of(s.ptr + at, s.len - at);
}

static int
hex_digit(char c)
{
    return isdigit((unsigned char) c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* %40 is @. */
static const char *
unescape(struct arena *arena, struct slice s)
{
    char *text = arena_alloc(arena, s.len + 1), *to = text;
    for (size_t i = 0; i < s.len; i++) {
        bool is_escape = s.ptr[i] == '%' && i + 2 < s.len &&
                         isxdigit((unsigned char) s.ptr[i + 1]) &&
                         isxdigit((unsigned char) s.ptr[i + 2]);
        if (is_escape) {
            *to++ = (char) (hex_digit(s.ptr[i + 1]) * 16 + hex_digit(s.ptr[i + 2]));
            i += 2;
        } else {
            *to++ = s.ptr[i];
        }
    }
    return text;
}

static void
credentials_parse(struct arena *arena, struct slice s, struct redis_url *out)
{
    const char *colon = memchr(s.ptr, ':', s.len);
    size_t user_bytes = colon ? (size_t) (colon - s.ptr) : s.len;
    if (user_bytes) {
        out->user = unescape(arena, slice_of(s.ptr, user_bytes));
    }
    if (colon) {
        out->password = unescape(arena, slice_from(s, user_bytes + 1));
    }
}

static bool
number_parse(struct slice s, int64_t least, int64_t most, int *out)
{
    int64_t n;
    if (!slice_to_int64(s, &n) || n < least || n > most) {
        return false;
    }
    *out = (int) n;
    return true;
}

/* host, host:port, [::1]:port */
static bool
place_parse(struct arena *arena, struct slice s, struct redis_url *out)
{
    bool is_bracketed = s.len > 0 && s.ptr[0] == '[';
    const char *end = is_bracketed ? memchr(s.ptr, ']', s.len) : memchr(s.ptr, ':', s.len);
    if (is_bracketed && !end) {
        return false;
    }
    size_t host_bytes = end ? (size_t) (end - s.ptr) : s.len;
    struct slice rest = slice_from(s, host_bytes + is_bracketed);
    out->host = arena_copy(arena, slice_of(s.ptr + is_bracketed, host_bytes - is_bracketed)).ptr;
    out->port = DEFAULT_PORT;
    return out->host[0] &&
           (rest.len == 0 ||
            (rest.ptr[0] == ':' && number_parse(slice_from(rest, 1), 1, 65535, &out->port)));
}

static bool
tcp_parse(struct arena *arena, struct slice s, struct redis_url *out)
{
    const char *at = s.len ? memrchr(s.ptr, '@', s.len) : NULL;
    if (at) {
        credentials_parse(arena, slice_of(s.ptr, (size_t) (at - s.ptr)), out);
        s = slice_from(s, (size_t) (at - s.ptr) + 1);
    }
    const char *slash = s.len ? memchr(s.ptr, '/', s.len) : NULL;
    struct slice db = slice_of("", 0);
    if (slash) {
        db = slice_from(s, (size_t) (slash - s.ptr) + 1);
        s = slice_of(s.ptr, (size_t) (slash - s.ptr));
    }
    if (!place_parse(arena, s, out) || (db.len && !number_parse(db, 0, MOST_DATABASES, &out->db))) {
        return false;
    }
    const char *form = strchr(out->host, ':') ? "redis%s://[%s]:%d/%d" : "redis%s://%s:%d/%d";
    out->title =
        arena_printf(arena, form, out->is_tls ? "s" : "", out->host, out->port, out->db).ptr;
    return true;
}

bool
redis_url_parse(struct arena *arena, struct slice text, struct redis_url *out, struct error *err)
{
    struct slice tcp = slice_lit("redis://"), tls = slice_lit("rediss://"),
                 unix_scheme = slice_lit("unix:");
    *out = (struct redis_url){.port = DEFAULT_PORT};
    out->is_tls = slice_starts_with(text, tls);
    if (out->is_tls && tcp_parse(arena, slice_from(text, tls.len), out)) {
        return true;
    }
    if (slice_starts_with(text, unix_scheme) && text.len > unix_scheme.len) {
        out->title = arena_copy(arena, text).ptr;
        out->unix_path = out->title + unix_scheme.len;
        return true;
    }
    if (slice_starts_with(text, tcp) && tcp_parse(arena, slice_from(text, tcp.len), out)) {
        return true;
    }
    return error_set(err, "URL",
                     "expected redis[s]://[user:password@]host[:port][/db] or unix:/path");
}
