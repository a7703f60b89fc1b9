/*
 * Commands of the page. in: a command's words; out: its reply as JSON.
 *
 *     POST /api/command {"args":["dataset","list"]}     -> {"reply":[["current",...]]}
 *     POST /api/command {"args":["subscribe","x"]}      -> 400, as it holds its connection
 *
 * A request of HTTP has one answer, and the client inside the server that asks is shared by the
 * requests of a connection. So commands that answer more than once, wait, or change the connection
 * are refused.
 */
#include "server/client/call.h"
#include "server/http/handlers.h"
#include "server/http/reply_json.h"
#include "server/proxy/forward.h"
#include "server/table/services.h"

/* True: the connection would not be after it what it was before. */
static bool
changes_connection(struct slice name)
{
    static const char *const NAMES[] = {
        "auth",         "hello",        "reset",      "quit",    "select",    "multi",
        "exec",         "discard",      "watch",      "unwatch", "subscribe", "unsubscribe",
        "psubscribe",   "punsubscribe", "ssubscribe", "monitor", "sync",      "psync",
        "sunsubscribe", "shutdown",     "wait",       "waitaof", "readonly",  "readwrite",
        "asking",       "replconf"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (slice_equal_nocase(name, slice_str(NAMES[i]))) {
            return true;
        }
    }
    return false;
}

/* What CLIENT asks about connections, and does to others, is harmless. */
static bool
client_is_harmless(struct slice subcommand)
{
    static const char *const NAMES[] = {"id", "info", "list", "getname", "kill", "unblock", "help"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (slice_equal_nocase(subcommand, slice_str(NAMES[i]))) {
            return true;
        }
    }
    return false;
}

static bool
is_refused(struct services *services, const struct slice *args, size_t nargs)
{
    if (slice_equal_nocase(args[0], slice_lit("client"))) {
        return nargs > 1 && !client_is_harmless(args[1]);
    }
    struct call call = {.services = services, .args = args, .nargs = nargs};
    call_resolve(&call);
    return changes_connection(args[0]) || (call.spec && forward_is_blocking(&call));
}

static void
on_reply(struct exchange *exchange, struct slice reply)
{
    struct strbuf text;
    if (exchange_failed(exchange, reply)) {
        return;
    }
    strbuf_init(&text);
    strbuf_append(&text, slice_lit("{\"reply\":"));
    exchange_answer_reply(exchange, &text, reply_json_print(reply, &text));
    strbuf_fini(&text);
}

void
api_command_run(struct exchange *exchange)
{
    const struct slice *args;
    size_t nargs;
    struct error err = {0};
    if (!body_list(exchange_body(exchange), "args", &args, &nargs, &err)) {
        exchange_fail(exchange, &err);
        return;
    }
    if (is_refused(exchange_services(exchange), args, nargs)) {
        char quoted[ERROR_QUOTE_BYTES];
        (void) error_set(&err, "ERR", "%s holds or changes its connection: it has no place here",
                         error_quote(quoted, args[0]));
        exchange_fail(exchange, &err);
        return;
    }
    exchange_ask(exchange, args, nargs, on_reply);
}
