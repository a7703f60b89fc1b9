/*
 * A query made ready to be run, kept for the next time the same text comes: dashboards ask the same
 * questions again and again, and parsing and planning cost more than a warm count does.
 *
 *     struct prepared *prepared = prepared_find(cache, text, 0);         NULL: not kept, or old
 *     if (!prepared) { prepared = prepared_new(cache, text, 0, &err); }  parsed and bound
 *     ... cardinalities ...
 *     prepared_plan(cache, prepared);                                    planned, and kept
 *     prepared_release(prepared);
 *
 * A kept query is good as long as the catalog, the statistics and the settings are those with which
 * it was planned.
 */
#ifndef QUIPU_EXECUTOR_PREPARED_H
#define QUIPU_EXECUTOR_PREPARED_H

#include "answer/first_pass.h"
#include "executor/executor_settings.h"
#include "executor/handle/handle.h"
#include "executor/sets/program.h"
#include "planner/bind.h"

enum { LONGEST_PREPARED_BYTES = 16 * 1024 };

struct prepared_cache;

struct prepared {
    struct arena *arena; /* holds everything below */
    struct slice text;
    int64_t suppress_below;      /* at the least, whatever the text says */
    struct handle *dataset;      /* the query is a user of this dataset */
    uint64_t catalog_generation; /* the generation of the catalog in which the text meant that
                                    dataset */
    /*
     * What must be asked before the query can be bound: the first pass (answer/first_pass.h). Such
     * a query is never kept, because its positions depend on the rows.
     */
    struct ast_query *ast;
    struct first_question *questions;
    size_t nquestions;
    struct bound_query *bound; /* NULL until prepared_bind, where something must be asked */
    struct field_definitions *definitions; /* of the dataset's fields; bound borrows from them */
    struct slice shard_text;               /* by columns: the query, with the dataset's own name */
    struct slice *fields;                  /* whose cardinalities the plan wants */
    size_t nfields;
    struct plan *plan;       /* NULL until prepared_plan */
    struct program *program; /* NULL until prepared_plan */
    struct executor_settings settings;
    uint64_t stats_generation;
    size_t users; /* queries, and the cache that keeps it */
};

/* All three are borrowed, and must outlive the cache. */
struct prepared_cache *prepared_cache_new(const struct catalog *catalog, struct handles *handles,
                                          const struct executor_settings *settings);
/* NULL is allowed. A prepared query that is in use lives until its last user releases it. */
void prepared_cache_free(struct prepared_cache *cache);
/*
 * Releases all kept queries if the catalog has changed, so that no kept query holds a dropped
 * dataset. Must be called often.
 */
void prepared_cache_sync(struct prepared_cache *cache);

/* The kept query; the caller becomes a user of it. NULL: not kept, or out of date. */
struct prepared *prepared_find(struct prepared_cache *cache, struct slice text,
                               int64_t suppress_below);
/*
 * Parses and binds; the caller becomes a user of the result. suppress_below is what the answer hides at
 * the least: a user's floor; 0: what the text says. If there are questions, it is not bound
 * yet: answer them (first_pass_fix), then call prepared_bind. NULL, with err set, if the query is
 * wrong.
 */
struct prepared *prepared_new(struct prepared_cache *cache, struct slice text,
                              int64_t suppress_below, struct error *err);
/* The kept query, or else prepared_new. */
struct prepared *prepared_get(struct prepared_cache *cache, struct slice text,
                              int64_t suppress_below, struct error *err);
/* Binds a query whose questions are answered. */
bool prepared_bind(struct prepared_cache *cache, struct prepared *prepared,
                   struct error *err) QUIPU_MUST_CHECK;
/* Keeps a query that needs no plan, as it is. */
void prepared_keep(struct prepared_cache *cache, struct prepared *prepared);
/* Plans with the present statistics. A query that is run (not explained) is kept. */
void prepared_plan(struct prepared_cache *cache, struct prepared *prepared);
/* A plan's program, with the present settings. It lives in the arena. */
struct program *prepared_program(const struct prepared_cache *cache, struct arena *arena,
                                 const struct plan *plan);
/* The caller is no longer a user. The last release frees the query. NULL is allowed. */
void prepared_release(struct prepared *prepared);

#endif
