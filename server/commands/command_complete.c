/*
 * QUERY COMPLETE: what may stand at a cursor. in: a text and a cursor, in bytes; out: a map.
 *
 *     QUERY COMPLETE "count se from current" 8
 *         from 6, items [{text "sex", kind "field", label nil, count nil}], error nil
 *
 * The grammar says what is wanted there (parser/completion). Datasets are in the catalog; fields and
 * values are asked of the shards, by queries of our own that stand for the client's:
 *
 *     describe `current`, names only      count `sex` from current
 *                                         the same, where `sex` ilike 'fe%', if there are too many
 *
 * These have half a second altogether. What has not come by then is left out, as is what the client
 * may not ask for.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "base/clock.h"
#include "base/must.h"
#include "executor/query.h"
#include "parser/ast_text_parts.h"
#include "parser/completion.h"
#include "planner/field_definitions.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_complete.h"
#include "server/commands/dataset_names.h"
#include "server/proxy/call_access.h"
#include "server/table/services.h"

enum {
    PATIENCE_MS = 500,
    DATASETS_MOST = 8,       /* asked for their fields, where the text names none */
    FIELDS_MOST = 1000,      /* offered */
    VALUES_MOST = 50,        /* offered */
    VALUES_READ_MOST = 10000 /* of a field, to find the most frequent */
};

struct completing {
    struct services *services;
    struct request *request;
    struct arena *arena; /* has itself, its texts and the items */
    struct completion completion;
    struct slice datasets[DATASETS_MOST]; /* to be asked for fields, or one for values */
    size_t ndatasets, at;
    int64_t until_ms;
    bool is_narrowed; /* only values that begin with what is typed are asked for */
    struct query_budget budget;
};

static void
completing_free(void *work)
{
    struct completing *completing = work;
    arena_free(completing->arena);
}

static const struct acl_user *
user_of(const struct completing *completing)
{
    struct client *client = request_owner(completing->request);
    return client_access(client)->user;
}

/* -- the reply --------------------------------------------------------------------------------- */

static void
item_write(struct resp_writer *out, const struct completion_item *item)
{
    resp_write_map(out, 4);
    resp_write_bulk_str(out, "text");
    resp_write_bulk(out, item->text);
    resp_write_bulk_str(out, "kind");
    resp_write_bulk_str(out, completion_kind_name(item->kind));
    resp_write_bulk_str(out, "label");
    if (item->label.ptr) {
        resp_write_bulk(out, item->label);
    } else {
        resp_write_null(out);
    }
    resp_write_bulk_str(out, "count");
    if (item->count >= 0) {
        resp_write_int(out, item->count);
    } else {
        resp_write_null(out);
    }
}

static void
mistake_write(struct resp_writer *out, const struct completing *completing)
{
    struct error what = {"", ""};
    size_t from, to;
    if (!completion_mistake(&completing->completion, &completing->services->settings->parse_limits,
                            &what, &from, &to)) {
        resp_write_null(out);
        return;
    }
    resp_write_map(out, 3);
    resp_write_bulk_str(out, "message");
    resp_write_bulk_str(out, what.message);
    resp_write_bulk_str(out, "from");
    resp_write_int(out, (int64_t) from);
    resp_write_bulk_str(out, "to");
    resp_write_int(out, (int64_t) to);
}

static void
reply_write(struct completing *completing)
{
    struct resp_writer *out = request_writer(completing->request);
    struct completion *completion = &completing->completion;
    completion_end(completion);
    resp_write_map(out, 3);
    resp_write_bulk_str(out, "from");
    resp_write_int(out, (int64_t) completion->next.at);
    resp_write_bulk_str(out, "items");
    resp_write_array(out, completion->nitems);
    for (size_t i = 0; i < completion->nitems; i++) {
        item_write(out, &completion->items[i]);
    }
    resp_write_bulk_str(out, "error");
    mistake_write(out, completing);
}

/* -- datasets ---------------------------------------------------------------------------------- */

static void
datasets_offer(struct completing *completing)
{
    size_t n;
    const struct slice *names =
        dataset_names(request_owner(completing->request), completing->arena, &n);
    for (size_t i = 0; i < n; i++) {
        completion_add(&completing->completion, COMPLETION_DATASET, names[i], slice_of(NULL, 0),
                       -1);
    }
}

