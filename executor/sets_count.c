/*
 * Counts by sets: from a bound query to what its shards have counted.
 * in: a prepared query; out: what sets_result makes of the counts, or lines for EXPLAIN. A ROWS is
 * planned and sent likewise; its rows are found, and not counted.
 *
 *     LEARNING --cardinalities are known--> COUNTING --last partial--> [AXES] --> over
 *                                              |                        |
 *                                     the count script          nested and open: a
 *                                     in every partition        count per open axis
 *
 * From any state an error, or being cancelled, is the end. A callback records what came and calls
 * advance(); finish() is the only way out. Scatters promise silence after their end or cancel, so
 * nothing can touch the count later.
 */
#include "executor/sets_count.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/executor_parts.h"
#include "executor/found_rows.h"
#include "executor/prepared.h"
#include "executor/sets/cardinalities.h"
#include "executor/sets/gather.h"
#include "executor/sets/scatter.h"
#include "executor/sets_result.h"
#include "executor/shards/shard_reply.h"
#include "planner/sets_explain.h"

enum sets_state { SETS_LEARNING, SETS_COUNTING, SETS_AXES, SETS_OVER };
enum { NSETS_STATES = SETS_OVER + 1 };

static const struct {
    const char *name;
    bool may_move_to[NSETS_STATES];
} STATES[NSETS_STATES] = {
    [SETS_LEARNING] = {.name = "learning",
                       .may_move_to = {[SETS_COUNTING] = true, [SETS_OVER] = true}},
    [SETS_COUNTING] = {.name = "counting", .may_move_to = {[SETS_AXES] = true, [SETS_OVER] = true}},
    [SETS_AXES] = {.name = "labelling", .may_move_to = {[SETS_AXES] = true, [SETS_OVER] = true}},
    [SETS_OVER] = {.name = "over"},
};

enum {
    CALL_US = 1500,  /* how long one call of the count script should hold its shard */
    SCRIPT_US = 20,  /* the least that a partition costs */
    MAX_BATCH = 128, /* partitions in one call */
    WINDOW = 2
};

struct sets_count {
    struct counting counting; /* first: the part that the query sees */
    struct executor *executor;
    struct arena *arena; /* the query's */
    struct method_request request;
    enum sets_state state;
    const struct bound_query *bound; /* the prepared query's */
    struct handle *dataset;
    const struct plan *plan; /* of the count under way: the prepared query's, or that of an axis */
    const struct program *program;
    struct gather gather;
    struct sets_shard *shards; /* that have answered, by number */
    size_t nshards, shards_capacity;
    uint64_t nrows;              /* of ROWS: that were told */
    int64_t *named_rows;         /* by id - 1, of the program under way */
    size_t axis;                 /* AXES: the dimension that is counted alone */
    struct cardinalities *fetch; /* LEARNING */
    struct scatter *scatter;     /* COUNTING, AXES */
    method_done_fn *done;
    void *arg;
};

static void
move(struct sets_count *count, enum sets_state to)
{
    assert(STATES[count->state].may_move_to[to]);
    count->state = to;
}

/* ---- The end ---- */

/* Cancels what is under way and frees the count. */
static void
count_free(struct sets_count *count)
{
    move(count, SETS_OVER);
    if (count->fetch) {
        cardinalities_cancel(count->fetch);
    }
    if (count->scatter) {
        scatter_cancel(count->scatter);
    }
    gather_fini(&count->gather);
    free(count);
}

static void
finish(struct sets_count *count, const struct method_result *result, const struct error *err)
{
    method_done_fn *done = count->done;
    void *arg = count->arg;
    count_free(count); /* first: the callback may start another query */
    done(arg, result, err);
}

static void advance(struct sets_count *count);

/* ---- Cardinalities ---- */

/* True: some field was never fetched (*must_wait), or some figures are old. */
static bool
needs_cardinalities(const struct sets_count *count, bool *must_wait)
{
    const struct slice *fields = count->request.prepared->fields;
    size_t nfields = count->request.prepared->nfields;
    const struct stats *stats = count->dataset->stats;
    int64_t oldest = now_ms() - count->executor->settings->stats_ttl_ms;
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
    struct sets_count *count = arg;
    count->fetch = NULL;
    if (err) {
        finish(count, NULL, err);
        return;
    }
    advance(count);
}

