/*
 * Counts by columns. in: a query's text; out: the shards' partial counts as one table, or as lines
 * what they say about it.
 */
#include "executor/column_count.h"

#include <stdlib.h>
#include <string.h>

#include "executor/column_index.h"
#include "executor/column_table.h"
#include "executor/long_call.h"
#include "executor/shard_reply.h"
#include "executor/topology.h"
#include "net/resp_value.h"

enum { FIRST_WAIT_MS = 5, LONGEST_WAIT_MS = 100, NO_TIMEOUT_MS = 24 * 3600 * 1000 };

/* One shard's part of an attempt. */
struct part {
    struct column_count *count;
    size_t shard;
    struct long_call *call; /* NULL: answered */
    struct partial *partial;
    struct slice slots;
    struct slice *lines;
    size_t nlines;
};

struct column_count {
    struct executor *executor;
    struct arena *arena;   /* the caller's: the result */
    struct arena *attempt; /* parts and what they answered */
    struct column_count_request request;
    struct part *parts;
    size_t nparts, nrunning;
    struct event *again;
    int wait_ms;
    struct error why; /* of the last attempt */
    bool is_creating; /* a callback will come */
    bool is_over;     /* when it comes, this is freed */
    column_count_done_fn *done;
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
    count->nparts = count->nrunning = 0;
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
        executor_dataset_release(count->request.dataset);
        free(count);
    }
}

