/*
 * Commands about all keys: those of every shard, rows under their own names, and never Quipu's own
 * keys. in: SCAN 0 MATCH profile_*; out: the keys that a client may know, on any shard.
 *
 * A cursor holds a shard's cursor and, in its low bits, the shard. Shards are scanned one after the
 * other, so each shard's own promise holds (a key that exists from begin to end is given at least
 * once).
 */
#include <stdlib.h>

#include "base/glob.h"
#include "base/must.h"
#include "executor/datasets/keyspace.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"
#include "server/commands/command_families.h"
#include "server/proxy/fan.h"
#include "server/proxy/key_totals.h"
#include "server/table/services.h"

enum { CURSOR_SHARD_BITS = 10, RANDOM_TRIES = 64 };

/*
 * The pattern for the shard must match at least the stored names. A row's stored name has its tag
 * at the end, and escapes for a few bytes; for a pattern with such bytes the shard sends all keys,
 * as it does where rows of some version of a dataset begin otherwise than clients see them.
 */
static void
stored_pattern(const struct executor *executor, struct slice pattern, struct strbuf *out)
{
    bool begins_otherwise = keyspace_begins_otherwise(executor_datasets(executor));
    for (size_t i = 0; i < pattern.len && !begins_otherwise; i++) {
        char c = pattern.ptr[i];
        if (c == '%' || c == '{' || c == '}' || c == '\\' || c == '[') {
            strbuf_clear(out);
            break;
        }
        strbuf_append_char(out, c);
    }
    if (out->len == 0 || out->ptr[out->len - 1] != '*') {
        strbuf_append_char(out, '*');
    }
}

/* Appends a stored key as its client's bulk string, if the client may see it and it matches. */
static bool
key_append(const struct executor *executor, struct slice stored, struct slice pattern,
           struct strbuf *keys)
{
    struct strbuf name;
    strbuf_init(&name);
    enum key_kind kind = keyspace_kind(executor_datasets(executor), stored, &name);
    struct slice shown = kind == KEY_ROW ? strbuf_slice(&name) : stored;
    bool is_shown = kind != KEY_HIDDEN && (!pattern.ptr || glob_match_exact(pattern, shown));
    if (is_shown) {
        struct resp_writer writer = {.out = keys, .resp3 = false};
        resp_write_bulk(&writer, shown);
    }
    strbuf_fini(&name);
    return is_shown;
}

/* Appends the keys of an array of bulk strings that the client may see; returns their number. */
static size_t
keys_append(const struct executor *executor, const struct resp_value *array, struct slice pattern,
            struct strbuf *keys)
{
    size_t n = 0;
    for (size_t i = 0; i < array->nelements; i++) {
        n += key_append(executor, array->elements[i].text, pattern, keys);
    }
    return n;
}

/* -- KEYS -------------------------------------------------------------------------------------- */

struct keys_work {
    struct executor *executor;
    size_t pattern_bytes;
    char pattern[];
};

static bool
keys_merge(struct request *request, const struct slice *replies, size_t nreplies, void *arg,
           size_t *odd)
{
    struct keys_work *work = arg;
    struct error unread = {"", ""};
    struct arena *arena = arena_new();
    struct strbuf keys;
    strbuf_init(&keys);
    size_t n = 0;
    bool ok = true;
    for (size_t i = 0; i < nreplies && ok; i++) {
        const struct resp_value *value;
        *odd = i;
        ok = resp_value_parse(arena, replies[i], &value, &unread) && reply_is_texts(value);
        n += ok ? keys_append(work->executor, value, slice_of(work->pattern, work->pattern_bytes),
                              &keys)
                : 0;
    }
    if (ok) {
        resp_write_array(request_writer(request), n);
        strbuf_append(request_writer(request)->out, strbuf_slice(&keys));
    }
    strbuf_fini(&keys);
    arena_free(arena);
    return ok;
}