/* True: the count has to wait, or is over. */
static bool
learn_cardinalities(struct sets_count *count)
{
    const struct slice *fields = count->request.prepared->fields;
    size_t nfields = count->request.prepared->nfields;
    bool must_wait;
    struct error err = {"", ""};
    if (!needs_cardinalities(count, &must_wait)) {
        return false;
    }
    if (!must_wait) {
        /* Old figures cost some time at worst: the next query has fresh ones. */
        struct handle *dataset = count->dataset;
        if (!dataset->refreshing) {
            dataset->refreshing = cardinalities_fetch(count->executor->shards, dataset, fields,
                                                      nfields, NULL, NULL, NULL, &err);
        }
        return false;
    }
    if (!cardinalities_fetch(count->executor->shards, count->dataset, fields, nfields, on_known,
                             count, &count->fetch, &err)) {
        finish(count, NULL, &err);
    }
    return true;
}

/* ---- Counting ---- */

/* Notes that a shard has so many rows of the filter more. A cluster's shards may become more. */
static void
note_shard(struct sets_count *count, size_t shard, uint64_t rows)
{
    while (count->nshards <= shard) {
        count->shards = arena_room(count->arena, count->shards, count->nshards,
                                   &count->shards_capacity, sizeof *count->shards);
        count->shards[count->nshards++] = (struct sets_shard){.rows = 0};
    }
    count->shards[shard].has_answered = true;
    count->shards[shard].rows += rows;
}

static bool
add_reply(struct sets_count *count, const struct resp_value *reply, size_t shard, struct error *err)
{
    size_t base = count->bound->base_grid;
    const uint64_t *rows = base == NO_GRID ? NULL : &count->gather.nrows[base];
    uint64_t before = rows ? *rows : 0;
    if (!gather_add(&count->gather, reply, err)) {
        return false;
    }
    note_shard(count, shard, rows ? *rows - before : 0);
    return true;
}

/* Takes the reply of the script of ROWS: {hits, misses, named, {name, value, ...}}. */
static bool
find_rows(struct sets_count *count, const struct resp_value *reply, struct error *err)
{
    struct gather *gather = &count->gather;
    const struct resp_value *rows = reply_count(reply) == 4 ? reply_at(reply, 3) : NULL;
    size_t each = count->bound->ndims ? 2 : 1;
    bool ok = rows && reply_add(reply_at(reply, 0), &gather->hits) &&
              reply_add(reply_at(reply, 1), &gather->misses) && reply_count(rows) % each == 0;
    for (size_t i = 0; ok && i < reply_count(rows); i += each) {
        struct row_key key = {.name = reply_text(reply_at(rows, i)),
                              .value = reply_text(reply_at(rows, i + each - 1))};
        ok = reply_is_text(reply_at(rows, i));
        if (each == 1 || !reply_is_text(reply_at(rows, i + 1))) {
            key.value = (struct slice){0};
        }
        if (ok && !found_rows_add(count->request.found, &key, err)) {
            return false;
        }
        count->nrows++;
    }
    return ok || reply_misshapen(gather->reader.shard, "ROWS", err);
}

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct sets_count *count = arg;
    count->gather.reader.shard = shard_name(shards_at(count->executor->shards, shard));
    if (count->request.found) {
        if (!find_rows(count, reply, err)) {
            return false;
        }
    } else if (count->state == SETS_AXES ? !gather_add_axis(&count->gather, count->axis, reply, err)
                                         : !add_reply(count, reply, shard, err)) {
        return false;
    }
    for (size_t id = 1; id <= count->program->nnamed; id++) {
        int64_t *rows = &count->named_rows[id - 1];
        if (__builtin_add_overflow(*rows, count_reply_named_rows(reply, id), rows)) {
            *rows = INT64_MAX; /* a price, not an answer */
        }
    }
    return true;
}

