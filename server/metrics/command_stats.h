/*
 * What became of each command, and how long it took: for INFO commandstats and latencystats,
 * LATENCY HISTOGRAM and the metrics.
 *
 *     struct command_stat *stat = command_stats_of(stats, call);     NULL: an unknown command
 *     ... it runs ...
 *     command_stats_end(stats, stat, took_us, false);
 *
 * A command has one stat under its full name ("config|get"), whether Quipu or a shard answers it.
 * Only names of the tables of commands get a stat, never what a client writes, so there are at most
 * as many as commands.
 */
#ifndef QUIPU_SERVER_METRICS_COMMAND_STATS_H
#define QUIPU_SERVER_METRICS_COMMAND_STATS_H

#include "base/histogram.h"
#include "base/slice.h"

struct call;

/* What a command does, by its row in its table. */
enum command_kind {
    COMMAND_KIND_QUERY,
    COMMAND_KIND_READ,
    COMMAND_KIND_WRITE,
    COMMAND_KIND_OTHER,
    COMMAND_NKINDS
};

struct command_stat {
    char *name; /* in lower case, with its parent's: "config|get" */
    enum command_kind kind;
    uint64_t calls;            /* that were carried out */
    uint64_t us;               /* of those */
    uint64_t rejected, failed; /* refused before they ran; answered with an error */
    struct histogram *took;    /* NULL: not timed yet */
};

struct command_stats;

struct command_stats *command_stats_new(void);
/* NULL is allowed. */
void command_stats_free(struct command_stats *stats);
/* Whether times go into histograms (latency-tracking). They are kept when it is turned off. */
void command_stats_track(struct command_stats *stats, bool is_tracking);

/* The call's stat, which lives as long as stats. NULL: it has no command. */
struct command_stat *command_stats_of(struct command_stats *stats, const struct call *call);
/* The shards have told other commands: those before may be freed. */
void command_stats_forget_specs(struct command_stats *stats);

/* It was refused before it ran: wrong arity, no right. */
void command_stats_reject(struct command_stat *stat);
/* It was carried out. took_us negative: its time says nothing, since it waited for others. */
void command_stats_end(struct command_stats *stats, struct command_stat *stat, int64_t took_us,
                       bool is_error);
/* Sets all figures to 0. */
void command_stats_reset(struct command_stats *stats);

/* Those that were called, in the order of their first calls; NULL: no more. */
const struct command_stat *command_stats_at(const struct command_stats *stats, size_t index);
/* The times of all commands of a kind. */
const struct histogram *command_stats_of_kind(const struct command_stats *stats,
                                              enum command_kind kind);
/* "query", "read", "write", "other" */
const char *command_kind_name(enum command_kind kind);

#endif
