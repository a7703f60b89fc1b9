/*
 * Query: the one place where a query's stages follow each other.
 * in: query text; out: a table or lines for the caller's callback, or an error.
 *
 * By sets (a dataset counted by columns goes from STARTED to COUNTING, which is
 * executor/column_count.h, and is over):
 *
 *     STARTED --parse, bind--> KNOWING --plan--> COUNTING --last partial--> [AXES] --> over
 *        |                        |                  |                        |
 *        |   (all cardinalities   |  cardinalities   |  scatter of the        |  nested and open: a
 *        |    known: no stop)     |  are on their way|  count script          |  count per open
 * axis
 *        +------ error, deadline, kill, cancel: over, from any state ---------+
 *
 * A callback records what came and calls advance(); finish() is the only way out. The query owns
 * its arena; scatters promise silence after their end or cancel, so nothing can touch it later.
 */
#include "executor/query.h"

#include <stdlib.h>
#include <string.h>

#include "answer/suppress.h"
#include "base/clock.h"
#include "base/must.h"
#include "executor/cardinalities.h"
#include "executor/column_count.h"
#include "executor/definitions.h"
#include "executor/gather.h"
#include "executor/prepared.h"
#include "executor/scatter.h"
#include "planner/explain.h"

enum query_state { QUERY_STARTED, QUERY_KNOWING, QUERY_COUNTING, QUERY_AXES };

enum {
    CALL_US = 1500,  /* how long one call of the count script should hold its shard */
    SCRIPT_US = 20,  /* what a partition costs at the least */
    MAX_BATCH = 128, /* partitions in one call */
    WINDOW = 2
};

static const char *const STATE_NAMES[] = {"starting", "learning", "counting", "labelling"};

struct query {
    struct executor *executor;
    uint64_t id;
    struct query *next, **link; /* in executor->queries */
    struct arena *arena;
    struct event *start, *deadline;
    struct query_claim claim; /* STARTED: it may have to wait for its cells */
    enum query_state state;
    struct slice text;
    query_done_fn *done;
    void *arg;
    int64_t started_us;
    int64_t until_ms;       /* its deadline, by now_ms; 0: none */
    int64_t suppress_below; /* at the least; 0: as the query says */

    struct definitions_wait *wait; /* STARTED: for the catalog, to be read again */
    bool is_fresh;                 /* it was, for this query */
    struct prepared *prepared;
    const struct bound_query *bound; /* the prepared query's */
    struct handle *dataset;
    const struct plan *plan; /* of the count under way: the prepared one's, or an axis' */
    const struct program *program;
    struct gather gather;
    int64_t *named_rows;          /* by id - 1, of the program that runs */
    size_t axis;                  /* AXES: the dimension that is counted alone */
    struct cardinalities *fetch;  /* KNOWING */
    struct scatter *scatter;      /* COUNTING, AXES */
    struct column_count *columns; /* COUNTING, by columns */
};

/* Takes the query out of the executor and ends what it has under way. */
static void
query_leave(struct query *query)
{
    struct executor *executor = query->executor;
    if (query->wait) {
        definitions_wait_cancel(query->wait);
    }
    if (query->fetch) {
        cardinalities_cancel(query->fetch);
    }
    if (query->scatter) {
        scatter_cancel(query->scatter);
    }
    if (query->columns) {
        column_count_cancel(query->columns);
    }
    *query->link = query->next;
    if (query->next) {
        query->next->link = query->link;
    }
    executor->counters.queries_running--;
    budget_release(&query->claim);
}

static void
query_free(struct query *query)
{
    event_free(query->start);
    event_free(query->deadline);
    prepared_release(query->prepared);
    arena_free(query->arena);
    free(query);
}

/* A plan is not told where counts are to be kept. */
static bool
floor_allows(const struct query *query, struct error *err)
{
    return !query->suppress_below || query->bound->mode == AST_RUN ||
           error_set(err, "NOPERM",
                     "counts below %lld are to be kept from this user, and a plan tells some",
                     (long long) query->suppress_below);
}

static void
finish(struct query *query, const struct query_result *result, const struct error *err)
{
    struct error denied = {"", ""};
    if (!err && !floor_allows(query, &denied)) { /* the floor is newer than the query */
        result = NULL;
        err = &denied;
    }
    if (err) {
        query->executor->counters.query_errors++;
    }
    query_leave(query); /* first: done may go on to ask what runs, or end it */
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
    advance(query);
}

