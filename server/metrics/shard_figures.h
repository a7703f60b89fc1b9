/*
 * Figures for which shards must be asked, as last known: how long a shard takes to answer, the
 * cached filters, rows and memory of each dataset's index.
 *
 *     shard_figures_refresh(figures)           asks again, in the background, if it is time
 *     shard_figures_ping_us(figures, 0)        -> 212; -1: not known
 *
 * Nobody waits for the shards: a scrape shows what the one before it has asked for. Nothing is
 * asked while nobody scrapes.
 */
#ifndef QUIPU_SERVER_METRICS_SHARD_FIGURES_H
#define QUIPU_SERVER_METRICS_SHARD_FIGURES_H

#include <stddef.h>
#include <stdint.h>

struct services;
struct shard_figures;

struct dataset_figures {
    char *name;
    int64_t rows;     /* -1: not known */
    int64_t bytes;    /* -1: not known; by sets it never is */
    int64_t progress; /* percent */
    int64_t changes;  /* of its rows, as far as this server knows; -1: not known */
};

/* services is borrowed. */
struct shard_figures *shard_figures_new(struct services *services);
/* Call it after the executor was freed. NULL is allowed. */
void shard_figures_free(struct shard_figures *figures);
/*
 * Begins a round of questions, unless one is under way or the last one has ended a moment ago.
 * Shards that hang end it after shard-timeout.
 */
void shard_figures_refresh(struct shard_figures *figures);

/* How long the shard took to answer PING, behind clients' commands. -1: not known. */
int64_t shard_figures_ping_us(const struct shard_figures *figures, size_t shard);
/* Cached filters of all datasets by sets. -1: not known. */
int64_t shard_figures_cache_entries(const struct shard_figures *figures);
int64_t shard_figures_cache_bytes(const struct shard_figures *figures);
/* The datasets of the last round, in the catalog's order. NULL: no more, or not known. */
const struct dataset_figures *shard_figures_dataset(const struct shard_figures *figures,
                                                    size_t index);

#endif
