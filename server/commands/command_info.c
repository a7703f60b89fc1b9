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
#include "server/commands/info.h"
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

/* Totals that are not older than that; else NULL. */
static const struct key_totals *
totals_within(const struct info_keyspace *keyspace, int64_t age_ms)
{
    bool is_known = keyspace->known_ms && now_coarse_ms() - keyspace->known_ms < age_ms;
    return is_known ? &keyspace->totals : NULL;
}

static void
waiters_answer(struct info_keyspace *keyspace, const struct key_totals *totals)
{
    struct info_waiter *waiter = keyspace->waiters;
    keyspace->waiters = NULL;
    if (keyspace->timer) {
        evtimer_del(keyspace->timer);
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
on_totals(void *arg, const struct key_totals *totals, const struct error *err)
{
    struct info_keyspace *keyspace = arg;
    keyspace->is_asking = false;
    keyspace->known_ms = err ? 0 : now_coarse_ms();
    if (!err) {
        keyspace->totals = *totals;
    }
    waiters_answer(keyspace, totals);
}

static void
on_patience_over(evutil_socket_t fd, short what, void *arg)
{
    (void) fd, (void) what;
    struct info_keyspace *keyspace = arg;
    waiters_answer(keyspace, totals_within(keyspace, STALE_MS));
}

/* Takes over the text. */
static void
waiter_add(struct services *services, struct request *request, struct strbuf *text)
{
    const struct timeval patience = {0, PATIENCE_MS * 1000};
    struct info_keyspace *keyspace = services->keyspace;
    struct info_waiter *waiter = must_alloc(sizeof *waiter);
    if (!keyspace->timer) {
        keyspace->timer = must_have(evtimer_new(services->base, on_patience_over, keyspace));
    }
    if (!keyspace->waiters && evtimer_add(keyspace->timer, &patience) != 0) {
        out_of_memory();
    }
    *waiter = (struct info_waiter){.request = request, .text = *text, .next = keyspace->waiters};
    keyspace->waiters = waiter;
    if (!keyspace->is_asking) {
        keyspace->is_asking = true;
        keyspace->asked_ms = now_coarse_ms();
        key_totals_start(&keyspace->work, services, on_totals, keyspace);
    }
}

void
info_keyspace_fini(struct info_keyspace *keyspace)
{
    while (keyspace->waiters) {
        struct info_waiter *waiter = keyspace->waiters;
        keyspace->waiters = waiter->next;
        strbuf_fini(&waiter->text);
        free(waiter);
    }
    if (keyspace->timer) {
        event_free(keyspace->timer);
        keyspace->timer = NULL;
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
    struct info_keyspace *keyspace = call->services->keyspace;
    struct strbuf text;
    strbuf_init(&text);
    if (call->nargs == 1) {
        info_print(call->services, slice_lit("default"), &text);
    }
    for (size_t i = 1; i < call->nargs; i++) {
        info_print(call->services, call->args[i], &text);
    }
    bool is_late = keyspace->is_asking && now_coarse_ms() - keyspace->asked_ms >= PATIENCE_MS;
    bool asks = asks_for_keyspace(call), may_know = asks && may_know_keys(call);
    if (may_know && !is_late && !totals_within(keyspace, FRESH_MS)) {
        waiter_add(call->services, call->request, &text);
        return COMMAND_RUNS;
    }
    if (asks) {
        keyspace_print(may_know ? totals_within(keyspace, STALE_MS) : NULL, &text);
    }
    resp_write_verbatim(call->out, "txt", strbuf_slice(&text));
    strbuf_fini(&text);
    return COMMAND_REPLIED;
}
