/*
 * Counts a watched query again when its dataset has changed. in: versions of datasets, and who waits;
 * out: answers.
 *
 * Example: two browsers watch `count sex from current` as default and know version 17. A row is
 * written: executor/changes tells 18, an inner client counts, and both are told the answer. They ask
 * again with 18, and find the same watch, which has stayed for a moment.
 */
#include "server/http/watch.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "base/strbuf.h"
#include "executor/changes.h"
#include "executor/executor.h"
#include "parser/parse.h"
#include "server/access/access.h"
#include "server/config/config_values.h"
#include "server/http/watch_places.h"
#include "server/table/services.h"

enum {
    REST_MS = 100,                /* from one count of a query to its next, at least */
    STAY_MS = 5000,               /* so long a watch stays that nobody waits for */
    STAYING_MOST = 256,           /* so many of these */
    KEPT_BYTES_MOST = 1024 * 1024 /* a larger answer is not kept for watchers that come later */
};

struct watches {
    struct services *services;
    struct list all;     /* watch */
    struct list staying; /* nobody waits for them; the last one left first */
    size_t nstaying;
    struct watch_places *places;
};

struct watch {
    struct list in_all, in_staying;
    struct watch_turn turn; /* to be counted */
    struct watches *watches;
    struct access access;
    uint64_t rights;               /* acl_user_version, when it was made */
    char *address, *local_address; /* of the first who asked */
    struct slice text, dataset;    /* malloced */
    struct list watchers;
    struct changes_watch *following; /* NULL: it is not followed now */
    uint64_t follows_after;          /* the version after which it is */
    uint64_t due;                    /* the version for which to count; 0: none */
    struct watch_count *counting;
    uint64_t nfollows, ncounts; /* begun */
    int64_t rests_until_ms;
    bool is_resting;     /* there is a new version, and it waits for its rest's end */
    struct event *timer; /* the rest is over; or, while it stays, the end */
    bool has_answer;
    uint64_t version;
    double took_ms;
    struct strbuf answer;
};

struct watcher {
    struct list in_watchers;
    struct watch *watch;
    uint64_t after;
    uint64_t nfollows, ncounts; /* of the watch, when it came */
    struct event *timer;
    watcher_fn *fn;
    void *arg;
};

static void go_on(struct watch *watch);

/* ---- Life of a watch ---- */

static void
timer_set(struct event *timer, int64_t ms)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    evtimer_add(timer, &wait);
}

static void
answer_drop(struct watch *watch)
{
    strbuf_fini(&watch->answer);
    strbuf_init(&watch->answer);
    watch->has_answer = false;
}

static void
stay_end(struct watch *watch)
{
    if (!list_is_empty(&watch->in_staying)) {
        list_remove(&watch->in_staying);
        watch->watches->nstaying--;
    }
}

/* Whatever goes on for it ends. */
static void
watch_stop(struct watch *watch)
{
    if (watch->following) {
        changes_cancel(watch->following);
        watch->following = NULL;
    }
    if (watch->counting) {
        watch_count_cancel(watch->counting);
        watch->counting = NULL;
    }
    watch_turn_end(watch->watches->places, &watch->turn);
    watch->due = 0;
    watch->is_resting = false;
    event_del(watch->timer);
}

static void
watcher_free(struct watcher *watcher)
{
    list_remove(&watcher->in_watchers);
    event_free(watcher->timer);
    free(watcher);
}

static void
watch_free(struct watch *watch)
{
    watch_stop(watch);
    while (!list_is_empty(&watch->watchers)) {
        watcher_free(LIST_FIRST(&watch->watchers, struct watcher, in_watchers));
    }
    stay_end(watch);
    list_remove(&watch->in_all);
    event_free(watch->timer);
    access_fini(&watch->access);
    strbuf_fini(&watch->answer);
    free(watch->address);
    free(watch->local_address);
    free((char *) watch->text.ptr);
    free((char *) watch->dataset.ptr);
    free(watch);
}

