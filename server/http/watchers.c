/*
 * Tells those who wait for news of a watched query. in: news, errors, the end of their time; out: one call for
 * each watcher.
 *
 * Example: one knows version 17 and one knows none. The answer of 17 is there from before they came:
 * it is for neither of them, until the dataset has said once more that its version is 17. Then the
 * second is told. The first waits for 18.
 */
#include "server/http/watchers.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"

struct watcher {
    struct list in_watchers;
    struct watchers *watchers;
    uint64_t after;
    uint64_t nfollows, ncounts; /* of the watchers, when it came */
    struct event *timer;
    watcher_fn *fn;
    void *arg;
};

void
watchers_init(struct watchers *watchers, watchers_left_fn *left)
{
    *watchers = (struct watchers){.left = left};
    list_init(&watchers->all);
}

bool
watchers_are_none(const struct watchers *watchers)
{
    return list_is_empty(&watchers->all);
}

static void
watcher_free(struct watcher *watcher)
{
    list_remove(&watcher->in_watchers);
    event_free(watcher->timer);
    free(watcher);
}

void
watchers_forget(struct watchers *watchers)
{
    while (!list_is_empty(&watchers->all)) {
        watcher_free(LIST_FIRST(&watchers->all, struct watcher, in_watchers));
    }
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
wants(const struct watcher *watcher, uint64_t version, bool is_confirmed)
{
    const struct watchers *watchers = watcher->watchers;
    bool is_new = watcher->ncounts < watchers->ncounts ||
                  (is_confirmed && watcher->nfollows < watchers->nfollows);
    return watcher->after != version && (watcher->after || is_new);
}

void
watchers_tell(struct watchers *watchers, struct watch_news news, bool is_confirmed)
{
    struct list due;
    list_init(&due);
    LIST_EACH (struct watcher, watcher, &watchers->all, in_watchers) {
        if (wants(watcher, news.version, is_confirmed)) {
            list_remove(&watcher->in_watchers);
            list_add_last(&due, &watcher->in_watchers);
        }
    }
    while (!list_is_empty(&due)) {
        watcher_tell(LIST_FIRST(&due, struct watcher, in_watchers), &news, NULL);
    }
}

void
watchers_tell_error(struct watchers *watchers, const struct error *err)
{
    struct list due;
    list_move(&watchers->all, &due);
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

void
watchers_tell_nothing(struct watchers *watchers)
{
    struct list due;
    list_move(&watchers->all, &due);
    while (!list_is_empty(&due)) {
        watcher_tell_nothing(LIST_FIRST(&due, struct watcher, in_watchers));
    }
}

/* ---- Coming and leaving ---- */

/* Its time is over. */
static void
on_patience(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct watcher *watcher = arg;
    struct watchers *watchers = watcher->watchers;
    watcher_tell_nothing(watcher);
    watchers->left(watchers);
}

struct watcher *
watchers_add(struct watchers *watchers, struct event_base *base, int64_t patience_ms,
             uint64_t after, watcher_fn *fn, void *arg)
{
    struct timeval patience = timeval_of_ms(patience_ms);
    struct watcher *watcher = must_alloc(sizeof *watcher);
    *watcher = (struct watcher){.watchers = watchers,
                                .after = after,
                                .nfollows = watchers->nfollows,
                                .ncounts = watchers->ncounts,
                                .fn = fn,
                                .arg = arg};
    watcher->timer = evtimer_new(base, on_patience, watcher);
    evtimer_add(watcher->timer, &patience);
    list_add_last(&watchers->all, &watcher->in_watchers);
    return watcher;
}

void
watcher_leave(struct watcher *watcher)
{
    struct watchers *watchers = watcher->watchers;
    watcher_free(watcher);
    watchers->left(watchers);
}

uint64_t
watchers_know(const struct watchers *watchers, uint64_t told)
{
    const struct watcher *first = LIST_FIRST(&watchers->all, struct watcher, in_watchers);
    uint64_t known = first->after;
    LIST_EACH (const struct watcher, watcher, &watchers->all, in_watchers) {
        if (watcher->after != known || (told && watcher->after != told)) {
            return 0;
        }
    }
    return known;
}