static void
finish(struct column_count *count, const struct column_count_result *result,
       const struct error *err)
{
    column_count_done_fn *done = count->done;
    void *arg = count->arg;
    struct error told = err ? *err : (struct error){"", ""};
    if (result) {
        done(arg, result, NULL); /* what it shows may be the attempt's */
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
    if (!column_index_create(count->executor, count->request.dataset->dataset, on_created, count,
                             &err)) {
        count->is_creating = false;
        finish(count, NULL, &err);
    }
}

/* ---- Errors ---- */

/* Its code, and whose fault it is. */
static void
error_read(const struct part *part, const struct resp_value *reply, struct error *err)
{
    const char *name = shard_name(part->count->executor->shards[part->shard]);
    if (slice_starts_with(reply->text, slice_lit("ERR unknown command"))) {
        error_set(err, "SHARDDOWN", "shard %zu (%s) has not loaded the module quipu.so",
                  part->shard, name);
    } else if (resp_value_is_error(reply, "TIMEOUT")) {
        size_t skip = sizeof "TIMEOUT"; /* its message may be missing */
        size_t len = reply->text.len > skip ? reply->text.len - skip : 0;
        error_set(err, "TIMEOUT", "%.*s", (int) len, reply->text.ptr + (len ? skip : 0));
    } else {
        (void) reply_is_error(reply, name, err);
    }
}

/* In a cluster nodes come and go: what was asked is asked again. */
static bool
will_pass(const struct column_count *count, const struct error *err)
{
    bool is_loading = strcmp(err->code, "LOADING") == 0;
    return count->executor->is_cluster && (is_loading ? !topology_loads_somewhere(count->executor)
                                                      : strcmp(err->code, "SHARDDOWN") == 0);
}

static void
fail(struct column_count *count, const struct error *err)
{
    struct error own = *err;
    if (strcmp(own.code, "NODATASET") == 0 && count->request.may_create) {
        create(count);
    } else if (will_pass(count, &own)) {
        topology_refresh_soon(count->executor);
        try_again(count, &own);
    } else {
        finish(count, NULL, &own);
    }
}

/* ---- Slots ---- */

/* "0-5460 6000". False: one of them is another's, too, or it makes no sense. */
static bool
slots_take(struct slice text, uint8_t has[CLUSTER_SLOTS], size_t *nslots)
{
    while (text.len) {
        const char *space = memchr(text.ptr, ' ', text.len);
        struct slice word = slice_of(text.ptr, space ? (size_t) (space - text.ptr) : text.len);
        size_t taken = word.len + (space != NULL);
        text = slice_of(text.ptr + taken, text.len - taken);
        const char *dash = word.len ? memchr(word.ptr, '-', word.len) : NULL;
        size_t len = dash ? (size_t) (dash - word.ptr) : word.len;
        int64_t first, last;
        if (!slice_to_int64(slice_of(word.ptr, len), &first)) {
            return false;
        }
        last = first;
        if (dash && !slice_to_int64(slice_of(dash + 1, word.len - len - 1), &last)) {
            return false;
        }
        for (int64_t slot = first; slot <= last; slot++) {
            if (slot < 0 || slot >= CLUSTER_SLOTS || has[slot]) {
                return false;
            }
            has[slot] = 1;
            ++*nslots;
        }
    }
    return true;
}

/* Every slot is counted, once. */
static bool
slots_are_whole(const struct column_count *count, struct error *err)
{
    uint8_t has[CLUSTER_SLOTS] = {0};
    size_t nslots = 0;
    for (size_t i = 0; i < count->nparts; i++) {
        const struct part *part = &count->parts[i];
        if (!slots_take(part->slots, has, &nslots)) {
            return error_set(
                err, "SHARDDOWN",
                "shard %zu (%s) counted slots that are another's, too, or is a replica",
                part->shard, shard_name(count->executor->shards[part->shard]));
        }
    }
    return nslots == CLUSTER_SLOTS ||
           error_set(err, "SHARDDOWN", "%zu slots of the cluster were counted by nobody",
                     CLUSTER_SLOTS - nslots);
}

/* ---- Lines ---- */

struct lines {
    struct arena *arena;
    struct slice *items;
    size_t nitems, capacity;
};

static void
line_add(struct lines *lines, const char *indent, struct slice text)
{
    if (lines->nitems == lines->capacity) {
        size_t capacity = lines->capacity ? lines->capacity * 2 : 16;
        struct slice *items = arena_array(lines->arena, capacity, sizeof *items);
        if (lines->nitems) {
            memcpy(items, lines->items, lines->nitems * sizeof *items);
        }
        lines->items = items;
        lines->capacity = capacity;
    }
    lines->items[lines->nitems++] = arena_printf(lines->arena, "%s%.*s", indent, SLICE_ARG(text));
}

/* The lines that are about the query are the same on every shard. */
static bool
is_of_query(struct slice line)
{
    return slice_starts_with(line, slice_lit("query ")) ||
           slice_starts_with(line, slice_lit("filter "));
}

static void
lines_join(const struct column_count *count, struct column_count_result *result)
{
    struct lines lines = {.arena = count->arena};
    const struct part *first = &count->parts[0];
    for (size_t i = 0; i < first->nlines; i++) {
        if (is_of_query(first->lines[i])) {
            line_add(&lines, "", first->lines[i]);
        }
    }
    line_add(&lines, "",
             arena_printf(count->arena, "method   columns, by %zu shard%s", count->nparts,
                          count->nparts == 1 ? "" : "s"));
    for (size_t p = 0; p < count->nparts; p++) {
        const struct part *part = &count->parts[p];
        line_add(&lines, "",
                 arena_printf(count->arena, "shard %zu, %s", part->shard,
                              shard_name(count->executor->shards[part->shard])));
        for (size_t i = 0; i < part->nlines; i++) {
            if (!is_of_query(part->lines[i])) {
                line_add(&lines, "  ", part->lines[i]);
            }
        }
    }
    result->lines = lines.items;
    result->nlines = lines.nitems;
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

/* {partial count, slots} and, of PROFILE, lines; of EXPLAIN lines alone. */
static bool
part_take(struct part *part, const struct resp_value *reply, struct error *err)
{
    struct column_count *count = part->count;
    enum ast_mode mode = count->request.query->mode;
    const char *name = shard_name(count->executor->shards[part->shard]);
    if (mode == AST_EXPLAIN) {
        return take_lines(part, reply) || reply_misshapen(name, "EXPLAIN", err);
    }
    if (reply_count(reply) < (mode == AST_PROFILE ? 3 : 2) || !reply_is_text(reply_at(reply, 0)) ||
        !reply_is_text(reply_at(reply, 1)) ||
        (mode == AST_PROFILE && !take_lines(part, reply_at(reply, 2)))) {
        return reply_misshapen(name, "a count", err);
    }
    part->slots = arena_copy(count->attempt, reply_text(reply_at(reply, 1)));
    /* The result borrows from it: it stays. */
    struct slice bytes = arena_copy(count->arena, reply_text(reply_at(reply, 0)));
    struct error odd = {"", ""};
    return (partial_decode(count->arena, bytes, &part->partial, &odd) &&
            column_table_fits(count->request.query, part->partial)) ||
           reply_misshapen(name, "a count", err);
}

static void
sum_up(struct column_count *count)
{
    struct error err = {"", ""};
    struct column_count_result result = {.table = NULL};
    enum ast_mode mode = count->request.query->mode;
    if (count->executor->is_cluster && mode != AST_EXPLAIN && !slots_are_whole(count, &err)) {
        fail(count, &err);
        return;
    }
    if (mode == AST_RUN) {
        const struct partial **partials =
            arena_array(count->attempt, count->nparts, sizeof *partials);
        struct table *table;
        for (size_t i = 0; i < count->nparts; i++) {
            partials[i] = count->parts[i].partial;
        }
        if (!column_table(count->arena, count->request.query, partials, count->nparts,
                          count->request.max_cells, &table, &err)) {
            finish(count, NULL, &err);
            return;
        }
        result.table = table;
    } else {
        lines_join(count, &result);
    }
    finish(count, &result, NULL);
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
        error_read(part, reply, &own);
    } else {
        (void) part_take(part, reply, &own);
    }
    if (error_is_set(&own)) {
        fail(count, &own);
    } else if (count->nrunning == 0) {
        sum_up(count);
    }
}

/* ---- An attempt ---- */

static bool
parts_send(struct column_count *count, struct error *err)
{
    struct executor *executor = count->executor;
    struct slice args[] = {slice_lit("QUIPU.PARTIAL"), count->request.text};
    if (executor->is_cluster ? !topology_is_known(executor, err)
                             : !executor_shards_are_ready(executor, err)) {
        return false;
    }
    count->attempt = arena_new();
    count->parts =
        arena_array(count->attempt, executor_count_shards(executor), sizeof *count->parts);
    for (size_t i = 0; i < executor->nshards; i++) {
        if (!executor_has_shard(executor, i)) {
            continue;
        }
        struct part *part = &count->parts[count->nparts];
        *part = (struct part){.count = count, .shard = i};
        if (!long_call_start(executor, i, args, 2, on_reply, part, &part->call, err)) {
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

/* The query, how long it may take, and whether small counts are told, where it does not say so
 * itself. */
static struct slice
shard_text(struct arena *arena, const struct column_count_request *request)
{
    int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : NO_TIMEOUT_MS;
    struct strbuf text; /* it may hold any byte */
    strbuf_init(&text);
    strbuf_append(&text, request->text);
    if (request->query->timeout_ms <= 0) {
        strbuf_printf(&text, " timeout %lld", (long long) timeout_ms);
    }
    if (request->suppress_below > 0 && !request->query->has_suppress) {
        strbuf_printf(&text, " suppress below %lld", (long long) request->suppress_below);
    }
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

struct column_count *
column_count_start(struct executor *executor, const struct column_count_request *request,
                   struct arena *arena, column_count_done_fn *done, void *arg)
{
    struct column_count *count = must_alloc(sizeof *count);
    count->executor = executor;
    count->arena = arena;
    count->request = *request;
    count->wait_ms = FIRST_WAIT_MS;
    count->done = done;
    count->arg = arg;
    executor_dataset_retain(request->dataset);
    count->request.text = shard_text(arena, request);
    count->again = evtimer_new(executor->base, on_again, count);
    event_active(count->again, EV_TIMEOUT, 0);
    return count;
}

void
column_count_cancel(struct column_count *count)
{
    count_free(count);
}

void
column_count_progress(const struct column_count *count, size_t *ndone, size_t *nshards)
{
    *ndone = count->nparts - count->nrunning;
    *nshards = count->nparts;
}

const char *
column_count_why(const struct column_count *count)
{
    return count->why.message;
}
