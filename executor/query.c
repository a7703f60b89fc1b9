/*
 * Query: the one place where a query's stages follow each other.
 * in: query text; out: an answer or lines for the caller's callback, or an error.
 *
 *     STARTING --parse--> [ASKING] --bind--> (cells are free) -----> COUNTING --> TELLING --> OVER
 *      ^    |              one count for     (not yet) --> CLAIMING ---^  |        telling.h
 *      |    |              each question                                  |
 *      |    +--NODATASET, INDEXING, once--> REFRESHING <------------------+ the same, once
 *      +-----------the catalog was read anew----+
 *
 * From any state an error, the deadline, a kill or being cancelled leads to OVER. How it is counted
 * is the method's (executor/method.h).
 *
 * A callback records what came and calls advance(); finish() is the only way out. The query owns
 * its arena; methods promise silence after their end or cancel, so nothing can touch it later. A long answer is made
 * by the side thread, which has the query's memory meanwhile.
 */
#include "executor/query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "executor/arena_discard.h"
#include "executor/datasets/definitions.h"
#include "executor/datasets/old_index.h"
#include "executor/describe.h"
#include "executor/executor_parts.h"
#include "executor/into.h"
#include "executor/list_rows.h"
#include "executor/method_choice.h"
#include "executor/prepared.h"
#include "executor/query_figures.h"
#include "executor/query_floor.h"
#include "executor/query_plan.h"
#include "executor/query_questions.h"
#include "executor/query_states.h"
#include "executor/query_warnings.h"
#include "executor/telling.h"

struct query {
    struct executor *executor;
    uint64_t id;
    struct list in_queries; /* of the executor */
    struct arena *arena;
    struct event *start, *deadline;
    struct query_claim claim;
    enum query_state state;
    struct slice text;
    query_done_fn *done;
    query_part_fn *on_part;
    void *arg;
    query_write_fn *write;     /* NULL: the reply is not written here */
    struct resp_writer writer; /* how */
    int64_t started_us;
    int64_t until_ms;       /* its deadline, by now_ms; 0: none */
    int64_t suppress_below; /* at the least; 0: the limit that the query names */

    struct definitions_wait *wait; /* REFRESHING */
    bool is_fresh;                 /* the catalog was read again for this query */
    struct prepared *prepared;
    const struct bound_query *bound;  /* the prepared query's */
    struct handle *dataset;           /* the prepared query's */
    struct query_questions questions; /* ASKING */
    struct counting *counting;        /* COUNTING */

    bool unknown_fields_are_errors;
    bool names_only;                 /* of DESCRIBE */
    struct slice after;              /* of ROWS; ptr NULL: from the first row on */
    bool is_aside;                   /* counters do not count it */
    struct query_warnings *warnings; /* COUNTING to WARNING; NULL: nothing is warned of */
    struct telling telling;          /* from TELLING on */
    struct into *into;               /* WRITING */
};

static void
move(struct query *query, enum query_state to)
{
    assert(query_state_may_move(query->state, to));
    query->state = to;
}

/* The count under way: its own, or that of a question. NULL: none is. */
static const struct counting *
counting_of(const struct query *query)
{
    return query->counting ? query->counting : query->questions.count.counting;
}

/* Takes the query out of the executor and ends what it has under way. */
static void
query_leave(struct query *query)
{
    struct executor *executor = query->executor;
    move(query, QUERY_OVER);
    if (query->wait) {
        definitions_wait_cancel(query->wait);
    }
    query_questions_fini(&query->questions);
    if (query->counting) {
        query->counting->method->cancel(query->counting);
    }
    telling_cancel(&query->telling);
    query_warnings_free(query->warnings);
    query->warnings = NULL;
    list_remove(&query->in_queries);
    executor->counters.running--;
    budget_release(&query->claim); /* which is its client's, and may be gone soon */
}

/* A query whose answer is being made beside the loop is freed when that has ended. */
static void
query_free(struct query *query)
{
    if (telling_is_beside(&query->telling)) {
        evtimer_del(query->deadline);
        return;
    }
    telling_fini(&query->telling, query->executor->side);
    event_free(query->start);
    event_free(query->deadline);
    prepared_release(query->prepared);
    arena_discard(query->executor->side, query->arena);
    free(query);
}

