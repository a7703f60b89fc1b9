/*
 * Those who wait for news of a watched query. Each is told once: an answer that it does not know, an
 * error, or after its time that there is nothing new.
 *
 *     watchers_add(&watchers, base, 30000, 17, on_news, exchange)     knows version 17
 *     watchers_tell(&watchers, news, false)                           on_news(exchange, &news, NULL), if it is not 17
 *     watchers_know(&watchers, 0)                                     17, if all of them know that one
 */
#ifndef QUIPU_SERVER_HTTP_WATCHERS_H
#define QUIPU_SERVER_HTTP_WATCHERS_H

#include <stdint.h>

#include "base/error.h"
#include "base/list.h"
#include "base/slice.h"

struct event_base;
struct watcher;
struct watchers;

/* What a watcher is told. reply.ptr NULL: there is no other version than it knows. */
struct watch_news {
    uint64_t version;
    double took_ms;
    struct slice reply; /* JSON; borrowed */
};
/* Exactly one of news and err is not NULL. The watcher is gone. */
typedef void watcher_fn(void *arg, const struct watch_news *news, const struct error *err);
/* One has left that was not told by the watch: its time was over, or watcher_leave was called. */
typedef void watchers_left_fn(struct watchers *watchers);

/* A part of the watch. */
struct watchers {
    struct list all;
    /* How often the dataset was asked for its version, and a count was begun: what began after a
     * watcher came is as new as its question. */
    uint64_t nfollows, ncounts;
    watchers_left_fn *left;
};

void watchers_init(struct watchers *watchers, watchers_left_fn *left);
/* Frees them, and tells nobody. */
void watchers_forget(struct watchers *watchers);
bool watchers_are_none(const struct watchers *watchers);

/* after: the version that it knows; 0: none. The watcher is gone when fn is called. */
struct watcher *watchers_add(struct watchers *watchers, struct event_base *base,
                             int64_t patience_ms, uint64_t after, watcher_fn *fn, void *arg);
/* Leaves before fn was called. */
void watcher_leave(struct watcher *watcher);

/* Tells the answer to those that do not know it. is_confirmed: by what was followed last, its version
 * is still the dataset's. */
void watchers_tell(struct watchers *watchers, struct watch_news news, bool is_confirmed);
void watchers_tell_error(struct watchers *watchers, const struct error *err);
void watchers_tell_nothing(struct watchers *watchers);

/*
 * The version after which news is due to some watcher: what all of them know. 0: they know different
 * ones, or there is an answer, of version `told`, that one of them does not know. told: 0 for none.
 * There is a watcher.
 */
uint64_t watchers_know(const struct watchers *watchers, uint64_t told);

#endif
