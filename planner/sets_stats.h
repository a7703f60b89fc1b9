/*
 * Cardinalities of one dataset, as the shards last gave them: what the cost model works with.
 *
 *     stats_put_rows(stats, 1000000, now_ms)
 *     stats_put_field(stats, &(struct field_stats) {slice_lit("sex"), 990000, 2, values, 2, now_ms})
 *     stats_field(stats, slice_lit("sex"))->values[0]      {"female", 500100}
 *
 * They may be some seconds old: an estimate that is off costs time, never a wrong count. Filters
 * that are known to be cached in the shards are kept here too.
 */
#ifndef QUIPU_PLANNER_SETS_STATS_H
#define QUIPU_PLANNER_SETS_STATS_H

#include "base/slice.h"

struct value_stats {
    struct slice value;
    int64_t rows;
};

/* A field with more values than this has none listed, only their number. */
enum { STATS_MAX_LISTED_VALUES = 256 };

struct field_stats {
    struct slice field;
    int64_t present; /* rows that have the field */
    int64_t nvalues; /* different values, at most: partitions are added up where not listed */
    struct value_stats *values;
    size_t nlisted; /* nvalues, or 0 where they are too many */
    int64_t fetched_ms;
};

enum { FILTER_SEEN = -1 };

struct cached_filter {
    int64_t rows;       /* FILTER_SEEN: not cached, but was wanted once already */
    int64_t expires_ms; /* monotonic clock */
};

struct stats;

struct stats *stats_new(void);
void stats_free(struct stats *stats);

void stats_put_rows(struct stats *stats, int64_t rows, int64_t now_ms);
/* Everything is copied. */
void stats_put_field(struct stats *stats, const struct field_stats *field);
void stats_put_filter(struct stats *stats, struct slice text, struct cached_filter filter);
void stats_drop_filters(struct stats *stats);

/* Changes whenever anything in here does: a plan is good for one generation. */
uint64_t stats_generation(const struct stats *stats);

/* -1: not known. */
int64_t stats_rows(const struct stats *stats);
int64_t stats_rows_fetched_ms(const struct stats *stats);
/* NULL: not known. Borrowed until the next stats_put. */
const struct field_stats *stats_field(const struct stats *stats, struct slice field);
/* NULL: neither cached nor seen as far as is known, or expired. */
const struct cached_filter *stats_filter(const struct stats *stats, struct slice text,
                                         int64_t now_ms);
/* Rows with this value by what is known; a guess for a value that is not listed; -1: field unknown.
 */
double stats_value_rows(const struct stats *stats, struct slice field, struct slice value);

#endif
