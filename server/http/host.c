/*
 * Looks at the headers Host and Origin. in: their texts; out: ours, or not.
 *
 *     [::1]:7380     -> name ::1, an address
 *     Quipu:80       -> name Quipu, compared without case
 */
#include "server/http/host.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <unistd.h>

/* True for digits, perhaps none. */
static bool
is_port(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len <= 5;
}

/* The name without its port and an address' brackets. False: it is malformed. */
static bool
name_take(struct slice host, struct slice *name, bool *is_v6)
{
    *is_v6 = host.len && host.ptr[0] == '[';
    const char *colon;
    if (*is_v6) {
        const char *end = memchr(host.ptr, ']', host.len);
        if (!end) {
            return false;
        }
        *name = slice_of(host.ptr + 1, (size_t) (end - host.ptr) - 1);
        colon = end + 1;
    } else {
        colon = host.len ? memchr(host.ptr, ':', host.len) : NULL;
        colon = colon ? colon : host.ptr + host.len;
        *name = slice_of(host.ptr, (size_t) (colon - host.ptr));
    }
    size_t left = host.len - (size_t) (colon - host.ptr);
    return name->len > 0 &&
           (left == 0 || (*colon == ':' && is_port(slice_of(colon + 1, left - 1))));
}

static bool
is_address(struct slice name, bool is_v6)
{
    char text[INET6_ADDRSTRLEN], parsed[sizeof(struct in6_addr)];
    if (name.len >= sizeof text) {
        return false;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, text, parsed) == 1;
}

static bool
is_machine(struct slice name)
{
    char text[NI_MAXHOST];
    if (gethostname(text, sizeof text) != 0) {
        return false;
    }
    text[sizeof text - 1] = '\0';
    return slice_equal_nocase(name, slice_str(text));
}

bool
host_is_ours(const struct config_words *names, struct slice host)
{
    struct slice name;
    bool is_v6;
    if (!name_take(host, &name, &is_v6)) {
        return false;
    }
    if (is_address(name, is_v6)) {
        return true;
    }
    if (is_v6) {
        return false;
    }
    for (size_t i = 0; i < names->nwords; i++) {
        if (slice_equal_nocase(name, names->words[i])) {
            return true;
        }
    }
    return slice_equal_nocase(name, slice_lit("localhost")) ||
           (names->nwords == 0 && is_machine(name));
}

bool
host_is_origin(struct slice host, struct slice origin)
{
    static const struct slice SCHEMES[] = {SLICE_LIT("http://"), SLICE_LIT("https://")};
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++) {
        if (slice_starts_with(origin, SCHEMES[i])) {
            struct slice at = SCHEMES[i];
            return slice_equal_nocase(slice_of(origin.ptr + at.len, origin.len - at.len), host);
        }
    }
    return false;
}
