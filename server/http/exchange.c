/*
 * A request's way from its head to its answer. in: a request and its handler; out: one answer.
 *
 *     idle --exchange_begin--> known --exchange_run--> running --exchange_answer--> idle
 *                                                        |
 *                                                        +------exchange_cancel---> idle
 *
 * The handler suspends in exchange_ask, until its reply comes, and wherever it waits for something
 * of its own (exchange_on_end tells it when to stop).
 */
#include "server/http/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "server/http/asker.h"
#include "server/http/cookie.h"
#include "server/http/reply_json.h"
#include "server/proxy/call_access.h"
#include "server/table/services.h"

struct exchange {
    struct exchange_context *context;
    const char *address, *local_address;
    bool is_tls;
    exchange_answer_fn *on_answer;
    void *arg;
    struct access access; /* user NULL: idle */
    uint64_t session_id;  /* 0: no session */
    /* while it runs */
    bool asks_for_login;
    struct list in_running;
    const struct http_request *request;
    const struct body *body;
    struct arena *arena;
    void *work;
    exchange_fn *on_end;
    exchange_reply_fn *on_reply;
    int64_t began_us, asked_us;
    struct slice name;
    struct asker *asker; /* kept from one request to the next */
};

/* -- its asker --------------------------------------------------------------------------------- */

static void
on_asker_reply(void *arg, struct slice reply)
{
    struct exchange *exchange = arg;
    exchange_reply_fn *on_reply = exchange->on_reply;
    exchange->on_reply = NULL;
    on_reply(exchange, reply);
}

/* Whoever has asked is not to blame, if the code does not say so. */
static void
on_asker_lost(void *arg, const struct error *why)
{
    if (strcmp(why->code, "ERR") == 0) {
        exchange_fail_status(arg, 503, why);
    } else {
        exchange_fail(arg, why);
    }
}

/* Whoever has asked may have been logged out, or removed, while the request waited. */
static bool
may_ask(void *arg, struct error *err)
{
    struct exchange *exchange = arg;
    bool is_known;
    if (exchange->session_id) {
        const struct web_session *session = exchange_session(exchange);
        is_known = session && session->id == exchange->session_id;
    } else {
        is_known = acl_has(exchange->context->services->acl, exchange->access.user);
    }
    return is_known || error_set(err, "NOAUTH", "the login has ended while the request waited");
}

static const struct asker_events ASKER_EVENTS = {
    .on_reply = on_asker_reply, .on_lost = on_asker_lost, .may_ask = may_ask};

/* -- its life ---------------------------------------------------------------------------------- */

struct exchange *
exchange_new(struct exchange_context *context, const char *address, const char *local_address,
             bool is_tls, exchange_answer_fn *on_answer, void *arg)
{
    struct exchange *exchange = must_alloc(sizeof *exchange);
    exchange->context = context;
    exchange->address = address;
    exchange->local_address = local_address;
    exchange->is_tls = is_tls;
    exchange->on_answer = on_answer;
    exchange->arg = arg;
    list_init(&exchange->in_running);
    exchange->asker = asker_new(context->askers, address, local_address, &ASKER_EVENTS, exchange);
    return exchange;
}

/* Back to idle. The arena goes last: the hook and the answer may be in it. */
static void
end(struct exchange *exchange)
{
    struct arena *arena = exchange->arena;
    exchange_fn *on_end = exchange->on_end;
    list_remove(&exchange->in_running);
    exchange->asks_for_login = false;
    exchange->on_end = NULL;
    exchange->on_reply = NULL;
    if (on_end) {
        on_end(exchange);
    }
    exchange->arena = NULL;
    exchange->work = NULL;
    exchange->body = NULL;
    exchange->request = NULL;
    exchange->name = slice_of(NULL, 0);
    access_fini(&exchange->access);
    exchange->session_id = 0;
    if (arena) {
        arena_free(arena);
    }
}

void
exchange_cancel(struct exchange *exchange)
{
    asker_end(exchange->asker);
    end(exchange);
}

void
exchange_free(struct exchange *exchange)
{
    exchange_cancel(exchange);
    asker_free(exchange->asker);
    free(exchange);
}

void
exchange_tick(struct exchange *exchange, int64_t now_ms)
{
    asker_tick(exchange->asker, now_ms);
}

/* -- whose it is ------------------------------------------------------------------------------- */

void
exchange_print_cookie_name(const struct exchange *exchange, struct strbuf *out)
{
    const char *colon = strrchr(exchange->local_address, ':');
    strbuf_printf(out, "quipu-%s", colon ? colon + 1 : "0");
}

