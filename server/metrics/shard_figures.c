/*
 * Asks the shards, in the background, for what the metrics show of them.
 * in: a scrape; out: figures for the next one.
 *
 *     IDLE --refresh--> PINGS --all have answered--> CACHE --> DATASET 0 --> DATASET 1 ... --> IDLE
 *
 * All shards get their PING at once. The questions after that go one by one, so that many datasets
 * take longer and never weigh more. What fails is not known, and the round goes on. If the executor
 * is freed, no question is answered any more, and the round ends where it is.
 */
#include "server/metrics/shard_figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/datasets/admin.h"
#include "executor/executor.h"
#include "executor/shards/forward.h"
#include "executor/shards/shards.h"
#include "server/table/services.h"

enum {
    PAUSE_MS = 5 * 1000, /* between two rounds */
    STALE_MS =
        150 * 1000 /* figures that are older are not shown: scrapes come every minute or so */
};

struct ping {
    int64_t us; /* -1: not known */
    int64_t sent_us, known_ms;
};

struct dataset_list {
    struct dataset_figures *items;
    size_t n;
};

struct shard_figures {
    struct services *services;
    bool is_running;
    int64_t ended_ms; /* the last round's end; 0: there was none */
    struct ping *pings;
    size_t npings;
    size_t nwaiting; /* pings under way, and one while they are sent */
    int64_t cache_entries, cache_bytes;
    struct dataset_list known, next; /* of the last round; of this one, as far as it is */
    size_t at;                       /* the dataset under way, in next */
};

/* What is asked of one shard. */
struct question {
    struct shard_figures *figures;
    size_t shard;
};

struct shard_figures *
shard_figures_new(struct services *services)
{
    struct shard_figures *figures = must_alloc(sizeof *figures);
    figures->services = services;
    figures->cache_entries = figures->cache_bytes = -1;
    return figures;
}

static void
list_clear(struct dataset_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].name);
    }
    free(list->items);
    *list = (struct dataset_list){NULL, 0};
}

void
shard_figures_free(struct shard_figures *figures)
{
    if (figures) {
        list_clear(&figures->known);
        list_clear(&figures->next);
        free(figures->pings);
        free(figures);
    }
}

/* -- the datasets ------------------------------------------------------------------------------ */

static int64_t
number_of(const struct admin_pair *pairs, size_t npairs, const char *name)
{
    for (size_t i = 0; i < npairs; i++) {
        if (strcmp(pairs[i].name, name) == 0) {
            return pairs[i].value;
        }
    }
    return -1;
}

static void on_dataset(void *arg, const struct admin_pair *pairs, size_t npairs,
                       const struct error *err);

static void
next_dataset(struct shard_figures *figures)
{
    if (figures->at < figures->next.n) {
        admin_start(executor_datasets(figures->services->executor), ADMIN_DATASET_FIGURES,
                    slice_str(figures->next.items[figures->at].name), on_dataset, figures);
        return;
    }
    list_clear(&figures->known);
    figures->known = figures->next;
    figures->next = (struct dataset_list){NULL, 0};
    figures->is_running = false;
    figures->ended_ms = now_coarse_ms();
}

static void
on_dataset(void *arg, const struct admin_pair *pairs, size_t npairs, const struct error *err)
{
    struct shard_figures *figures = arg;
    struct dataset_figures *dataset = &figures->next.items[figures->at++];
    if (!err) {
        dataset->rows = number_of(pairs, npairs, "rows");
        dataset->bytes = number_of(pairs, npairs, "bytes");
        dataset->progress = number_of(pairs, npairs, "progress");
        dataset->changes = number_of(pairs, npairs, "changes");
    }
    next_dataset(figures);
}

static void
datasets_begin(struct shard_figures *figures)
{
    const struct catalog *catalog = figures->services->catalog;
    struct dataset_list *next = &figures->next;
    list_clear(next);
    next->items = must_array(catalog_count(catalog), sizeof *next->items);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        if (dataset->state != DATASET_DROPPING) {
            next->items[next->n++] = (struct dataset_figures){.name = must_copy(dataset->name),
                                                              .rows = -1,
                                                              .bytes = -1,
                                                              .progress = -1,
                                                              .changes = -1};
        }
    }
    figures->at = 0;
    next_dataset(figures);
}

