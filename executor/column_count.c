/*
 * Counts by columns: every shard's module is asked, and its answers are added up. in: a query's
 * text; out: the shards' partial counts as they are, or the lines that they say about the query.
 */
#include "executor/column_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/column_result.h"
#include "executor/column_targets.h"
#include "executor/column_words.h"
#include "executor/datasets/column_index.h"
#include "executor/executor_parts.h"
#include "executor/partials_reading.h"
#include "executor/prepared.h"
#include "executor/retry.h"
#include "executor/shards/long_call.h"
#include "executor/shards/topology.h"

/* One shard under way. */
struct asked {
    struct column_count *count;
    struct long_call *call;           /* NULL: answered */
    struct partials_reading *reading; /* NULL: its answer has not come, or was read */
    struct column_part part;
};

struct column_count {
    struct counting counting; /* first: the part that the query sees */
    struct executor *executor;
    struct arena *arena;   /* the caller's: holds the result */
    struct arena *attempt; /* parts and their answers */
    struct handle *dataset;
    const struct bound_query *query; /* borrowed until the end */
    struct slice text;               /* of the query, with the dataset's own name and its limits */
    int64_t started_us;
    bool may_create; /* a shard without an index of the dataset is told to make one; else its
                        answer is NODATASET */
    struct asked *asked;
    size_t nparts, nrunning;
    struct moving_slot *moving;
    size_t nmoving;
    struct column_targets *targets; /* that slots are moving to; NULL: none was asked */
    int64_t attempt_us;             /* when the attempt began */
    struct retry retry;
    bool is_creating; /* a callback will come */
    bool is_over;     /* it is freed when that callback comes */
    method_done_fn *done;
    void *arg;
};

/* ---- The end ---- */

static void
attempt_drop(struct column_count *count)
{
    for (size_t i = 0; i < count->nparts; i++) {
        if (count->asked[i].call) {
            long_call_cancel(count->asked[i].call);
            count->asked[i].call = NULL;
        }
        if (count->asked[i].reading) {
            partials_reading_cancel(count->asked[i].reading);
            count->asked[i].reading = NULL;
        }
    }
    column_targets_free(count->targets);
    count->targets = NULL;
    count->nparts = count->nmoving = count->nrunning = 0;
    if (count->attempt) {
        arena_free(count->attempt);
        count->attempt = NULL;
    }
}

static void
count_free(struct column_count *count)
{
    attempt_drop(count);
    count->is_over = true;
    if (!count->is_creating) {
        retry_fini(&count->retry);
        handle_release(count->dataset);
        free(count);
    }
}

static void
finish(struct column_count *count, const struct method_result *result, const struct error *err)
{
    method_done_fn *done = count->done;
    void *arg = count->arg;
    struct error told = err ? *err : (struct error){"", ""};
    if (result) {
        done(arg, result, NULL); /* the result may borrow from the attempt */
        count_free(count);
    } else {
        count_free(count);
        done(arg, NULL, &told);
    }
}

static void
try_again(struct column_count *count, const struct error *why)
{
    struct error own = *why; /* it may be the attempt's */
    attempt_drop(count);
    retry_later(&count->retry, &own);
}

/* ---- Indexes that are not there ---- */

static void
on_created(void *arg, const struct error *err)
{
    struct column_count *count = arg;
    count->is_creating = false;
    if (count->is_over) {
        count_free(count);
    } else if (err) {
        finish(count, NULL, err);
    } else {
        struct error why = {"", ""};
        error_set(&why, "INDEXING", "0%%");
        try_again(count, &why);
    }
}

static void
create(struct column_count *count)
{
    struct error err = {"", ""};
    attempt_drop(count);
    count->may_create = false;
    count->is_creating = true;
    if (!column_index_create(count->executor->shards, count->dataset->dataset, on_created, count,
                             &err)) {
        count->is_creating = false;
        finish(count, NULL, &err);
    }
}

/* ---- Errors ---- */

static void
fail(struct column_count *count, const struct error *err)
{
    struct error own = *err;
    if (strcmp(own.code, "NODATASET") == 0 && count->may_create) {
        create(count);
    } else if (shards_error_will_pass(count->executor->shards, &own)) {
        topology_refresh_soon(count->executor->shards);
        try_again(count, &own);
    } else {
        finish(count, NULL, &own);
    }
}

/* ---- Answers ---- */

static void
sum_up(struct column_count *count)
{
    struct error err = {"", ""};
    struct method_result result = {.lines = NULL};
    struct column_answers answers = {
        .query = count->query, .nparts = count->nparts, .started_us = count->started_us};
    const struct column_part **parts = arena_array(count->attempt, count->nparts, sizeof *parts);
    for (size_t i = 0; i < count->nparts; i++) {
        parts[i] = &count->asked[i].part;
    }
    answers.parts = parts;
    if (count->targets) {
        answers.arrived = column_targets_rows(count->targets, &answers.narrived);
    }
    enum ast_mode mode = count->query->mode;
    if (mode != AST_RUN) {
        column_result_of_lines(count->arena, &answers, &result);
    }
    bool ok = mode == AST_EXPLAIN || column_result_of_parts(count->arena, &answers, &result, &err);
    finish(count, ok ? &result : NULL, ok ? NULL : &err);
}

/* Rows of slots on their way. */
static void
on_arrived(void *arg, const struct error *err)
{
    struct column_count *count = arg;
    if (err) {
        struct error own = *err; /* fail frees the targets */
        fail(count, &own);
    } else {
        sum_up(count);
    }
}

