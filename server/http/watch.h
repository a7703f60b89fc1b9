/*
 * Queries that are watched: who watches one is told its answer again whenever its dataset has
 * changed.
 *
 *     watcher_add(watches, &asker, text, 0, on_news, exchange, ...)     the answer, and its version
 *     watcher_add(watches, &asker, text, 17, on_news, exchange, ...)    the answer, when it is not 17's
 *
 * All who watch one query as one user share its counts. There is at most one count of a query at a
 * time, and after it a rest; so a table that is written without a pause is counted now and then, and
 * what is told is the newest answer. Nothing is queued for a watcher.
 *
 *     IDLE --first watcher--> FOLLOWING --another version--> WAITING --rest is over, a place is free--+
 *      ^                          ^                                                                   |
 *      |                          +---------------- the answer is told <--------------- COUNTING <----+
 *      +------ the last watcher leaves: the count and the watch of the dataset end, from any state
 *
 * The version is read before the count begins. So a change during the count is another version, and
 * another answer follows. If the user's rights change, its watchers are told that there is nothing
 * new: they ask again, as whom they may.
 */
#ifndef QUIPU_SERVER_HTTP_WATCH_H
#define QUIPU_SERVER_HTTP_WATCH_H

#include "server/http/watch_count.h"
#include "server/http/watchers.h"

struct services;
struct watches;

/* The services are borrowed. */
struct watches *watches_new(struct services *services);
/* The server stops: all watchers are told that there is nothing new. */
void watches_end(struct watches *watches);
/* No callback is called any more. NULL is allowed. */
void watches_free(struct watches *watches);

/*
 * Watches a query until there is something to tell, or http-watch-timeout is over; tells it once,
 * later. after: the version that the watcher knows; 0: none. All arguments are copied. Fails with
 * SYNTAX or LIMIT if the text is no query, and with ERR if it writes (INTO).
 */
bool watcher_add(struct watches *watches, const struct watch_asker *asker, struct slice text,
                 uint64_t after, watcher_fn *fn, void *arg, struct watcher **out,
                 struct error *err) QUIPU_MUST_CHECK;

#endif
