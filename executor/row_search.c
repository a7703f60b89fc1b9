/*
 * Finds the names of rows. in: a bound ROWS; out: names, in order, or an error.
 *
 *     [COUNTING] --> FINDING --> OVER
 *      by columns
 *
 * By columns the rows are counted first: a count sees to it that the index is there, and the number
 * of rows tells at once whether max-rows allows them. From any state an error, or being freed, leads to
 * OVER. A callback records what came, and the next step is made when the loop comes round.
 */
#include "executor/row_search.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/column_find.h"
#include "executor/executor_parts.h"
#include "executor/found_rows.h"
#include "executor/prepared.h"
#include "executor/sets_count.h"
#include "executor/side_count.h"
#include "parser/ast_text.h"
#include "planner/bind_looking.h"

enum search_state { SEARCH_COUNTING, SEARCH_FINDING, SEARCH_OVER };
enum { NSEARCH_STATES = SEARCH_OVER + 1 };

static const struct {
    const char *name;
    bool may_move_to[NSEARCH_STATES];
} STATES[NSEARCH_STATES] = {
    [SEARCH_COUNTING] = {.name = "counting",
                         .may_move_to = {[SEARCH_FINDING] = true, [SEARCH_OVER] = true}},
    [SEARCH_FINDING] = {.name = "finding", .may_move_to = {[SEARCH_OVER] = true}},
    [SEARCH_OVER] = {.name = "over"},
};

struct row_search {
    struct executor *executor;
    struct method_request request;
    const struct bound_query *bound;
    enum search_state state;
    struct event *next;       /* makes the next step */
    struct side_count count;  /* COUNTING; FINDING by sets, where it has no query of its own */
    struct column_find *find; /* FINDING by columns */
    struct found_rows *found;
    struct lines *profile; /* NULL: none is wanted */
    int64_t step_us;       /* when the state's work began */
    row_search_done_fn *done;
    void *arg;
};

static void
move(struct row_search *search, enum search_state to)
{
    assert(STATES[search->state].may_move_to[to]);
    search->state = to;
}

static bool
is_by_columns(const struct row_search *search)
{
    return dataset_is_columns(search->bound->dataset);
}

/* ---- The end ---- */

/* The last thing that is done: the callback may free the search. */
static void
finish(struct row_search *search, const struct error *err)
{
    move(search, SEARCH_OVER);
    side_count_end(&search->count);
    search->done(search->arg, err);
}

void
row_search_free(struct row_search *search)
{
    if (search) {
        side_count_end(&search->count);
        if (search->find) {
            column_find_cancel(search->find);
        }
        found_rows_free(search->found);
        event_free(search->next);
        free(search);
    }
}

const struct row_key *
row_search_keys(const struct row_search *search, size_t *n)
{
    const struct bound_query *bound = search->bound;
    const struct row_key *keys = found_rows_keys(search->found, n);
    size_t skipped = !bound->has_limit || bound->offset == 0 ? 0
                     : bound->offset < *n                    ? (size_t) bound->offset
                                                             : *n;
    *n -= skipped;
    return keys + skipped;
}

/* ---- PROFILE ---- */

/* Lines that a method has told of one step. */
static void
profile_add(struct row_search *search, const char *indent, const struct method_result *result)
{
    for (size_t i = 0; i < result->nlines; i++) {
        strbuf_append_str(&search->profile->text, indent);
        strbuf_append(&search->profile->text, result->lines[i]);
        lines_end(search->profile);
    }
}

/* By columns, and where nothing is searched; by sets the plan says it. */
static void
profile_query(struct row_search *search, const char *method)
{
    struct lines *lines = search->profile;
    strbuf_append_str(&lines->text, "query    ");
    bound_rows_print(&lines->text, search->bound);
    lines_end(lines);
    if (search->bound->filter) {
        strbuf_append_str(&lines->text, "filter   ");
        strbuf_append(&lines->text, search->bound->filter->text);
        lines_end(lines);
    }
    strbuf_printf(&lines->text, "method   %s", method);
    lines_end(lines);
}

static void
profile_count(struct row_search *search, const struct method_result *counted, uint64_t nrows)
{
    strbuf_printf(&search->profile->text, "count    %llu rows in %.1f ms",
                  (unsigned long long) nrows, (double) (now_us() - search->step_us) / 1000);
    lines_end(search->profile);
    profile_add(search, "  ", counted);
}

/* ---- Counting, by columns ---- */

/* `count from current where ...`, as the filter was written. */
static void
count_text(const struct row_search *search, struct strbuf *out)
{
    const struct ast_query *ast = search->request.prepared->ast;
    struct ast_measure measure = {.kind = AST_COUNT};
    struct ast_table table = {.dims = NULL};
    struct ast_query counted = {.mode = search->profile ? AST_PROFILE : AST_RUN,
                                .statement = AST_CROSSTAB,
                                .measures = &measure,
                                .tables = &table,
                                .ntables = 1,
                                .dataset =
                                    side_count_name(search->executor, search->bound->dataset),
                                .where = ast->where};
    counted.options.has_timeout = ast->options.has_timeout;
    counted.options.timeout_ms = ast->options.timeout_ms;
    ast_text(&counted, out);
}

/* Of a count without dimensions: each part has one cell, or none. */
static uint64_t
one_count(const struct method_result *counted)
{
    uint64_t nrows = 0;
    for (size_t i = 0; i < counted->nparts; i++) {
        const struct cell_list *cells = &counted->parts[i]->items[0]->cells;
        nrows += cells->n ? (uint64_t) cell_value(cells, 0, 0) : 0;
    }
    return nrows;
}