/*
 * The end, unless the catalog may be out of date: a name that is not known here, an index that may
 * be made by now, or a partition that knows better. Then it is read again, once, and the query
 * begins anew.
 */
static void
fail(struct query *query, const struct error *err)
{
    struct error told = *err;
    bool may_be_old = strcmp(err->code, "NODATASET") == 0 || strcmp(err->code, "INDEXING") == 0;
    if (may_be_old && !query->is_fresh) {
        query->is_fresh = true;
        query->state = QUERY_STARTED;
        struct query_claim anew = {
            .budget = query->claim.budget, .wake = query->claim.wake, .arg = query->claim.arg};
        budget_release(&query->claim);
        query->claim = anew;
        prepared_release(query->prepared);
        query->prepared = NULL;
        query->dataset = NULL;
        query->wait = definitions_refresh(query->executor, on_fresh, query);
        return;
    }
    bool is_work = query->dataset && query->dataset->dataset->state == DATASET_INDEXING;
    if (strcmp(err->code, "INDEXING") == 0 && is_work) {
        error_clear(&told);
        handle_indexing(query->dataset, &told);
    }
    finish(query, NULL, &told);
}

/* ---- Cardinalities ---- */

/* Fields that were never fetched, or all of them where some are old; false: nothing is needed. */
static bool
needs_cardinalities(const struct query *query, bool *must_wait)
{
    const struct slice *fields = query->prepared->fields;
    size_t nfields = query->prepared->nfields;
    const struct stats *stats = query->dataset->stats;
    int64_t oldest = now_ms() - query->executor->settings->stats_ttl_ms;
    bool needed = stats_rows(stats) < 0 || stats_rows_fetched_ms(stats) < oldest;
    *must_wait = stats_rows(stats) < 0;
    for (size_t i = 0; i < nfields; i++) {
        const struct field_stats *field = stats_field(stats, fields[i]);
        *must_wait = *must_wait || !field;
        needed = needed || !field || field->fetched_ms < oldest;
    }
    return needed;
}

static void
on_known(void *arg, const struct error *err)
{
    struct query *query = arg;
    query->fetch = NULL;
    if (err) {
        finish(query, NULL, err);
        return;
    }
    advance(query);
}

/* True where the query has to wait, or is over. */
static bool
learn_cardinalities(struct query *query)
{
    const struct slice *fields = query->prepared->fields;
    size_t nfields = query->prepared->nfields;
    bool must_wait;
    struct error err = {"", ""};
    if (!needs_cardinalities(query, &must_wait)) {
        return false;
    }
    if (!must_wait) {
        /* Old figures cost time at worst: the next query has fresh ones. */
        struct handle *dataset = query->dataset;
        if (!dataset->refreshing) {
            dataset->refreshing = cardinalities_fetch(query->executor, dataset, fields, nfields,
                                                      NULL, NULL, NULL, &err);
        }
        return false;
    }
    if (!cardinalities_fetch(query->executor, query->dataset, fields, nfields, on_known, query,
                             &query->fetch, &err)) {
        finish(query, NULL, &err);
    }
    return true;
}

/* ---- Counting ---- */

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct query *query = arg;
    query->gather.shard = shard_name(shards_at(query->executor->shards, shard));
    if (query->state == QUERY_AXES ? !gather_add_axis(&query->gather, query->axis, reply, err)
                                   : !gather_add(&query->gather, reply, err)) {
        return false;
    }
    for (size_t id = 1; id <= query->program->nnamed; id++) {
        int64_t *rows = &query->named_rows[id - 1];
        if (__builtin_add_overflow(*rows, gather_named_rows(reply, id), rows)) {
            *rows = INT64_MAX; /* a price, no answer */
        }
    }
    return true;
}

/* What the shards have in their caches now, for the next plans. */
static void
remember_filters(struct query *query)
{
    struct stats *stats = query->dataset->stats;
    const struct executor_settings *settings = query->executor->settings;
    int64_t now = now_ms();
    bool mostly_built = query->gather.misses > query->gather.hits;
    for (size_t i = 0; i < query->program->nnamed; i++) {
        struct slice text = query->program->named[i]->text;
        const struct cached_filter *known = stats_filter(stats, text, now);
        struct cached_filter filter = {query->named_rows[i], now + settings->cache_ttl_ms};
        if (known && known->rows == filter.rows && !mostly_built) {
            continue; /* nothing new: plans that rely on it stay good */
        }
        if (known && known->rows != FILTER_SEEN) {
            /* It was thought to be there and was not: writes drop it faster than it is used. */
            filter.expires_ms = mostly_built ? now : known->expires_ms;
        }
        stats_put_filter(stats, text, filter);
    }
    const struct filter *selection = plan_chosen(query->plan)->selection;
    if (selection) {
        struct cached_filter seen = {FILTER_SEEN, now + settings->cache_ttl_ms};
        stats_put_filter(stats, selection->text, seen);
    }
}

