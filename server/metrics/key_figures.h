/*
 * The number of keys of all shards as last known: the shards are asked by INFO and by the metrics,
 * once for all that ask meanwhile.
 *
 *     key_figures_within(&keys, 1000)      what is known for less than a second; NULL: nothing
 *     key_figures_ask(&keys, services)     on_known is called later
 */
#ifndef QUIPU_SERVER_METRICS_KEY_FIGURES_H
#define QUIPU_SERVER_METRICS_KEY_FIGURES_H

#include "server/proxy/key_totals.h"

/* All zero: nothing is known yet, and nobody is told. */
struct key_figures {
    struct key_totals totals; /* from known_ms; if that is 0: not known, or the shards failed
                                 since */
    int64_t known_ms;
    bool is_asking; /* a question is under way, since asked_ms */
    int64_t asked_ms;
    struct key_totals_work work;
    /* Called when the shards have answered; totals NULL: they failed. NULL: nobody is told. */
    void (*on_known)(void *arg, const struct key_totals *totals);
    void *arg;
};

/* Totals that are not older than that; else NULL. */
const struct key_totals *key_figures_within(const struct key_figures *keys, int64_t age_ms);
/* Asks the shards, unless that is under way. */
void key_figures_ask(struct key_figures *keys, struct services *services);

#endif
