/*
 * Asks the nodes that slots are moving to. in: the slots; out: their rows by name, and which rows of
 * the sources are not counted any more.
 *
 * Example: slots 93 and 94 go to one node, 7000 to another: two nodes are asked, the first for two
 * slots.
 */
#include "executor/column_targets.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/column_reply.h"
#include "executor/column_words.h"
#include "executor/datasets/column_index.h"
#include "executor/executor_parts.h"
#include "executor/shards/long_call.h"
#include "executor/shards/topology.h"

/* A node that is asked. */
struct target {
    struct column_targets *targets;
    struct slice address; /* as the first of its slots has it, for errors */
    size_t shard;
    struct strbuf slots;    /* "93,94" */
    struct long_call *call; /* NULL: answered */
    struct named_rows *named;
    int64_t answered_us;
};

struct column_targets {
    struct executor *executor;
    struct arena *arena;
    struct column_targets_request request;
    struct target *items;
    size_t n, nrunning;
    size_t *target_of; /* by moving slot */
    const struct named_rows **rows;
    column_targets_done_fn *done;
    void *arg;
};

/* ---- The end ---- */

void
column_targets_free(struct column_targets *targets)
{
    if (targets) {
        for (size_t i = 0; i < targets->n; i++) {
            if (targets->items[i].call) {
                long_call_cancel(targets->items[i].call);
            }
            strbuf_fini(&targets->items[i].slots);
        }
        free(targets->items);
        free(targets);
    }
}

const struct named_rows *const *
column_targets_rows(const struct column_targets *targets, size_t *n)
{
    *n = targets->n;
    return targets->rows;
}

void
column_targets_progress(const struct column_targets *targets, size_t *ndone, size_t *nparts)
{
    *ndone = targets->n - targets->nrunning;
    *nparts = targets->n;
}

/* ---- Answers ---- */

/* All targets have answered. */
static void
join(struct column_targets *targets)
{
    struct error err = {"", ""};
    bool fit = true;
    for (size_t i = 0; i < targets->request.nmoving && fit; i++) {
        const struct target *target = &targets->items[targets->target_of[i]];
        fit = column_slots_join(targets->arena, &targets->request.moving[i], target->named,
                                target->answered_us, &err);
    }
    for (size_t i = 0; i < targets->n; i++) {
        targets->rows[i] = targets->items[i].named;
    }
    targets->done(targets->arg, fit ? NULL : &err);
}

static void
is_indexing(const struct target *target, struct error *err)
{
    error_clear(err);
    error_set(err, "SHARDDOWN", "node %.*s is indexing", SLICE_ARG(target->address));
}

/* A node without an index may have been told to make one, or is still reading its rows. */
static void
on_index(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct target *target = arg;
    struct error why = {"", ""};
    (void) reply, (void) err;
    target->call = NULL;
    is_indexing(target, &why);
    target->targets->done(target->targets->arg, &why);
}

static bool
target_create(struct target *target, struct error *err)
{
    struct column_targets *targets = target->targets;
    struct strbuf prefix;
    struct slice args[COLUMN_INDEX_WORDS];
    strbuf_init(&prefix);
    column_index_words(targets->request.dataset->dataset, &prefix, args);
    bool ok = long_call_start(targets->executor->shards, target->shard, args, COLUMN_INDEX_WORDS,
                              on_index, target, &target->call, err);
    strbuf_fini(&prefix);
    return ok;
}

static void
on_rows(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct target *target = arg;
    struct column_targets *targets = target->targets;
    struct shards *shards = targets->executor->shards;
    struct error own = {"", ""};
    target->call = NULL;
    targets->nrunning--;
    target->answered_us = now_us();
    if (err) {
        own = *err;
    } else if (!column_reply_is_error(reply, shards, target->shard, &own)) {
        (void) !column_reply_named(reply, targets->arena,
                                   shard_name(shards_at(shards, target->shard)), &target->named,
                                   &own);
    }
    if (strcmp(own.code, "NODATASET") == 0 && targets->request.may_create) {
        error_clear(&own);
        if (target_create(target, &own)) {
            return;
        }
    }
    if (strcmp(own.code, "INDEXING") == 0) {
        is_indexing(target, &own);
    }
    if (error_is_set(&own)) {
        targets->done(targets->arg, &own);
    } else if (targets->nrunning == 0) {
        join(targets);
    }
}

/* ---- Asking ---- */

/*
 * Finds the node by its id, under the name that the shards know. A node that owns nothing yet is
 * found by its address.
 */
static struct shard *
find_shard(const struct column_targets *targets, const struct moving_slot *moving)
{
    struct shards *shards = targets->executor->shards;
    struct shard *shard = moving->id.len ? topology_shard_of_node(shards, moving->id) : NULL;
    return shard ? shard
                 : topology_shard_at(shards, arena_copy(targets->arena, moving->address).ptr);
}

/* Notes which node is asked about the slot. */
static bool
slot_add(struct column_targets *targets, size_t i, struct error *err)
{
    const struct moving_slot *moving = &targets->request.moving[i];
    struct shard *shard = find_shard(targets, moving);
    size_t at = 0;
    if (!shard) {
        return error_set(err, "SHARDDOWN", "the node that slot %u goes to is not known",
                         moving->slot);
    }
    while (at < targets->n && targets->items[at].shard != shard_index(shard)) {
        at++;
    }
    struct target *target = &targets->items[at];
    if (at == targets->n) {
        targets->n++;
        *target = (struct target){
            .targets = targets, .address = moving->address, .shard = shard_index(shard)};
        strbuf_init(&target->slots);
    }
    strbuf_printf(&target->slots, "%s%u", target->slots.len ? "," : "", moving->slot);
    targets->target_of[i] = at;
    return true;
}

static bool
target_ask(struct target *target, struct error *err)
{
    struct column_targets *targets = target->targets;
    struct column_words words = {.n = 0};
    column_words_add(&words, slice_lit("QUIPU.ROWS"));
    column_words_add(&words, strbuf_slice(&target->slots));
    column_words_add_fields(&words, targets->arena, targets->request.query);
    column_words_add(&words, targets->request.text);
    return long_call_start(targets->executor->shards, target->shard, words.items, words.n, on_rows,
                           target, &target->call, err);
}

bool
column_targets_start(struct executor *executor, const struct column_targets_request *request,
                     struct arena *arena, column_targets_done_fn *done, void *arg,
                     struct column_targets **out, struct error *err)
{
    struct column_targets *targets = must_alloc(sizeof *targets);
    bool ok = true;
    *targets = (struct column_targets){
        .executor = executor, .arena = arena, .request = *request, .done = done, .arg = arg};
    /* not in the arena: that may be gone before they are */
    targets->items = must_array(request->nmoving, sizeof *targets->items);
    targets->target_of = arena_array(arena, request->nmoving, sizeof *targets->target_of);
    for (size_t i = 0; i < request->nmoving && ok; i++) {
        ok = slot_add(targets, i, err);
    }
    targets->rows = arena_array(arena, targets->n, sizeof *targets->rows);
    for (size_t i = 0; i < targets->n && ok; i++) {
        ok = target_ask(&targets->items[i], err);
        targets->nrunning += ok;
    }
    if (!ok) {
        column_targets_free(targets);
        return false;
    }
    *out = targets;
    return true;
}