/* Nobody waits for it now. It stays for a moment: its watchers ask again, and its rest holds. */
static void
watch_rest(struct watch *watch)
{
    struct watches *watches = watch->watches;
    watch_stop(watch);
    if (watch->answer.len > KEPT_BYTES_MOST) {
        answer_drop(watch);
    }
    stay_end(watch);
    list_add_first(&watches->staying, &watch->in_staying);
    watches->nstaying++;
    timer_set(watch->timer, STAY_MS);
    if (watches->nstaying > STAYING_MOST) {
        watch_free(LIST_ITEM(watches->staying.prev, struct watch, in_staying));
    }
    watch_places_fill(watches->places);
}

/* ---- Telling ---- */

static void
watcher_tell(struct watcher *watcher, const struct watch_news *news, const struct error *err)
{
    watcher_fn *fn = watcher->fn;
    void *fn_arg = watcher->arg;
    watcher_free(watcher);
    fn(fn_arg, news, err);
}

/*
 * Whether this watcher may be told the answer. Who knows none must get one that is as new as its
 * question: from a count that was begun later, or whose version was looked at again later.
 */
static bool
wants(const struct watcher *watcher, const struct watch *watch, bool is_confirmed)
{
    bool is_new =
        watcher->ncounts < watch->ncounts || (is_confirmed && watcher->nfollows < watch->nfollows);
    return watcher->after != watch->version && (watcher->after || is_new);
}

/* is_confirmed: by what was followed last, the answer's version is still the dataset's. */
static void
tell_answer(struct watch *watch, bool is_confirmed)
{
    struct list due;
    list_init(&due);
    LIST_EACH (struct watcher, watcher, &watch->watchers, in_watchers) {
        if (wants(watcher, watch, is_confirmed)) {
            list_remove(&watcher->in_watchers);
            list_add_last(&due, &watcher->in_watchers);
        }
    }
    const struct watch_news news = {watch->version, watch->took_ms, strbuf_slice(&watch->answer)};
    while (!list_is_empty(&due)) {
        watcher_tell(LIST_FIRST(&due, struct watcher, in_watchers), &news, NULL);
    }
}

static void
tell_error(struct watch *watch, const struct error *err)
{
    struct list due;
    list_move(&watch->watchers, &due);
    while (!list_is_empty(&due)) {
        watcher_tell(LIST_FIRST(&due, struct watcher, in_watchers), NULL, err);
    }
}

static void
watcher_tell_nothing(struct watcher *watcher)
{
    const struct watch_news news = {.version = watcher->after};
    watcher_tell(watcher, &news, NULL);
}

static void
tell_nothing(struct watch *watch)
{
    struct list due;
    list_move(&watch->watchers, &due);
    while (!list_is_empty(&due)) {
        watcher_tell_nothing(LIST_FIRST(&due, struct watcher, in_watchers));
    }
}

/*
 * Whether its user still has the rights with which its watchers came. If not, they ask again, and
 * are let in anew or refused.
 */
static bool
rights_hold(const struct watch *watch)
{
    const struct acl_user *user = watch->access.user;
    return acl_has(watch->watches->services->acl, user) && acl_user_version(user) == watch->rights;
}

/* ---- Counting ---- */

static void
on_counted(void *arg, struct slice json, const struct error *err)
{
    struct watch *watch = arg;
    struct watches *watches = watch->watches;
    int64_t took_us = now_us() - watch->turn.began_us, took_ms = took_us / 1000;
    watch->counting = NULL;
    watch_turn_end(watches->places, &watch->turn);
    watch->rests_until_ms = now_ms() + (took_ms > REST_MS ? took_ms : REST_MS);
    strbuf_clear(&watch->answer);
    watch->has_answer = !err && rights_hold(watch);
    watch->version = watch->due;
    watch->due = 0;
    if (!rights_hold(watch)) {
        tell_nothing(watch);
    } else if (err) {
        tell_error(watch, err);
    } else {
        strbuf_append(&watch->answer, json);
        watch->took_ms = (double) took_us / 1000;
        tell_answer(watch, false);
    }
    go_on(watch); /* which may free it, if many that rest come after it */
    watch_places_fill(watches->places);
}

