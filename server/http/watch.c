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
    struct watchers watchers;
    struct changes_watch *following; /* NULL: it is not followed now */
    uint64_t follows_after;          /* the version after which it is */
    uint64_t due;                    /* the version for which to count; 0: none */
    struct watch_count *counting;
    int64_t rests_until_ms;
    bool is_resting;     /* there is a new version, and it waits for its rest's end */
    struct event *timer; /* the rest is over; or, while it stays, the end */
    bool has_answer;
    uint64_t version;
    double took_ms;
    struct strbuf answer;
};

static void go_on(struct watch *watch);

/* ---- Life of a watch ---- */

static void
timer_set(struct event *timer, int64_t ms)
{
    struct timeval wait = timeval_of_ms(ms);
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
watch_free(struct watch *watch)
{
    watch_stop(watch);
    watchers_forget(&watch->watchers);
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

static struct watch_news
news_of(const struct watch *watch)
{
    return (struct watch_news){watch->version, watch->took_ms, strbuf_slice(&watch->answer)};
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
        watchers_tell_nothing(&watch->watchers);
    } else if (err) {
        watchers_tell_error(&watch->watchers, err);
    } else {
        strbuf_append(&watch->answer, json);
        watch->took_ms = (double) took_us / 1000;
        watchers_tell(&watch->watchers, news_of(watch), false);
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
    watch->watchers.ncounts++;
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
        watchers_tell_nothing(&watch->watchers);
    } else if (err) {
        watchers_tell_error(&watch->watchers, err);
    } else if (watch->has_answer && watch->version == version) {
        watchers_tell(&watch->watchers, news_of(watch), true);
    } else if (rest_left_ms(watch) > 0) {
        if (watch->has_answer) {
            watchers_tell(&watch->watchers, news_of(watch), false);
        }
        timer_set(watch->timer, rest_left_ms(watch));
        watch->is_resting = true;
    } else {
        watch->due = version;
    }
    go_on(watch);
}

static void
follow(struct watch *watch)
{
    uint64_t known = watchers_know(&watch->watchers, watch->has_answer ? watch->version : 0);
    if (watch->following && watch->follows_after == known) {
        return;
    }
    if (watch->following) {
        changes_cancel(watch->following);
    }
    watch->watchers.nfollows++;
    watch->follows_after = known;
    watch->following = changes_watch(executor_changes(watch->watches->services->executor),
                                     watch->dataset, known, on_version, watch);
}

/* Whatever has happened: what is next? */
static void
go_on(struct watch *watch)
{
    if (watchers_are_none(&watch->watchers)) {
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
    if (watchers_are_none(&watch->watchers)) {
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

/* A watcher has left. */
static void
on_left(struct watchers *watchers)
{
    go_on(LIST_ITEM(watchers, struct watch, watchers));
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
    watchers_init(&watch->watchers, on_left);
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
    *out = watchers_add(&watch->watchers, watches->services->base,
                        watches->services->config->http_watch_timeout_ms, after, fn, arg);
    go_on(watch);
    return true;
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
        if (!watchers_are_none(&watch->watchers)) {
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
        watchers_tell_nothing(&watch->watchers);
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
