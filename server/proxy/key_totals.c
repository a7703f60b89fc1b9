/*
 * Counts the keys of all shards together, for INFO and DBSIZE. in: the catalog, whose own keys do
 * not count; out: sums.
 *
 *     hidden keys of all datasets (executor/datasets/admin.h)      -> 128
 *     each shard: DBSIZE without its own keys             -> 566
 *                 INFO keyspace                           -> db0:keys=570,expires=2,avg_ttl=41000
 *     sum of all                                          -> 1003 keys, 2 expire
 */
#include "server/proxy/key_totals.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/datasets/admin.h"
#include "executor/datasets/catalog_copies.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/reply_collect.h"
#include "executor/shards/shard_reply.h"
#include "planner/catalog.h"
#include "server/table/services.h"

/*
 * Counts a shard's keys, without Quipu's keys that belong to no dataset. A key that is on another
 * shard does not count either; in a cluster asking for it is an error.
 */
static const char SIZE_SCRIPT[] = "local n = redis.call('DBSIZE') "
                                  "for _, key in ipairs(ARGV) do "
                                  "local there = redis.pcall('EXISTS', key) "
                                  "if type(there) == 'number' then n = n - there end end "
                                  "local about = redis.pcall('INFO', 'keyspace') "
                                  "return {n, type(about) == 'string' and about or ''}";

/* The number behind `name` in "db0:keys=570,expires=2,avg_ttl=41000". */
static int64_t
number_in(struct slice text, const char *name)
{
    const char *at = text.len ? memmem(text.ptr, text.len, name, strlen(name)) : NULL;
    const char *end = text.ptr + text.len;
    int64_t n = 0;
    for (at = at ? at + strlen(name) : end; at < end && *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *at - '0', &n)) {
            return 0;
        }
    }
    return n;
}

static void
work_end(struct key_totals_work *work)
{
    struct key_totals *totals = &work->totals;
    bool ok = !error_is_set(&work->err);
    totals->keys = totals->keys > 0 ? totals->keys : 0;
    totals->avg_ttl_ms =
        totals->expires ? (int64_t) (work->ttl_sum_ms / (double) totals->expires) : 0;
    work->fn(work->arg, ok ? totals : NULL, ok ? NULL : &work->err);
}

/* One shard's answer. */
struct answer {
    struct key_totals_work *work;
    const char *shard; /* the shard's name; borrowed */
};

static bool
answer_take(struct key_totals_work *work, const char *shard, const struct resp_value *reply,
            struct error *err)
{
    int64_t n;
    if (reply_is_error(reply, shard, err)) {
        return false;
    }
    if (reply_count(reply) != 2 || !reply_int(reply_at(reply, 0), &n) ||
        !reply_is_text(reply_at(reply, 1)) ||
        __builtin_add_overflow(work->totals.keys, n, &work->totals.keys)) {
        return reply_misshapen(shard, "a script", err);
    }
    struct slice about = reply_text(reply_at(reply, 1));
    int64_t expires = number_in(about, "expires=");
    if (__builtin_add_overflow(work->totals.expires, expires, &work->totals.expires)) {
        return reply_misshapen(shard, "a script", err);
    }
    work->ttl_sum_ms += (double) expires * (double) number_in(about, "avg_ttl=");
    return true;
}

static void
on_answer(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct answer *answer = arg;
    struct key_totals_work *work = answer->work;
    struct error own = {"", ""};
    bool ok = err ? false : answer_take(work, answer->shard, reply, &own);
    free(answer);
    if (!ok && !error_is_set(&work->err)) {
        work->err = err ? *err : own;
    }
    if (--work->nrunning == 0) {
        work_end(work);
    }
}

static void
shards_ask(struct key_totals_work *work, const struct slice *args, size_t nargs)
{
    struct executor *executor = work->services->executor;
    size_t nshards = executor_nshards(executor);
    work->nrunning = 1; /* until all shards are asked */
    for (size_t i = 0; i < nshards && !error_is_set(&work->err); i++) {
        if (!executor_has_shard(executor, i)) {
            continue;
        }
        struct answer *answer = must_alloc(sizeof *answer);
        *answer = (struct answer){work, executor_shard_status(executor, i).name};
        struct reply_collector *collector = reply_collector_new(answer->shard, on_answer, answer);
        if (forward_to_shard(executor_shards(executor), i, false, args, nargs, reply_collect,
                             collector, &work->err)) {
            work->nrunning++;
        } else {
            reply_collector_free(collector);
            free(answer);
        }
    }
    if (--work->nrunning == 0) {
        work_end(work);
    }
}

static void
on_hidden(void *arg, const struct admin_pair *pairs, size_t npairs, const struct error *err)
{
    struct key_totals_work *work = arg;
    const struct catalog *catalog = work->services->catalog;
    if (err) {
        work->err = *err;
        work_end(work);
        return;
    }
    work->totals.keys = -(npairs ? pairs[0].value : 0);
    struct arena *arena = arena_new();
    size_t ndatasets = catalog_count(catalog), n = 0;
    struct slice *args = arena_array(arena, ndatasets + 4 + CATALOG_OWN_KEYS, sizeof *args);
    args[n++] = slice_lit("EVAL");
    args[n++] = slice_lit(SIZE_SCRIPT);
    args[n++] = slice_lit("0");
    for (size_t i = 0; i < CATALOG_OWN_KEYS; i++) {
        args[n++] = catalog_own_key(i);
    }
    args[n++] = slice_lit("quipu:datasets"); /* the definitions that the module keeps */
    for (size_t i = 0; i < ndatasets; i++) {
        struct slice name = catalog_at(catalog, i)->name;
        args[n++] = arena_printf(arena, "quipu:layout:%.*s", SLICE_ARG(name));
    }
    shards_ask(work, args, n);
    arena_free(arena);
}

void
key_totals_start(struct key_totals_work *work, struct services *services, key_totals_fn *fn,
                 void *arg)
{
    *work = (struct key_totals_work){.services = services, .fn = fn, .arg = arg};
    admin_start(executor_datasets(services->executor), ADMIN_DBSIZE, slice_lit(""), on_hidden,
                work);
}
