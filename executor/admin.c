/*
 * Admin: questions over all partitions of one dataset or of all.
 * in: an operation; out: names and numbers, through the callback.
 *
 * CACHE, INFO and DBSIZE are a scatter per dataset, one dataset after the other. VERIFY goes
 * through the partitions one by one, a slice at a time, so that it holds no shard for long.
 */
#include "executor/admin.h"

#include <stdlib.h>

#include "base/map.h"
#include "executor/scatter.h"
#include "executor/shard_reply.h"
#include "executor/slot_call.h"

static const char VERIFY_SLICE[] = "200";

struct admin {
    struct executor *executor;
    enum admin_op op;
    struct arena *arena;
    size_t dataset, last_dataset; /* the one under way, and where to stop (not included) */
    admin_done_fn *done;
    void *arg;
    /* VERIFY */
    unsigned partition;
    struct slice state; /* where the script goes on; empty: a partition's beginning */
    /* sums */
    int64_t rows, entries, mismatches, bytes, fields;
    struct map names; /* cached filters, "dataset name" */
};

static void
finish(struct admin *admin, const struct error *err)
{
    struct executor *executor = admin->executor;
    struct admin_pair pairs[4];
    size_t n = 0;
    const struct executor_counters *counters = &executor->counters;
    switch (admin->op) {
    case ADMIN_CACHE_INFO:
        pairs[n++] = (struct admin_pair){"hits", (int64_t) counters->cache_hits};
        pairs[n++] = (struct admin_pair){"misses", (int64_t) counters->cache_misses};
        pairs[n++] = (struct admin_pair){"entries", (int64_t) admin->names.count};
        pairs[n++] = (struct admin_pair){"bytes", admin->bytes};
        break;
    case ADMIN_CACHE_CLEAR:
        pairs[n++] = (struct admin_pair){"entries", (int64_t) admin->names.count};
        break;
    case ADMIN_DATASET_VERIFY:
        pairs[n++] = (struct admin_pair){"rows", admin->rows};
        pairs[n++] = (struct admin_pair){"entries", admin->entries};
        pairs[n++] = (struct admin_pair){"mismatches", admin->mismatches};
        break;
    case ADMIN_DATASET_INFO: {
        const struct dataset *dataset = executor->datasets[admin->last_dataset - 1].dataset;
        pairs[n++] = (struct admin_pair){"rows", admin->rows};
        pairs[n++] = (struct admin_pair){"partitions", dataset->npartitions};
        pairs[n++] = (struct admin_pair){"shards", (int64_t) executor_count_shards(executor)};
        break;
    }
    case ADMIN_DBSIZE: pairs[n++] = (struct admin_pair){"rows", admin->rows}; break;
    }
    if (!executor->closing) {
        admin->done(admin->arg, err ? NULL : pairs, err ? 0 : n, err);
    }
    arena_free(admin->arena);
    free(admin);
}

static void advance(struct admin *admin);

/* ---- One scatter per dataset ---- */

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    (void) shard;
    struct admin *admin = arg;
    int64_t n;
    if (!reply_count(reply) || !reply_int(reply_at(reply, 0), &n)) {
        return error_set(err, "SHARDDOWN", "a shard answered with a reply of another shape");
    }
    if (admin->op == ADMIN_DATASET_INFO || admin->op == ADMIN_DBSIZE) {
        admin->rows += n;
        return true;
    }
    admin->bytes += n;
    const struct dataset *dataset = admin->executor->datasets[admin->dataset].dataset;
    for (size_t i = 1; i < reply_count(reply); i++) {
        struct slice name = reply_text(reply_at(reply, i));
        struct slice key =
            arena_printf(admin->arena, "%.*s %.*s", SLICE_ARG(dataset->name), SLICE_ARG(name));
        map_add(&admin->names, key, NULL);
    }
    return true;
}

static void
on_end(void *arg, const struct error *err)
{
    struct admin *admin = arg;
    if (err) {
        finish(admin, err);
        return;
    }
    admin->dataset++;
    advance(admin);
}