/* Those that a field or a value may be of: the one that the text names, else those that there are. */
static void
datasets_find(struct completing *completing)
{
    const struct catalog *catalog = completing->services->catalog;
    struct slice named = completing->completion.next.dataset;
    if (named.ptr) {
        completing->datasets[completing->ndatasets++] = named;
        return;
    }
    for (size_t i = 0; i < catalog_count(catalog) && completing->ndatasets < DATASETS_MOST; i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        struct slice name;
        if (acl_user_sees(user_of(completing), catalog, dataset) &&
            catalog_address(catalog, dataset, &name)) {
            completing->datasets[completing->ndatasets++] = arena_copy(completing->arena, name);
        }
    }
}

/* -- questions --------------------------------------------------------------------------------- */

/* What is typed, as the beginning of a pattern. */
static void
pattern_append(struct strbuf *out, struct slice typed)
{
    struct strbuf pattern;
    strbuf_init(&pattern);
    for (size_t i = 0; i < typed.len; i++) {
        if (strchr("%_\\", typed.ptr[i]) && typed.ptr[i]) {
            strbuf_append_char(&pattern, '\\');
        }
        strbuf_append_char(&pattern, typed.ptr[i]);
    }
    strbuf_append_char(&pattern, '%');
    ast_text_pattern(out, strbuf_slice(&pattern));
    strbuf_fini(&pattern);
}

static void
question_append(const struct completing *completing, int64_t timeout_ms, struct strbuf *out)
{
    const struct next *next = &completing->completion.next;
    struct slice dataset = completing->datasets[completing->at];
    if (next->wants_field) {
        strbuf_append_str(out, "describe ");
        ast_text_name(out, dataset);
    } else {
        strbuf_append_str(out, "count ");
        ast_text_name(out, next->field);
        strbuf_append_str(out, " from ");
        ast_text_name(out, dataset);
        if (completing->is_narrowed) {
            strbuf_append_str(out, " where ");
            ast_text_name(out, next->field);
            strbuf_append_str(out, " ilike ");
            pattern_append(out, completion_typed(&completing->completion));
            strbuf_append_str(out, " nocache");
        }
    }
    strbuf_printf(out, " timeout %lld", (long long) timeout_ms);
}

/* Whether the client could ask that itself. */
static bool
is_allowed(const struct completing *completing, struct slice question)
{
    const struct slice args[] = {SLICE_LIT("QUERY"), question};
    struct call call = {.services = completing->services,
                        .client = request_owner(completing->request),
                        .args = args,
                        .nargs = 2};
    struct error ignored = {"", ""};
    call_resolve(&call);
    return call_access_would_allow(&call, user_of(completing), &ignored);
}

static void on_answered(void *arg, const struct query_result *result, const struct error *err);

static void
question_start(struct completing *completing, struct slice question)
{
    struct services *services = completing->services;
    struct query *query =
        query_start(services->executor, question, on_answered, completing->request);
    query_set_aside(query);
    query_set_names_only(query);
    query_set_budget(query, &completing->budget);
    query_set_floor(query, acl_user_suppress_below(user_of(completing)));
    request_set_query(completing->request, query);
}

/* Asks the next dataset that may be asked. False: there is none, or the time is over. */
static bool
ask(struct completing *completing)
{
    bool is_asked = false;
    struct strbuf question;
    strbuf_init(&question);
    for (; !is_asked && completing->at < completing->ndatasets; completing->at += !is_asked) {
        int64_t left_ms = completing->until_ms - now_ms();
        if (left_ms <= 0) {
            break;
        }
        strbuf_clear(&question);
        question_append(completing, left_ms, &question);
        is_asked = is_allowed(completing, strbuf_slice(&question));
    }
    if (is_asked) {
        question_start(completing, strbuf_slice(&question));
    }
    strbuf_fini(&question);
    return is_asked;
}

/* -- answers ----------------------------------------------------------------------------------- */

static void
fields_take(struct completing *completing, const struct description *description)
{
    for (size_t i = 0; i < description->nfields && completing->completion.nitems < FIELDS_MOST;
         i++) {
        const struct described_field *field = &description->fields[i];
        completion_add(&completing->completion, COMPLETION_FIELD, field->name, field->label, -1);
    }
}

/* A value that fits, to be sorted. */
struct found_value {
    struct slice value;
    int64_t count;
    size_t place; /* in the table's order: numbers, then texts */
};

static int
compare_found(const void *a, const void *b)
{
    const struct found_value *one = a, *other = b;
    if (one->count != other->count) {
        return one->count < other->count ? 1 : -1;
    }
    return one->place < other->place ? -1 : one->place > other->place;
}