static void
on_counted(void *arg, const struct error *err)
{
    struct query *query = arg;
    query->scatter = NULL;
    if (err) {
        fail(query, err);
        return;
    }
    if (query->state == QUERY_COUNTING) {
        query->executor->counters.cache_hits += (uint64_t) query->gather.hits;
        query->executor->counters.cache_misses += (uint64_t) query->gather.misses;
        remember_filters(query);
    }
    advance(query);
}

/* Sends the program of a plan to all partitions. */
static void
scatter_plan(struct query *query, const struct plan *plan, const struct program *program)
{
    struct error err = {"", ""};
    query->plan = plan;
    query->program = program;
    query->named_rows = arena_array(query->arena, program->nnamed, sizeof *query->named_rows);
    double each_us = SCRIPT_US + plan_chosen(plan)->cost_us / query->bound->dataset->npartitions;
    struct scatter_request request = {.script = SCRIPT_COUNT,
                                      .args = &program->text,
                                      .nargs = 1,
                                      .batch_partitions = MAX_BATCH,
                                      .window = WINDOW,
                                      .tells_time = true,
                                      .until_ms = query->until_ms};
    if (each_us * MAX_BATCH > CALL_US) {
        request.batch_partitions = each_us < CALL_US ? (size_t) (CALL_US / each_us) : 1;
    }
    if (!scatter_start(query->executor, query->dataset, &request, on_part, on_counted, query,
                       &query->scatter, &err)) {
        finish(query, NULL, &err);
    }
}

/* EXPLAIN: the plan, and nothing is run. */
static void
explain(struct query *query)
{
    struct query_result result = {.took_us = now_us() - query->started_us};
    result.lines = plan_explain(query->arena, query->prepared->plan, &result.nlines);
    finish(query, &result, NULL);
}

/* The next open dimension whose positions need a count of their own; ndims: none. */
static size_t
next_axis(const struct query *query, size_t from)
{
    const struct bound_query *bound = query->bound;
    /* One dimension has met all its values; and where only cells are listed, the rest is unseen. */
    if (bound->ndims < 2 || bound->format != AST_FORMAT_NESTED) {
        return bound->ndims;
    }
    while (from < bound->ndims && !bound_dim_is_unlisted(&bound->dims[from])) {
        from++;
    }
    return from;
}

static void
count_axis(struct query *query)
{
    struct bound_query *alone = arena_alloc(query->arena, sizeof *alone);
    *alone = *query->bound;
    alone->dims = &query->bound->dims[query->axis];
    alone->ndims = 1;
    const struct executor_settings *settings = query->executor->settings;
    struct plan_settings plan_settings = {!alone->nocache && settings->cache_ttl_ms > 0, now_ms()};
    struct plan *plan = plan_build(query->arena, alone, query->dataset->stats, &plan_settings);
    scatter_plan(query, plan, program_build(query->arena, plan, settings));
}

/* The plan, and what came of it. */
static void
profile(struct query *query, const struct table *table)
{
    size_t nlines;
    struct query_result result = {.took_us = now_us() - query->started_us};
    struct slice *plan = plan_explain(query->arena, query->prepared->plan, &nlines);
    struct slice *lines = arena_array(query->arena, nlines + 1, sizeof *lines);
    memcpy(lines, plan, nlines * sizeof *lines);
    lines[nlines] = arena_printf(query->arena,
                                 "measured %.1f ms; cached filters found %lld times, built %lld; "
                                 "%zu cells that are not zero",
                                 (double) result.took_us / 1000, (long long) query->gather.hits,
                                 (long long) query->gather.misses, table->cells.n);
    result.lines = lines;
    result.nlines = nlines + 1;
    finish(query, &result, NULL);
}

/* Of the setting and the budget, the smaller. */
static uint64_t
answer_max_cells(const struct query *query)
{
    uint64_t max_cells = query->executor->settings->max_cells;
    const struct query_budget *budget = query->claim.budget;
    return budget && budget->max_cells && budget->max_cells < max_cells ? budget->max_cells
                                                                        : max_cells;
}

