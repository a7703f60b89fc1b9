/*
 * Asks a watched query as its user would. in: a query; out: JSON.
 *
 * Example: `count sex from current` is asked as `count sex from current format json`; the text of
 * the reply is the answer.
 */
#include "server/http/watch_count.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"
#include "base/strbuf.h"
#include "executor/executor_settings.h"
#include "server/client/client.h"
#include "server/http/inner_client.h"
#include "server/http/query_format.h"
#include "server/http/reply_json.h"
#include "server/table/services.h"

struct watch_count {
    struct inner_client *client;
    bool as_document; /* the reply's text is JSON */
    watch_count_fn *fn;
    void *arg;
};

void
watch_count_cancel(struct watch_count *count)
{
    inner_client_free(count->client);
    free(count);
}

static void
over(struct watch_count *count, struct slice json, const struct error *err)
{
    watch_count_fn *fn = count->fn;
    void *arg = count->arg;
    watch_count_cancel(count);
    fn(arg, json, err);
}

static void
on_reply(void *arg, struct slice reply)
{
    struct watch_count *count = arg;
    struct error err = {"", ""};
    struct strbuf json;
    strbuf_init(&json);
    bool ok = !reply_json_is_error(reply, &err) &&
              (query_format_print(reply, count->as_document, &json) ||
               error_set(&err, "ERR", "the reply cannot be written as JSON"));
    over(count, strbuf_slice(&json), ok ? NULL : &err);
    strbuf_fini(&json);
}

static void
on_lost(void *arg, const struct error *why)
{
    struct error err = *why;
    over(arg, slice_lit(""), &err);
}

static const struct inner_client_events EVENTS = {.on_reply = on_reply, .on_lost = on_lost};

bool
watch_count_start(struct services *services, const struct watch_asker *asker, struct slice text,
                  watch_count_fn *fn, void *arg, struct watch_count **out, struct error *err)
{
    const struct client_adoption adoption = {asker->address, asker->local_address, asker->access};
    struct watch_count *count = must_alloc(sizeof *count);
    *count = (struct watch_count){.fn = fn, .arg = arg};
    if (!inner_client_open(services, &adoption, &EVENTS, count, &count->client, err)) {
        free(count);
        return false;
    }
    struct arena *arena = arena_new();
    const struct slice args[] = {
        slice_lit("QUERY"),
        query_format_add(arena, &services->settings->parse_limits, text, &count->as_document)};
    inner_client_ask(count->client, args, sizeof args / sizeof *args);
    arena_free(arena);
    *out = count;
    return true;
}
