/*
 * Looks at datasets that are watched, and compares what it sees with the last time.
 * in: names; out: versions.
 *
 * Example: current is watched, by sets. Each tenth of a second the partitions' numbers are read.
 * Another server writes a row of partition 7; its script adds 1 to that number. The next look has
 * another sum: the version is one more, and the watch is told.
 *
 * A look is one sum over: the numbers of all shards or partitions, the generation of the catalog,
 * the epoch of the shards. Each number only grows (a number that is lost begins again with the
 * time), so two sums of well mixed numbers are the same only if all numbers are.
 */
#include "executor/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "executor/dataset_question.h"
#include "executor/datasets/definitions.h"
#include "executor/executor_parts.h"
#include "executor/shards/shard_reply.h"

enum {
    LOOK_MS = 100,         /* from one look's end to the next look */
    FAILING_MS = 2000,     /* shards come and go; only after so long watches are told why */
    KEEP_MS = 60000,       /* so long a version is kept that nobody watches */
    RENEW_MS = 20000,      /* by sets: how often the partitions' numbers are given more time */
    BATCH_PARTITIONS = 128 /* by sets: in one call */
};

/* By sets: how long a partition counts its changes after the last renewal. */
static const char WATCHED_MS[] = "60000";

struct changes {
    struct executor *executor;
    struct list watched;
};

struct watched {
    struct list in_changes;
    struct changes *changes;
    struct slice name; /* malloced */
    struct list watches;
    struct event *timer; /* the next look; or, if nobody watches, the end */
    struct dataset_question *question;
    bool is_looking;
    uint64_t nlooks;               /* begun so far */
    bool is_known;                 /* there was such a dataset at the last look */
    uint64_t sum, last_sum;        /* of the look under way; of the last one */
    uint64_t version;              /* 0: no look has succeeded yet */
    int64_t renewed_ms, renews_ms; /* when the partitions' time was renewed; by this look */
    int64_t failing_ms;            /* since when looks fail; 0: they do not */
};

struct changes_watch {
    struct list in_watches;
    struct watched *watched;
    uint64_t after;
    uint64_t
        nlooks; /* begun before it: what these see may be older than what its caller has seen */
    changes_fn *fn;
    void *arg;
};

/* ---- Sums ---- */

/* The finalizer of SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t
mix(uint64_t n)
{
    n += 0x9e3779b97f4a7c15u;
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
    n = (n ^ n >> 27) * 0x94d049bb133111ebu;
    return n ^ n >> 31;
}

/* A shard answers with one number, a script with a text for each partition. */
static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct watched *watched = arg;
    int64_t number;
    if (reply_int(reply, &number)) {
        watched->sum += mix((uint64_t) number);
        return true;
    }
    bool ok = reply_count(reply) > 0 && reply_is_texts(reply);
    for (size_t i = 0; ok && i < reply_count(reply); i++) {
        ok = slice_to_int64(reply_text(reply_at(reply, i)), &number);
        watched->sum += mix((uint64_t) number);
    }
    const struct shards *shards = watched->changes->executor->shards;
    return ok ||
           reply_misshapen(shard_name(shards_at(shards, shard)), "a question about changes", err);
}

/* ---- Life ---- */

static void
timer_set(const struct watched *watched, int64_t ms)
{
    struct timeval wait = timeval_of_ms(ms);
    evtimer_add(watched->timer, &wait);
}

static void
watched_free(struct watched *watched)
{
    if (watched->question) {
        dataset_question_cancel(watched->question);
    }
    while (!list_is_empty(&watched->watches)) {
        changes_cancel(LIST_FIRST(&watched->watches, struct changes_watch, in_watches));
    }
    list_remove(&watched->in_changes);
    event_free(watched->timer);
    free((char *) watched->name.ptr);
    free(watched);
}

/* Nobody watches it: its version is kept for a while, unless there is no such dataset. */
static void
watched_rest(struct watched *watched)
{
    if (watched->question) {
        dataset_question_cancel(watched->question);
        watched->question = NULL;
    }
    watched->is_looking = false;
    watched->failing_ms = 0;
    timer_set(watched, watched->version && watched->is_known ? KEEP_MS : 0);
}

/* ---- Telling ---- */

/*
 * Tells all watches that are due. Each may add watches, or cancel others; those that are added wait
 * for the next look.
 */
static void
tell(struct watched *watched, const struct error *err)
{
    struct list due;
    list_init(&due);
    LIST_EACH (struct changes_watch, watch, &watched->watches, in_watches) {
        if (err || (watch->after != watched->version && watch->nlooks < watched->nlooks)) {
            list_remove(&watch->in_watches);
            list_add_last(&due, &watch->in_watches);
        }
    }
    uint64_t version = err ? 0 : watched->version;
    while (!list_is_empty(&due)) {
        struct changes_watch *watch = LIST_FIRST(&due, struct changes_watch, in_watches);
        changes_fn *fn = watch->fn;
        void *fn_arg = watch->arg;
        list_remove(&watch->in_watches);
        free(watch);
        fn(fn_arg, version, err);
    }
}

/* ---- A look ---- */

/* Who has seen the last version can wait for a moment; who asks for it should not have to. */
static bool
is_hurried(const struct watched *watched)
{
    LIST_EACH (const struct changes_watch, watch, &watched->watches, in_watches) {
        if (watch->after != watched->version) {
            return true;
        }
    }
    return false;
}

