/*
 * How many keys there are on all shards together, as clients know them: rows and others, and not
 * the index.
 *
 *     key_totals_start(&work, services, on_totals, request)
 *         -> keys 1003, expires 2, 41 s on average
 *
 * Shards are asked at each start: it costs what DBSIZE costs.
 */
#ifndef QUIPU_SERVER_PROXY_KEY_TOTALS_H
#define QUIPU_SERVER_PROXY_KEY_TOTALS_H

#include "base/error.h"

struct services;

struct key_totals {
    int64_t keys;
    int64_t expires;    /* of which so many have a time to live */
    int64_t avg_ttl_ms; /* of those, as the shards estimate it */
};

/* Once, later: exactly one of totals and err is not NULL. Not at all where the executor is freed
 * meanwhile. */
typedef void key_totals_fn(void *arg, const struct key_totals *totals, const struct error *err);

/* The caller's memory, until fn is called. */
struct key_totals_work {
    struct services *services;
    key_totals_fn *fn;
    void *arg;
    struct key_totals totals;
    double ttl_sum_ms; /* over the keys that have one */
    size_t nrunning;   /* shards that have not answered */
    struct error err;  /* the first */
};

void key_totals_start(struct key_totals_work *work, struct services *services, key_totals_fn *fn,
                      void *arg);

#endif
