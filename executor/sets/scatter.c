/*
 * Scatter: sends one script to a dataset's partitions and keeps account of the answers. in: a
 * script with arguments, a dataset's partitions; out: each batch's reply, then the end.
 *
 *     SENDING --all batches sent--> WAITING --all answered--> over
 *        \______________ error or cancel ______________/         freed when no reply is under way
 */
#include "executor/sets/scatter.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"
#include "executor/shards/topology.h"

/* One shard's share: the keys of its partitions in a row, and how many were sent. */
struct share {
    struct scatter *scatter;
    size_t shard;
    struct slice *keys; /* borrowed from the dataset's partitions */
    unsigned *slots;    /* of each */
    size_t nkeys;
    size_t sent, answered; /* answered: replies come in the order of the batches */
};

struct scatter {
    struct shards *shards;
    struct handle *dataset; /* retained: it owns the keys */
    struct arena *arena;    /* args, shares */
    struct scatter_request request;
    struct slice *args; /* the request's, and those that call_args adds */
    scatter_part_fn *on_part;
    scatter_end_fn *on_end;
    void *arg;
    struct share *shares;
    size_t nunanswered; /* batches without an answer, sent or not */
    size_t in_flight;
    bool over;
};

static void
release(struct scatter *scatter)
{
    if (scatter->over && scatter->in_flight == 0) {
        handle_release(scatter->dataset);
        arena_free(scatter->arena);
        free(scatter);
    }
}

static void
end(struct scatter *scatter, const struct error *err)
{
    scatter->over = true;
    scatter->on_end(scatter->arg, err);
}

static void on_reply(void *arg, const struct resp_value *reply, const struct error *err);

/* The number of partitions in the batch that begins at one. */
static size_t
batch_keys(const struct share *share, size_t from)
{
    size_t nkeys = share->nkeys - from, most = share->scatter->request.batch_partitions;
    return nkeys < most ? nkeys : most;
}

/* The arguments of one call; its time limit is written into text. */
static const struct slice *
call_args(struct scatter *scatter, char text[24])
{
    const struct scatter_request *request = &scatter->request;
    if (request->tells_time) {
        int64_t left = request->until_ms ? request->until_ms - now_ms() : 0;
        int64_t told = request->until_ms && left < 1 ? 1 : left;
        size_t len = (size_t) snprintf(text, 24, "%lld", (long long) told);
        scatter->args[request->nargs - 1] = slice_of(text, len);
    }
    return scatter->args;
}

static bool
send_batch(struct share *share, struct error *err)
{
    struct scatter *scatter = share->scatter;
    const struct scatter_request *request = &scatter->request;
    char left[24];
    size_t nkeys = batch_keys(share, share->sent);
    const struct slot_target target = {
        .slot = share->slots[share->sent], .lane = LANE_COUNTS, .is_safe = true};
    if (!slot_call_script(scatter->shards, &target, request->script, share->keys + share->sent,
                          nkeys, call_args(scatter, left), request->nargs, on_reply, share, err)) {
        return false;
    }
    share->sent += nkeys;
    scatter->in_flight++;
    return true;
}

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct share *share = arg;
    struct scatter *scatter = share->scatter;
    scatter->in_flight--;
    share->answered += batch_keys(share, share->answered);
    if (!scatter->over) {
        struct error own = {"", ""};
        if (err) {
            end(scatter, err);
        } else if (reply_is_error(reply, shard_name(shards_at(scatter->shards, share->shard)),
                                  &own) ||
                   !scatter->on_part(scatter->arg, reply, share->shard, &own) ||
                   (share->sent < share->nkeys && !send_batch(share, &own))) {
            assert(error_is_set(&own));
            end(scatter, &own);
        } else if (--scatter->nunanswered == 0) {
            end(scatter, NULL);
        }
    }
    release(scatter);
}

/* Sorts the partitions' keys by shard. */
static void
share_out(struct scatter *scatter, const struct handle *dataset)
{
    struct shards *shards = scatter->shards;
    unsigned npartitions = dataset->dataset->npartitions;
    scatter->shares = arena_array(scatter->arena, shards_count(shards), sizeof *scatter->shares);
    for (size_t i = 0; i < shards_count(shards); i++) {
        struct share *share = &scatter->shares[i];
        share->scatter = scatter;
        share->shard = i;
        share->keys = arena_array(scatter->arena, npartitions, sizeof *share->keys);
        share->slots = arena_array(scatter->arena, npartitions, sizeof *share->slots);
        for (unsigned p = 0; p < npartitions; p++) {
            if (shards_owner(shards, dataset->partitions[p].slot) == i) {
                share->slots[share->nkeys] = dataset->partitions[p].slot;
                share->keys[share->nkeys++] = dataset->partitions[p].rows_key;
            }
        }
        size_t batch = scatter->request.batch_partitions;
        scatter->nunanswered += (share->nkeys + batch - 1) / batch;
    }
}

bool
scatter_start(struct shards *shards, struct handle *dataset, const struct scatter_request *request,
              scatter_part_fn *on_part, scatter_end_fn *on_end, void *arg, struct scatter **out,
              struct error *err)
{
    if (shards_is_cluster(shards) ? !topology_is_known(shards, err)
                                  : !shards_are_ready(shards, err)) {
        return false;
    }
    struct scatter *scatter = must_alloc(sizeof *scatter);
    *scatter = (struct scatter){.shards = shards,
                                .dataset = handle_retain(dataset),
                                .arena = arena_new(),
                                .request = *request,
                                .on_part = on_part,
                                .on_end = on_end,
                                .arg = arg};
    size_t nargs = request->nargs + request->tells_time;
    scatter->args = arena_array(scatter->arena, nargs, sizeof *scatter->args);
    for (size_t i = 0; i < request->nargs; i++) {
        scatter->args[i] = arena_copy(scatter->arena, request->args[i]);
    }
    scatter->request.nargs = nargs;
    /* In a cluster a script's keys are of one slot, so more calls are in flight instead. */
    if (shards_is_cluster(shards)) {
        scatter->request.window = request->window * request->batch_partitions;
        scatter->request.batch_partitions = 1;
    }
    share_out(scatter, dataset);
    for (size_t i = 0; i < shards_count(shards); i++) {
        struct share *share = &scatter->shares[i];
        for (size_t n = 0; n < scatter->request.window && share->sent < share->nkeys; n++) {
            if (!send_batch(share, err)) {
                scatter->over = true;
                release(scatter);
                return false;
            }
        }
    }
    *out = scatter;
    return true;
}

void
scatter_cancel(struct scatter *scatter)
{
    scatter->over = true;
    release(scatter);
}

void
scatter_progress(const struct scatter *scatter, size_t *ndone, size_t *npartitions)
{
    *ndone = *npartitions = 0;
    for (size_t i = 0; i < shards_count(scatter->shards); i++) {
        *ndone += scatter->shares[i].answered;
        *npartitions += scatter->shares[i].nkeys;
    }
}
