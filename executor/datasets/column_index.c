/*
 * Makes, drops and asks the shards' own indexes of a dataset by columns. in: a dataset; out:
 * QUIPU.INDEX, QUIPU.INFO and QUIPU.VERIFY to every shard.
 *
 *     QUIPU.INDEX CREATE current PREFIX profile_
 *     QUIPU.INDEX CREATE w47 PREFIX w47:profile_
 */
#include "executor/datasets/column_index.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/shards/broadcast.h"
#include "executor/shards/shard_reply.h"
#include "net/resp_value.h"

struct work {
    struct shards *shards;
    bool is_info;
    bool is_verify;
    struct column_index_sums sums;
    struct change_counts *changes; /* INFO; NULL: nobody asks */
    column_index_done_fn *done;
    column_index_sums_fn *told;
    void *arg;
};

/* A shard without the module answers that the command is not known. */
static bool
is_refusal(const struct work *work, const struct resp_value *reply, size_t shard, struct error *err)
{
    const char *name = shard_name(shards_at(work->shards, shard));
    if (reply->type == VALUE_ERROR &&
        slice_starts_with(reply->text, slice_lit("ERR unknown command"))) {
        error_set(err, "NOMODULE", "shard %zu (%s) has not loaded the module quipu.so", shard,
                  name);
        return true;
    }
    return reply_is_error(reply, name, err);
}

static bool
on_done_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    const struct work *work = arg;
    return !is_refusal(work, reply, shard, err) &&
           (reply_is_text(reply) ||
            reply_misshapen(shard_name(shards_at(work->shards, shard)), "QUIPU.INDEX", err));
}

static bool
on_drop_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct error own = {"", ""};
    if (!is_refusal(arg, reply, shard, &own) ||
        slice_equal(slice_str(own.code), slice_lit("NODATASET")) ||
        slice_equal(slice_str(own.code), slice_lit("NOMODULE"))) {
        return true;
    }
    *err = own;
    return false;
}

/* Reads names and numbers in turn. */
static bool
on_sums_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct work *work = arg;
    if (work->is_info && resp_value_is_error(reply, "NODATASET")) {
        work->sums.percent = 0; /* its index is not made yet */
        return true;
    }
    if (is_refusal(work, reply, shard, err)) {
        return false;
    }
    int64_t percent = work->is_info ? -1 : 100, changes = 0, since = 0;
    struct {
        const char *name;
        int64_t *sum;
        bool is_due, is_there;
    } numbers[] = {{"rows", &work->sums.rows, true, false},
                   {"bytes", &work->sums.bytes, false, false},
                   {"changes", &changes, false, false},
                   {"changes_since", &since, false, false},
                   {"fields", &work->sums.fields, work->is_verify, false},
                   {"mismatches", &work->sums.mismatches, work->is_verify, false}};
    bool ok = reply_count(reply) % 2 == 0;
    for (size_t i = 0; ok && i < reply_count(reply); i += 2) {
        struct slice name = reply_text(reply_at(reply, i));
        const struct resp_value *value = reply_at(reply, i + 1);
        for (size_t j = 0; ok && j < sizeof numbers / sizeof *numbers; j++) {
            if (slice_equal(name, slice_str(numbers[j].name))) {
                ok = !numbers[j].is_there &&
                     (reply_add(value, numbers[j].sum) || !numbers[j].is_due);
                numbers[j].is_there = true;
            }
        }
        if (slice_equal(name, slice_lit("percent"))) {
            ok = ok && reply_int(value, &percent);
        }
    }
    for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++) {
        ok = ok && (numbers[j].is_there || !numbers[j].is_due);
    }
    if (!ok || percent < 0 || percent > 100) {
        return reply_misshapen(shard_name(shards_at(work->shards, shard)),
                               work->is_info ? "QUIPU.INFO" : "QUIPU.VERIFY", err);
    }
    if (work->changes) {
        change_counts_note(work->changes, shard, since, changes);
    }
    if (percent < work->sums.percent) {
        work->sums.percent = percent;
    }
    return true;
}