static enum command_outcome
keys_run(struct call *call)
{
    struct slice pattern = call->args[1];
    struct error err = {"", ""};
    struct strbuf stored;
    struct keys_work *work = must_alloc(sizeof *work + pattern.len);
    work->executor = call->services->executor;
    work->pattern_bytes = pattern.len;
    for (size_t i = 0; i < pattern.len; i++) {
        work->pattern[i] = pattern.ptr[i];
    }
    strbuf_init(&stored);
    stored_pattern(call->services->executor, pattern, &stored);
    struct slice args[] = {slice_lit("KEYS"), strbuf_slice(&stored)};
    bool is_sent = fan_all_shards_merge(call, args, 2, keys_merge, work, &err);
    strbuf_fini(&stored);
    return call_outcome(call, is_sent, &err);
}

/* -- SCAN -------------------------------------------------------------------------------------- */

struct scan_work {
    struct request *request;
    struct executor *executor;
    size_t shard;
    struct strbuf pattern; /* ptr NULL: none */
    struct strbuf reply;
};

static void
scan_end(struct scan_work *work, const struct error *err)
{
    struct request *request = work->request;
    strbuf_fini(&work->pattern);
    strbuf_fini(&work->reply);
    free(work);
    request_finish(request, err);
}

/* The next cursor: of the same shard, the first of the next shard, or the end. */
static uint64_t
cursor_next(const struct scan_work *work, uint64_t shard_cursor)
{
    if (shard_cursor) {
        return shard_cursor << CURSOR_SHARD_BITS | work->shard;
    }
    size_t next = work->shard + 1, end = executor_nshards(work->executor);
    while (next < end && !executor_has_shard(work->executor, next)) {
        next++;
    }
    return next < end ? next : 0;
}

static bool
cursor_parse(struct slice text, uint64_t *out)
{
    uint64_t n = 0;
    if (text.len == 0 || text.len > 20) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t) (text.ptr[i] - '0'), &n)) {
            return false;
        }
    }
    *out = n;
    return true;
}

static bool
scan_write(struct scan_work *work, struct error *err)
{
    struct arena *arena = arena_new();
    const struct resp_value *value;
    struct slice raw = strbuf_slice(&work->reply);
    struct resp_writer *out = request_writer(work->request);
    struct error unread = {"", ""};
    bool ok = resp_value_parse(arena, raw, &value, &unread);
    if (ok && value->type == VALUE_ERROR) {
        strbuf_append(out->out, raw);
    } else if (!ok || !reply_is_scan(value)) {
        ok = reply_misshapen(executor_shard_status(work->executor, work->shard).name, "SCAN", err);
    } else {
        uint64_t cursor = 0;
        bool fits = cursor_parse(value->elements[0].text, &cursor);
        struct strbuf keys;
        strbuf_init(&keys);
        struct slice pattern = slice_of(work->pattern.ptr, work->pattern.len);
        size_t n = keys_append(work->executor, &value->elements[1], pattern, &keys);
        char text[24];
        int len =
            snprintf(text, sizeof text, "%llu", (unsigned long long) cursor_next(work, cursor));
        if (!fits || cursor >> (64 - CURSOR_SHARD_BITS)) {
            ok = error_set(err, "ERR", "a shard's cursor is too large");
        } else {
            resp_write_array(out, 2);
            resp_write_bulk(out, slice_of(text, (size_t) len));
            resp_write_array(out, n);
            strbuf_append(out->out, strbuf_slice(&keys));
        }
        strbuf_fini(&keys);
    }
    arena_free(arena);
    return ok;
}

static void
on_scanned(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct scan_work *work = arg;
    struct error own = {"", ""};
    if (!err) {
        strbuf_append(&work->reply, piece);
        if (!is_last) {
            return;
        }
        err = scan_write(work, &own) ? NULL : &own;
    }
    scan_end(work, err);
}

/* The last MATCH counts, as in Redis. ptr NULL: there is none. */
static struct slice
scan_pattern(const struct call *call)
{
    struct slice pattern = slice_of(NULL, 0);
    for (size_t i = 2; i + 1 < call->nargs; i += 2) {
        if (slice_equal_nocase(call->args[i], slice_lit("match"))) {
            pattern = call->args[i + 1];
        }
    }
    return pattern;
}

