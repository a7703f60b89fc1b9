/*
 * The command INFO: the server's state, and how many keys the shards have.
 * in: INFO [section ...];
 * out: the state at once, followed by `# Keyspace`, for which the shards are asked.
 *
 *     known for less than a second  -> at once
 *     else                          -> the shards are asked once for all INFOs that come meanwhile;
 *                                      these wait for half a second. Then they show the last known
 *                                      figures, up to a minute old, or none: INFO is there to look
 *                                      into a server that does not go well
 *     the user may not run DBSIZE   -> without it
 */
#include "server/commands/command_info.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/metrics/info.h"
#include "server/metrics/metrics.h"
#include "server/proxy/call_access.h"
#include "server/table/services.h"

enum { FRESH_MS = 1000, PATIENCE_MS = 500, STALE_MS = 60 * 1000 };

struct info_waiter {
    struct request *request;
    struct strbuf text; /* the text before the keyspace */
    struct info_waiter *next;
};

/* Without keys there is no line, as in Redis. totals NULL: they are not known. */
static void
keyspace_print(const struct key_totals *totals, struct strbuf *out)
{
    strbuf_append_str(out, out->len ? "\r\n" : "");
    strbuf_append_str(out, "# Keyspace\r\n");
    if (totals && totals->keys > 0) {
        strbuf_printf(out, "db0:keys=%lld,expires=%lld,avg_ttl=%lld\r\n", (long long) totals->keys,
                      (long long) totals->expires, (long long) totals->avg_ttl_ms);
    }
}

/* totals NULL: they are not known. */
static void
waiters_answer(struct info_waiters *waiters, const struct key_totals *totals)
{
    struct info_waiter *waiter = waiters->first;
    waiters->first = NULL;
    if (waiters->timer) {
        evtimer_del(waiters->timer);
    }
    while (waiter) {
        struct info_waiter *next = waiter->next;
        keyspace_print(totals, &waiter->text);
        resp_write_verbatim(request_writer(waiter->request), "txt", strbuf_slice(&waiter->text));
        request_done(waiter->request);
        strbuf_fini(&waiter->text);
        free(waiter);
        waiter = next;
    }
}

static void
on_known(void *arg, const struct key_totals *totals)
{
    waiters_answer(arg, totals);
}

static void
on_patience_over(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    const struct services *services = arg;
    waiters_answer(services->waiters, key_figures_within(&services->metrics->keys, STALE_MS));
}

/* Takes over the text. */
static void
waiter_add(struct services *services, struct request *request, struct strbuf *text)
{
    const struct timeval patience = {0, PATIENCE_MS * 1000};
    struct info_waiters *waiters = services->waiters;
    struct info_waiter *waiter = must_alloc(sizeof *waiter);
    if (!waiters->timer) {
        waiters->timer = must_have(evtimer_new(services->base, on_patience_over, services));
    }
    if (!waiters->first && evtimer_add(waiters->timer, &patience) != 0) {
        out_of_memory();
    }
    *waiter = (struct info_waiter){.request = request, .text = *text, .next = waiters->first};
    waiters->first = waiter;
    services->metrics->keys.on_known = on_known;
    services->metrics->keys.arg = waiters;
    key_figures_ask(&services->metrics->keys, services);
}

void
info_waiters_fini(struct info_waiters *waiters)
{
    while (waiters->first) {
        struct info_waiter *waiter = waiters->first;
        waiters->first = waiter->next;
        strbuf_fini(&waiter->text);
        free(waiter);
    }
    if (waiters->timer) {
        event_free(waiters->timer);
        waiters->timer = NULL;
    }
}

/* -- INFO -------------------------------------------------------------------------------------- */

static bool
asks_for_keyspace(const struct call *call)
{
    bool asks = call->nargs == 1;
    for (size_t i = 1; i < call->nargs; i++) {
        asks |=
            info_is_all(call->args[i]) || slice_equal_nocase(call->args[i], slice_lit("keyspace"));
    }
    return asks;
}

/* INFO must not tell what DBSIZE may not tell. */
static bool
may_know_keys(const struct call *call)
{
    struct error err = {"", ""};
    struct call dbsize = *call;
    dbsize.command =
        command_find(call->services->families, slice_lit("dbsize"), NULL, &dbsize.parent);
    return call_access_would_allow(&dbsize, client_access(call->client)->user, &err);
}

enum command_outcome
command_info_run(struct call *call)
{
    const struct key_figures *keys = &call->services->metrics->keys;
    struct strbuf text;
    strbuf_init(&text);
    if (call->nargs == 1) {
        info_print(call->services, slice_lit("default"), &text);
    }
    for (size_t i = 1; i < call->nargs; i++) {
        info_print(call->services, call->args[i], &text);
    }
    bool is_late = keys->is_asking && now_coarse_ms() - keys->asked_ms >= PATIENCE_MS;
    bool asks = asks_for_keyspace(call), may_know = asks && may_know_keys(call);
    if (may_know && !is_late && !key_figures_within(keys, FRESH_MS)) {
        waiter_add(call->services, call->request, &text);
        return COMMAND_RUNS;
    }
    if (asks) {
        keyspace_print(may_know ? key_figures_within(keys, STALE_MS) : NULL, &text);
    }
    resp_write_verbatim(call->out, "txt", strbuf_slice(&text));
    strbuf_fini(&text);
    return COMMAND_REPLIED;
}