static void
finish(struct query *query, const struct query_result *result, const struct error *err)
{
    struct error denied = {"", ""};
    if (!err && !query_floor_allows(query->suppress_below, query->bound,
                                    &denied)) { /* the floor is newer than the query */
        result = NULL;
        err = &denied;
    }
    if (err && !query->is_aside) {
        query->executor->counters.failed++;
    }
    query_figures_end(&query->executor->figures, query->bound, err, now_us() - query->started_us);
    query_leave(query); /* first: done may ask what runs, or end it */
    query->done(query->arg, result, err);
    query_free(query);
}

static void advance(struct query *query);

/* ---- Definitions ---- */

static void
on_fresh(void *arg, const struct error *err)
{
    struct query *query = arg;
    query->wait = NULL;
    if (err) {
        finish(query, NULL, err);
        return;
    }
    move(query, QUERY_STARTING);
    advance(query);
}

/* A shard tells how far its index is, `37%`; whose index that is must be told, too. */
static void
name_indexing(const struct handle *handle, const struct error *own, struct error *err)
{
    error_clear(err);
    if (handle->dataset->state == DATASET_INDEXING) {
        handle_indexing(handle, err);
    } else {
        error_set(err, "INDEXING", "%s: a shard is making the index of dataset %.*s", own->message,
                  SLICE_ARG(handle->dataset->name));
    }
}

/*
 * Ends the query, unless the catalog may be out of date: a name is not known here, an index may
 * have been made by now, or a partition knows better. Then the catalog is read again, once, and the
 * query starts over.
 */
static void
fail(struct query *query, const struct error *err)
{
    struct error told = *err;
    struct handle *asked = query_questions_dataset(&query->questions);
    query->dataset = asked ? asked : query->dataset;
    bool may_be_old = strcmp(err->code, "NODATASET") == 0 || strcmp(err->code, "INDEXING") == 0;
    if (query->dataset) {
        old_index_rebuild(query->executor->datasets, query->dataset, &told);
    }
    if (may_be_old && !query->is_fresh) {
        query->is_fresh = true;
        move(query, QUERY_REFRESHING);
        struct query_claim anew = {
            .budget = query->claim.budget, .wake = query->claim.wake, .arg = query->claim.arg};
        budget_release(&query->claim);
        query->claim = anew;
        query_questions_fini(&query->questions);
        prepared_release(query->prepared);
        query->prepared = NULL;
        query_warnings_free(query->warnings);
        query->warnings = NULL;
        query->bound = NULL;
        query->dataset = NULL;
        query->wait = definitions_refresh(query->executor->datasets, on_fresh, query);
        return;
    }
    if (strcmp(err->code, "INDEXING") == 0 && query->dataset) {
        name_indexing(query->dataset, err, &told);
    }
    finish(query, NULL, &told);
}

/* ---- Counting ---- */

/* The smaller of the setting and the budget. */
static uint64_t
answer_max_cells(const struct query *query)
{
    uint64_t max_cells = query->executor->settings->max_cells;
    const struct query_budget *budget = query->claim.budget;
    return budget && budget->max_cells && budget->max_cells < max_cells ? budget->max_cells
                                                                        : max_cells;
}

static int64_t
least_told(const struct query *query)
{
    return query_floor_least(query->suppress_below, query->bound);
}

/*
 * How many cells other than zero may be held. Where small counts are hidden, their number must not
 * decide anything as long as memory allows.
 */
static uint64_t
held_max_cells(const struct query *query)
{
    uint64_t max_cells = answer_max_cells(query);
    return least_told(query) > 1 && max_cells < BOUND_HIDDEN_MAX_CELLS ? BOUND_HIDDEN_MAX_CELLS
                                                                       : max_cells;
}

static const struct method *
method_of(const struct bound_query *bound)
{
    /* how rows would be found is what the method of counts knows */
    bool lists = bound->statement == AST_ROWS && bound->mode != AST_EXPLAIN;
    return bound->statement == AST_DESCRIBE ? describe_method()
           : lists                          ? list_rows_method()
                                            : method_of_dataset(bound->dataset);
}

/* ---- What was counted ---- */

/* True: the answer is on its way before it is whole, so that an error must come first. */
static bool
warns_first(const struct query *query)
{
    return query->bound->statement == AST_ROWS;
}

/* A query whose memory the side thread has had is freed here, if nobody waits for it any more. */
static void
on_told(void *arg, const struct query_result *result, const struct error *err)
{
    struct query *query = arg;
    if (query->state == QUERY_OVER) {
        query_free(query);
    } else {
        finish(query, result, err);
    }
}