static void
look_over(struct watched *watched)
{
    if (list_is_empty(&watched->watches)) {
        watched_rest(watched);
    } else if (!watched->is_looking) {
        timer_set(watched, !watched->failing_ms && is_hurried(watched) ? 0 : LOOK_MS);
    }
}

static void
look_failed(struct watched *watched, const struct error *err)
{
    int64_t now = now_ms();
    watched->is_looking = false;
    if (!watched->failing_ms) {
        watched->failing_ms = now;
    } else if (now - watched->failing_ms >= FAILING_MS) {
        tell(watched, err);
    }
    look_over(watched);
}

static void
look_succeeded(struct watched *watched)
{
    watched->is_looking = false;
    watched->failing_ms = 0;
    watched->renewed_ms = watched->renews_ms;
    if (!watched->version || watched->sum != watched->last_sum) {
        uint64_t now = (uint64_t) now_unix_us();
        watched->version = now > watched->version ? now : watched->version + 1;
        watched->last_sum = watched->sum;
    }
    tell(watched, NULL);
    look_over(watched);
}

static void
on_end(void *arg, const struct error *err)
{
    struct watched *watched = arg;
    watched->question = NULL;
    if (err) {
        look_failed(watched, err);
    } else {
        look_succeeded(watched);
    }
}

static bool
ask(struct watched *watched, const struct dataset *dataset, struct error *err)
{
    struct executor *executor = watched->changes->executor;
    int64_t now = now_ms();
    bool renews = now - watched->renewed_ms >= RENEW_MS;
    watched->renews_ms = renews ? now : watched->renewed_ms;
    const struct slice args[] = {slice_str(WATCHED_MS), slice_str(renews ? "1" : "0")};
    const struct dataset_question_request request = {
        .script = SCRIPT_CHANGES,
        .batch_partitions = BATCH_PARTITIONS,
        .section = "CHANGES",
        .args = args,
        .nargs = dataset_is_columns(dataset) ? 0 : sizeof args / sizeof *args,
        .on_part = on_part,
        .on_end = on_end,
        .arg = watched};
    return dataset_question_start(executor, handles_get(executor->handles, dataset), &request,
                                  &watched->question, err);
}

static void
look(struct watched *watched)
{
    struct executor *executor = watched->changes->executor;
    struct error err = {"", ""};
    if (!definitions_are_known(executor->datasets, &err)) {
        look_failed(watched, &err);
        return;
    }
    const struct dataset *dataset = catalog_by_name(executor->catalog, watched->name);
    watched->is_looking = true;
    watched->nlooks++;
    watched->is_known = dataset != NULL;
    watched->sum =
        mix(catalog_generation(executor->catalog)) + mix(~shards_epoch(executor->shards));
    if (!dataset) {
        look_succeeded(watched);
    } else if (!ask(watched, dataset, &err)) {
        look_failed(watched, &err);
    }
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct watched *watched = arg;
    if (list_is_empty(&watched->watches)) {
        watched_free(watched);
    } else {
        look(watched);
    }
}

/* ---- Watches ---- */

static struct watched *
watched_get(struct changes *changes, struct slice name)
{
    LIST_EACH (struct watched, watched, &changes->watched, in_changes) {
        if (slice_equal(watched->name, name)) {
            return watched;
        }
    }
    struct watched *watched = must_alloc(sizeof *watched);
    char *copy = must_alloc(name.len + 1);
    if (name.len) {
        memcpy(copy, name.ptr, name.len);
    }
    *watched = (struct watched){.changes = changes, .name = slice_of(copy, name.len)};
    watched->timer = evtimer_new(shards_base(changes->executor->shards), on_timer, watched);
    list_init(&watched->watches);
    list_add_first(&changes->watched, &watched->in_changes);
    return watched;
}

struct changes_watch *
changes_watch(struct changes *changes, struct slice name, uint64_t after, changes_fn *fn, void *arg)
{
    struct watched *watched = watched_get(changes, name);
    bool is_first = list_is_empty(&watched->watches);
    struct changes_watch *watch = must_alloc(sizeof *watch);
    *watch = (struct changes_watch){
        .watched = watched, .after = after, .nlooks = watched->nlooks, .fn = fn, .arg = arg};
    list_add_last(&watched->watches, &watch->in_watches);
    if (!watched->is_looking && !watched->failing_ms && after != watched->version) {
        timer_set(watched, 0);
    } else if (!watched->is_looking && is_first) {
        timer_set(watched, LOOK_MS);
    }
    return watch;
}

void
changes_cancel(struct changes_watch *watch)
{
    struct watched *watched = watch->watched;
    list_remove(&watch->in_watches);
    free(watch);
    if (list_is_empty(&watched->watches)) {
        watched_rest(watched);
    }
}

struct changes *
changes_new(struct executor *executor)
{
    struct changes *changes = must_alloc(sizeof *changes);
    changes->executor = executor;
    list_init(&changes->watched);
    return changes;
}

void
changes_free(struct changes *changes)
{
    if (!changes) {
        return;
    }
    while (!list_is_empty(&changes->watched)) {
        watched_free(LIST_FIRST(&changes->watched, struct watched, in_changes));
    }
    free(changes);
}
