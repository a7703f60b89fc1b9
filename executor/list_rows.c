/*
 * Lists rows. in: a bound ROWS; out: its listing, part by part, or an error.
 *
 *     [COUNTING] --> FINDING --names, in order--> READING --rows--> WAITING --there is room--+
 *      by columns                                   |  ^                                     |
 *                                                   |  +-------------------------------------+
 *                              formats that are     |  last rows
 *                              one text:  WRITING <-+----> OVER
 *
 * By columns the rows are counted first: a count sees to it that the index is there, and the number
 * of rows tells at once whether max-rows allows them. From any state an error, or being cancelled,
 * leads to OVER. A callback records what came, and the next step is made when the loop comes round.
 */
#include "executor/list_rows.h"

#include <assert.h>
#include <stdlib.h>

#include "base/must.h"
#include "executor/column_find.h"
#include "executor/executor_parts.h"
#include "executor/found_rows.h"
#include "executor/prepared.h"
#include "executor/row_fetch.h"
#include "executor/sets_count.h"
#include "executor/side_count.h"
#include "parser/ast_text.h"

enum list_state {
    LIST_COUNTING,
    LIST_FINDING,
    LIST_READING,
    LIST_WAITING,
    LIST_WRITING,
    LIST_OVER
};
enum { NLIST_STATES = LIST_OVER + 1 };

static const struct {
    const char *name;
    bool may_move_to[NLIST_STATES];
} STATES[NLIST_STATES] = {
    [LIST_COUNTING] = {.name = "counting",
                       .may_move_to = {[LIST_FINDING] = true, [LIST_OVER] = true}},
    [LIST_FINDING] = {.name = "finding",
                      .may_move_to = {[LIST_READING] = true, [LIST_OVER] = true}},
    [LIST_READING] = {.name = "reading",
                      .may_move_to = {[LIST_READING] = true,
                                      [LIST_WAITING] = true,
                                      [LIST_WRITING] = true,
                                      [LIST_OVER] = true}},
    [LIST_WAITING] = {.name = "waiting",
                      .may_move_to = {[LIST_READING] = true, [LIST_OVER] = true}},
    [LIST_WRITING] = {.name = "writing", .may_move_to = {[LIST_OVER] = true}},
    [LIST_OVER] = {.name = "over"},
};

/* How many rows are read at a time: so many that they take about so many bytes. */
enum { FIRST_ROWS = 64, MOST_ROWS = 1024, WINDOW_BYTES = 256 * 1024, STEP_ROWS = 1000 };

struct list_rows {
    struct counting counting; /* first: the part that the query sees */
    struct executor *executor;
    struct method_request request;
    const struct bound_query *bound;
    enum list_state state;
    struct event *next;       /* makes the next step */
    struct side_count count;  /* COUNTING; FINDING by sets, where it has no query of its own */
    struct column_find *find; /* FINDING by columns */
    struct found_rows *found;
    const struct row_key *keys; /* of the answer, in order */
    size_t nkeys, at;           /* at: the next one to be read */
    size_t nwindow;             /* rows that are read next */
    struct arena *arena;        /* rows: those of the window, or of a text all */
    struct row_fetch *fetch;    /* READING */
    struct listing listing;
    /* Formats that are one text. */
    struct listed_row *kept; /* by key */
    uint64_t bytes;
    struct listing_text *writing;
    struct strbuf text;
    method_done_fn *done;
    void *arg;
};

static void
move(struct list_rows *list, enum list_state to)
{
    assert(STATES[list->state].may_move_to[to]);
    list->state = to;
}

static void
go_on(struct list_rows *list)
{
    event_active(list->next, EV_TIMEOUT, 0);
}

static bool
is_text(const struct list_rows *list)
{
    return list->bound->format != AST_FORMAT_ROWS;
}

static bool
is_by_columns(const struct list_rows *list)
{
    return dataset_is_columns(list->bound->dataset);
}

/* ---- The end ---- */

static void
list_free(struct list_rows *list)
{
    move(list, LIST_OVER);
    side_count_end(&list->count);
    if (list->find) {
        column_find_cancel(list->find);
    }
    if (list->fetch) {
        row_fetch_cancel(list->fetch);
    }
    if (list->writing) {
        listing_text_fini(list->writing);
    }
    strbuf_fini(&list->text);
    found_rows_free(list->found);
    arena_free(list->arena);
    event_free(list->next);
    free(list);
}

static void
fail(struct list_rows *list, const struct error *err)
{
    struct error told = *err;
    method_done_fn *done = list->done;
    void *arg = list->arg;
    list_free(list); /* first: the callback may start another query */
    done(arg, NULL, &told);
}

static void
succeed(struct list_rows *list)
{
    struct method_result result = {.listing = &list->listing};
    list->done(list->arg, &result, NULL); /* the result borrows from the list */
    list_free(list);
}

/* ---- Counting, by columns ---- */