static void
tell(struct query *query, const struct method_result *counted)
{
    const struct telling_request request = {
        .executor = query->executor,
        .answering = {.arena = query->arena,
                      .bound = query->bound,
                      .dataset = query->prepared->ast->dataset,
                      .counted = *counted,
                      .suppress_below = least_told(query),
                      .held_max_cells = held_max_cells(query),
                      .told_max_cells = answer_max_cells(query),
                      .max_bytes = query->executor->settings->max_partial_bytes,
                      .started_us = query->started_us,
                      .write = query->write,
                      .writer = query->writer},
        .floor = query->suppress_below,
        .warnings = query->warnings,
        .were_told = warns_first(query),
        .done = on_told,
        .arg = query};
    move(query, QUERY_TELLING);
    telling_start(&query->telling, &request);
}

static void
on_counted(void *arg, const struct method_result *counted, const struct error *err)
{
    struct query *query = arg;
    struct error wrong = {"", ""};
    query->counting = NULL;
    if (err) {
        fail(query, err);
    } else if (!query_floor_can_hide(query->suppress_below, query->bound,
                                     &wrong)) { /* the floor may be newer than the query */
        finish(query, NULL, &wrong);
    } else {
        tell(query, counted);
    }
}

/* The time that the taker of the parts takes is not the query's. PROFILE throws them away. */
static void
on_listing_part(void *arg, const struct listing *part)
{
    struct query *query = arg;
    struct error denied = {"", ""};
    if (!query_floor_allows(query->suppress_below, query->bound, &denied)) { /* it is newer than
                                                                                the query */
        finish(query, NULL, &denied);
        return;
    }
    if (query->bound->mode == AST_PROFILE) {
        query_go_on(query);
        return;
    }
    evtimer_del(query->deadline);
    query->on_part(query->arg, part);
}

static struct method_request
request_of(const struct query *query)
{
    return (struct method_request){.prepared = query->prepared,
                                   .started_us = query->started_us,
                                   .until_ms = query->until_ms,
                                   .suppress_below = least_told(query),
                                   .max_cells = held_max_cells(query),
                                   .names_only = query->names_only && least_told(query) <= 1,
                                   .after = query->after,
                                   .is_fresh = query->is_fresh,
                                   .on_part = on_listing_part};
}

static void
count_start(struct query *query)
{
    struct method_request request = request_of(query);
    if (query->warnings && warns_first(query)) {
        request.warnings = query_warnings_lines(query->warnings, &request.nwarnings);
    }
    method_of(query->bound)
        ->start(query->executor, &request, query->arena, on_counted, query, &query->counting);
}

/* An error comes while the count is under way, or after it; with warnings the answer is whole. */
static void
on_warned(void *arg, const struct error *err)
{
    struct query *query = arg;
    struct error own = err ? *err : (struct error){"", ""};
    if (query->state == QUERY_TELLING) {
        telling_warned(&query->telling, err);
    } else if (err) {
        fail(query, &own);
    } else {
        count_start(query); /* which has waited */
    }
}

static void
count(struct query *query)
{
    const struct query_warnings_request request = {.counted = request_of(query),
                                                   .arena = query->arena,
                                                   .are_errors = query->unknown_fields_are_errors};
    move(query, QUERY_COUNTING);
    query->warnings = query_warnings_start(query->executor, &request, on_warned, query);
    if (query->warnings && warns_first(query)) {
        query_warnings_counted(query->warnings, NULL);
    } else {
        count_start(query);
    }
}

/* ---- The machine ---- */

static void
on_deadline(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct query *query = arg;
    struct error err = {"", ""};
    const struct counting *counting = counting_of(query);
    const char *why = counting              ? counting->method->why(counting)
                      : query->telling.into ? "its answer is being written"
                                            : "";
    error_set(&err, "TIMEOUT", "the query was not answered within %lld ms%s%s",
              (long long) (now_us() - query->started_us) / 1000, why[0] ? ": " : "", why);
    finish(query, NULL, &err);
}

/* The deadline counts from now on. */
static void
set_deadline(struct query *query)
{
    const struct ast_options *options = query->prepared ? &query->prepared->ast->options : NULL;
    int64_t timeout_ms = options && options->has_timeout
                             ? options->timeout_ms
                             : query->executor->settings->query_timeout_ms;
    if (timeout_ms > 0) {
        query->until_ms = now_ms() + timeout_ms;
        struct timeval wait = timeval_of_ms(timeout_ms);
        evtimer_add(query->deadline, &wait);
    }
}