/* What the query asks for, and at least what is set. */
static int64_t
least_told(const struct query *query)
{
    int64_t asked = query->bound->suppress_below, least = query->suppress_below;
    return asked > least ? asked : least;
}

/*
 * Small counts taken out, and only then looked at whether it is too large: a limit that counted
 * what is not told would tell of it.
 */
static bool
table_finish(struct query *query, struct table *table, struct error *err)
{
    suppress_below(query->arena, table, least_told(query));
    return table_check(table, answer_max_cells(query), err);
}

static void
answer(struct query *query)
{
    struct error err = {"", ""};
    struct table *table;
    if (!gather_table(&query->gather, &table, &err)) {
        finish(query, NULL, &err);
        return;
    }
    if (query->bound->mode == AST_PROFILE) {
        profile(query, table);
        return;
    }
    if (!table_finish(query, table, &err)) {
        finish(query, NULL, &err);
        return;
    }
    struct query_result result = {.table = table, .took_us = now_us() - query->started_us};
    finish(query, &result, NULL);
}

/* ---- By columns ---- */

static void
on_columns(void *arg, const struct column_count_result *counted, const struct error *err)
{
    struct query *query = arg;
    query->columns = NULL;
    if (err) {
        fail(query, err);
        return;
    }
    struct error too_large = {"", ""};
    if (counted->table && !table_finish(query, counted->table, &too_large)) {
        finish(query, NULL, &too_large);
        return;
    }
    struct query_result result = {counted->table, counted->lines, counted->nlines,
                                  now_us() - query->started_us};
    if (query->bound->mode == AST_PROFILE) {
        struct slice *lines = arena_array(query->arena, counted->nlines + 1, sizeof *lines);
        memcpy(lines, counted->lines, counted->nlines * sizeof *lines);
        lines[result.nlines++] =
            arena_printf(query->arena, "measured %.1f ms", (double) result.took_us / 1000);
        result.lines = lines;
    }
    finish(query, &result, NULL);
}

/*
 * How many cells may be held that are not zero. Where small counts are not told, their number
 * decides nothing as long as memory allows.
 */
static uint64_t
held_max_cells(const struct query *query)
{
    uint64_t max_cells = answer_max_cells(query);
    return least_told(query) > 1 && max_cells < BOUND_HIDDEN_MAX_CELLS ? BOUND_HIDDEN_MAX_CELLS
                                                                       : max_cells;
}

static void
count_columns(struct query *query)
{
    const struct executor *executor = query->executor;
    struct column_count_request request = {.dataset = query->dataset,
                                           .query = query->bound,
                                           .text = query->prepared->shard_text,
                                           .timeout_ms = executor->settings->query_timeout_ms,
                                           .suppress_below = least_told(query),
                                           .max_cells = held_max_cells(query),
                                           .may_create = query->is_fresh};
    query->state = QUERY_COUNTING;
    prepared_keep(query->executor->prepared, query->prepared);
    query->columns = column_count_start(query->executor, &request, query->arena, on_columns, query);
}

/* ---- The machine ---- */

static void
on_deadline(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct query *query = arg;
    struct error err = {"", ""};
    const char *why = query->columns ? column_count_why(query->columns) : "";
    error_set(&err, "TIMEOUT", "the query was not answered within %lld ms%s%s",
              (long long) (now_us() - query->started_us) / 1000, why[0] ? ": " : "", why);
    finish(query, NULL, &err);
}

/* From now on. */
static void
set_deadline(struct query *query)
{
    bool says_so = query->prepared && query->bound->timeout_ms;
    int64_t timeout_ms =
        says_so ? query->bound->timeout_ms : query->executor->settings->query_timeout_ms;
    if (timeout_ms > 0) {
        query->until_ms = now_ms() + timeout_ms;
        struct timeval wait = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
        evtimer_add(query->deadline, &wait);
    }
}

/* By sets: no shard evicts rows and index apart. */
static bool
keys_are_kept(const struct query *query, struct error *err)
{
    const struct executor *executor = query->executor;
    for (size_t i = 0;
         i < shards_count(executor->shards) && !dataset_is_columns(query->bound->dataset); i++) {
        if (!shard_keeps_keys(shards_at(executor->shards, i), err)) {
            return false;
        }
    }
    return true;
}

