/*
 * Counts by columns: every shard's module is asked, and its answers are added up. in: a query's
 * text; out: the shards' partial counts as they are, or the lines that they say about the query.
 */
#include "executor/column_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/must.h"
#include "executor/column_slots.h"
#include "executor/datasets/column_index.h"
#include "executor/executor_parts.h"
#include "executor/prepared.h"
#include "executor/shards/long_call.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/topology.h"
#include "net/resp_value.h"
#include "planner/catalog_text.h"

enum { FIRST_WAIT_MS = 5, LONGEST_WAIT_MS = 100, NO_TIMEOUT_MS = 24 * 3600 * 1000 };

/* One shard's part of an attempt. */
struct part {
    struct column_count *count;
    size_t shard;
    struct long_call *call; /* NULL: answered */
    struct partials *partials;
    struct named_rows *named; /* rows by name, of slots that leave; NULL: there is no cluster */
    struct slice slots;
    struct slice *lines;
    size_t nlines;
};

/* A node that slots are moving to, asked for their rows when all shards have answered. */
struct target {
    struct column_count *count;
    struct slice address; /* "host:port" */
    size_t shard;
    struct strbuf slots;    /* "93,94" */
    struct long_call *call; /* NULL: answered */
    struct named_rows *named;
};

/* What is asked for. */
struct column_count_request {
    struct handle *dataset;
    const struct bound_query *query; /* borrowed until the end */
    struct slice text;               /* of the query, with the dataset's own name */
    int64_t started_us;
    int64_t timeout_ms;     /* 0: none; the shards are told it */
    int64_t suppress_below; /* the query's limit, or a higher one */
    uint64_t max_cells;     /* that are not zero */
    bool may_create;        /* a shard without an index of the dataset is told to make one; else its
                               answer is NODATASET */
};

struct column_count {
    struct counting counting; /* first: the part that the query sees */
    struct executor *executor;
    struct arena *arena;   /* the caller's: holds the result */
    struct arena *attempt; /* parts and their answers */
    struct column_count_request request;
    struct part *parts;
    struct target *targets;
    struct moving_slot *moving;
    size_t nparts, ntargets, nmoving, nrunning;
    int64_t attempt_us; /* when the attempt began */
    struct event *again;
    int wait_ms;
    struct error why; /* of the last attempt */
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
        if (count->parts[i].call) {
            long_call_cancel(count->parts[i].call);
            count->parts[i].call = NULL;
        }
    }
    for (size_t i = 0; i < count->ntargets; i++) {
        if (count->targets[i].call) {
            long_call_cancel(count->targets[i].call);
        }
        strbuf_fini(&count->targets[i].slots);
    }
    count->nparts = count->ntargets = count->nmoving = count->nrunning = 0;
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
        event_free(count->again);
        handle_release(count->request.dataset);
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
    struct timeval wait = {0, count->wait_ms * 1000};
    count->why = *why;
    attempt_drop(count);
    evtimer_add(count->again, &wait);
    if (count->wait_ms < LONGEST_WAIT_MS) {
        count->wait_ms *= 2;
    }
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
    count->request.may_create = false;
    count->is_creating = true;
    if (!column_index_create(count->executor->shards, count->request.dataset->dataset, on_created,
                             count, &err)) {
        count->is_creating = false;
        finish(count, NULL, &err);
    }
}

/* ---- Errors ---- */

/* Makes an error of an error reply, with its code and the shard's name. */
static void
error_read(const struct column_count *count, size_t shard, const struct resp_value *reply,
           struct error *err)
{
    const char *name = shard_name(shards_at(count->executor->shards, shard));
    if (slice_starts_with(reply->text, slice_lit("ERR unknown command"))) {
        error_set(err, "SHARDDOWN", "shard %zu (%s) has not loaded the module quipu.so", shard,
                  name);
    } else if (resp_value_is_error(reply, "TIMEOUT")) {
        size_t skip = sizeof "TIMEOUT"; /* the message may be missing */
        size_t len = reply->text.len > skip ? reply->text.len - skip : 0;
        error_set(err, "TIMEOUT", "%.*s", (int) len, reply->text.ptr + (len ? skip : 0));
    } else {
        (void) reply_is_error(reply, name, err);
    }
}

/* Nodes of a cluster come and go, so the attempt is repeated. */
static bool
will_pass(const struct column_count *count, const struct error *err)
{
    bool is_loading = strcmp(err->code, "LOADING") == 0;
    return shards_is_cluster(count->executor->shards) &&
           (is_loading ? !topology_loads_somewhere(count->executor->shards)
                       : strcmp(err->code, "SHARDDOWN") == 0);
}