/* Behind a row there are others only in the order of their names. */
static bool
check_after(const struct query *query, struct error *err)
{
    const struct bound_query *bound = query->bound;
    bool is_by_name = bound->statement == AST_ROWS && bound->mode == AST_RUN && !bound->ndims;
    return !query->after.ptr || is_by_name ||
           error_set(err, "ERR", "QUERY AFTER row text takes a ROWS without ORDER BY");
}

/* Looks at a query that is bound: may it be counted now? */
static bool
look(struct query *query, struct error *err)
{
    query->bound = query->prepared->bound;
    query->dataset = query->prepared->dataset;
    struct slice key = query->bound->into_key;
    return query_floor_allows(query->suppress_below, query->bound, err) &&
           check_after(query, err) && (!key.ptr || into_check(query->executor, key, err)) &&
           (query->bound->mode == AST_EXPLAIN ||
            (handle_is_counted(query->dataset, err) &&
             method_of_dataset(query->bound->dataset)->check(query->executor, err)));
}

/* Finds the query prepared, or parses it, and binds it if there is no question. */
static bool
prepare(struct query *query, struct error *err)
{
    struct executor *executor = query->executor;
    if (!definitions_are_known(executor->datasets, err)) {
        return false;
    }
    query->prepared = prepared_get(executor->prepared, query->text, query->suppress_below, err);
    if (!query->prepared) {
        return false;
    }
    if (query->prepared->nquestions) {
        return query_floor_allows_questions(query->suppress_below, err);
    }
    return look(query, err);
}

/* True: the query has its cells. False: it waits for them, or is over. */
static bool
claim_cells(struct query *query)
{
    struct error err = {"", ""};
    uint64_t cells = query->bound->mode == AST_EXPLAIN ? 0 : query->bound->ncells;
    switch (budget_claim(&query->claim, cells, &err)) {
    case BUDGET_TAKEN: return true;
    case BUDGET_WAIT:
        if (query->state != QUERY_CLAIMING) {
            move(query, QUERY_CLAIMING);
        }
        return false;
    case BUDGET_NEVER: finish(query, NULL, &err); return false;
    }
    return false;
}

/* ---- The first pass ---- */

static void proceed(struct query *query);

static void
on_answered(void *arg, const struct error *err)
{
    struct query *query = arg;
    if (err) {
        fail(query, err);
    } else {
        proceed(query);
    }
}

static void
ask_first(struct query *query)
{
    const struct method_request request = {.prepared = query->prepared,
                                           .started_us = query->started_us,
                                           .until_ms = query->until_ms,
                                           .max_cells = query->executor->settings->max_cells,
                                           .is_fresh = query->is_fresh};
    move(query, QUERY_ASKING);
    query_questions_init(&query->questions, query->executor, &request, on_answered, query);
    proceed(query);
}

/* Asks the next question. When all are answered, the query is bound and counted. */
static void
proceed(struct query *query)
{
    struct error err = {"", ""};
    if (query_questions_are_left(&query->questions)) {
        if (!query_questions_ask(&query->questions, &err)) {
            fail(query, &err);
        }
    } else if (!prepared_bind(query->executor->prepared, query->prepared, &err) ||
               !look(query, &err)) {
        fail(query, &err);
    } else if (claim_cells(query)) {
        count(query);
    }
}

/* Prepares the query; from then on its deadline is known. */
static bool
begin(struct query *query)
{
    struct error err = {"", ""};
    bool is_prepared = prepare(query, &err);
    if (!evtimer_pending(query->deadline, NULL)) {
        set_deadline(query);
    }
    if (!is_prepared) {
        fail(query, &err);
    }
    return is_prepared;
}

static void
advance(struct query *query)
{
    switch (query->state) {
    case QUERY_STARTING:
        if (!begin(query)) {
            break;
        }
        if (query->prepared->nquestions) {
            ask_first(query);
        } else if (claim_cells(query)) {
            count(query);
        }
        break;
    case QUERY_CLAIMING:
        if (claim_cells(query)) {
            count(query);
        }
        break;
    case QUERY_REFRESHING:
    case QUERY_ASKING:
    case QUERY_COUNTING:
    case QUERY_TELLING:
    case QUERY_OVER: break;
    }
}

