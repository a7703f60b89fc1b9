/*
 * The command LATENCY: how long commands took. in: LATENCY HISTOGRAM get; out: for each command how
 * often it was called, and how many calls took 1, 2, 4, ... microseconds at most.
 *
 *     LATENCY HISTOGRAM get   -> get (calls 3, histogram_usec (32 1, 64 3))
 *     LATENCY LATEST          -> []    as of a Redis that records no events: SLOWLOG is for that
 */
#include <string.h>

#include "server/commands/command_families.h"
#include "server/metrics/command_stats.h"
#include "server/metrics/metrics.h"
#include "server/table/services.h"

static enum command_outcome
nothing_run(struct call *call)
{
    resp_write_array(call->out, 0);
    return COMMAND_REPLIED;
}

static enum command_outcome
zero_run(struct call *call)
{
    resp_write_int(call->out, 0);
    return COMMAND_REPLIED;
}

static enum command_outcome
doctor_run(struct call *call)
{
    resp_write_verbatim(call->out, "txt",
                        slice_lit("Quipu records no latency events. LATENCY HISTOGRAM shows how "
                                  "long commands take, SLOWLOG GET those that took long, QUERY "
                                  "LIST the queries that run.\n"));
    return COMMAND_REPLIED;
}

/* -- HISTOGRAM --------------------------------------------------------------------------------- */

/* In Redis' shape: only bounds at which there is more than at the one before. */
static void
histogram_write(struct resp_writer *out, const struct histogram *histogram)
{
    struct {
        int bits;
        uint64_t count;
    } steps[HISTOGRAM_MAX_BITS + 1];
    size_t nsteps = 0;
    uint64_t before = 0;
    for (int bits = 0; bits <= HISTOGRAM_MAX_BITS; bits++) {
        uint64_t count = histogram_count_upto(histogram, bits);
        if (count > before) {
            steps[nsteps].bits = bits;
            steps[nsteps++].count = before = count;
        }
    }
    resp_write_map(out, 2);
    resp_write_bulk_str(out, "calls");
    resp_write_int(out, (int64_t) histogram->count);
    resp_write_bulk_str(out, "histogram_usec");
    resp_write_map(out, nsteps);
    for (size_t i = 0; i < nsteps; i++) {
        resp_write_int(out, (int64_t) 1 << steps[i].bits);
        resp_write_int(out, (int64_t) steps[i].count);
    }
}

/* `config` also means all its subcommands. */
static bool
is_asked_for(const struct call *call, const char *name)
{
    const char *bar = strchr(name, '|');
    for (size_t i = 2; i < call->nargs; i++) {
        if (slice_equal_nocase(call->args[i], slice_str(name)) ||
            (bar && slice_equal_nocase(call->args[i], slice_of(name, (size_t) (bar - name))))) {
            return true;
        }
    }
    return call->nargs == 2;
}

/* Commands that were never called, and words that are no command, are left out, as in Redis. */
static enum command_outcome
histogram_run(struct call *call)
{
    const struct command_stats *stats = call->services->metrics->commands;
    const struct command_stat *stat;
    size_t nshown = 0;
    for (size_t i = 0; (stat = command_stats_at(stats, i)); i++) {
        nshown += stat->took && is_asked_for(call, stat->name);
    }
    resp_write_map(call->out, nshown);
    for (size_t i = 0; (stat = command_stats_at(stats, i)); i++) {
        if (stat->took && is_asked_for(call, stat->name)) {
            resp_write_bulk_str(call->out, stat->name);
            histogram_write(call->out, stat->took);
        }
    }
    return COMMAND_REPLIED;
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct command COMMANDS[] = {
    {.name = "latest",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = nothing_run,
     .summary = "Latency events: none are recorded"},
    {.name = "history",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = nothing_run,
     .arguments = "event",
     .summary = "An event's samples: none"},
    {.name = "reset",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = zero_run,
     .arguments = "[event ...]",
     .summary = "How many events were reset: none"},
    {.name = "histogram",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = histogram_run,
     .arguments = "[command ...]",
     .summary = "How many calls of each command took 1, 2, 4, ... microseconds at most"},
    {.name = "doctor",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = doctor_run,
     .summary = "Where to look instead"},
};

struct command_family
command_latency_subcommands(void)
{
    return (struct command_family){"server", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