static void
on_turn(struct watch_turn *turn)
{
    struct watch *watch = LIST_ITEM(turn, struct watch, turn);
    struct watches *watches = watch->watches;
    const struct watch_asker asker = {&watch->access, watch->address, watch->local_address};
    struct error err = {"", ""};
    watch->ncounts++;
    if (!watch_count_start(watches->services, &asker, watch->text, on_counted, watch,
                           &watch->counting, &err)) {
        on_counted(watch, slice_lit(""), &err);
    }
}

/* ---- Following ---- */

/* How long a watch must rest before it is counted again; not above 0: it may be counted. */
static int64_t
rest_left_ms(const struct watch *watch)
{
    return watch->rests_until_ms - now_ms();
}

static void
on_version(void *arg, uint64_t version, const struct error *err)
{
    struct watch *watch = arg;
    watch->following = NULL;
    if (!rights_hold(watch)) {
        tell_nothing(watch);
    } else if (err) {
        tell_error(watch, err);
    } else if (watch->has_answer && watch->version == version) {
        tell_answer(watch, true);
    } else if (rest_left_ms(watch) > 0) {
        if (watch->has_answer) {
            tell_answer(watch, false);
        }
        timer_set(watch->timer, rest_left_ms(watch));
        watch->is_resting = true;
    } else {
        watch->due = version;
    }
    go_on(watch);
}

/*
 * The version after which news is due to some watcher: what all of them know. 0: they know different
 * ones, or there is an answer that one of them does not know.
 */
static uint64_t
known_version(const struct watch *watch)
{
    const struct watcher *first = LIST_FIRST(&watch->watchers, struct watcher, in_watchers);
    uint64_t known = first->after;
    LIST_EACH (const struct watcher, watcher, &watch->watchers, in_watchers) {
        if (watcher->after != known || (watch->has_answer && watcher->after != watch->version)) {
            return 0;
        }
    }
    return known;
}

static void
follow(struct watch *watch)
{
    uint64_t known = known_version(watch);
    if (watch->following && watch->follows_after == known) {
        return;
    }
    if (watch->following) {
        changes_cancel(watch->following);
    }
    watch->nfollows++;
    watch->follows_after = known;
    watch->following = changes_watch(executor_changes(watch->watches->services->executor),
                                     watch->dataset, known, on_version, watch);
}

/* Whatever has happened: what is next? */
static void
go_on(struct watch *watch)
{
    if (list_is_empty(&watch->watchers)) {
        if (list_is_empty(&watch->in_staying)) {
            watch_rest(watch);
        }
    } else if (watch->counting || watch_turn_is_waiting(&watch->turn) || watch->is_resting) {
        return;
    } else if (watch->due) {
        watch_turn_wait(watch->watches->places, &watch->turn);
    } else {
        follow(watch);
    }
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct watch *watch = arg;
    watch->is_resting = false;
    if (list_is_empty(&watch->watchers)) {
        watch_free(watch);
    } else {
        go_on(watch);
    }
}

/* ---- Watchers ---- */

static struct slice
copy(struct slice text)
{
    char *bytes = must_alloc(text.len + 1);
    memcpy(bytes, text.ptr, text.len);
    return slice_of(bytes, text.len);
}

static struct watch *
watch_new(struct watches *watches, const struct watch_asker *asker, struct slice text,
          struct slice dataset)
{
    struct watch *watch = must_alloc(sizeof *watch);
    *watch = (struct watch){.watches = watches,
                            .access = *asker->access,
                            .rights = acl_user_version(asker->access->user),
                            .address = must_have(strdup(asker->address)),
                            .local_address = must_have(strdup(asker->local_address)),
                            .text = copy(text),
                            .dataset = copy(dataset)};
    (void) acl_user_hold(watch->access.user);
    watch->timer = evtimer_new(watches->services->base, on_timer, watch);
    strbuf_init(&watch->answer);
    list_init(&watch->watchers);
    watch_turn_init(&watch->turn);
    list_init(&watch->in_staying);
    list_add_first(&watches->all, &watch->in_all);
    return watch;
}