static void
on_end(void *arg, const struct error *err)
{
    struct work *work = arg;
    if (work->done) {
        work->done(work->arg, err);
    } else if (work->told) {
        work->told(work->arg, err ? NULL : &work->sums, err);
    }
    free(work);
}

static struct work *
work_new(struct shards *shards, column_index_done_fn *done, column_index_sums_fn *told, void *arg)
{
    struct work *work = must_alloc(sizeof *work);
    work->shards = shards;
    work->sums.percent = 100;
    work->done = done;
    work->told = told;
    work->arg = arg;
    return work;
}

static bool
ask(struct work *work, const struct slice *args, size_t nargs, enum broadcast_kind kind,
    broadcast_part_fn *on_part, struct error *err)
{
    bool started = broadcast_start(work->shards, args, nargs, kind, on_part, on_end, work, err);
    if (!started) {
        free(work);
    }
    return started;
}

void
column_index_words(const struct dataset *dataset, struct strbuf *prefix,
                   struct slice words[COLUMN_INDEX_WORDS])
{
    dataset_append_row_prefix(dataset, prefix);
    strbuf_append(prefix, dataset->prefix);
    words[0] = slice_lit("QUIPU.INDEX");
    words[1] = slice_lit("CREATE");
    words[2] = dataset->name;
    words[3] = slice_lit("PREFIX");
    words[4] = strbuf_slice(prefix);
}

bool
column_index_create(struct shards *shards, const struct dataset *dataset,
                    column_index_done_fn *done, void *arg, struct error *err)
{
    struct strbuf prefix;
    struct slice args[COLUMN_INDEX_WORDS];
    strbuf_init(&prefix);
    column_index_words(dataset, &prefix, args);
    bool started = ask(work_new(shards, done, NULL, arg), args, COLUMN_INDEX_WORDS, BROADCAST_SHORT,
                       on_done_part, err);
    strbuf_fini(&prefix);
    return started;
}

static void
shard_tell(const struct shards *shards, const struct catalog *catalog, size_t shard)
{
    struct error ignored = {"", ""};
    struct link *link = shard_link(shards_at(shards, shard), LANE_COUNTS, &ignored);
    for (size_t i = 0; i < catalog_count(catalog) && link; i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        if (!dataset_is_columns(dataset) || dataset->state != DATASET_LIVE) {
            continue;
        }
        struct strbuf prefix;
        struct slice args[COLUMN_INDEX_WORDS];
        strbuf_init(&prefix);
        column_index_words(dataset, &prefix, args);
        link_send(link, args, COLUMN_INDEX_WORDS, NULL, NULL);
        strbuf_fini(&prefix);
    }
}

bool
column_index_drop(struct shards *shards, const struct dataset *dataset, column_index_done_fn *done,
                  void *arg, struct error *err)
{
    struct slice args[] = {slice_lit("QUIPU.INDEX"), slice_lit("DROP"), dataset->name};
    return ask(work_new(shards, done, NULL, arg), args, 3, BROADCAST_SHORT, on_drop_part, err);
}

bool
column_index_info(struct shards *shards, const struct dataset *dataset,
                  struct change_counts *changes, column_index_sums_fn *told, void *arg,
                  struct error *err)
{
    struct slice args[] = {slice_lit("QUIPU.INFO"), dataset->name};
    struct work *work = work_new(shards, NULL, told, arg);
    work->is_info = true;
    work->changes = changes;
    return ask(work, args, 2, BROADCAST_SHORT, on_sums_part, err);
}

bool
column_index_verify(struct shards *shards, const struct dataset *dataset,
                    column_index_sums_fn *told, void *arg, struct error *err)
{
    struct slice args[] = {slice_lit("QUIPU.VERIFY"), dataset->name};
    struct work *work = work_new(shards, NULL, told, arg);
    work->is_verify = true;
    return ask(work, args, 2, BROADCAST_LONG, on_sums_part, err);
}

void
column_index_tell_arrived(const struct shards *shards, const struct catalog *catalog)
{
    for (size_t i = 0; i < shards_count(shards); i++) {
        if (shard_take_arrival(shards_at(shards, i))) {
            shard_tell(shards, catalog, i);
        }
    }
}
