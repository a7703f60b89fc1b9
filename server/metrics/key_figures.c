/*
 * Keeps the number of keys of all shards.
 * in: the shards' answers (server/proxy/key_totals); out: the figures and their age.
 *
 *     asked, nobody asks yet     -> the shards are asked
 *     asked, while they answer   -> nothing: the answer is for all
 *     the shards failed          -> nothing is known any more
 */
#include "server/metrics/key_figures.h"

#include "base/clock.h"

const struct key_totals *
key_figures_within(const struct key_figures *keys, int64_t age_ms)
{
    bool is_known = keys->known_ms && now_coarse_ms() - keys->known_ms < age_ms;
    return is_known ? &keys->totals : NULL;
}

static void
on_totals(void *arg, const struct key_totals *totals, const struct error *err)
{
    struct key_figures *keys = arg;
    keys->is_asking = false;
    keys->known_ms = err ? 0 : now_coarse_ms();
    if (!err) {
        keys->totals = *totals;
    }
    if (keys->on_known) {
        keys->on_known(keys->arg, totals);
    }
}

void
key_figures_ask(struct key_figures *keys, struct services *services)
{
    if (!keys->is_asking) {
        keys->is_asking = true;
        keys->asked_ms = now_coarse_ms();
        key_totals_start(&keys->work, services, on_totals, keys);
    }
}