static void
on_counted(void *arg, const struct method_result *result, const struct error *err)
{
    struct row_search *search = arg;
    struct error own = {"", ""};
    search->count.counting = NULL;
    if (err) {
        own = *err;
        finish(search, &own);
        return;
    }
    uint64_t nrows = one_count(result);
    if (search->profile) {
        profile_count(search, result, nrows);
    }
    if (!search->request.after.ptr && /* else some of them are not wanted */
        !found_rows_check(search->found, nrows, &own)) {
        finish(search, &own);
    } else {
        move(search, SEARCH_FINDING);
        event_active(search->next, EV_TIMEOUT, 0);
    }
}

/* Fails also if the name means another dataset by now. */
static bool
count_prepare(struct row_search *search, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text);
    count_text(search, &text);
    bool ok = side_count_prepare(&search->count, search->executor, strbuf_slice(&text),
                                 search->bound->dataset, err);
    strbuf_fini(&text);
    return ok;
}

static void
count_first(struct row_search *search)
{
    struct error err = {"", ""};
    struct method_request request = search->request;
    if (!count_prepare(search, &err)) {
        finish(search, &err);
        return;
    }
    if (search->profile) {
        profile_query(search, "columns: the rows are counted, then their names are asked for");
    }
    request.started_us = search->step_us;
    side_count_start(&search->count, search->executor, &request, on_counted, search);
}

/* ---- Finding ---- */

static void
on_found_by_sets(void *arg, const struct method_result *result, const struct error *err)
{
    struct row_search *search = arg;
    struct error own = err ? *err : (struct error){"", ""};
    search->count.counting = NULL;
    if (!err && search->profile) {
        profile_add(search, "", result);
    }
    bool ok = !err && found_rows_end(search->found, &own);
    finish(search, ok ? NULL : &own);
}

static void
on_found_by_columns(void *arg, const struct error *err)
{
    struct row_search *search = arg;
    search->find = NULL;
    finish(search, err);
}

static void
find(struct row_search *search)
{
    side_count_end(&search->count);
    if (search->bound->has_limit && search->bound->limit == 0) {
        if (search->profile && !is_by_columns(search)) {
            profile_query(search, "sets: LIMIT 0 wants no rows, so none is looked for");
        }
        finish(search, NULL);
    } else if (is_by_columns(search)) {
        search->find = column_find_start(search->executor, search->request.prepared, search->found,
                                         search->profile, on_found_by_columns, search);
    } else {
        struct method_request request = search->request;
        request.found = search->found;
        request.started_us = search->step_us;
        search->count.arena = arena_new();
        sets_count_method()->start(search->executor, &request, search->count.arena,
                                   on_found_by_sets, search, &search->count.counting);
    }
}

/* Asks for more than max-rows? */
static bool
check_limit(const struct row_search *search, struct error *err)
{
    uint64_t most = search->executor->settings->max_rows;
    uint64_t asked = search->bound->limit + search->bound->offset;
    return !search->bound->has_limit || asked <= most ||
           error_set(err, "LIMIT", "max-rows is %llu, LIMIT and OFFSET are %llu together",
                     (unsigned long long) most, (unsigned long long) asked);
}

static void
on_next(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct row_search *search = arg;
    struct error err = {"", ""};
    if (!check_limit(search, &err)) {
        finish(search, &err);
        return;
    }
    search->step_us = now_us();
    switch (search->state) {
    case SEARCH_COUNTING: count_first(search); break;
    case SEARCH_FINDING: find(search); break;
    case SEARCH_OVER: break;
    }
}

struct row_search *
row_search_start(struct executor *executor, const struct method_request *request,
                 struct lines *profile, row_search_done_fn *done, void *arg)
{
    const struct bound_query *bound = request->prepared->bound;
    const struct executor_settings *settings = executor->settings;
    const struct found_limits limits = {.most = bound->has_limit ? bound->limit + bound->offset
                                                                 : settings->max_rows,
                                        .has_limit = bound->has_limit,
                                        .descending = bound->rows_descend,
                                        .after = request->after,
                                        .max_bytes = settings->max_partial_bytes};
    struct row_search *search = must_alloc(sizeof *search);
    *search = (struct row_search){.executor = executor,
                                  .request = *request,
                                  .bound = bound,
                                  .found = found_rows_new(&limits),
                                  .profile = profile,
                                  .done = done,
                                  .arg = arg};
    search->state = is_by_columns(search) ? SEARCH_COUNTING : SEARCH_FINDING;
    search->next = event_new(shards_base(executor->shards), -1, 0, on_next, search);
    event_active(search->next, EV_TIMEOUT, 0);
    return search;
}

/* ---- Looking ---- */

const char *
row_search_state(const struct row_search *search)
{
    return STATES[search->state].name;
}

bool
row_search_progress(const struct row_search *search, size_t *ndone, size_t *nparts)
{
    if (search->count.counting) {
        search->count.counting->method->progress(search->count.counting, ndone, nparts);
    } else if (search->find) {
        column_find_progress(search->find, ndone, nparts);
    }
    return search->count.counting || search->find;
}

const char *
row_search_why(const struct row_search *search)
{
    return search->count.counting ? search->count.counting->method->why(search->count.counting)
           : search->find         ? column_find_why(search->find)
                                  : "";
}