/* -- the cached filters ------------------------------------------------------------------------ */

static void
on_cache(void *arg, const struct admin_pair *pairs, size_t npairs, const struct error *err)
{
    struct shard_figures *figures = arg;
    figures->cache_entries = err ? -1 : number_of(pairs, npairs, "entries");
    figures->cache_bytes = err ? -1 : number_of(pairs, npairs, "bytes");
    datasets_begin(figures);
}

/* -- the shards -------------------------------------------------------------------------------- */

static void
ping_ended(struct shard_figures *figures)
{
    struct executor *executor = figures->services->executor;
    if (--figures->nwaiting == 0 && !shards_are_closing(executor_shards(executor))) {
        admin_start(executor_datasets(executor), ADMIN_CACHE_INFO, slice_lit(""), on_cache,
                    figures);
    }
}

static void
on_pong(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct question *question = arg;
    struct shard_figures *figures = question->figures;
    struct ping *ping = &figures->pings[question->shard];
    if (!is_last && !err) {
        return;
    }
    bool is_pong = !err && piece.len > 0 && piece.ptr[0] == '+';
    ping->us = is_pong ? now_us() - ping->sent_us : -1;
    ping->known_ms = now_coarse_ms();
    free(question);
    ping_ended(figures);
}

static void
ping_send(struct shard_figures *figures, size_t shard)
{
    static const struct slice ARGS[] = {SLICE_LIT("PING")};
    struct executor *executor = figures->services->executor;
    struct error ignored = {"", ""};
    struct question *question = must_alloc(sizeof *question);
    *question = (struct question){figures, shard};
    figures->pings[shard].sent_us = now_us();
    if (forward_to_shard(executor_shards(executor), shard, false, ARGS, 1, on_pong, question,
                         &ignored)) {
        figures->nwaiting++;
    } else {
        figures->pings[shard].us = -1;
        free(question);
    }
}

/* A cluster may have more shards now than before. */
static void
pings_make_room(struct shard_figures *figures, size_t nshards)
{
    if (nshards > figures->npings) {
        figures->pings = must_grow(figures->pings, nshards, sizeof *figures->pings);
        for (size_t i = figures->npings; i < nshards; i++) {
            figures->pings[i] = (struct ping){.us = -1};
        }
        figures->npings = nshards;
    }
}

void
shard_figures_refresh(struct shard_figures *figures)
{
    const struct executor *executor = figures->services->executor;
    if (figures->is_running ||
        (figures->ended_ms && now_coarse_ms() - figures->ended_ms < PAUSE_MS)) {
        return;
    }
    figures->is_running = true;
    size_t nshards = executor_nshards(executor);
    pings_make_room(figures, nshards);
    figures->nwaiting = 1; /* until all are sent */
    for (size_t i = 0; i < nshards; i++) {
        if (executor_has_shard(executor, i)) {
            ping_send(figures, i);
        }
    }
    ping_ended(figures);
}

/* -- what is known ----------------------------------------------------------------------------- */

static bool
is_fresh(int64_t known_ms)
{
    return known_ms && now_coarse_ms() - known_ms < STALE_MS;
}

int64_t
shard_figures_ping_us(const struct shard_figures *figures, size_t shard)
{
    return shard < figures->npings && is_fresh(figures->pings[shard].known_ms)
               ? figures->pings[shard].us
               : -1;
}

int64_t
shard_figures_cache_entries(const struct shard_figures *figures)
{
    return is_fresh(figures->ended_ms) ? figures->cache_entries : -1;
}

int64_t
shard_figures_cache_bytes(const struct shard_figures *figures)
{
    return is_fresh(figures->ended_ms) ? figures->cache_bytes : -1;
}

const struct dataset_figures *
shard_figures_dataset(const struct shard_figures *figures, size_t index)
{
    return is_fresh(figures->ended_ms) && index < figures->known.n ? &figures->known.items[index]
                                                                   : NULL;
}
