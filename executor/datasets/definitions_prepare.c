/*
 * Definitions, prepared: what shards and partitions learn of a dataset before the catalog has it.
 * in: the catalog as stored and as changed; out: indexes, layouts and marks in the shards, and the
 * method of each new dataset decided.
 *
 * A callback records what came and goes on; finish() is the only way out.
 */
#include "executor/datasets/definitions_prepare.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/datasets/column_index.h"
#include "executor/datasets/dataset_mark.h"
#include "executor/datasets/layout.h"

struct preparing {
    struct shards *shards;
    struct handles *handles;
    const struct catalog *stored;
    struct catalog *changed;
    size_t at; /* datasets of `changed` that are done */
    struct handle *marking;
    size_t nchecks; /* checks under way */
    struct error err;
    prepare_done_fn *done;
    void *arg;
};

static void
finish(struct preparing *preparing)
{
    prepare_done_fn *done = preparing->done;
    void *arg = preparing->arg;
    struct error err = preparing->err;
    handle_release(preparing->marking);
    free(preparing);
    done(arg, error_is_set(&err) ? &err : NULL);
}

static void advance(struct preparing *preparing);

/* ---- Marks ---- */

static void
on_marked(void *arg, const struct error *err)
{
    struct preparing *preparing = arg;
    handle_release(preparing->marking);
    preparing->marking = NULL;
    if (err) {
        error_set(&preparing->err, err->code, "%s", err->message);
        finish(preparing);
        return;
    }
    preparing->at++;
    advance(preparing);
}

static void
mark(struct preparing *preparing)
{
    const struct dataset *dataset = catalog_at(preparing->changed, preparing->at);
    bool has_partitions = !dataset_is_columns(dataset);
    if (dataset->born == 0 || dataset->state != DATASET_LIVE || !has_partitions) {
        preparing->at++;
        advance(preparing);
        return;
    }
    preparing->marking = handle_new(preparing->handles, dataset);
    if (!dataset_mark(preparing->shards, preparing->marking, DATASET_LIVE, dataset->since, 0,
                      on_marked, preparing, &preparing->err)) {
        finish(preparing);
    }
}

/* ---- Layouts ---- */

static void
on_layout(void *arg, const struct error *err)
{
    struct preparing *preparing = arg;
    if (err) {
        error_set(&preparing->err, err->code, "%s", err->message);
    }
    if (--preparing->nchecks > 0) {
        return;
    }
    if (error_is_set(&preparing->err)) {
        finish(preparing);
    } else {
        mark(preparing);
    }
}

static void
check_layouts(struct preparing *preparing)
{
    const struct shards *shards = preparing->shards;
    const struct dataset *dataset = catalog_at(preparing->changed, preparing->at);
    size_t nshards = shards_is_cluster(shards) ? 0 : shards_count(shards);
    preparing->nchecks = 1;
    for (size_t i = 0; i < nshards && !error_is_set(&preparing->err); i++) {
        preparing->nchecks +=
            layout_check(shards, i, dataset, on_layout, preparing, &preparing->err);
    }
    on_layout(preparing, NULL);
}

/* ---- Indexes ---- */

/*
 * `auto` becomes columns where every shard has the module. The choice holds for the dataset's life,
 * because the methods store rows in different ways.
 */
static void
on_indexes(void *arg, const struct error *err)
{
    struct preparing *preparing = arg;
    struct slice name = catalog_at(preparing->changed, preparing->at)->name;
    struct dataset *dataset = catalog_own_name(preparing->changed, name);
    bool has_none = err && strcmp(err->code, "NOMODULE") == 0;
    struct error ignored = {"", ""};
    if (err && !(has_none && dataset->method == METHOD_AUTO)) {
        error_set(&preparing->err, has_none ? "ERR" : err->code, "%s%s",
                  has_none ? "method columns: " : "", err->message);
        finish(preparing);
        return;
    }
    if (err) {
        (void) !column_index_drop(preparing->shards, dataset, NULL, NULL, &ignored);
    }
    dataset->method = err ? METHOD_SETS : METHOD_COLUMNS;
    check_layouts(preparing);
}

/* ---- One after the other ---- */

static bool
is_new(const struct preparing *preparing, const struct dataset *dataset)
{
    const struct dataset *had = catalog_own_name(preparing->stored, dataset->name);
    return !had || had->born != dataset->born;
}

static void
advance(struct preparing *preparing)
{
    struct catalog *changed = preparing->changed;
    while (preparing->at < catalog_count(changed) &&
           !is_new(preparing, catalog_at(changed, preparing->at))) {
        preparing->at++;
    }
    if (preparing->at == catalog_count(changed)) {
        finish(preparing);
        return;
    }
    const struct dataset *dataset = catalog_at(changed, preparing->at);
    if (dataset->method == METHOD_SETS || dataset->state != DATASET_LIVE) {
        check_layouts(preparing);
    } else if (!column_index_create(preparing->shards, dataset, on_indexes, preparing,
                                    &preparing->err)) {
        finish(preparing);
    }
}

void
prepare_start(struct shards *shards, struct handles *handles, const struct catalog *stored,
              struct catalog *changed, prepare_done_fn *done, void *arg)
{
    struct preparing *preparing = must_alloc(sizeof *preparing);
    *preparing = (struct preparing){.shards = shards,
                                    .handles = handles,
                                    .stored = stored,
                                    .changed = changed,
                                    .done = done,
                                    .arg = arg};
    advance(preparing);
}