/* Finds the query prepared, or parses and binds it. */
static bool
prepare(struct query *query, struct error *err)
{
    struct executor *executor = query->executor;
    if (!definitions_are_known(executor->definitions, err)) {
        return false;
    }
    query->prepared = prepared_find(executor->prepared, query->text);
    if (!query->prepared) {
        query->prepared = prepared_new(executor->prepared, query->text, err);
    }
    if (!query->prepared) {
        return false;
    }
    query->bound = query->prepared->bound;
    query->dataset = query->prepared->dataset;
    return floor_allows(query, err) &&
           (query->bound->mode == AST_EXPLAIN ||
            (handle_is_counted(query->dataset, err) && keys_are_kept(query, err)));
}

/* True where the query has its cells; else it waits for them, or is over. */
static bool
claim_cells(struct query *query)
{
    struct error err = {"", ""};
    uint64_t cells = query->bound->mode == AST_EXPLAIN ? 0 : query->bound->ncells;
    switch (budget_claim(&query->claim, cells, &err)) {
    case BUDGET_TAKEN: return true;
    case BUDGET_WAIT: return false;
    case BUDGET_NEVER: finish(query, NULL, &err); return false;
    }
    return false;
}

static void
advance(struct query *query)
{
    struct error err = {"", ""};
    switch (query->state) {
    case QUERY_STARTED:
        if (!query->prepared && !prepare(query, &err)) {
            if (!evtimer_pending(query->deadline, NULL)) {
                set_deadline(query);
            }
            fail(query, &err);
            return;
        }
        if (!evtimer_pending(query->deadline, NULL)) {
            set_deadline(query);
        }
        if (!claim_cells(query)) {
            return;
        }
        if (dataset_is_columns(query->bound->dataset)) {
            count_columns(query);
            return;
        }
        query->state = QUERY_KNOWING;
        if (learn_cardinalities(query)) {
            return;
        }
        /* fall through */
    case QUERY_KNOWING:
        if (!query->prepared->plan) {
            prepared_plan(query->executor->prepared, query->prepared);
        }
        if (query->bound->mode == AST_EXPLAIN) {
            explain(query);
            return;
        }
        query->state = QUERY_COUNTING;
        gather_init(&query->gather, query->arena, query->bound, held_max_cells(query));
        query->gather.hides = least_told(query) > 1;
        scatter_plan(query, query->prepared->plan, query->prepared->program);
        return;
    case QUERY_COUNTING:
        query->state = QUERY_AXES;
        query->axis = next_axis(query, 0);
        break;
    case QUERY_AXES: query->axis = next_axis(query, query->axis + 1); break;
    }
    if (query->axis < query->bound->ndims) {
        count_axis(query);
    } else {
        answer(query);
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
    query->next = executor->queries;
    query->link = &executor->queries;
    if (query->next) {
        query->next->link = &query->next;
    }
    executor->queries = query;
    executor->counters.queries++;
    executor->counters.queries_running++;
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
query_set_floor(struct query *query, int64_t suppress_below)
{
    query->suppress_below = suppress_below;
}

void
query_raise_floor(struct executor *executor, uint64_t id, int64_t suppress_below)
{
    for (struct query *query = executor->queries; query; query = query->next) {
        if (query->id == id && query->suppress_below < suppress_below) {
            query->suppress_below = suppress_below;
        }
    }
}

void
query_cancel(struct query *query)
{
    query_leave(query);
    query_free(query);
}

void
query_cancel_all(struct executor *executor)
{
    while (executor->queries) {
        query_cancel(executor->queries);
    }
}

/* ---- Looking, killing ---- */

struct query_status *
query_list(const struct executor *executor, size_t *n)
{
    size_t at = *n = executor->counters.queries_running;
    struct query_status *list = must_alloc((at + 1) * sizeof *list);
    for (const struct query *query = executor->queries; query; query = query->next) {
        struct query_status *status = &list[--at];
        *status = (struct query_status){.id = query->id,
                                        .text = query->text,
                                        .state = STATE_NAMES[query->state],
                                        .age_ms = (now_us() - query->started_us) / 1000,
                                        .arg = query->arg};
        if (query->scatter) {
            scatter_progress(query->scatter, &status->ndone, &status->npartitions);
        } else if (query->columns) {
            column_count_progress(query->columns, &status->ndone, &status->npartitions);
        }
    }
    return list;
}

bool
query_kill(struct executor *executor, uint64_t id, const struct error *why)
{
    for (struct query *query = executor->queries; query; query = query->next) {
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
    while (executor->queries) {
        finish(executor->queries, NULL, why);
    }
}