/* `count from current where ...`, as the filter was written. */
static void
count_text(const struct list_rows *list, struct strbuf *out)
{
    const struct ast_query *ast = list->request.prepared->ast;
    struct ast_measure measure = {.kind = AST_COUNT};
    struct ast_table table = {.dims = NULL};
    struct ast_query counted = {.mode = AST_RUN,
                                .statement = AST_CROSSTAB,
                                .measures = &measure,
                                .tables = &table,
                                .ntables = 1,
                                .dataset = list->bound->dataset->name,
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
    struct list_rows *list = arg;
    struct error own = {"", ""};
    list->count.counting = NULL;
    if (err) {
        fail(list, err);
    } else if (!found_rows_check(list->found, one_count(result), &own)) {
        fail(list, &own);
    } else {
        move(list, LIST_FINDING);
        go_on(list);
    }
}

/* Fails also if the name means another dataset by now. */
static bool
count_prepare(struct list_rows *list, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text);
    count_text(list, &text);
    bool ok = side_count_prepare(&list->count, list->executor, strbuf_slice(&text),
                                 list->bound->dataset, err);
    strbuf_fini(&text);
    return ok;
}

static void
count_rows_first(struct list_rows *list)
{
    struct error err = {"", ""};
    if (!count_prepare(list, &err)) {
        fail(list, &err);
        return;
    }
    side_count_start(&list->count, list->executor, &list->request, on_counted, list);
}

/* ---- Finding ---- */

static void
found_all(struct list_rows *list)
{
    size_t n, skipped = 0;
    const struct row_key *keys = found_rows_keys(list->found, &n);
    if (list->bound->has_limit) {
        skipped = list->bound->offset < n ? (size_t) list->bound->offset : n;
    }
    list->keys = keys + skipped;
    list->nkeys = n - skipped;
    if (is_text(list)) {
        list->kept = arena_array(list->arena, list->nkeys, sizeof *list->kept);
    }
    list->listing.total = list->nkeys;
    move(list, LIST_READING);
    go_on(list);
}

static void
on_found_by_sets(void *arg, const struct method_result *result, const struct error *err)
{
    (void) result;
    struct list_rows *list = arg;
    struct error wrong = {"", ""};
    list->count.counting = NULL;
    if (err) {
        fail(list, err);
    } else if (!found_rows_end(list->found, &wrong)) {
        fail(list, &wrong);
    } else {
        found_all(list);
    }
}

static void
on_found_by_columns(void *arg, const struct error *err)
{
    struct list_rows *list = arg;
    list->find = NULL;
    if (err) {
        fail(list, err);
    } else {
        found_all(list);
    }
}

static void
find(struct list_rows *list)
{
    side_count_end(&list->count);
    if (list->bound->has_limit && list->bound->limit == 0) {
        found_all(list);
    } else if (is_by_columns(list)) {
        list->find = column_find_start(list->executor, list->request.prepared, list->found,
                                       on_found_by_columns, list);
    } else {
        struct method_request request = list->request;
        request.found = list->found;
        list->count.arena = arena_new();
        sets_count_method()->start(list->executor, &request, list->count.arena, on_found_by_sets,
                                   list, &list->count.counting);
    }
}

/* ---- Reading ---- */

static void
on_fetched(void *arg, const struct listed_row *rows, size_t nrows, uint64_t bytes,
           const struct error *err)
{
    struct list_rows *list = arg;
    list->fetch = NULL;
    if (err) {
        fail(list, err);
        return;
    }
    uint64_t each = bytes / nrows + 1, most = WINDOW_BYTES / each;
    list->nwindow = most < 1 ? 1 : most < MOST_ROWS ? (size_t) most : MOST_ROWS;
    list->listing.rows = rows;
    list->listing.nrows = nrows;
    for (size_t i = 0; i < nrows && is_text(list); i++) {
        list->kept[list->at + i] = rows[i];
    }
    list->bytes += bytes;
    list->at += nrows;
    go_on(list);
}

/* Reads the rows that are next. */
static void
read_rows(struct list_rows *list)
{
    struct error err = {"", ""};
    size_t left = list->nkeys - list->at;
    if (!is_text(list)) {
        arena_free(list->arena);
        list->arena = arena_new();
    }
    const struct row_fetch_request request = {.dataset = list->request.prepared->dataset,
                                              .fields = list->bound->fields,
                                              .nfields = list->bound->nfields,
                                              .keys = list->keys + list->at,
                                              .nkeys = left < list->nwindow ? left : list->nwindow};
    if (!row_fetch_start(list->executor, &request, list->arena, on_fetched, list, &list->fetch,
                         &err)) {
        fail(list, &err);
    }
}

static void
start_writing(struct list_rows *list)
{
    list->listing.rows = list->kept;
    list->listing.nrows = list->nkeys;
    list->writing = listing_text_new(list->arena, &list->listing, &list->text);
    move(list, LIST_WRITING);
    go_on(list);
}

static bool
check_bytes(const struct list_rows *list, struct error *err)
{
    uint64_t most = list->executor->settings->max_partial_bytes;
    return !is_text(list) || list->bytes + list->text.len <= most ||
           error_set(err, "LIMIT",
                     "max-partial-bytes is %llu, the answer as one text needs more: FORMAT ROWS is "
                     "sent as it is read",
                     (unsigned long long) most);
}

