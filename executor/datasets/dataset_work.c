/*
 * Dataset work: the steps of DROP and REINDEX, one after the other.
 * in: a dataset that the catalog calls dropping or indexing; out: a dataset that is gone or live.
 *
 *     DROP     WAITING     until nothing runs on it here, and other servers know
 *              MARKING     partitions answer NODATASET to servers that do not know yet
 *              ROWS        removed
 *              INDEX       removed
 *              SETTLING    the marks will go in an hour; the shards forget the layout
 *              WRITING     out of the catalog
 *
 *     REINDEX  MARKING     partitions answer INDEXING to counts
 *              INDEX       removed
 *              ROWS        entries made; rows written meanwhile make their own
 *              SETTLING    partitions are live again
 *              WRITING     live in the catalog
 *
 * By columns no partition is marked. DROP drops the shards' indexes before the rows. REINDEX makes
 * a new index in each shard (INDEX) and waits until all are whole (ROWS).
 *
 * A step that fails is tried again from MARKING, a second later.
 */
#include "executor/datasets/dataset_work.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "executor/datasets/column_index.h"
#include "executor/datasets/column_rows.h"
#include "executor/datasets/dataset_beat.h"
#include "executor/datasets/dataset_mark.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/layout.h"
#include "executor/sets/sweep.h"

enum {
    KNOWN_EVERYWHERE_MS = 2500, /* other servers ask once a second */
    RETRY_MS = 1000,
    LOOK_MS = 200,
    BEAT_MS = 500,
    SILENCE_MS = 5000, /* after this long another server takes the work over */
    MARK_LIFE_MS = 3600 * 1000,
    SLICE = 50 /* keys: a row of 20 fields takes some 40 us to index */
};

enum step { WAITING, MARKING, ROWS, INDEX, SETTLING, WRITING };

struct dataset_work {
    struct list in_works; /* of the datasets */
    struct datasets *datasets;
    struct handle *dataset;
    enum dataset_state kind; /* DROPPING, INDEXING */
    uint64_t since;
    enum step step;
    int64_t started_ms, beat_ms;
    uint64_t nbeats;          /* sent so far */
    int64_t retry_ms;         /* 0: a step is under way, or waits */
    bool is_under_way;        /* a callback will come */
    bool is_over;             /* it is freed when that callback comes */
    size_t nforgetting;       /* shards that are forgetting the layout */
    struct sweep *sweep;      /* ROWS, INDEX */
    struct column_rows *rows; /* ROWS, of a DROP by columns */
    int64_t look_ms;          /* ROWS, of a REINDEX by columns: when to ask the shards for
                                 progress */
    struct error err;
};

/* ---- Steps ---- */

static void run(struct dataset_work *work);

static void
work_free(struct dataset_work *work)
{
    list_remove(&work->in_works);
    handle_release(work->dataset);
    free(work);
}

/* Ends the work now, or when its callback has come. */
static void
work_end(struct dataset_work *work)
{
    if (work->sweep) {
        sweep_cancel(work->sweep);
        work->sweep = NULL;
        work->is_under_way = false;
    }
    if (work->rows) {
        column_rows_cancel(work->rows);
        work->rows = NULL;
        work->is_under_way = false;
    }
    work->is_over = true;
    if (!work->is_under_way) {
        work_free(work);
    }
}

static void
work_fail(struct dataset_work *work, const struct error *err)
{
    struct slice name = work->dataset->dataset->name;
    work->is_under_way = false;
    if (work->is_over || strcmp(err->code, "NODATASET") == 0) {
        work_end(work); /* another server has it now */
        return;
    }
    log_write(shards_log(work->datasets->shards), LOG_WARNING, "dataset %.*s, %s: %s; trying again",
              SLICE_ARG(name), dataset_state_name(work->kind), err->message);
    work->retry_ms = now_ms() + RETRY_MS;
}

static bool
is_columns(const struct dataset_work *work)
{
    return dataset_is_columns(work->dataset->dataset);
}