/* Notes what the shards have in their caches now, for the next plans. */
static void
remember_filters(struct sets_count *count)
{
    struct stats *stats = count->dataset->stats;
    const struct executor_settings *settings = count->executor->settings;
    int64_t now = now_ms();
    /* What one part of a mixed plan builds is found by the other. */
    int64_t uses = count->plan->method == PLAN_MIXED ? 2 : 1;
    bool mostly_built = count->gather.misses * uses > count->gather.hits;
    for (size_t i = 0; i < count->program->nnamed; i++) {
        struct slice text = count->program->named[i]->text;
        const struct cached_filter *known = stats_filter(stats, text, now);
        struct cached_filter filter = {count->named_rows[i], now + settings->cache_ttl_ms};
        if (known && known->rows == filter.rows && !mostly_built) {
            continue; /* nothing new: plans that rely on it stay valid */
        }
        if (known && known->rows != FILTER_SEEN) {
            /* It was expected there and was missing: writes drop it faster than queries use it. */
            filter.expires_ms = mostly_built ? now : known->expires_ms;
        }
        stats_put_filter(stats, text, filter);
    }
    const struct filter *selection = count->plan->split.selection;
    if (selection && plan_has_split(count->plan)) {
        struct cached_filter seen = {FILTER_SEEN, now + settings->cache_ttl_ms};
        stats_put_filter(stats, selection->text, seen);
    }
}

static void
on_counted(void *arg, const struct error *err)
{
    struct sets_count *count = arg;
    count->scatter = NULL;
    if (err) {
        finish(count, NULL, err);
        return;
    }
    if (count->state == SETS_COUNTING) {
        count->executor->cache.hits += (uint64_t) count->gather.hits;
        count->executor->cache.misses += (uint64_t) count->gather.misses;
        count->executor->cache.bypasses +=
            count->bound->nocache || count->executor->settings->cache_ttl_ms == 0;
        remember_filters(count);
    }
    advance(count);
}

/* Sends a plan's program to all partitions. */
static void
scatter_plan(struct sets_count *count, const struct plan *plan, const struct program *program)
{
    struct error err = {"", ""};
    count->plan = plan;
    count->program = program;
    count->named_rows = arena_array(count->arena, program->nnamed, sizeof *count->named_rows);
    double each_us = SCRIPT_US + plan->cost_us / count->bound->dataset->npartitions;
    struct slice args[4] = {program->text};
    size_t nargs = 1;
    bool is_rows = count->request.found != NULL;
    if (is_rows) {
        const struct found_limits *limits = found_rows_limits(count->request.found);
        args[1] = arena_printf(count->arena, "%llu",
                               (unsigned long long) limits->most + !limits->has_limit);
        args[2] = limits->descending ? slice_lit("desc") : slice_lit("asc");
        args[3] = limits->after;
        nargs = limits->after.ptr ? 4 : 3;
    }
    struct scatter_request request = {.script = is_rows ? SCRIPT_ROWS : SCRIPT_COUNT,
                                      .args = args,
                                      .nargs = nargs,
                                      .batch_partitions = MAX_BATCH,
                                      .window = WINDOW,
                                      .tells_time = true,
                                      .until_ms = count->request.until_ms};
    if (each_us * MAX_BATCH > CALL_US) {
        request.batch_partitions = each_us < CALL_US ? (size_t) (CALL_US / each_us) : 1;
    }
    if (!scatter_start(count->executor->shards, count->dataset, &request, on_part, on_counted,
                       count, &count->scatter, &err)) {
        finish(count, NULL, &err);
    }
}

/* EXPLAIN: the plan, and nothing is run. */
static void
explain(struct sets_count *count)
{
    struct method_result result = {.lines = NULL};
    result.lines = plan_explain(count->arena, count->request.prepared->plan, &result.nlines);
    finish(count, &result, NULL);
}

/*
 * The next open dimension whose positions need a count of their own; ndims: there is none. A query
 * that is not plain has grids for that.
 */
static size_t
next_axis(const struct sets_count *count, size_t from)
{
    const struct bound_query *bound = count->bound;
    /*
     * A single dimension has met all its values. Where only cells are listed, the rest is not
     * shown.
     */
    if (!bound->is_plain || bound->ndims < 2 || bound->format != AST_FORMAT_NESTED) {
        return bound->ndims;
    }
    while (from < bound->ndims && !bound_dim_is_unlisted(&bound->dims[from])) {
        from++;
    }
    return from;
}

