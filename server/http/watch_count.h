/*
 * One count of a watched query: a client inside the server asks it, and its answer becomes JSON.
 *
 *     watch_count_start(services, &asker, text, on_counted, watch, &count, &err)
 *     on_counted(watch, slice_lit("{\"dataset\":..."), NULL)      the count is gone
 */
#ifndef QUIPU_SERVER_HTTP_WATCH_COUNT_H
#define QUIPU_SERVER_HTTP_WATCH_COUNT_H

#include "base/error.h"
#include "base/slice.h"

struct access;
struct services;
struct watch_count;

/* Who asks, and the addresses of the connection on which that was: for CLIENT LIST. */
struct watch_asker {
    const struct access *access;
    const char *address, *local_address;
};

/* json is borrowed; err is NULL unless there is none. */
typedef void watch_count_fn(void *arg, struct slice json, const struct error *err);

/*
 * Calls fn once, later. The text is copied; services and asker are used only now. Fails with ERR if no
 * more files can be open.
 */
bool watch_count_start(struct services *services, const struct watch_asker *asker,
                       struct slice text, watch_count_fn *fn, void *arg, struct watch_count **out,
                       struct error *err) QUIPU_MUST_CHECK;
/* The count ends, and fn is not called. */
void watch_count_cancel(struct watch_count *count);

#endif