static void
step_done(struct dataset_work *work)
{
    static const enum step AFTER[2][WRITING + 1] = {
        {[WAITING] = MARKING,
         [MARKING] = INDEX,
         [INDEX] = ROWS,
         [ROWS] = SETTLING,
         [SETTLING] = WRITING,
         [WRITING] = WRITING},
        {[WAITING] = MARKING,
         [MARKING] = ROWS,
         [ROWS] = INDEX,
         [INDEX] = SETTLING,
         [SETTLING] = WRITING,
         [WRITING] = WRITING},
    };
    work->is_under_way = false;
    if (work->is_over) {
        work_end(work);
        return;
    }
    bool has_rows_first = work->kind == DATASET_DROPPING && !is_columns(work);
    work->step = AFTER[has_rows_first][work->step];
    run(work);
}

static void
on_step(void *arg, const struct error *err)
{
    struct dataset_work *work = arg;
    if (shards_are_closing(work->datasets->shards)) {
        return;
    }
    if (err) {
        work_fail(work, err);
    } else {
        step_done(work);
    }
}

static void
on_swept(void *arg, int64_t first, int64_t second, const struct error *err)
{
    (void) first, (void) second;
    struct dataset_work *work = arg;
    work->sweep = NULL;
    on_step(work, err);
}

static bool
sweep(struct dataset_work *work, struct error *err)
{
    struct arena *arena = arena_new();
    const struct dataset *dataset = work->dataset->dataset;
    bool makes = work->kind == DATASET_INDEXING && work->step == ROWS;
    struct sweep_request request = {
        work->step == ROWS ? SWEEP_ROWS : SWEEP_INDEX, makes ? "index" : "remove",
        arena_printf(arena, "%s %llu %llu", dataset_mark_word(work->kind),
                     (unsigned long long) dataset->born, (unsigned long long) work->since),
        SLICE};
    bool started = sweep_start(work->datasets->shards, work->dataset, &request, on_swept, work,
                               &work->sweep, err);
    arena_free(arena);
    return started;
}

static void
on_forgotten(void *arg, const struct error *err)
{
    struct dataset_work *work = arg;
    if (shards_are_closing(work->datasets->shards)) {
        return;
    }
    if (err) {
        error_set(&work->err, err->code, "%s", err->message);
    }
    if (--work->nforgetting > 0) {
        return;
    }
    struct error first = work->err;
    error_clear(&work->err);
    on_step(work, error_is_set(&first) ? &first : NULL);
}

static void
on_marked_dropped(void *arg, const struct error *err)
{
    struct dataset_work *work = arg;
    struct datasets *datasets = work->datasets;
    if (shards_are_closing(datasets->shards)) {
        return;
    }
    work->nforgetting = 1;
    for (size_t i = 0;
         i < shards_count(datasets->shards) && !shards_is_cluster(datasets->shards) && !err; i++) {
        work->nforgetting += layout_forget(datasets->shards, i, work->dataset->dataset,
                                           on_forgotten, work, &work->err);
    }
    on_forgotten(work, err);
}

static bool
settle(struct dataset_work *work, struct error *err)
{
    if (work->kind == DATASET_DROPPING) {
        return dataset_mark(work->datasets->shards, work->dataset, DATASET_DROPPING, work->since,
                            MARK_LIFE_MS, on_marked_dropped, work, err);
    }
    return dataset_mark(work->datasets->shards, work->dataset, DATASET_LIVE, work->since, 0,
                        on_step, work, err);
}

/* Tells the catalog that the work is done, unless another server has taken it over. */
static bool
edit_done(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    (void) version, (void) is_first;
    const struct dataset_work *work = arg;
    const struct dataset *mine = work->dataset->dataset;
    struct dataset *dataset = catalog_own_name(catalog, mine->name);
    if (!dataset || dataset->born != mine->born || dataset->since != work->since) {
        return error_set(err, "NODATASET", "dataset %.*s was changed by another server meanwhile",
                         SLICE_ARG(mine->name));
    }
    if (work->kind == DATASET_DROPPING) {
        catalog_remove(catalog, mine->name);
    } else {
        dataset->state = DATASET_LIVE;
    }
    return true;
}

static void
on_written(void *arg, const struct error *err)
{
    struct dataset_work *work = arg;
    if (shards_are_closing(work->datasets->shards)) {
        return;
    }
    if (err) {
        work_fail(work, err);
        return;
    }
    const struct dataset *dataset = work->dataset->dataset;
    log_write(shards_log(work->datasets->shards), LOG_NOTICE, "dataset %.*s is %s",
              SLICE_ARG(dataset->name), work->kind == DATASET_DROPPING ? "dropped" : "indexed");
    beat_end(work->datasets->shards, dataset);
    work->is_under_way = false;
    work_end(work);
}

