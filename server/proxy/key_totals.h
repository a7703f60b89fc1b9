/*
 * The number of keys on all shards together, as clients see them: rows and others, without the
 * index.
 *
 *     key_totals_start(&work, services, on_totals, request)
 *         -> keys 1003, expires 2, 41 s on average
 *
 * The shards are asked each time. That costs as much as DBSIZE.
 */
#ifndef QUIPU_SERVER_PROXY_KEY_TOTALS_H
#define QUIPU_SERVER_PROXY_KEY_TOTALS_H

#include "base/error.h"

struct services;

struct key_totals {
    int64_t keys;
    int64_t expires;    /* how many of them have a time to live */
    int64_t avg_ttl_ms; /* the average of those, by the shards' estimate */
};

/*
 * Called once, later. Exactly one of totals and err is not NULL. Not called if the executor is
 * freed meanwhile.
 */
typedef void key_totals_fn(void *arg, const struct key_totals *totals, const struct error *err);

/* The work's memory. It belongs to the caller, and must live until fn is called. */
struct key_totals_work {
    struct services *services;
    key_totals_fn *fn;
    void *arg;
    struct key_totals totals;
    double ttl_sum_ms; /* summed over the keys that have one */
    size_t nrunning;   /* shards that have not answered */
    struct error err;  /* the first */
};

void key_totals_start(struct key_totals_work *work, struct services *services, key_totals_fn *fn,
                      void *arg);

#endif
