/*
 * Queries of the page. in: a query's text; out: its answer as JSON, and how long it took.
 *
 *     POST /api/query {"text":"count sex from titanic"}
 *         -> QUERY "count sex from titanic format json"
 *         -> {"took_ms":4.412,"reply":{"dataset":"titanic",...}}
 *     POST /api/query {"text":"count sex from titanic format csv"}     -> {...,"reply":"sex,..."}
 *
 * A query that names no format is asked for as JSON, whose document is the reply as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "executor/executor.h"
#include "executor/query.h"
#include "server/client/client.h"
#include "server/http/handlers.h"
#include "server/http/query_format.h"
#include "server/table/services.h"

struct asking {
    bool as_document; /* the reply's text is JSON */
};

static void
on_reply(struct exchange *exchange, struct slice reply)
{
    struct strbuf text;
    if (exchange_failed(exchange, reply)) {
        return;
    }
    strbuf_init(&text);
    strbuf_printf(&text, "{\"took_ms\":%.3f,\"reply\":", (double) exchange_ask_us(exchange) / 1000);
    const struct asking *asking = exchange_its_work(exchange);
    exchange_answer_reply(exchange, &text, query_format_print(reply, asking->as_document, &text));
    strbuf_fini(&text);
}

void
api_query_run(struct exchange *exchange)
{
    const struct body *body = exchange_body(exchange);
    struct asking *asking = exchange_work(exchange, sizeof *asking);
    struct slice text, id;
    struct error err = {0};
    if (!body_text(body, "text", &text, &err) || !body_optional_text(body, "id", &id, &err)) {
        exchange_fail(exchange, &err);
        return;
    }
    if (id.ptr) {
        exchange_set_name(exchange, id);
    }
    const struct slice args[] = {
        slice_lit("QUERY"), query_format_add(exchange_arena(exchange),
                                             &exchange_services(exchange)->settings->parse_limits,
                                             text, &asking->as_document)};
    exchange_ask(exchange, args, sizeof args / sizeof *args, on_reply);
}

/* -- how far it is ----------------------------------------------------------------------------- */

/* The query that a client inside the server has under way. False: none, or none yet. */
static bool
status_find(const struct services *services, uint64_t of_client, struct query_status *out)
{
    size_t n;
    bool is_found = false;
    struct query_status *list = query_list(services->executor, &n);
    for (size_t i = 0; i < n && !is_found; i++) {
        const struct client *client = request_owner(list[i].arg);
        if (client_id(client) == of_client) {
            *out = list[i];
            is_found = true;
        }
    }
    free(list);
    return is_found;
}

static void
progress_print(const struct services *services, const struct exchange *other, struct strbuf *out)
{
    struct json json = json_to(out);
    json_object(&json);
    json_key(&json, slice_lit("running"));
    json_bool(&json, other != NULL);
    if (other) {
        struct query_status status = {.state = "waiting", .age_ms = exchange_age_us(other) / 1000};
        (void) status_find(services, exchange_client_id(other), &status);
        json_key(&json, slice_lit("state"));
        json_string(&json, slice_str(status.state));
        json_key(&json, slice_lit("age_ms"));
        json_int(&json, status.age_ms);
        json_key(&json, slice_lit("done"));
        json_int(&json, (int64_t) status.ndone);
        json_key(&json, slice_lit("of"));
        json_int(&json, (int64_t) status.npartitions);
    }
    json_object_end(&json);
}

void
api_progress_run(struct exchange *exchange)
{
    struct slice id;
    struct error err = {0};
    if (!body_text(exchange_body(exchange), "id", &id, &err)) {
        exchange_fail(exchange, &err);
        return;
    }
    struct strbuf text;
    strbuf_init(&text);
    progress_print(exchange_services(exchange), exchange_find(exchange, id), &text);
    exchange_answer_json(exchange, strbuf_slice(&text));
    strbuf_fini(&text);
}