/* ---- Steps by columns ---- */

static void
on_dropped_index(void *arg, const struct error *err)
{
    struct dataset_work *work = arg;
    struct error own = {"", ""};
    if (shards_are_closing(work->datasets->shards)) {
        return;
    }
    if (err || work->is_over || work->kind == DATASET_DROPPING) {
        on_step(work, err);
    } else if (!column_index_create(work->datasets->shards, work->dataset->dataset, on_step, work,
                                    &own)) {
        on_step(work, &own);
    }
}

static void
on_look(void *arg, const struct column_index_sums *sums, const struct error *err)
{
    struct dataset_work *work = arg;
    if (shards_are_closing(work->datasets->shards)) {
        return;
    }
    if (err || work->is_over || sums->percent == 100) {
        on_step(work, err);
        return;
    }
    work->dataset->percent = (int) sums->percent;
    work->is_under_way = false;
    work->look_ms = now_ms() + LOOK_MS;
}

static void
on_removed(void *arg, const struct error *err)
{
    struct dataset_work *work = arg;
    work->rows = NULL;
    on_step(work, err);
}

static bool
column_step_start(struct dataset_work *work, struct error *err)
{
    const struct dataset *dataset = work->dataset->dataset;
    switch (work->step) {
    case WAITING: break;
    case MARKING: on_step(work, NULL); break;
    case INDEX:
        return column_index_drop(work->datasets->shards, dataset, on_dropped_index, work, err);
    case ROWS:
        if (dataset->keeps_rows && work->kind == DATASET_DROPPING) {
            on_step(work, NULL);
            return true;
        }
        if (work->kind == DATASET_INDEXING) {
            return column_index_info(work->datasets->shards, dataset, NULL, on_look, work, err);
        }
        return column_rows_remove(work->datasets->shards, dataset, on_removed, work, &work->rows,
                                  err);
    case SETTLING:
        if (work->kind == DATASET_DROPPING) {
            on_marked_dropped(work, NULL);
        } else {
            on_step(work, NULL);
        }
        break;
    case WRITING: definitions_change(work->datasets, edit_done, work, on_written); break;
    }
    return true;
}

/* ---- A step ---- */

static bool
step_start(struct dataset_work *work, struct error *err)
{
    if (is_columns(work)) {
        return column_step_start(work, err);
    }
    switch (work->step) {
    case WAITING: break;
    case MARKING:
        return dataset_mark(work->datasets->shards, work->dataset, work->kind, work->since, 0,
                            on_step, work, err);
    case ROWS:
    case INDEX: return sweep(work, err);
    case SETTLING: return settle(work, err);
    case WRITING: definitions_change(work->datasets, edit_done, work, on_written); break;
    }
    return true;
}

static void
run(struct dataset_work *work)
{
    struct error err = {"", ""};
    work->is_under_way = work->step != WAITING;
    if (!step_start(work, &err)) {
        work_fail(work, &err);
    }
}

/* ---- Which work ---- */

static int
percent(const struct dataset_work *work)
{
    /* Making entries takes longer than removing keys. */
    double first = work->kind == DATASET_DROPPING ? 50 : 25;
    bool is_second = work->step == (work->kind == DATASET_DROPPING ? INDEX : ROWS);
    double done = work->sweep ? sweep_done(work->sweep) : 0;
    if (work->step >= SETTLING) {
        return 99;
    }
    if (is_columns(work)) {
        return work->rows ? (int) (column_rows_done(work->rows) * 99) : work->dataset->percent;
    }
    return (int) (is_second ? first + done * (99 - first) : done * first);
}

void
dataset_work_begin(struct datasets *datasets, struct slice name, uint64_t since)
{
    const struct dataset *dataset = catalog_own_name(datasets->catalog, name);
    if (!dataset || dataset->since != since || dataset->state == DATASET_LIVE) {
        return;
    }
    struct dataset_work *work = must_alloc(sizeof *work);
    *work = (struct dataset_work){
        .datasets = datasets,
        .dataset = handle_retain(handles_get(datasets->handles, dataset)),
        .kind = dataset->state,
        .since = since,
        .started_ms = now_ms(),
    };
    list_add_first(&datasets->works, &work->in_works);
    work->dataset->percent = 0;
    stats_drop_filters(work->dataset->stats);
    if (work->kind == DATASET_INDEXING) {
        work->step = MARKING;
    }
    run(work);
}

