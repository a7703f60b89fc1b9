/*
 * Lists rows. in: a bound ROWS; out: its listing, part by part, or PROFILE's lines, or an error.
 *
 *     SEARCHING --names, in order--> READING --rows--> WAITING --there is room--+
 *     row_search.h                     |  ^                                     |
 *                                      |  +-------------------------------------+
 *                 formats that are     |  last rows
 *                 one text:  WRITING <-+----> OVER
 *
 * From any state an error, or being cancelled, leads to OVER. A callback records what came, and the next
 * step is made when the loop comes round. PROFILE goes the same way, and ends with lines.
 */
#include "executor/list_rows.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/must.h"
#include "executor/executor_parts.h"
#include "executor/prepared.h"
#include "executor/row_fetch.h"
#include "executor/row_search.h"
#include "parser/ast_names.h"

enum list_state { LIST_SEARCHING, LIST_READING, LIST_WAITING, LIST_WRITING, LIST_OVER };
enum { NLIST_STATES = LIST_OVER + 1 };

static const struct {
    const char *name;
    bool may_move_to[NLIST_STATES];
} STATES[NLIST_STATES] = {
    [LIST_SEARCHING] = {.name = "finding",
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
    struct event *next;         /* makes the next step */
    struct row_search *search;  /* has the keys until the end */
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
    /* PROFILE */
    struct lines lines;
    int64_t step_us, read_us, write_us; /* when a step began; what those of a kind have taken */
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

/* ---- The end ---- */

static void
list_free(struct list_rows *list)
{
    move(list, LIST_OVER);
    if (list->fetch) {
        row_fetch_cancel(list->fetch);
    }
    if (list->writing) {
        listing_text_fini(list->writing);
    }
    strbuf_fini(&list->text);
    lines_fini(&list->lines);
    row_search_free(list->search);
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

static bool
is_profile(const struct list_rows *list)
{
    return list->bound->mode == AST_PROFILE;
}

/* Behind the lines of the search: what reading and writing took. */
static void
profile(struct list_rows *list)
{
    struct lines *lines = &list->lines;
    strbuf_printf(&lines->text, "read     %zu rows, %llu bytes in %.1f ms", list->at,
                  (unsigned long long) list->bytes, (double) list->read_us / 1000);
    lines_end(lines);
    if (is_text(list)) {
        strbuf_printf(&lines->text, "written  as %s, %zu bytes in %.1f ms",
                      ast_format_name(list->bound->format), list->text.len,
                      (double) list->write_us / 1000);
        lines_end(lines);
    }
    strbuf_printf(&lines->text, "measured %.1f ms",
                  (double) (now_us() - list->request.started_us) / 1000);
    lines_end(lines);
}

static void
succeed(struct list_rows *list)
{
    struct method_result result = {.listing = &list->listing};
    if (is_profile(list)) {
        profile(list);
        result = (struct method_result){.lines = list->lines.items, .nlines = list->lines.count};
    }
    list->done(list->arg, &result, NULL); /* the result borrows from the list */
    list_free(list);
}

/* ---- Searching ---- */

static void
on_found(void *arg, const struct error *err)
{
    struct list_rows *list = arg;
    if (err) {
        fail(list, err);
        return;
    }
    list->keys = row_search_keys(list->search, &list->nkeys);
    if (is_text(list)) {
        list->kept = arena_array(list->arena, list->nkeys, sizeof *list->kept);
    }
    list->listing.total = list->nkeys;
    move(list, LIST_READING);
    go_on(list);
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
    list->read_us += now_us() - list->step_us;
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
    list->step_us = now_us();
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
    int64_t step_us = now_us();
    bool is_whole = listing_text_step(list->writing, STEP_ROWS);
    list->write_us += now_us() - step_us;
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
    case LIST_READING: read_on(list); break;
    case LIST_WRITING: write_on(list); break;
    case LIST_SEARCHING:
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

static void
start(struct executor *executor, const struct method_request *request, struct arena *arena,
      method_done_fn *done, void *arg, struct counting **out)
{
    const struct bound_query *bound = request->prepared->bound;
    struct list_rows *list = must_alloc(sizeof *list);
    *list = (struct list_rows){.counting = {list_rows_method()},
                               .executor = executor,
                               .request = *request,
                               .bound = bound,
                               .nwindow = FIRST_ROWS,
                               .arena = arena_new(),
                               .done = done,
                               .arg = arg};
    list->listing = (struct listing){.dataset = request->prepared->ast->dataset,
                                     .fields = bound->fields,
                                     .nfields = bound->nfields,
                                     .format = bound->format,
                                     .warnings = request->warnings,
                                     .nwarnings = request->nwarnings,
                                     .is_first = true};
    strbuf_init(&list->text);
    lines_init(&list->lines, arena); /* the rows are too many to stay until the query's end */
    list->next = event_new(shards_base(executor->shards), -1, 0, on_next, list);
    *out = &list->counting;
    list->search =
        row_search_start(executor, request, is_profile(list) ? &list->lines : NULL, on_found, list);
}

static void
cancel(struct counting *counting)
{
    list_free((struct list_rows *) counting);
}

/* Of the search under way; then rows that were read, of all. */
static void
progress(const struct counting *counting, size_t *ndone, size_t *nparts)
{
    const struct list_rows *list = (const struct list_rows *) counting;
    if (!row_search_progress(list->search, ndone, nparts)) {
        *ndone = list->at;
        *nparts = list->nkeys;
    }
}

static const char *
state(const struct counting *counting)
{
    const struct list_rows *list = (const struct list_rows *) counting;
    return list->state == LIST_SEARCHING ? row_search_state(list->search)
                                         : STATES[list->state].name;
}

static const char *
why(const struct counting *counting)
{
    return row_search_why(((const struct list_rows *) counting)->search);
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
