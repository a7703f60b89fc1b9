/*
 * Fetches rows by HMGET, or by HGETALL. in: names; out: texts, in the order of the names.
 *
 *     profile_7, by sets      HMGET profile_7{06S} sex age
 *     profile_7, by columns   HMGET profile_7 sex age
 *
 * Commands cannot be cancelled. So a fetch whose asker has left stays until the last reply has come.
 */
#include "executor/row_fetch.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/executor_parts.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"
#include "net/resp_value.h"

struct fetched_row {
    struct row_fetch *fetch;
    unsigned slot;
    struct listed_row *row;
};

struct row_fetch {
    struct shards *shards;
    struct row_fetch_request request;
    struct arena *arena;      /* the caller's: not used once done is NULL */
    struct fetched_row *rows; /* by key; malloced, since replies may outlive the caller */
    struct listed_row *listed;
    size_t nunanswered;
    uint64_t bytes;
    row_fetch_done_fn *done; /* NULL: nobody waits for it any more */
    void *arg;
};

static void
release(struct row_fetch *fetch)
{
    if (!fetch->done && fetch->nunanswered == 0) {
        free(fetch->rows);
        free(fetch);
    }
}

static void
finish(struct row_fetch *fetch, const struct error *err)
{
    row_fetch_done_fn *done = fetch->done;
    fetch->done = NULL;
    done(fetch->arg, fetch->listed, fetch->request.nkeys, fetch->bytes, err);
}

/* ---- Replies ---- */

struct pair {
    struct slice field, value;
};

static int
by_field(const void *a, const void *b)
{
    return slice_compare(((const struct pair *) a)->field, ((const struct pair *) b)->field);
}

static struct slice
text_take(struct row_fetch *fetch, const struct resp_value *reply)
{
    struct slice text = reply_text(reply);
    fetch->bytes += text.len + sizeof text;
    return reply_is_text(reply) ? arena_copy(fetch->arena, text) : (struct slice){0};
}

/* Takes {field, value, ...}, and sorts it. */
static bool
pairs_take(struct row_fetch *fetch, const struct resp_value *reply, struct listed_row *row)
{
    size_t npairs = reply_count(reply) / 2;
    if (reply->type != VALUE_ARRAY || reply_count(reply) % 2 || !reply_is_texts(reply)) {
        return false;
    }
    struct pair *pairs = arena_array(fetch->arena, npairs, sizeof *pairs);
    for (size_t i = 0; i < npairs; i++) {
        pairs[i] = (struct pair){text_take(fetch, reply_at(reply, 2 * i)),
                                 text_take(fetch, reply_at(reply, 2 * i + 1))};
    }
    if (npairs) {
        qsort(pairs, npairs, sizeof *pairs, by_field);
    }
    row->texts = &pairs->field; /* a pair is two slices in a row */
    row->ntexts = 2 * npairs;
    return true;
}

static bool
values_take(struct row_fetch *fetch, const struct resp_value *reply, struct listed_row *row)
{
    size_t n = fetch->request.nfields;
    struct slice *texts = arena_array(fetch->arena, n, sizeof *texts);
    if (reply->type != VALUE_ARRAY || reply_count(reply) != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        texts[i] = text_take(fetch, reply_at(reply, i));
    }
    row->texts = texts;
    row->ntexts = n;
    return true;
}

/* A key that is no hash any more is no row: it has no values. */
static bool
row_take(struct fetched_row *fetched, const struct resp_value *reply, struct error *err)
{
    struct row_fetch *fetch = fetched->fetch;
    const char *name = shards_owner_name(fetch->shards, fetched->slot);
    if (resp_value_is_error(reply, "WRONGTYPE")) {
        fetched->row->ntexts = fetch->request.nfields;
        fetched->row->texts =
            arena_array(fetch->arena, fetched->row->ntexts, sizeof *fetched->row->texts);
        return true;
    }
    if (reply_is_error(reply, name, err)) {
        return false;
    }
    return (fetch->request.nfields ? values_take(fetch, reply, fetched->row)
                                   : pairs_take(fetch, reply, fetched->row)) ||
           reply_misshapen(name, "a row", err);
}

static void
on_row(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct fetched_row *fetched = arg;
    struct row_fetch *fetch = fetched->fetch;
    struct error own = {"", ""};
    fetch->nunanswered--;
    if (fetch->done && err) {
        finish(fetch, err);
    } else if (fetch->done && !row_take(fetched, reply, &own)) {
        finish(fetch, &own);
    } else if (fetch->done && fetch->nunanswered == 0) {
        finish(fetch, NULL);
    }
    release(fetch);
}

/* ---- Commands ---- */

/* Appends the name of the row's hash, and finds its slot. */
static unsigned
place_find(const struct handle *dataset, struct slice name, struct strbuf *key)
{
    if (dataset_is_columns(dataset->dataset)) {
        strbuf_append(key, name);
        return key_slot(name);
    }
    unsigned number = partition_of(name, dataset->dataset->npartitions);
    const struct partition *partition = &dataset->partitions[number];
    strbuf_append(key, dataset->row_prefix);
    key_append_value(key, name);
    strbuf_append_str(key, partition->tag);
    return partition->slot;
}

static bool
row_ask(struct row_fetch *fetch, size_t i, struct slice *args, struct strbuf *key,
        struct error *err)
{
    struct fetched_row *fetched = &fetch->rows[i];
    strbuf_clear(key);
    *fetched = (struct fetched_row){.fetch = fetch, .row = &fetch->listed[i]};
    fetched->slot = place_find(fetch->request.dataset, fetch->request.keys[i].name, key);
    fetched->row->name = fetch->request.keys[i].name;
    args[1] = strbuf_slice(key);
    const struct slot_target target = {.slot = fetched->slot, .lane = LANE_COUNTS, .is_safe = true};
    if (!slot_call(fetch->shards, &target, args, 2 + fetch->request.nfields, on_row, fetched,
                   err)) {
        return false;
    }
    fetch->nunanswered++;
    return true;
}

bool
row_fetch_start(struct executor *executor, const struct row_fetch_request *request,
                struct arena *arena, row_fetch_done_fn *done, void *arg, struct row_fetch **out,
                struct error *err)
{
    struct row_fetch *fetch = must_alloc(sizeof *fetch);
    *fetch = (struct row_fetch){
        .shards = executor->shards, .request = *request, .arena = arena, .done = done, .arg = arg};
    fetch->rows = must_array(request->nkeys, sizeof *fetch->rows);
    fetch->listed = arena_array(arena, request->nkeys, sizeof *fetch->listed);
    struct slice *args = must_array(2 + request->nfields, sizeof *args);
    args[0] = request->nfields ? slice_lit("HMGET") : slice_lit("HGETALL");
    for (size_t i = 0; i < request->nfields; i++) {
        args[2 + i] = request->fields[i];
    }
    struct strbuf key;
    strbuf_init(&key);
    bool ok = true;
    for (size_t i = 0; ok && i < request->nkeys; i++) {
        ok = row_ask(fetch, i, args, &key, err);
    }
    strbuf_fini(&key);
    free(args);
    if (!ok) {
        row_fetch_cancel(fetch);
        return false;
    }
    *out = fetch;
    return true;
}

void
row_fetch_cancel(struct row_fetch *fetch)
{
    fetch->done = NULL;
    release(fetch);
}