/* The most frequent ones first. */
static void
values_take(struct completing *completing, const struct table *table)
{
    struct completion *completion = &completing->completion;
    const struct table_dim *dim = &table->dims[0];
    struct found_value *found = arena_array(completing->arena, table->cells.n, sizeof *found);
    size_t n = 0;
    for (size_t i = 0; i < table->cells.n; i++) {
        struct slice value = dim->labels[table->cells.indexes[i]];
        struct number count = table_number(table, i, 0);
        if (count.kind == NUMBER_INTEGER && completion_fits(completion, COMPLETION_VALUE, value)) {
            found[n] = (struct found_value){value, count.integer, n};
            n++;
        }
    }
    qsort(found, n, sizeof *found, compare_found);
    const struct dataset *dataset =
        catalog_by_name(completing->services->catalog, completing->datasets[completing->at]);
    const struct field_definition *said =
        dataset ? dataset_field(dataset, completion->next.field) : NULL;
    for (size_t i = 0; i < n && i < VALUES_MOST; i++) {
        struct slice label = said ? field_label_of(said, found[i].value) : slice_of(NULL, 0);
        completion_add(completion, COMPLETION_VALUE, found[i].value, label, found[i].count);
    }
}

/* Too many values to read them all: those that begin with what is typed may be fewer. */
static bool
may_narrow(const struct completing *completing, const struct error *err)
{
    return strcmp(err->code, "LIMIT") == 0 && completing->completion.next.wants_value &&
           !completing->is_narrowed && completion_typed(&completing->completion).len > 0;
}

static void
on_answered(void *arg, const struct query_result *result, const struct error *err)
{
    struct request *request = arg;
    struct completing *completing = request_kept(request);
    request_set_query(request, NULL);
    if (err && may_narrow(completing, err)) {
        completing->is_narrowed = true;
    } else {
        if (result && result->description) {
            fields_take(completing, result->description);
        } else if (result && (result->table || result->answer)) {
            values_take(completing, result->table ? result->table : result->answer->tables[0]);
        }
        completing->at++;
    }
    if (!ask(completing)) {
        reply_write(completing);
        request_done(request);
    }
}

/* -- the command ------------------------------------------------------------------------------- */

static struct completing *
completing_new(struct call *call, size_t cursor)
{
    struct arena *arena = arena_new();
    struct completing *completing = arena_alloc(arena, sizeof *completing);
    const struct query_budget *own = client_budget(call->client);
    *completing = (struct completing){.services = call->services,
                                      .request = call->request,
                                      .arena = arena,
                                      .until_ms = now_ms() + PATIENCE_MS,
                                      .budget = {.max_cells = VALUES_READ_MOST}};
    if (own && own->max_cells && own->max_cells < VALUES_READ_MOST) {
        completing->budget.max_cells = own->max_cells;
    }
    completion_begin(&completing->completion, arena, arena_copy(arena, call->args[2]), cursor);
    request_keep(call->request, completing, completing_free);
    return completing;
}

/* Whether the shards are to be asked. Values tell of rows, so a user with a floor gets none. */
static bool
wants_names(const struct completing *completing)
{
    const struct next *next = &completing->completion.next;
    return next->wants_field || (next->wants_value && next->field.ptr &&
                                 acl_user_suppress_below(user_of(completing)) == 0);
}

enum command_outcome
command_complete_run(struct call *call)
{
    struct slice text = call->args[2];
    size_t most = call->services->settings->parse_limits.max_query_bytes;
    int64_t cursor;
    if (text.len > most) {
        struct error err = {"", ""};
        error_set(&err, "LIMIT", "max-query-bytes is %zu, the query has %zu bytes", most, text.len);
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    if (!slice_to_int64(call->args[3], &cursor) || cursor < 0 || (size_t) cursor > text.len) {
        resp_write_err(call->out, "the cursor is a place in the text, in bytes: 0 to %zu",
                       text.len);
        return COMMAND_REPLIED;
    }
    struct completing *completing = completing_new(call, (size_t) cursor);
    if (completing->completion.next.wants_dataset) {
        datasets_offer(completing);
    } else if (wants_names(completing)) {
        datasets_find(completing);
        if (completing->completion.next.wants_value && completing->ndatasets > 1) {
            completing->ndatasets = 0; /* the field may be of any of them */
        }
    }
    if (ask(completing)) {
        return COMMAND_RUNS;
    }
    reply_write(completing);
    return COMMAND_REPLIED;
}
