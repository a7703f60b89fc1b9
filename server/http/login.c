/*
 * Logs an exchange in. in: a name and a password, or a header of HTTP Basic; out: an exchange that
 * goes on as that user, or 401.
 *
 *     ann, secret                               -> AUTH ann secret
 *     Authorization: Basic YW5uOnNlY3JldA==     -> the same (server/http/basic_login.h)
 */
#include "server/http/login.h"

#include "server/access/access.h"
#include "server/http/basic_login.h"
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

void
login_start_basic(struct exchange *exchange, exchange_fn *on_login)
{
    struct slice header = exchange_request(exchange)->authorization, user, password;
    exchange_ask_for_login(exchange);
    if (!header.ptr) {
        on_login(exchange);
    } else if (basic_login_read(exchange_arena(exchange), header, &user, &password)) {
        login_start(exchange, user, password, on_login);
    } else {
        struct error err = {0};
        (void) error_set(&err, "NOAUTH", "the header Authorization is not of HTTP Basic");
        exchange_fail(exchange, &err);
    }
}
