/*
 * Logging in and out. in: a name and a password; out: a cookie, and who asks from now on.
 *
 *     POST /api/session {}       -> {"user":"default","login":false,"version":...}
 *     POST /api/login {"user":"ann","password":"..."}     -> the same, as ann, and her cookie
 */
#include "base/clock.h"
#include "base/json.h"
#include "executor/executor.h"
#include "server/access/access.h"
#include "server/config/directive.h"
#include "server/http/handlers.h"
#include "server/http/login.h"
#include "server/table/services.h"

/* What a page needs to know at first. A stranger is told nothing of the server. */
static void
session_print(const struct services *services, const struct access *access, struct strbuf *out)
{
    bool is_strange = access_is_required(access, services->acl);
    struct json json = json_to(out);
    json_object(&json);
    json_key(&json, slice_lit("user"));
    if (is_strange) {
        json_null(&json);
    } else {
        json_string(&json, acl_user_name(access->user));
    }
    json_key(&json, slice_lit("login"));
    json_bool(&json, is_strange);
    if (!is_strange) {
        struct strbuf method;
        strbuf_init(&method);
        directive_print(directive_find(slice_lit("method")), services->config, &method);
        json_key(&json, slice_lit("version"));
        json_string(&json, slice_lit(QUIPU_VERSION));
        json_key(&json, slice_lit("shards"));
        json_int(&json, (int64_t) executor_count_shards(services->executor));
        json_key(&json, slice_lit("method"));
        json_string(&json, strbuf_slice(&method));
        strbuf_fini(&method);
    }
    json_object_end(&json);
}

/* cookie: ptr NULL: none is set. */
static void
session_answer(struct exchange *exchange, const struct access *access, struct slice cookie)
{
    struct strbuf text;
    strbuf_init(&text);
    session_print(exchange_services(exchange), access, &text);
    exchange_answer(exchange, &(struct exchange_answer){.status = 200,
                                                        .type = "application/json",
                                                        .body = strbuf_slice(&text),
                                                        .cookie = cookie});
    strbuf_fini(&text);
}

/* Appends `quipu-7380=3fa9...; Path=/; HttpOnly; SameSite=Strict`. An empty secret: it is to go. */
static void
cookie_print(const struct exchange *exchange, const char *secret, struct strbuf *out)
{
    exchange_print_cookie_name(exchange, out);
    strbuf_printf(out, "=%s; Path=/; HttpOnly; SameSite=Strict%s%s", secret,
                  secret[0] ? "" : "; Max-Age=0", exchange_is_tls(exchange) ? "; Secure" : "");
}

void
api_session_run(struct exchange *exchange)
{
    session_answer(exchange, exchange_access(exchange), slice_of(NULL, 0));
}

/* Opens the session of a login that AUTH has allowed. */
static void
on_login(struct exchange *exchange)
{
    const struct login *login = exchange_its_work(exchange);
    const struct access *access = exchange_access(exchange);
    char secret[SESSION_SECRET_DIGITS + 1];
    struct error err = {0};
    struct web_session *before = exchange_session(exchange);
    if (before) {
        web_session_close(exchange_sessions(exchange), before);
    }
    if (!web_session_open(exchange_sessions(exchange), access, login->password, now_coarse_ms(),
                          secret, &err)) {
        exchange_fail_status(exchange, 500, &err);
        return;
    }
    struct strbuf cookie;
    strbuf_init(&cookie);
    cookie_print(exchange, secret, &cookie);
    session_answer(exchange, access, strbuf_slice(&cookie));
    strbuf_fini(&cookie);
}

void
api_login_run(struct exchange *exchange)
{
    const struct body *body = exchange_body(exchange);
    struct slice user, password;
    struct error err = {0};
    if (body_text(body, "user", &user, &err) && body_text(body, "password", &password, &err)) {
        login_start(exchange, user, password, on_login);
    } else {
        exchange_fail(exchange, &err);
    }
}

void
api_logout_run(struct exchange *exchange)
{
    struct web_session *session = exchange_session(exchange);
    if (session) {
        web_session_close(exchange_sessions(exchange), session);
    }
    struct strbuf cookie;
    struct access stranger;
    strbuf_init(&cookie);
    cookie_print(exchange, "", &cookie);
    access_init(&stranger, exchange_services(exchange)->acl);
    session_answer(exchange, &stranger, strbuf_slice(&cookie));
    access_fini(&stranger);
    strbuf_fini(&cookie);
}