static struct web_session *
session_of_cookie(struct exchange *exchange, struct slice cookies)
{
    struct strbuf name;
    strbuf_init(&name);
    exchange_print_cookie_name(exchange, &name);
    struct slice secret = cookies.ptr ? cookie_find(cookies, strbuf_slice(&name)) : cookies;
    strbuf_fini(&name);
    return web_session_find(&exchange->context->sessions, exchange->context->services->acl, secret,
                            now_coarse_ms());
}

struct web_session *
exchange_session(struct exchange *exchange)
{
    return session_of_cookie(exchange, exchange->request->cookie);
}

void
exchange_begin(struct exchange *exchange, const struct http_request *request)
{
    struct web_session *session = session_of_cookie(exchange, request->cookie);
    if (session) {
        access_assign(&exchange->access, &session->access);
    } else {
        access_fini(&exchange->access);
        access_init(&exchange->access, exchange->context->services->acl);
    }
    exchange->session_id = session ? session->id : 0;
}

bool
exchange_is_strange(const struct exchange *exchange)
{
    return access_is_required(&exchange->access, exchange->context->services->acl);
}

bool
exchange_may_run(const struct exchange *exchange, const struct slice *args, size_t nargs,
                 struct error *err)
{
    struct call call = {.services = exchange->context->services, .args = args, .nargs = nargs};
    if (exchange_is_strange(exchange)) {
        return error_set(err, "NOAUTH", "Authentication required.");
    }
    call_resolve(&call);
    if (!call.command && !call.spec) {
        return error_set(err, "ERR", "no shard knows this command");
    }
    return call_access_would_allow(&call, exchange->access.user, err);
}

void
exchange_become(struct exchange *exchange, const struct access *access)
{
    access_assign(&exchange->access, access);
    exchange->session_id = 0;
    asker_end(exchange->asker);
}

/* -- running ----------------------------------------------------------------------------------- */

/* `application/json`, perhaps with a charset: what a page of another site cannot send unasked. */
static bool
is_json(struct slice type)
{
    struct slice rest = type, kind = slice_shift(&rest, ';');
    while (kind.len && kind.ptr[kind.len - 1] == ' ') {
        kind.len--;
    }
    return slice_equal_nocase(kind, slice_lit("application/json"));
}

/* False: the body is no JSON object, and that is the answer. */
static bool
body_take(struct exchange *exchange)
{
    struct error err = {0};
    if (!exchange->request->content_type.ptr || !is_json(exchange->request->content_type)) {
        (void) error_set(&err, "ERR", "the Content-Type must be application/json");
        exchange_fail_status(exchange, 415, &err);
        return false;
    }
    if (!body_parse(exchange->arena, exchange->request->body, &exchange->body, &err)) {
        exchange_fail(exchange, &err);
        return false;
    }
    return true;
}

void
exchange_run(struct exchange *exchange, const struct http_request *request, exchange_fn *handler)
{
    exchange->request = request;
    exchange->arena = arena_new();
    exchange->began_us = now_us();
    list_add_last(&exchange->context->running, &exchange->in_running);
    if (request->method != HTTP_POST || body_take(exchange)) {
        handler(exchange);
    }
}

/* -- asking ------------------------------------------------------------------------------------ */

void
exchange_ask(struct exchange *exchange, const struct slice *args, size_t nargs,
             exchange_reply_fn *fn)
{
    exchange->on_reply = fn;
    exchange->asked_us = now_us();
    asker_ask(exchange->asker, &(struct asker_request){.access = &exchange->access,
                                                       .arena = exchange->arena,
                                                       .args = args,
                                                       .nargs = nargs,
                                                       .more_bytes = exchange->request->body.len});
}

/* -- answering --------------------------------------------------------------------------------- */

void
exchange_answer(struct exchange *exchange, const struct exchange_answer *answer)
{
    exchange->on_answer(exchange->arg, answer);
    end(exchange);
}

void
exchange_answer_json(struct exchange *exchange, struct slice body)
{
    exchange_answer(exchange, &(struct exchange_answer){
                                  .status = 200, .type = "application/json", .body = body});
}

void
exchange_answer_reply(struct exchange *exchange, struct strbuf *object, bool is_printed)
{
    struct error err = {0};
    if (is_printed) {
        strbuf_append_char(object, '}');
        exchange_answer_json(exchange, strbuf_slice(object));
    } else {
        (void) error_set(&err, "ERR", "the reply cannot be written as JSON");
        exchange_fail_status(exchange, 500, &err);
    }
}