static void
on_start(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    advance(arg);
}

struct query *
query_start(struct executor *executor, struct slice text, query_done_fn *done, void *arg)
{
    struct query *query = must_alloc(sizeof *query);
    query->executor = executor;
    query->id = ++executor->last_query_id;
    query->arena = arena_new();
    query->text = arena_copy(query->arena, text);
    query->done = done;
    query->arg = arg;
    query->started_us = now_us();
    list_add_first(&executor->queries, &query->in_queries);
    executor->counters.started++;
    executor->counters.running++;
    query->deadline = evtimer_new(shards_base(executor->shards), on_deadline, query);
    /* Not from inside this call: the first stage runs when the loop comes round. */
    query->start = event_new(shards_base(executor->shards), -1, 0, on_start, query);
    event_active(query->start, EV_TIMEOUT, 0);
    return query;
}

static void
on_cells(void *arg)
{
    struct query *query = arg;
    event_active(query->start, EV_TIMEOUT, 0);
}

void
query_set_budget(struct query *query, struct query_budget *budget)
{
    query->claim = (struct query_claim){.budget = budget, .wake = on_cells, .arg = query};
}

void
query_set_on_part(struct query *query, query_part_fn *on_part)
{
    query->on_part = on_part;
}

void
query_go_on(struct query *query)
{
    set_deadline(query);
    query->counting->method->go_on(query->counting);
}

void
query_set_writer(struct query *query, query_write_fn *write, const struct resp_writer *client)
{
    query->write = write;
    query->writer = *client;
}

void
query_set_floor(struct query *query, int64_t suppress_below)
{
    query->suppress_below = suppress_below;
}

void
query_set_unknown_fields(struct query *query, bool are_errors)
{
    query->unknown_fields_are_errors = are_errors;
}

void
query_set_names_only(struct query *query)
{
    query->names_only = true;
}

void
query_set_after(struct query *query, struct slice name)
{
    query->after = arena_copy(query->arena, name);
}

void
query_set_aside(struct query *query)
{
    query->is_aside = true;
    query->executor->counters.started--;
}

void
query_raise_floor(struct executor *executor, uint64_t id, int64_t suppress_below)
{
    LIST_EACH (struct query, query, &executor->queries, in_queries) {
        if (query->id == id && query->suppress_below < suppress_below) {
            query->suppress_below = suppress_below;
            telling_raise_floor(&query->telling, suppress_below);
        }
    }
}

void
query_cancel(struct query *query)
{
    query_figures_cancel(&query->executor->figures, query->bound);
    query_leave(query);
    query_free(query);
}

void
query_cancel_all(struct executor *executor)
{
    while (!list_is_empty(&executor->queries)) {
        query_cancel(LIST_FIRST(&executor->queries, struct query, in_queries));
    }
}

/* ---- Looking, killing ---- */

void
query_print_plan(const struct query *query, struct strbuf *out)
{
    query_plan_print(query->executor, query->prepared, out);
}

struct query_status *
query_list(const struct executor *executor, size_t *n)
{
    size_t at = *n = executor->counters.running;
    struct query_status *list = must_alloc((at + 1) * sizeof *list);
    LIST_EACH (struct query, query, &executor->queries, in_queries) {
        struct query_status *status = &list[--at];
        *status = (struct query_status){.id = query->id,
                                        .text = query->text,
                                        .state = query_state_name(query->state),
                                        .age_ms = (now_us() - query->started_us) / 1000,
                                        .arg = query->arg};
        const struct counting *counting = counting_of(query);
        if (query->state == QUERY_TELLING) {
            status->state = telling_state_name(&query->telling);
        }
        if (counting) {
            status->state = counting->method->state(counting);
            counting->method->progress(counting, &status->ndone, &status->npartitions);
        }
    }
    return list;
}

bool
query_kill(struct executor *executor, uint64_t id, const struct error *why)
{
    LIST_EACH (struct query, query, &executor->queries, in_queries) {
        if (query->id == id) {
            finish(query, NULL, why);
            return true;
        }
    }
    return false;
}

void
query_kill_all(struct executor *executor, const struct error *why)
{
    while (!list_is_empty(&executor->queries)) {
        finish(LIST_FIRST(&executor->queries, struct query, in_queries), NULL, why);
    }
}
