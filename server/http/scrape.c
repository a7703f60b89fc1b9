/*
 * The figures of the server, for Prometheus. in: GET /metrics; out: its text format.
 *
 *     without a password for `default`     -> to everybody who may connect
 *     else                                 -> to a user who may run INFO, by HTTP Basic
 *
 * INFO is asked by a client inside the server, so its rights are looked at, and refusals are logged,
 * as always. Its reply does not matter.
 */
#include "server/access/access.h"
#include "server/client/call.h"
#include "server/http/handlers.h"
#include "server/http/login.h"
#include "server/metrics/prometheus.h"
#include "server/proxy/call_access.h"
#include "server/table/services.h"

/* As INFO does: who may not ask for the number of keys is not told it here. */
static bool
may_know_keys(const struct exchange *exchange)
{
    const struct slice args[] = {slice_lit("DBSIZE")};
    struct error ignored = {0};
    return exchange_may_run(exchange, args, 1, &ignored);
}

static void
on_info(struct exchange *exchange, struct slice reply)
{
    struct strbuf text;
    if (exchange_failed(exchange, reply)) {
        return;
    }
    strbuf_init(&text);
    prometheus_print(exchange_services(exchange), may_know_keys(exchange), &text);
    exchange_answer(exchange,
                    &(struct exchange_answer){.status = 200,
                                              .type = "text/plain; version=0.0.4; charset=utf-8",
                                              .body = strbuf_slice(&text)});
    strbuf_fini(&text);
}

static void
on_login(struct exchange *exchange)
{
    const struct slice args[] = {slice_lit("INFO"), slice_lit("server")};
    exchange_ask(exchange, args, sizeof args / sizeof *args, on_info);
}

void
scrape_run(struct exchange *exchange)
{
    login_start_basic(exchange, on_login);
}