/* A user whose rights have changed has another watch from then on. NULL: there is none yet. */
static struct watch *
watch_find(const struct watches *watches, const struct access *access, struct slice text)
{
    LIST_EACH (struct watch, watch, &watches->all, in_all) {
        if (watch->access.user == access->user && watch->rights == acl_user_version(access->user) &&
            slice_equal(watch->text, text)) {
            return watch;
        }
    }
    return NULL;
}

/* Its time is over. */
static void
on_patience(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct watcher *watcher = arg;
    struct watch *watch = watcher->watch;
    watcher_tell_nothing(watcher);
    go_on(watch);
}

/* The dataset of a query, in the arena. */
static bool
dataset_find(const struct watches *watches, struct arena *arena, struct slice text,
             struct slice *dataset, struct error *err)
{
    struct ast_query *query;
    if (!query_parse(arena, text, &watches->services->settings->parse_limits, &query, err)) {
        return false;
    }
    *dataset = query->dataset;
    return !query->options.into_key.ptr ||
           error_set(err, "ERR", "a query with INTO writes, and cannot be watched");
}

bool
watcher_add(struct watches *watches, const struct watch_asker *asker, struct slice text,
            uint64_t after, watcher_fn *fn, void *arg, struct watcher **out, struct error *err)
{
    struct watch *watch = watch_find(watches, asker->access, text);
    if (!watch) {
        struct arena *arena = arena_new();
        struct slice dataset;
        if (dataset_find(watches, arena, text, &dataset, err)) {
            watch = watch_new(watches, asker, text, dataset);
        }
        arena_free(arena);
    }
    if (!watch) {
        return false;
    }
    if (!list_is_empty(&watch->in_staying)) {
        stay_end(watch);
        event_del(watch->timer);
    }
    struct watcher *watcher = must_alloc(sizeof *watcher);
    *watcher = (struct watcher){.watch = watch,
                                .after = after,
                                .nfollows = watch->nfollows,
                                .ncounts = watch->ncounts,
                                .fn = fn,
                                .arg = arg};
    watcher->timer = evtimer_new(watches->services->base, on_patience, watcher);
    timer_set(watcher->timer, watches->services->config->http_watch_timeout_ms);
    list_add_last(&watch->watchers, &watcher->in_watchers);
    go_on(watch);
    *out = watcher;
    return true;
}

void
watcher_leave(struct watcher *watcher)
{
    struct watch *watch = watcher->watch;
    watcher_free(watcher);
    go_on(watch);
}

/* ---- Life ---- */

struct watches *
watches_new(struct services *services)
{
    struct watches *watches = must_alloc(sizeof *watches);
    watches->services = services;
    list_init(&watches->all);
    list_init(&watches->staying);
    watches->places = watch_places_new(services->base, on_turn);
    return watches;
}

/* NULL: there is none. */
static struct watch *
some_watched(const struct watches *watches)
{
    LIST_EACH (struct watch, watch, &watches->all, in_all) {
        if (!list_is_empty(&watch->watchers)) {
            return watch;
        }
    }
    return NULL;
}

void
watches_end(struct watches *watches)
{
    struct watch *watch;
    while ((watch = some_watched(watches)) != NULL) {
        tell_nothing(watch);
        go_on(watch);
    }
}

void
watches_free(struct watches *watches)
{
    if (!watches) {
        return;
    }
    while (!list_is_empty(&watches->all)) {
        watch_free(LIST_FIRST(&watches->all, struct watch, in_all));
    }
    watch_places_free(watches->places);
    free(watches);
}
