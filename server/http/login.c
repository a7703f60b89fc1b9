/*
 * Logs an exchange in. in: a name and a password, or a header of HTTP Basic; out: an exchange that
 * goes on as that user, or 401.
 *
 *     Authorization: Basic YW5uOnNlY3JldA==     -> AUTH ann secret
 */
#include "server/http/login.h"

#include <string.h>

#include "server/access/access.h"
#include "server/table/services.h"

static void
on_auth(struct exchange *exchange, struct slice reply)
{
    const struct acl *acl = exchange_services(exchange)->acl;
    const struct login *login = exchange_its_work(exchange);
    struct access access;
    struct error err = {0};
    if (exchange_failed(exchange, reply)) {
        return;
    }
    access_init(&access, acl);
    bool ok = access_login(&access, acl, login->user, login->password, &err);
    if (ok) {
        exchange_become(exchange, &access);
    }
    access_fini(&access);
    if (ok) {
        login->on_login(exchange);
    } else {
        exchange_fail(exchange, &err);
    }
}

void
login_start(struct exchange *exchange, struct slice user, struct slice password,
            exchange_fn *on_login)
{
    struct login *login = exchange_work(exchange, sizeof *login);
    struct access stranger;
    login->user = arena_copy(exchange_arena(exchange), user);
    login->password = arena_copy(exchange_arena(exchange), password);
    login->on_login = on_login;
    access_init(&stranger, exchange_services(exchange)->acl);
    exchange_become(exchange, &stranger);
    access_fini(&stranger);
    const struct slice args[] = {slice_lit("AUTH"), login->user, login->password};
    exchange_ask(exchange, args, sizeof args / sizeof *args, on_auth);
}

/* -- HTTP Basic, RFC 7617 ---------------------------------------------------------------------- */

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

void
login_start_basic(struct exchange *exchange, exchange_fn *on_login)
{
    struct slice value = exchange_request(exchange)->authorization, text;
    exchange_ask_for_login(exchange);
    if (!value.ptr) {
        on_login(exchange);
        return;
    }
    struct slice scheme = slice_shift(&value, ' ');
    while (value.len && value.ptr[0] == ' ') {
        value = slice_of(value.ptr + 1, value.len - 1);
    }
    if (slice_equal_nocase(scheme, slice_lit("basic")) &&
        base64_decode(exchange_arena(exchange), value, &text) && memchr(text.ptr, ':', text.len)) {
        struct slice user = slice_shift(&text, ':');
        login_start(exchange, user, text, on_login);
    } else {
        struct error err = {0};
        (void) error_set(&err, "NOAUTH", "the header Authorization is not of HTTP Basic");
        exchange_fail(exchange, &err);
    }
}
