/*
 * Watched queries of the page. in: a query's text and the version that the page knows; out: the newer
 * answer when there is one, or the same version when it has waited for long enough.
 *
 *     POST /api/watch {"text":"count sex from titanic"}             -> {"version":17,"took_ms":1.2,"reply":{...}}
 *     POST /api/watch {"text":"count sex from titanic","after":17}  ... -> {"version":18,...}
 *                                                                or, 25 s later, {"version":17}
 */
#include "base/json.h"
#include "server/http/handlers.h"
#include "server/http/watch.h"

struct watching {
    struct watcher *watcher; /* NULL: it was told */
};

static void
news_print(const struct watch_news *news, struct strbuf *out)
{
    strbuf_printf(out, "{\"version\":%llu", (unsigned long long) news->version);
    if (news->reply.ptr) {
        strbuf_printf(out, ",\"took_ms\":%.3f,\"reply\":", news->took_ms);
        strbuf_append(out, news->reply);
    }
    strbuf_append_char(out, '}');
}

static void
on_news(void *arg, const struct watch_news *news, const struct error *err)
{
    struct exchange *exchange = arg;
    struct watching *watching = exchange_its_work(exchange);
    watching->watcher = NULL;
    if (err) {
        exchange_fail(exchange, err);
        return;
    }
    struct strbuf text;
    strbuf_init(&text);
    news_print(news, &text);
    exchange_answer_json(exchange, strbuf_slice(&text));
    strbuf_fini(&text);
}

static void
on_end(struct exchange *exchange)
{
    const struct watching *watching = exchange_its_work(exchange);
    if (watching->watcher) {
        watcher_leave(watching->watcher);
    }
}

/*
 * Who may not ask the query is refused as any client is, at once. Waiting would tell when rows of
 * the dataset change, and others' answers are shared by who asks as the same user.
 */
static void
on_refused(struct exchange *exchange, struct slice reply)
{
    if (!exchange_failed(exchange, reply)) {
        exchange_fail_status(exchange, 503, &(struct error){"TRYAGAIN", "the rights have changed"});
    }
}

void
api_watch_run(struct exchange *exchange)
{
    const struct body *body = exchange_body(exchange);
    struct watching *watching = exchange_work(exchange, sizeof *watching);
    struct slice text;
    bool has_after;
    int64_t after = 0;
    struct error err = {0};
    if (!body_text(body, "text", &text, &err) ||
        !body_optional_int(body, "after", &has_after, &after, &err)) {
        exchange_fail(exchange, &err);
        return;
    }
    const struct slice args[] = {slice_lit("QUERY"), text};
    if (!exchange_may_run(exchange, args, sizeof args / sizeof *args, &err)) {
        exchange_ask(exchange, args, sizeof args / sizeof *args, on_refused);
        return;
    }
    const struct watch_asker asker = {exchange_access(exchange), exchange_address(exchange),
                                      exchange_local_address(exchange)};
    if (!watcher_add(exchange_watches(exchange), &asker, text, has_after ? (uint64_t) after : 0,
                     on_news, exchange, &watching->watcher, &err)) {
        exchange_fail(exchange, &err);
        return;
    }
    exchange_on_end(exchange, on_end);
}