/* The shard checks the rest (COUNT, TYPE, options of newer versions). */
static bool
scan_send(struct call *call, struct scan_work *work, uint64_t shard_cursor, struct error *err)
{
    struct slice *args = must_array(call->nargs, sizeof *args);
    struct strbuf cursor, stored;
    strbuf_init(&cursor);
    strbuf_init(&stored);
    strbuf_printf(&cursor, "%llu", (unsigned long long) shard_cursor);
    stored_pattern(work->executor, strbuf_slice(&work->pattern), &stored);
    for (size_t i = 0; i < call->nargs; i++) {
        bool is_pattern =
            i > 2 && i % 2 == 1 && slice_equal_nocase(call->args[i - 1], slice_lit("match"));
        args[i] = i == 1       ? strbuf_slice(&cursor)
                  : is_pattern ? strbuf_slice(&stored)
                               : call->args[i];
    }
    bool is_sent = forward_to_shard(executor_shards(work->executor), work->shard, false, args,
                                    call->nargs, on_scanned, work, err);
    strbuf_fini(&cursor);
    strbuf_fini(&stored);
    free(args);
    return is_sent;
}

static enum command_outcome
scan_run(struct call *call)
{
    struct executor *executor = call->services->executor;
    struct slice pattern = scan_pattern(call);
    struct error err = {"", ""};
    uint64_t cursor;
    size_t shard = 0;
    bool is_cursor = cursor_parse(call->args[1], &cursor);
    if (is_cursor) {
        shard = cursor & ((1U << CURSOR_SHARD_BITS) - 1);
    }
    while (is_cursor && cursor == 0 && shard < executor_nshards(executor) &&
           !executor_has_shard(executor, shard)) {
        shard++; /* the first shard that exists */
    }
    if (!is_cursor || !executor_has_shard(executor, shard)) {
        resp_write_err(call->out, "invalid cursor");
        return COMMAND_REPLIED;
    }
    struct scan_work *work = must_alloc(sizeof *work);
    work->request = call->request;
    work->executor = executor;
    work->shard = shard;
    strbuf_init(&work->pattern);
    strbuf_init(&work->reply);
    if (pattern.ptr) {
        strbuf_reserve(&work->pattern, 1); /* an empty pattern is a pattern, too */
        strbuf_append(&work->pattern, pattern);
    }
    bool is_sent = scan_send(call, work, cursor >> CURSOR_SHARD_BITS, &err);
    if (!is_sent) {
        strbuf_fini(&work->pattern);
        free(work);
    }
    return call_outcome(call, is_sent, &err);
}

/* -- RANDOMKEY --------------------------------------------------------------------------------- */

struct random_work {
    struct request *request;
    struct executor *executor;
    struct strbuf reply;
    size_t shard;
    int tries;
    size_t nempty; /* shards in a row that have no key */
};

static bool random_ask(struct random_work *work, struct error *err);

static void
random_end(struct random_work *work, const struct error *err)
{
    struct request *request = work->request;
    strbuf_fini(&work->reply);
    free(work);
    request_finish(request, err);
}

/* Asks the shards in turn, from a random one on, until a key may be shown. */
static void
on_random(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct random_work *work = arg;
    struct error own = {"", ""};
    if (err) {
        random_end(work, err);
        return;
    }
    strbuf_append(&work->reply, piece);
    if (!is_last) {
        return;
    }
    struct arena *arena = arena_new();
    const struct resp_value *value;
    struct resp_writer *out = request_writer(work->request);
    struct error unread = {"", ""};
    bool is_over = true;
    if (!resp_value_parse(arena, strbuf_slice(&work->reply), &value, &unread) ||
        value->type == VALUE_INTEGER || value->type == VALUE_ARRAY) {
        (void) reply_misshapen(executor_shard_status(work->executor, work->shard).name, "RANDOMKEY",
                               &own);
        err = &own;
    } else if (value->type == VALUE_ERROR) {
        strbuf_append(out->out, strbuf_slice(&work->reply));
    } else if (value->type != VALUE_STRING ||
               !key_append(work->executor, value->text, slice_of(NULL, 0), out->out)) {
        work->nempty = value->type == VALUE_STRING ? 0 : work->nempty + 1;
        is_over =
            work->nempty >= executor_count_shards(work->executor) || ++work->tries >= RANDOM_TRIES;
        if (is_over) {
            resp_write_null(out);
        } else if (!random_ask(work, &own)) {
            err = &own;
            is_over = true;
        }
    }
    arena_free(arena);
    if (is_over) {
        random_end(work, err);
    }
}

