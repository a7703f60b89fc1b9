/*
 * One request of a browser and its answer: what handlers (api_*.c) work with.
 *
 *     exchange_begin(exchange, &request)             its head is read: whose it is
 *     exchange_run(exchange, &request, handler)      its body too: the handler runs
 *         exchange_ask(exchange, args, nargs, on_reply)          a command of RESP, as that user
 *         exchange_answer_json(exchange, text)                   now or later, once
 *     exchange_cancel(exchange)                      the browser has left
 *
 * A connection has one exchange, which it uses again for each request. A client inside the server asks
 * for it (server/http/asker.h).
 */
#ifndef QUIPU_SERVER_HTTP_EXCHANGE_H
#define QUIPU_SERVER_HTTP_EXCHANGE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "base/strbuf.h"
#include "server/http/body.h"
#include "server/http/http_request.h"
#include "server/http/web_session.h"

struct askers;
struct exchange;
struct readiness;
struct services;
struct watches;

typedef void exchange_fn(struct exchange *exchange);
typedef void exchange_reply_fn(struct exchange *exchange, struct slice reply);

struct exchange_answer {
    int status;
    const char *type; /* NULL: no body */
    struct slice body;
    const char *allow, *etag; /* as in struct http_head */
    struct slice cookie;
    bool asks_for_login;
};

/* What all exchanges of a server share. */
struct exchange_context {
    struct services *services;
    struct web_sessions sessions;
    struct readiness *readiness;
    struct watches *watches; /* queries that are watched */
    struct list running;     /* exchanges with a handler under way */
    struct askers *askers;   /* what asks for them */
};

/* -- for connections --------------------------------------------------------------------------- */

/* The handler has answered. The answer is borrowed. */
typedef void exchange_answer_fn(void *arg, const struct exchange_answer *answer);

/* Addresses are those of the browser's connection, borrowed for the exchange's life. */
struct exchange *exchange_new(struct exchange_context *context, const char *address,
                              const char *local_address, bool is_tls, exchange_answer_fn *on_answer,
                              void *arg);
/* Cancels it first. */
void exchange_free(struct exchange *exchange);
/* Looks up whose request it is. */
void exchange_begin(struct exchange *exchange, const struct http_request *request);
/* True: whoever asks must log in first. Ask after exchange_begin. */
bool exchange_is_strange(const struct exchange *exchange);
/*
 * Runs the handler. A POST's body must be JSON, else that is the answer. The request is borrowed
 * until on_answer is called or the exchange is cancelled.
 */
void exchange_run(struct exchange *exchange, const struct http_request *request,
                  exchange_fn *handler);
/* Nobody waits for an answer any more: what runs for it ends. */
void exchange_cancel(struct exchange *exchange);
/* Once a second: its asker's (server/http/asker.h). */
void exchange_tick(struct exchange *exchange, int64_t now_ms);

/* -- for handlers ------------------------------------------------------------------------------ */

struct services *exchange_services(const struct exchange *exchange);
struct web_sessions *exchange_sessions(struct exchange *exchange);
struct readiness *exchange_readiness(const struct exchange *exchange);
const struct http_request *exchange_request(const struct exchange *exchange);
struct watches *exchange_watches(const struct exchange *exchange);
/* The addresses of the browser's connection, for a client inside the server. */
const char *exchange_address(const struct exchange *exchange);
const char *exchange_local_address(const struct exchange *exchange);
/* Of a POST. */
const struct body *exchange_body(const struct exchange *exchange);
/* Lives until the answer. */
struct arena *exchange_arena(struct exchange *exchange);
/* Who asks. It is the user `default` for who is not logged in. */
const struct access *exchange_access(const struct exchange *exchange);
/* The session that the cookie names; NULL: none. Valid until the event loop goes on. */
struct web_session *exchange_session(struct exchange *exchange);
/*
 * Whether whoever asks could run a command now. Fails with NOAUTH, NOPERM, or ERR if nobody knows the
 * command. ACL LOG does not remember it.
 */
bool exchange_may_run(const struct exchange *exchange, const struct slice *args, size_t nargs,
                      struct error *err) QUIPU_MUST_CHECK;
/* From now on the request is asked as by somebody who has just connected, or as another user. */
void exchange_become(struct exchange *exchange, const struct access *access);
/* From now on an answer of 401 asks for a login by HTTP Basic, which browsers have a window for. */
void exchange_ask_for_login(struct exchange *exchange);
/* Since its handler began. */
int64_t exchange_age_us(const struct exchange *exchange);
/* The same for the last exchange_ask: until its reply came. */
int64_t exchange_ask_us(const struct exchange *exchange);

/* Its memory for work, zeroed, until the answer. Call it once. */
void *exchange_work(struct exchange *exchange, size_t size_bytes);
void *exchange_its_work(const struct exchange *exchange);
/* Calls fn once, when the exchange ends, answered or not. */
void exchange_on_end(struct exchange *exchange, exchange_fn *fn);

/*
 * Sends a command of RESP as this exchange's user, now or when its turn has come, and gives its reply to
 * fn. If no reply can come, the exchange is answered with the error. The words are in the exchange's arena, or last as
 * long; their list may end at once.
 */
void exchange_ask(struct exchange *exchange, const struct slice *args, size_t nargs,
                  exchange_reply_fn *fn);

/* Exactly one of these ends the exchange. The handler returns after it. */
void exchange_answer(struct exchange *exchange, const struct exchange_answer *answer);
/* 200 and a JSON text. */
void exchange_answer_json(struct exchange *exchange, struct slice body);
/*
 * 200 and an object of JSON that lacks its '}', whose last member is a command's reply. is_printed false: the
 * reply could not be written as JSON, and that is the answer.
 */
void exchange_answer_reply(struct exchange *exchange, struct strbuf *object, bool is_printed);
/* The error as JSON, and the status that its code means: 401, 403, 400, 503, ... */
void exchange_fail(struct exchange *exchange, const struct error *err);
/* The same with a status of its own. */
void exchange_fail_status(struct exchange *exchange, int status, const struct error *err);
/* True: the reply was an error, and is the answer. */
bool exchange_failed(struct exchange *exchange, struct slice reply);

/* Gives it the name by which exchange_find finds it. Copied. */
void exchange_set_name(struct exchange *exchange, struct slice name);
/* Another exchange of that name that runs for whoever asks here. NULL: there is none. */
const struct exchange *exchange_find(const struct exchange *exchange, struct slice name);
/* The number of its client inside the server; 0: it has none. */
uint64_t exchange_client_id(const struct exchange *exchange);
/* The cookie's name, which has the port in it, as cookies are shared by all ports of a host. */
void exchange_print_cookie_name(const struct exchange *exchange, struct strbuf *out);
bool exchange_is_tls(const struct exchange *exchange);

/* Appends {"error":{"code":...,"message":...}}. */
void exchange_print_error(const struct error *err, struct strbuf *out);

#endif