static void
fail(struct column_count *count, const struct error *err)
{
    struct error own = *err;
    if (strcmp(own.code, "NODATASET") == 0 && count->request.may_create) {
        create(count);
    } else if (will_pass(count, &own)) {
        topology_refresh_soon(count->executor->shards);
        try_again(count, &own);
    } else {
        finish(count, NULL, &own);
    }
}

/* ---- Lines ---- */

/* The lines that are about the query are the same on every shard. */
static bool
is_of_query(struct slice line)
{
    return slice_starts_with(line, slice_lit("query ")) ||
           slice_starts_with(line, slice_lit("filter "));
}

static void
lines_join(const struct column_count *count, struct method_result *result)
{
    const struct part *first = &count->parts[0];
    struct lines lines;
    lines_init(&lines, count->arena);
    for (size_t i = 0; i < first->nlines; i++) {
        if (is_of_query(first->lines[i])) {
            lines_add(&lines, first->lines[i]);
        }
    }
    strbuf_printf(&lines.text, "method   columns, by %zu shard%s", count->nparts,
                  count->nparts == 1 ? "" : "s");
    lines_end(&lines);
    for (size_t p = 0; p < count->nparts; p++) {
        const struct part *part = &count->parts[p];
        strbuf_printf(&lines.text, "shard %zu, %s", part->shard,
                      shard_name(shards_at(count->executor->shards, part->shard)));
        lines_end(&lines);
        for (size_t i = 0; i < part->nlines; i++) {
            if (!is_of_query(part->lines[i])) {
                strbuf_printf(&lines.text, "  %.*s", SLICE_ARG(part->lines[i]));
                lines_end(&lines);
            }
        }
    }
    if (count->request.query->mode == AST_PROFILE) {
        strbuf_printf(&lines.text, "measured %.1f ms",
                      (double) (now_us() - count->request.started_us) / 1000);
        lines_end(&lines);
    }
    lines_fini(&lines);
    result->lines = lines.items;
    result->nlines = lines.count;
}

/* ---- Answers ---- */

static bool
take_lines(struct part *part, const struct resp_value *reply)
{
    struct arena *arena = part->count->attempt;
    if (!reply_is_texts(reply)) {
        return false;
    }
    part->nlines = reply_count(reply);
    part->lines = arena_array(arena, part->nlines, sizeof *part->lines);
    for (size_t i = 0; i < part->nlines; i++) {
        part->lines[i] = arena_copy(arena, reply_text(reply_at(reply, i)));
    }
    return true;
}

/* Reads rows by name. The result borrows from the bytes. */
static bool
named_take(struct column_count *count, const struct resp_value *reply, struct named_rows **out,
           struct error *err)
{
    struct slice bytes = arena_copy(count->arena, reply_text(reply));
    return named_rows_decode(count->arena, bytes, out, err);
}

/*
 * The reply is {partial count, slots}, then PROFILE's lines, and in a cluster rows by name. EXPLAIN
 * has lines only.
 */
static bool
part_take(struct part *part, const struct resp_value *reply, struct error *err)
{
    struct column_count *count = part->count;
    enum ast_mode mode = count->request.query->mode;
    const char *name = shard_name(shards_at(count->executor->shards, part->shard));
    size_t nusual = mode == AST_PROFILE ? 3 : 2;
    if (mode == AST_EXPLAIN) {
        return take_lines(part, reply) || reply_misshapen(name, "EXPLAIN", err);
    }
    if (reply_count(reply) < nusual || !reply_is_text(reply_at(reply, 0)) ||
        !reply_is_text(reply_at(reply, 1)) ||
        (mode == AST_PROFILE && !take_lines(part, reply_at(reply, 2))) ||
        (reply_count(reply) > nusual && !reply_is_text(reply_at(reply, nusual)))) {
        return reply_misshapen(name, "a count", err);
    }
    part->slots = arena_copy(count->attempt, reply_text(reply_at(reply, 1)));
    /* the result borrows from the bytes, so they stay */
    struct slice bytes = arena_copy(count->arena, reply_text(reply_at(reply, 0)));
    struct error odd = {"", ""};
    if (partials_are_other_version(bytes)) {
        return error_set(err, "SHARDDOWN",
                         "shard %s answered a count in the form %.2s of another version: load the "
                         "quipu.so that belongs to this quipu-server",
                         name, bytes.ptr);
    }
    if (reply_count(reply) > nusual &&
        !named_take(count, reply_at(reply, nusual), &part->named, &odd)) {
        return reply_misshapen(name, "a count", err);
    }
    return (partials_decode(count->arena, bytes, &part->partials, &odd) &&
            partials_fit(count->request.query, part->partials)) ||
           reply_misshapen(name, "a count", err);
}