static bool
random_ask(struct random_work *work, struct error *err)
{
    struct slice args[] = {slice_lit("RANDOMKEY")};
    strbuf_clear(&work->reply);
    do {
        work->shard = (work->shard + 1) % executor_nshards(work->executor);
    } while (!executor_has_shard(work->executor, work->shard) &&
             executor_count_shards(work->executor) > 0);
    return forward_to_shard(executor_shards(work->executor), work->shard, false, args, 1, on_random,
                            work, err);
}

static enum command_outcome
randomkey_run(struct call *call)
{
    struct error err = {"", ""};
    struct random_work *work = must_alloc(sizeof *work);
    work->request = call->request;
    work->executor = call->services->executor;
    work->shard = (size_t) rand() % executor_nshards(work->executor);
    strbuf_init(&work->reply);
    bool is_sent = random_ask(work, &err);
    if (!is_sent) {
        free(work);
    }
    return call_outcome(call, is_sent, &err);
}

/* -- DBSIZE ------------------------------------------------------------------------------------ */

static void
on_totals(void *arg, const struct key_totals *totals, const struct error *err)
{
    struct request *request = arg;
    if (err) {
        request_fail(request, err);
        return;
    }
    resp_write_int(request_writer(request), totals->keys);
    request_done(request);
}

static enum command_outcome
dbsize_run(struct call *call)
{
    struct key_totals_work *work = request_work(call->request, sizeof *work);
    key_totals_start(work, call->services, on_totals, call->request);
    return COMMAND_RUNS;
}

/* -- FLUSHALL ---------------------------------------------------------------------------------- */

static bool
flush_merge(struct request *request, const struct slice *replies, size_t nreplies, void *arg,
            size_t *odd)
{
    struct executor **executor = arg;
    for (*odd = 0; *odd < nreplies; ++*odd) {
        if (!slice_equal(replies[*odd], slice_lit("+OK\r\n"))) {
            return false;
        }
    }
    executor_flushed(*executor);
    resp_write_ok(request_writer(request));
    return true;
}

static enum command_outcome
flush_run(struct call *call)
{
    struct error err = {"", ""};
    struct executor **executor = must_alloc(sizeof *executor);
    *executor = call->services->executor;
    return call_outcome(
        call, fan_all_shards_merge(call, call->args, call->nargs, flush_merge, executor, &err),
        &err);
}

/* Alone: they use connections of their own, in steps, and nothing else keeps their order. */
static const struct command COMMANDS[] = {
    {.name = "keys",
     .arity = 2,
     .class = REQUEST_ALONE,
     .run = keys_run,
     .arguments = "pattern",
     .summary = "The keys that match a pattern"},
    {.name = "scan",
     .arity = -2,
     .class = REQUEST_ALONE,
     .run = scan_run,
     .arguments = "cursor [MATCH pattern] [COUNT n] [TYPE type]",
     .summary = "The keys, some at a time"},
    {.name = "randomkey",
     .arity = 1,
     .class = REQUEST_ALONE,
     .run = randomkey_run,
     .summary = "A key by chance"},
    {.name = "dbsize",
     .arity = 1,
     .class = REQUEST_ALONE,
     .run = dbsize_run,
     .is_about_all_datasets = true,
     .summary = "How many keys there are"},
    {.name = "flushdb",
     .arity = -1,
     .class = REQUEST_ALONE,
     .run = flush_run,
     .writes = true,
     .is_about_all_datasets = true,
     .arguments = "[ASYNC|SYNC]",
     .summary = "Deletes all keys of all shards"},
    {.name = "flushall",
     .arity = -1,
     .class = REQUEST_ALONE,
     .run = flush_run,
     .writes = true,
     .is_about_all_datasets = true,
     .arguments = "[ASYNC|SYNC]",
     .summary = "Deletes all keys of all shards"},
};

struct command_family
command_keyspace_family(void)
{
    return (struct command_family){"generic", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