static int
status_of(const char *code)
{
    static const struct {
        const char *code;
        int status;
    } STATUSES[] = {{"NOAUTH", 401},      {"WRONGPASS", 401}, {"NOPERM", 403},
                    {"SHARDDOWN", 503},   {"LOADING", 503},   {"INDEXING", 503},
                    {"CLUSTERDOWN", 503}, {"TRYAGAIN", 503},  {"TIMEOUT", 504}};
    for (size_t i = 0; i < sizeof STATUSES / sizeof *STATUSES; i++) {
        if (strcmp(code, STATUSES[i].code) == 0) {
            return STATUSES[i].status;
        }
    }
    return 400;
}

void
exchange_print_error(const struct error *err, struct strbuf *out)
{
    strbuf_append(out, slice_lit("{\"error\":"));
    reply_json_print_error(err, out);
    strbuf_append_char(out, '}');
}

void
exchange_fail_status(struct exchange *exchange, int status, const struct error *err)
{
    struct strbuf text;
    strbuf_init(&text);
    exchange_print_error(err, &text);
    exchange_answer(exchange, &(struct exchange_answer){
                                  .status = status,
                                  .type = "application/json",
                                  .body = strbuf_slice(&text),
                                  .asks_for_login = exchange->asks_for_login && status == 401});
    strbuf_fini(&text);
}

void
exchange_fail(struct exchange *exchange, const struct error *err)
{
    exchange_fail_status(exchange, status_of(err->code), err);
}

bool
exchange_failed(struct exchange *exchange, struct slice reply)
{
    struct error err;
    if (!reply_json_is_error(reply, &err)) {
        return false;
    }
    exchange_fail(exchange, &err);
    return true;
}

/* -- finding another one ----------------------------------------------------------------------- */

void
exchange_set_name(struct exchange *exchange, struct slice name)
{
    exchange->name = arena_copy(exchange->arena, name);
}

/* An address without its port. */
static struct slice
machine_of(const char *address)
{
    const char *colon = strrchr(address, ':');
    return slice_of(address, colon ? (size_t) (colon - address) : strlen(address));
}

/* The same session; without one, the same machine. */
static bool
is_same_asker(const struct exchange *a, const struct exchange *b)
{
    return a->session_id == b->session_id && a->access.user == b->access.user &&
           (a->session_id != 0 || slice_equal(machine_of(a->address), machine_of(b->address)));
}

const struct exchange *
exchange_find(const struct exchange *exchange, struct slice name)
{
    LIST_EACH (struct exchange, other, &exchange->context->running, in_running) {
        if (other != exchange && other->name.ptr && slice_equal(other->name, name) &&
            is_same_asker(exchange, other)) {
            return other;
        }
    }
    return NULL;
}

/* -- what handlers ask about it ---------------------------------------------------------------- */

struct services *
exchange_services(const struct exchange *exchange)
{
    return exchange->context->services;
}

struct web_sessions *
exchange_sessions(struct exchange *exchange)
{
    return &exchange->context->sessions;
}

struct readiness *
exchange_readiness(const struct exchange *exchange)
{
    return exchange->context->readiness;
}

const struct http_request *
exchange_request(const struct exchange *exchange)
{
    return exchange->request;
}

struct watches *
exchange_watches(const struct exchange *exchange)
{
    return exchange->context->watches;
}

const char *
exchange_address(const struct exchange *exchange)
{
    return exchange->address;
}

const char *
exchange_local_address(const struct exchange *exchange)
{
    return exchange->local_address;
}

const struct body *
exchange_body(const struct exchange *exchange)
{
    return exchange->body;
}

struct arena *
exchange_arena(struct exchange *exchange)
{
    return exchange->arena;
}

const struct access *
exchange_access(const struct exchange *exchange)
{
    return &exchange->access;
}

void
exchange_ask_for_login(struct exchange *exchange)
{
    exchange->asks_for_login = true;
}

int64_t
exchange_age_us(const struct exchange *exchange)
{
    return now_us() - exchange->began_us;
}

int64_t
exchange_ask_us(const struct exchange *exchange)
{
    return now_us() - exchange->asked_us;
}

void *
exchange_work(struct exchange *exchange, size_t size_bytes)
{
    return exchange->work = arena_alloc(exchange->arena, size_bytes);
}

void *
exchange_its_work(const struct exchange *exchange)
{
    return exchange->work;
}

void
exchange_on_end(struct exchange *exchange, exchange_fn *fn)
{
    exchange->on_end = fn;
}

uint64_t
exchange_client_id(const struct exchange *exchange)
{
    return asker_client_id(exchange->asker);
}

bool
exchange_is_tls(const struct exchange *exchange)
{
    return exchange->is_tls;
}