/* A takeover: the catalog says which server has the work, as it says what the work is. */
struct taking {
    struct datasets *datasets;
    struct handle *dataset;
    uint64_t since, taken;
};

static bool
edit_take(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    (void) is_first;
    struct taking *taking = arg;
    struct slice name = taking->dataset->dataset->name;
    struct dataset *dataset = catalog_own_name(catalog, name);
    if (!dataset || dataset->since != taking->since || dataset->state == DATASET_LIVE) {
        return error_set(err, "NODATASET", "another server has taken over dataset %.*s",
                         SLICE_ARG(name));
    }
    dataset->since = taking->taken = version;
    return true;
}

static void
on_taken(void *arg, const struct error *err)
{
    struct taking *taking = arg;
    struct slice name = taking->dataset->dataset->name;
    if (!err && !shards_are_closing(taking->datasets->shards)) {
        log_write(shards_log(taking->datasets->shards), LOG_NOTICE,
                  "dataset %.*s was left %s: taking that work over", SLICE_ARG(name),
                  dataset_state_name(taking->dataset->dataset->state));
        dataset_work_begin(taking->datasets, name, taking->taken);
    }
    handle_release(taking->dataset);
    free(taking);
}

static struct dataset_work *
work_on(const struct datasets *datasets, const struct handle *dataset)
{
    LIST_EACH (struct dataset_work, work, &datasets->works, in_works) {
        if (work->dataset == dataset) {
            return work;
        }
    }
    return NULL;
}

static void
watch(struct datasets *datasets, struct handle *dataset, int64_t now)
{
    if (dataset->work_since != dataset->dataset->since) {
        dataset->work_since = dataset->dataset->since;
        dataset->beat_ms = now;
        dataset->percent = 0;
    } else if (now - dataset->beat_ms > SILENCE_MS) {
        struct taking *taking = must_alloc(sizeof *taking);
        *taking = (struct taking){datasets, handle_retain(dataset), dataset->dataset->since, 0};
        dataset->beat_ms = now;
        definitions_change(datasets, edit_take, taking, on_taken);
    }
}

static bool
is_mine(const struct dataset_work *work)
{
    const struct dataset *dataset = work->dataset->dataset;
    return catalog_own_name(work->datasets->catalog, dataset->name) == dataset &&
           dataset->since == work->since && dataset->state == work->kind;
}

/* Only the list of datasets and this work use it. */
static bool
is_unused(const struct dataset_work *work)
{
    return work->dataset->users <= 2;
}

static void
work_tick(struct dataset_work *work, int64_t now)
{
    if (!is_mine(work) && work->step != WRITING) {
        work_end(work);
        return;
    }
    work->dataset->percent = percent(work);
    if (now - work->beat_ms >= BEAT_MS) {
        work->beat_ms = now;
        beat_say(work->datasets->shards, work->dataset->dataset, work->dataset->percent,
                 work->nbeats++);
    }
    if (work->look_ms && now >= work->look_ms) {
        work->look_ms = 0;
        run(work);
    }
    if (work->retry_ms && now >= work->retry_ms) {
        work->retry_ms = 0;
        work->step = work->kind == DATASET_DROPPING ? WAITING : MARKING;
        run(work);
    } else if (work->step == WAITING && !work->retry_ms && is_unused(work) &&
               now - work->started_ms >= KNOWN_EVERYWHERE_MS) {
        step_done(work);
    }
}

void
dataset_work_tick(struct datasets *datasets, int64_t now)
{
    LIST_EACH (struct dataset_work, work, &datasets->works, in_works) {
        if (!work->is_over) {
            work_tick(work, now);
        }
    }
    for (struct handle *dataset = handles_first(datasets->handles); dataset;
         dataset = dataset->next) {
        if (dataset->dataset->state != DATASET_LIVE && !work_on(datasets, dataset)) {
            watch(datasets, dataset, now);
        }
    }
}

void
dataset_work_free_all(struct datasets *datasets)
{
    LIST_EACH (struct dataset_work, work, &datasets->works, in_works) {
        work_free(work);
    }
}
