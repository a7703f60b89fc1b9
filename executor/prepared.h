/*
 * A query made ready to be run, kept for the next time the same text comes: dashboards ask the same
 * questions again and again, and parsing and planning cost more than a warm count does.
 *
 *     struct prepared *prepared = prepared_find(cache, text);            NULL: not kept, or old
 *     if (!prepared) { prepared = prepared_new(cache, text, &err); }     parsed and bound
 *     ... cardinalities ...
 *     prepared_plan(cache, prepared);                                    planned, and kept
 *     prepared_release(prepared);
 *
 * What is kept is good as long as the catalog, the statistics and the settings are those it was
 * planned with.
 */
#ifndef QUIPU_EXECUTOR_PREPARED_H
#define QUIPU_EXECUTOR_PREPARED_H

#include "executor/executor_settings.h"
#include "executor/handle/handle.h"
#include "executor/sets/program.h"
#include "planner/bind.h"

enum { LONGEST_PREPARED_BYTES = 16 * 1024 };

struct prepared_cache;

struct prepared {
    struct arena *arena; /* holds all below */
    struct slice text;
    struct handle *dataset;      /* it is a user of it */
    uint64_t catalog_generation; /* in which the text meant that dataset */
    struct bound_query *bound;
    struct slice shard_text; /* by columns: the text, with the dataset's own name */
    struct slice *fields;    /* whose cardinalities the plan wants */
    size_t nfields;
    struct plan *plan;       /* NULL until prepared_plan */
    struct program *program; /* NULL until prepared_plan */
    struct executor_settings settings;
    uint64_t stats_generation;
    size_t users; /* queries, and the cache that keeps it */
};

/* All three are borrowed, and outlive it. */
struct prepared_cache *prepared_cache_new(const struct catalog *catalog, struct handles *handles,
                                          const struct executor_settings *settings);
/* NULL is allowed. Those that queries use go with the last of these. */
void prepared_cache_free(struct prepared_cache *cache);
/*
 * Lets go of all that is kept where the catalog is another by now, so that nothing kept holds a
 * dataset that is to go. To be called often.
 */
void prepared_cache_sync(struct prepared_cache *cache);

/* NULL: not kept, or out of date. The caller is a user of it then. */
struct prepared *prepared_find(struct prepared_cache *cache, struct slice text);
/* Parses and binds; the caller is its user. NULL with err set where the query is wrong. */
struct prepared *prepared_new(struct prepared_cache *cache, struct slice text, struct error *err);
/* One that needs no plan is kept as it is. */
void prepared_keep(struct prepared_cache *cache, struct prepared *prepared);
/* Plans with the statistics as they are now and, for a query that is run, keeps it. */
void prepared_plan(struct prepared_cache *cache, struct prepared *prepared);
/* A plan's program, in the arena, with the settings as they are now. */
struct program *prepared_program(const struct prepared_cache *cache, struct arena *arena,
                                 const struct plan *plan);
/* One user less; the last one frees it. NULL is allowed. */
void prepared_release(struct prepared *prepared);

#endif