static void
scatter_dataset(struct admin *admin)
{
    struct executor *executor = admin->executor;
    struct executor_dataset *dataset = &executor->datasets[admin->dataset];
    bool is_cache = admin->op == ADMIN_CACHE_INFO || admin->op == ADMIN_CACHE_CLEAR;
    struct slice args[2] = {dataset->dataset->name, slice_lit("0")};
    if (is_cache) {
        args[1] = admin->op == ADMIN_CACHE_CLEAR ? slice_lit("clear") : slice_lit("info");
    }
    if (admin->op == ADMIN_CACHE_CLEAR) {
        stats_drop_filters(dataset->stats);
    }
    struct scatter_request request = {is_cache ? SCRIPT_CACHE : SCRIPT_STATS, args, 2, 16, 2};
    struct scatter *scatter;
    struct error err = {"", ""};
    if (!scatter_start(executor, dataset, &request, on_part, on_end, admin, &scatter, &err)) {
        finish(admin, &err);
    }
}

/* ---- VERIFY ---- */

static void
on_slice(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct admin *admin = arg;
    struct executor *executor = admin->executor;
    const struct executor_dataset *dataset = &executor->datasets[admin->dataset];
    struct error own = {"", ""};
    int64_t rows, entries, mismatches;
    if (err) {
        finish(admin, err);
        return;
    }
    unsigned slot = dataset->partitions[admin->partition].slot;
    const char *name = executor->owners[slot] == NO_SHARD
                           ? "?"
                           : shard_name(executor->shards[executor->owners[slot]]);
    if (reply_is_error(reply, name, &own)) {
        finish(admin, &own);
        return;
    }
    if (reply_count(reply) != 4 || !reply_int(reply_at(reply, 0), &rows) ||
        !reply_int(reply_at(reply, 1), &entries) || !reply_int(reply_at(reply, 2), &mismatches)) {
        error_set(&own, "SHARDDOWN", "shard %s answered with a reply of another shape", name);
        finish(admin, &own);
        return;
    }
    admin->rows += rows;
    admin->entries += entries;
    admin->mismatches += mismatches;
    struct slice state = reply_text(reply_at(reply, 3));
    if (!state.len) {
        admin->partition++;
    }
    /* The arena would grow with every slice: the state is the only thing that goes on. */
    struct arena *fresh = arena_new();
    admin->state = arena_copy(fresh, state);
    arena_free(admin->arena);
    admin->arena = fresh;
    advance(admin);
}

static void
verify_slice(struct admin *admin)
{
    struct executor *executor = admin->executor;
    const struct executor_dataset *dataset = &executor->datasets[admin->dataset];
    const struct partition *partition = &dataset->partitions[admin->partition];
    struct slice args[3] = {dataset->dataset->name, admin->state, slice_str(VERIFY_SLICE)};
    struct error err = {"", ""};
    const struct slot_target target = {
        .slot = partition->slot, .lane = LANE_COUNTS, .is_safe = true};
    if (!slot_call_script(executor, &target, SCRIPT_VERIFY, &partition->rows_key, 1, args, 3,
                          on_slice, admin, &err)) {
        finish(admin, &err);
    }
}

static void
advance(struct admin *admin)
{
    if (admin->dataset == admin->last_dataset) {
        finish(admin, NULL);
    } else if (admin->op != ADMIN_DATASET_VERIFY) {
        scatter_dataset(admin);
    } else if (admin->partition == admin->executor->datasets[admin->dataset].dataset->npartitions) {
        finish(admin, NULL);
    } else {
        verify_slice(admin);
    }
}

static void
on_start(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    advance(arg);
}

bool
admin_start(struct executor *executor, enum admin_op op, struct slice dataset, admin_done_fn *done,
            void *arg, struct error *err)
{
    size_t first = 0, last = executor->ndatasets;
    if (op == ADMIN_DATASET_VERIFY || op == ADMIN_DATASET_INFO) {
        const struct dataset *found = catalog_by_name(executor->catalog, dataset);
        char quoted[ERROR_QUOTE_BYTES];
        if (!found) {
            return error_set(err, "NODATASET", "there is no dataset %s",
                             error_quote(quoted, dataset));
        }
        first = found->index;
        last = first + 1;
    }
    struct admin *admin = must_alloc(sizeof *admin);
    *admin = (struct admin){.executor = executor,
                            .op = op,
                            .arena = arena_new(),
                            .dataset = first,
                            .last_dataset = last,
                            .done = done,
                            .arg = arg};
    map_init(&admin->names, admin->arena);
    admin->state = slice_lit("");
    struct timeval now = {0, 0};
    event_base_once(executor->base, -1, EV_TIMEOUT, on_start, admin, &now);
    return true;
}