/* Looks at what was read, if anything, and goes on. */
static void
read_on(struct list_rows *list)
{
    struct error err = {"", ""};
    bool has_part = list->listing.nrows > 0 && !is_text(list);
    if (!check_bytes(list, &err)) {
        fail(list, &err);
    } else if (list->at == list->nkeys) {
        is_text(list) ? start_writing(list) : succeed(list);
    } else if (has_part) {
        struct listing part = list->listing;
        move(list, LIST_WAITING);
        list->listing.is_first = false;
        list->listing.nrows = 0;
        list->request.on_part(list->arg, &part); /* last: it may cancel the list */
    } else {
        read_rows(list);
    }
}

static void
write_on(struct list_rows *list)
{
    struct error err = {"", ""};
    bool is_whole = listing_text_step(list->writing, STEP_ROWS);
    list->listing.text = strbuf_slice(&list->text);
    if (!check_bytes(list, &err)) {
        fail(list, &err);
    } else if (is_whole) {
        succeed(list);
    } else {
        go_on(list);
    }
}

/* ---- The machine ---- */

static void
on_next(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct list_rows *list = arg;
    switch (list->state) {
    case LIST_COUNTING: count_rows_first(list); break;
    case LIST_FINDING: find(list); break;
    case LIST_READING: read_on(list); break;
    case LIST_WRITING: write_on(list); break;
    case LIST_WAITING:
    case LIST_OVER: break;
    }
}

/* ---- The method ---- */

static bool
check(const struct executor *executor, struct error *why)
{
    (void) executor, (void) why; /* the dataset's own method is asked */
    return true;
}

/* Asks for more than max-rows? */
static bool
check_limit(const struct list_rows *list, struct error *err)
{
    uint64_t most = list->executor->settings->max_rows;
    uint64_t asked = list->bound->limit + list->bound->offset;
    return !list->bound->has_limit || asked <= most ||
           error_set(err, "LIMIT", "max-rows is %llu, LIMIT and OFFSET are %llu together",
                     (unsigned long long) most, (unsigned long long) asked);
}

static void
on_start(struct list_rows *list)
{
    struct error err = {"", ""};
    if (!check_limit(list, &err)) {
        fail(list, &err);
    } else {
        go_on(list);
    }
}

static void
start(struct executor *executor, const struct method_request *request, struct arena *arena,
      method_done_fn *done, void *arg, struct counting **out)
{
    (void) arena; /* the rows are too many to stay until the query's end */
    const struct bound_query *bound = request->prepared->bound;
    const struct executor_settings *settings = executor->settings;
    const struct found_limits limits = {.most = bound->has_limit ? bound->limit + bound->offset
                                                                 : settings->max_rows,
                                        .has_limit = bound->has_limit,
                                        .descending = bound->rows_descend,
                                        .max_bytes = settings->max_partial_bytes};
    struct list_rows *list = must_alloc(sizeof *list);
    *list = (struct list_rows){.counting = {list_rows_method()},
                               .executor = executor,
                               .request = *request,
                               .bound = bound,
                               .found = found_rows_new(&limits),
                               .nwindow = FIRST_ROWS,
                               .arena = arena_new(),
                               .done = done,
                               .arg = arg};
    list->state = is_by_columns(list) ? LIST_COUNTING : LIST_FINDING;
    list->listing = (struct listing){.dataset = request->prepared->ast->dataset,
                                     .fields = bound->fields,
                                     .nfields = bound->nfields,
                                     .format = bound->format,
                                     .warnings = request->warnings,
                                     .nwarnings = request->nwarnings,
                                     .is_first = true};
    strbuf_init(&list->text);
    list->next = event_new(shards_base(executor->shards), -1, 0, on_next, list);
    *out = &list->counting;
    on_start(list);
}

static void
cancel(struct counting *counting)
{
    list_free((struct list_rows *) counting);
}

/* Of the count or the search under way; then rows that were read, of all. */
static void
progress(const struct counting *counting, size_t *ndone, size_t *nparts)
{
    const struct list_rows *list = (const struct list_rows *) counting;
    *ndone = list->at;
    *nparts = list->nkeys;
    if (list->count.counting) {
        list->count.counting->method->progress(list->count.counting, ndone, nparts);
    } else if (list->find) {
        column_find_progress(list->find, ndone, nparts);
    }
}

static const char *
state(const struct counting *counting)
{
    return STATES[((const struct list_rows *) counting)->state].name;
}

static const char *
why(const struct counting *counting)
{
    const struct list_rows *list = (const struct list_rows *) counting;
    return list->count.counting ? list->count.counting->method->why(list->count.counting)
           : list->find         ? column_find_why(list->find)
                                : "";
}

static void
part_was_taken(struct counting *counting)
{
    struct list_rows *list = (struct list_rows *) counting;
    if (list->state == LIST_WAITING) {
        move(list, LIST_READING);
        go_on(list);
    }
}

const struct method *
list_rows_method(void)
{
    static const struct method METHOD = {.check = check,
                                         .start = start,
                                         .cancel = cancel,
                                         .progress = progress,
                                         .state = state,
                                         .why = why,
                                         .go_on = part_was_taken};
    return &METHOD;
}