static bool
targets_ask(struct column_count *count, struct error *err)
{
    const struct column_targets_request request = {.dataset = count->dataset,
                                                   .query = count->query,
                                                   .text = count->text,
                                                   .moving = count->moving,
                                                   .nmoving = count->nmoving,
                                                   .may_create = count->may_create};
    return column_targets_start(count->executor, &request, count->arena, on_arrived, count,
                                &count->targets, err);
}

/* All shards have answered. */
static void
on_counted(struct column_count *count)
{
    struct error err = {"", ""};
    bool counts = count->query->mode != AST_EXPLAIN;
    if (!shards_is_cluster(count->executor->shards) || !counts) {
        sum_up(count);
        return;
    }
    struct column_slots *slots = arena_array(count->attempt, count->nparts, sizeof *slots);
    for (size_t i = 0; i < count->nparts; i++) {
        const struct column_part *part = &count->asked[i].part;
        slots[i] = (struct column_slots){.shard = part->shard,
                                         .name = part->name,
                                         .counted = part->slots,
                                         .named = part->named,
                                         .asked_us = count->attempt_us};
    }
    bool fit = column_slots_check(count->attempt, slots, count->nparts, &count->moving,
                                  &count->nmoving, &err);
    bool asks = fit && count->nmoving;
    if (!fit || (asks && !targets_ask(count, &err))) {
        fail(count, &err);
    } else if (!asks) {
        sum_up(count);
    }
}

/* A shard's part is there, or what went wrong. */
static void
part_end(struct column_count *count, const struct error *err)
{
    count->nrunning--;
    if (error_is_set(err)) {
        fail(count, err);
    } else if (count->nrunning == 0) {
        on_counted(count);
    }
}

static void
on_read(void *arg, struct partials *partials)
{
    struct asked *asked = arg;
    struct error err = {"", ""};
    asked->reading = NULL;
    (void) !column_reply_partials(&asked->part, asked->count->query, partials, &err);
    part_end(asked->count, &err);
}

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct asked *asked = arg;
    struct column_count *count = asked->count;
    struct error own = {"", ""};
    asked->call = NULL;
    if (err) {
        own = *err;
    } else if (!column_reply_is_error(reply, count->executor->shards, asked->part.shard, &own) &&
               column_reply_part(&asked->part, count->query, reply, count->attempt, count->arena,
                                 &own) &&
               count->query->mode != AST_EXPLAIN) {
        partials_read(count->executor->side, asked->part.bytes, count->arena, on_read, asked,
                      &asked->reading);
        return;
    }
    part_end(count, &own);
}

/* ---- An attempt ---- */

static bool
shards_ask(struct column_count *count, struct error *err)
{
    struct shards *shards = count->executor->shards;
    if (!shards_can_be_asked(shards, err)) {
        return false;
    }
    const struct column_words words =
        column_words_of_count(count->arena, count->query, count->text, count->executor->settings);
    count->attempt = arena_new();
    count->attempt_us = now_us();
    count->asked = arena_array(count->attempt, shards_count_active(shards), sizeof *count->asked);
    for (size_t i = 0; i < shards_count(shards); i++) {
        if (!shards_has(shards, i)) {
            continue;
        }
        struct asked *asked = &count->asked[count->nparts];
        *asked = (struct asked){.count = count,
                                .part = {.shard = i, .name = shard_name(shards_at(shards, i))}};
        if (!long_call_start(shards, i, words.items, words.n, on_reply, asked, &asked->call, err)) {
            return false;
        }
        count->nparts++;
        count->nrunning++;
    }
    return true;
}

static void
on_again(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct column_count *count = arg;
    struct error err = {"", ""};
    if (!shards_ask(count, &err)) {
        fail(count, &err);
    }
}

/* ---- The method ---- */

static bool
check(const struct executor *executor, struct error *why)
{
    (void) executor, (void) why;
    return true;
}

static void
start(struct executor *executor, const struct method_request *request, struct arena *arena,
      method_done_fn *done, void *arg, struct counting **out)
{
    struct column_count *count = must_alloc(sizeof *count);
    struct prepared *prepared = request->prepared;
    *count = (struct column_count){.counting.method = column_count_method(),
                                   .executor = executor,
                                   .arena = arena,
                                   .dataset = handle_retain(prepared->dataset),
                                   .query = prepared->bound,
                                   .started_us = request->started_us,
                                   .may_create = request->is_fresh,
                                   .done = done,
                                   .arg = arg};
    count->text = column_words_text(arena, prepared->bound, prepared->shard_text,
                                    executor->settings->query_timeout_ms, request->suppress_below);
    prepared_keep(executor->prepared, prepared);
    retry_init(&count->retry, shards_base(executor->shards), on_again, count);
    retry_now(&count->retry);
    *out = &count->counting;
}

static void
cancel(struct counting *counting)
{
    count_free((struct column_count *) counting);
}

static void
progress(const struct counting *counting, size_t *ndone, size_t *nparts)
{
    const struct column_count *count = (const struct column_count *) counting;
    size_t ndone_there = 0, nthere = 0;
    if (count->targets) {
        column_targets_progress(count->targets, &ndone_there, &nthere);
    }
    *ndone = count->nparts - count->nrunning + ndone_there;
    *nparts = count->nparts + nthere;
}

static const char *
state(const struct counting *counting)
{
    (void) counting;
    return "counting";
}

static const char *
why(const struct counting *counting)
{
    return ((const struct column_count *) counting)->retry.why.message;
}

const struct method *
column_count_method(void)
{
    static const struct method METHOD = {.check = check,
                                         .start = start,
                                         .cancel = cancel,
                                         .progress = progress,
                                         .state = state,
                                         .why = why};
    return &METHOD;
}