static void
count_axis(struct sets_count *count)
{
    static const size_t FIRST = 0;
    struct bound_query *alone = arena_alloc(count->arena, sizeof *alone);
    *alone = *count->bound;
    alone->dims = &count->bound->dims[count->axis];
    alone->ndims = 1;
    alone->grids = arena_alloc(count->arena, sizeof *alone->grids);
    alone->grids[0] = (struct bound_grid){.dims = &FIRST, .ndims = 1};
    const struct executor_settings *settings = count->executor->settings;
    struct plan_settings plan_settings = {!alone->nocache && settings->cache_ttl_ms > 0, now_ms()};
    struct plan *plan = plan_build(count->arena, alone, count->dataset->stats, &plan_settings);
    scatter_plan(count, plan, prepared_program(count->executor->prepared, count->arena, plan));
}

static void
answer(struct sets_count *count)
{
    struct error err = {"", ""};
    struct method_result result = {.lines = NULL};
    const struct sets_counted counted = {.arena = count->arena,
                                         .bound = count->bound,
                                         .plan = count->request.prepared->plan,
                                         .gather = &count->gather,
                                         .shards = count->shards,
                                         .nshards = count->nshards,
                                         .took_us = now_us() - count->request.started_us};
    if (count->request.found) {
        sets_result_of_rows(&counted, count->nrows, &result);
        finish(count, &result, NULL);
        return;
    }
    bool ok = sets_result(&counted, &result, &err);
    finish(count, ok ? &result : NULL, ok ? NULL : &err);
}

/* ---- The machine ---- */

/* Plans and counts: all cardinalities are known. */
static void
count_cells(struct sets_count *count)
{
    struct prepared *prepared = count->request.prepared;
    if (!prepared->plan) {
        prepared_plan(count->executor->prepared, prepared);
    }
    if (count->bound->mode == AST_EXPLAIN) {
        explain(count);
        return;
    }
    move(count, SETS_COUNTING);
    struct gather_limits limits = {.max_cells = count->request.max_cells,
                                   .max_partial_bytes =
                                       count->executor->settings->max_partial_bytes};
    gather_init(&count->gather, count->arena, count->bound, &limits);
    count->gather.reader.positions.hides = count->request.suppress_below > 1;
    scatter_plan(count, prepared->plan, prepared->program);
}

static void
advance(struct sets_count *count)
{
    size_t from = 0;
    switch (count->state) {
    case SETS_LEARNING: count_cells(count); return;
    case SETS_COUNTING: break;
    case SETS_AXES: from = count->axis + 1; break;
    case SETS_OVER: return;
    }
    move(count, SETS_AXES);
    count->axis = next_axis(count, from);
    if (count->axis < count->bound->ndims) {
        count_axis(count);
    } else {
        answer(count);
    }
}

/* ---- The method ---- */

/* True: no shard evicts keys, so rows and index stay together. */
static bool
check(const struct executor *executor, struct error *why)
{
    for (size_t i = 0; i < shards_count(executor->shards); i++) {
        if (!shard_keeps_keys(shards_at(executor->shards, i), why)) {
            return false;
        }
    }
    return true;
}

static void
start(struct executor *executor, const struct method_request *request, struct arena *arena,
      method_done_fn *done, void *arg, struct counting **out)
{
    struct sets_count *count = must_alloc(sizeof *count);
    *count = (struct sets_count){.counting.method = sets_count_method(),
                                 .executor = executor,
                                 .arena = arena,
                                 .request = *request,
                                 .bound = request->prepared->bound,
                                 .dataset = request->prepared->dataset,
                                 .done = done,
                                 .arg = arg};
    *out = &count->counting;
    if (!learn_cardinalities(count)) {
        advance(count);
    }
}

static void
cancel(struct counting *counting)
{
    count_free((struct sets_count *) counting);
}

static void
progress(const struct counting *counting, size_t *ndone, size_t *nparts)
{
    const struct sets_count *count = (const struct sets_count *) counting;
    *ndone = *nparts = 0;
    if (count->scatter) {
        scatter_progress(count->scatter, ndone, nparts);
    }
}

static const char *
state(const struct counting *counting)
{
    return STATES[((const struct sets_count *) counting)->state].name;
}

static const char *
why(const struct counting *counting)
{
    (void) counting;
    return "";
}

const struct method *
sets_count_method(void)
{
    static const struct method METHOD = {.check = check,
                                         .start = start,
                                         .cancel = cancel,
                                         .progress = progress,
                                         .state = state,
                                         .why = why};
    return &METHOD;
}