/* The rows by name are partial counts like the others. */
static bool
add_named(struct column_count *count, const struct named_rows *named, const struct partials **parts,
          size_t *nparts, struct error *err)
{
    struct partials *partials;
    if (!named || !named->nslots) {
        return true;
    }
    if (!named_rows_partials(count->arena, count->request.query, named, &partials, err)) {
        return false;
    }
    parts[(*nparts)++] = partials;
    return true;
}

/* What was counted by all shards, and of the rows that are on their way. */
static bool
collect_parts(struct column_count *count, const struct partials ***out, size_t *out_n,
              struct error *err)
{
    size_t nparts = 0, most = count->nparts * 2 + count->ntargets;
    const struct partials **parts = arena_array(count->arena, most, sizeof *parts);
    for (size_t i = 0; i < count->nparts; i++) {
        parts[nparts++] = count->parts[i].partials;
    }
    for (size_t i = 0; i < count->nparts; i++) {
        if (!add_named(count, count->parts[i].named, parts, &nparts, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < count->ntargets; i++) {
        if (!add_named(count, count->targets[i].named, parts, &nparts, err)) {
            return false;
        }
    }
    *out = parts;
    *out_n = nparts;
    return true;
}

/* How many rows of the filter each shard has; rows on their way are not among them. */
static void
tell_shards(struct column_count *count, struct method_result *result)
{
    size_t grid = count->request.query->base_grid;
    if (grid == NO_GRID) {
        return;
    }
    struct answer_shard *shards = arena_array(count->arena, count->nparts, sizeof *shards);
    for (size_t i = 0; i < count->nparts; i++) {
        const struct part *part = &count->parts[i];
        const struct cell_list *cells = &part->partials->items[grid]->cells;
        shards[i].name = arena_printf(count->arena, "%zu", part->shard);
        shards[i].rows = cells->n ? (uint64_t) cell_value(cells, 0, 0) : 0;
    }
    result->shards = shards;
    result->nshards = count->nparts;
}

static bool
make_result(struct column_count *count, struct method_result *result, struct error *err)
{
    const struct partials **parts;
    size_t nparts;
    if (!collect_parts(count, &parts, &nparts, err)) {
        return false;
    }
    result->parts = parts;
    result->nparts = nparts;
    tell_shards(count, result);
    return true;
}

static void
sum_up(struct column_count *count)
{
    struct error err = {"", ""};
    struct method_result result = {.lines = NULL};
    if (count->request.query->mode != AST_RUN) {
        lines_join(count, &result);
    } else if (!make_result(count, &result, &err)) {
        finish(count, NULL, &err);
        return;
    }
    finish(count, &result, NULL);
}

/* ---- Slots under way ---- */

/* All targets have answered. */
static void
join_targets(struct column_count *count)
{
    struct error err = {"", ""};
    uint64_t since_us = (uint64_t) (now_us() - count->attempt_us);
    for (size_t i = 0; i < count->nmoving; i++) {
        const struct moving_slot *moving = &count->moving[i];
        for (size_t t = 0; t < count->ntargets; t++) {
            const struct target *target = &count->targets[t];
            if (slice_equal(target->address, moving->address) &&
                !column_slots_join(count->attempt, moving, target->named, since_us, &err)) {
                fail(count, &err);
                return;
            }
        }
    }
    sum_up(count);
}

static bool
target_take(struct target *target, const struct resp_value *reply, struct error *err)
{
    struct column_count *count = target->count;
    const char *name = shard_name(shards_at(count->executor->shards, target->shard));
    struct error odd = {"", ""};
    return (reply_is_text(reply) && named_take(count, reply, &target->named, &odd)) ||
           reply_misshapen(name, "QUIPU.ROWS", err);
}

/* A node without an index may have been told to make one, or is still reading its rows. */
static void
on_index(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct target *target = arg;
    struct column_count *count = target->count;
    struct error why = {"", ""};
    (void) reply, (void) err;
    target->call = NULL;
    error_set(&why, "SHARDDOWN", "node %.*s is indexing", SLICE_ARG(target->address));
    try_again(count, &why);
}

static bool
target_create(struct target *target, struct error *err)
{
    struct column_count *count = target->count;
    const struct dataset *dataset = count->request.dataset->dataset;
    struct strbuf prefix;
    struct slice args[COLUMN_INDEX_WORDS];
    strbuf_init(&prefix);
    column_index_words(dataset, &prefix, args);
    bool ok = long_call_start(count->executor->shards, target->shard, args, COLUMN_INDEX_WORDS,
                              on_index, target, &target->call, err);
    strbuf_fini(&prefix);
    return ok;
}

static void
on_rows(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct target *target = arg;
    struct column_count *count = target->count;
    struct error own = {"", ""};
    target->call = NULL;
    count->nrunning--;
    if (err) {
        own = *err;
    } else if (reply->type == VALUE_ERROR) {
        error_read(count, target->shard, reply, &own);
    } else {
        (void) target_take(target, reply, &own);
    }
    if (strcmp(own.code, "NODATASET") == 0 && count->request.may_create) {
        error_clear(&own);
        if (target_create(target, &own)) {
            return;
        }
    }
    if (strcmp(own.code, "INDEXING") == 0) {
        try_again(count, &own);
    } else if (error_is_set(&own)) {
        fail(count, &own);
    } else if (count->nrunning == 0) {
        join_targets(count);
    }
}

/*
 * Finds the node by its id, under the name that the shards know. A node that owns nothing yet is
 * found by its address.
 */
static struct shard *
find_target(const struct column_count *count, const struct moving_slot *moving)
{
    struct shard *shard = topology_shard_of_node(count->executor->shards, moving->id);
    return shard ? shard
                 : topology_shard_at(count->executor->shards,
                                     arena_copy(count->attempt, moving->address).ptr);
}

static struct target *
target_own(struct column_count *count, const struct moving_slot *moving, struct error *err)
{
    for (size_t i = 0; i < count->ntargets; i++) {
        if (slice_equal(count->targets[i].address, moving->address)) {
            return &count->targets[i];
        }
    }
    struct shard *shard = find_target(count, moving);
    if (!shard) {
        error_set(err, "SHARDDOWN", "the node that slot %u goes to is not known",
                  moving->source->slot);
        return NULL;
    }
    struct target *target = &count->targets[count->ntargets++];
    *target =
        (struct target){.count = count, .address = moving->address, .shard = shard_index(shard)};
    strbuf_init(&target->slots);
    return target;
}

/* Words that say how fields are read; a shard does not know. Returns how many: none, or two. */
static size_t
fields_add(const struct column_count *count, struct slice *args)
{
    const struct bound_query *query = count->request.query;
    struct strbuf text;
    strbuf_init(&text);
    catalog_print_readings(query->dataset, query->fields_said, &text);
    size_t n = text.len ? 2 : 0;
    if (n) {
        args[0] = slice_lit("fields");
        args[1] = arena_copy(count->arena, strbuf_slice(&text));
    }
    strbuf_fini(&text);
    return n;
}

static bool
targets_send(struct column_count *count, struct error *err)
{
    enum { ROWS_WORDS_MOST = 5 };
    count->targets = arena_array(count->attempt, count->nmoving, sizeof *count->targets);
    for (size_t i = 0; i < count->nmoving; i++) {
        struct target *target = target_own(count, &count->moving[i], err);
        if (!target) {
            return false;
        }
        strbuf_printf(&target->slots, "%s%u", target->slots.len ? "," : "",
                      count->moving[i].source->slot);
    }
    for (size_t i = 0; i < count->ntargets; i++) {
        struct target *target = &count->targets[i];
        struct slice args[ROWS_WORDS_MOST] = {slice_lit("QUIPU.ROWS"),
                                              strbuf_slice(&target->slots)};
        size_t nargs = 2 + fields_add(count, args + 2);
        args[nargs++] = count->request.text;
        if (!long_call_start(count->executor->shards, target->shard, args, nargs, on_rows, target,
                             &target->call, err)) {
            return false;
        }
        count->nrunning++;
    }
    return true;
}

/* All shards have answered. */
static void
on_counted(struct column_count *count)
{
    enum ast_mode mode = count->request.query->mode;
    struct error err = {"", ""};
    if (!shards_is_cluster(count->executor->shards) || mode == AST_EXPLAIN) {
        sum_up(count);
        return;
    }
    struct column_slots *slots = arena_array(count->attempt, count->nparts, sizeof *slots);
    for (size_t i = 0; i < count->nparts; i++) {
        const struct part *part = &count->parts[i];
        slots[i] = (struct column_slots){
            .shard = part->shard,
            .name = shard_name(shards_at(count->executor->shards, part->shard)),
            .counted = part->slots,
            .named = part->named};
    }
    if (!column_slots_check(count->attempt, slots, count->nparts, &count->moving, &count->nmoving,
                            &err) ||
        (count->nmoving && mode == AST_RUN && !targets_send(count, &err))) {
        fail(count, &err);
    } else if (count->nrunning == 0) {
        sum_up(count);
    }
}

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct part *part = arg;
    struct column_count *count = part->count;
    struct error own = {"", ""};
    part->call = NULL;
    count->nrunning--;
    if (err) {
        own = *err;
    } else if (reply->type == VALUE_ERROR) {
        error_read(count, part->shard, reply, &own);
    } else {
        (void) part_take(part, reply, &own);
    }
    if (error_is_set(&own)) {
        fail(count, &own);
    } else if (count->nrunning == 0) {
        on_counted(count);
    }
}

/* ---- An attempt ---- */

static bool
parts_send(struct column_count *count, struct error *err)
{
    struct executor *executor = count->executor;
    enum { WORDS_MOST = 8, MODULE_MAX_CELLS = 1000000 };
    struct slice args[WORDS_MOST] = {slice_lit("QUIPU.PARTIAL")};
    size_t nargs = 1;
    /* A plain query has no more than its cells: it is asked for as ever. */
    if (!count->request.query->is_plain) {
        args[nargs++] = slice_lit("max-partial-bytes");
        args[nargs++] = arena_printf(count->arena, "%llu",
                                     (unsigned long long) executor->settings->max_partial_bytes);
    }
    /* A module has a limit of its own, as it answers others, too. */
    if (executor->settings->max_cells > MODULE_MAX_CELLS) {
        args[nargs++] = slice_lit("max-cells");
        args[nargs++] =
            arena_printf(count->arena, "%llu", (unsigned long long) executor->settings->max_cells);
    }
    nargs += fields_add(count, args + nargs);
    args[nargs++] = count->request.text;
    if (shards_is_cluster(executor->shards) ? !topology_is_known(executor->shards, err)
                                            : !shards_are_ready(executor->shards, err)) {
        return false;
    }
    count->attempt = arena_new();
    count->attempt_us = now_us();
    count->parts =
        arena_array(count->attempt, shards_count_active(executor->shards), sizeof *count->parts);
    for (size_t i = 0; i < shards_count(executor->shards); i++) {
        if (!shards_has(executor->shards, i)) {
            continue;
        }
        struct part *part = &count->parts[count->nparts];
        *part = (struct part){.count = count, .shard = i};
        if (!long_call_start(executor->shards, i, args, nargs, on_reply, part, &part->call, err)) {
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
    if (!parts_send(count, &err)) {
        fail(count, &err);
    }
}

/* Writes the query with a time limit and a suppression limit where it names none itself. */
static struct slice
shard_text(struct arena *arena, const struct column_count_request *request)
{
    int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : NO_TIMEOUT_MS;
    struct strbuf text; /* may hold any byte */
    strbuf_init(&text);
    strbuf_append(&text, request->text);
    if (request->query->timeout_ms <= 0) {
        strbuf_printf(&text, " timeout %lld", (long long) timeout_ms);
    }
    /* a floor that is newer than the query; others than plain ones may be counted in another way by it */
    if (request->suppress_below > 0 && !request->query->has_suppress && request->query->is_plain) {
        strbuf_printf(&text, " suppress below %lld", (long long) request->suppress_below);
    }
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
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
    count->counting.method = column_count_method();
    count->executor = executor;
    count->arena = arena;
    count->request =
        (struct column_count_request){.dataset = handle_retain(prepared->dataset),
                                      .query = prepared->bound,
                                      .text = prepared->shard_text,
                                      .started_us = request->started_us,
                                      .timeout_ms = executor->settings->query_timeout_ms,
                                      .suppress_below = request->suppress_below,
                                      .max_cells = request->max_cells,
                                      .may_create = request->is_fresh};
    count->request.text = shard_text(arena, &count->request);
    count->wait_ms = FIRST_WAIT_MS;
    count->done = done;
    count->arg = arg;
    prepared_keep(executor->prepared, prepared);
    count->again = evtimer_new(shards_base(executor->shards), on_again, count);
    event_active(count->again, EV_TIMEOUT, 0);
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
    *ndone = count->nparts + count->ntargets - count->nrunning;
    *nparts = count->nparts + count->ntargets;
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
    return ((const struct column_count *) counting)->why.message;
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
