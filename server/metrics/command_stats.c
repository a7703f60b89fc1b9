/*
 * Counts and times commands.
 * in: calls that have ended; out: figures by command and by kind of command.
 *
 *     call -> its row (ours, or the shard's) -> slot of the row's address -> stat
 *                                               not there: the stat of that name
 *
 * Rows have fixed addresses as long as the shards' table is the same, so a stat is found without
 * looking at its name: a command that is passed through takes some microseconds, and this a few
 * nanoseconds.
 */
#include "server/metrics/command_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/shards/command_table.h"
#include "server/client/call.h"

enum { FIRST_SLOTS = 256 };

struct slot {
    const void *row; /* a command or a command_spec; NULL: free */
    struct command_stat *stat;
};

struct command_stats {
    bool is_tracking;
    struct command_stat **stats;
    size_t nstats, capacity;
    struct slot *slots; /* at most half full */
    size_t nslots;      /* a power of two */
    size_t nused;
    struct histogram kinds[COMMAND_NKINDS];
};

struct command_stats *
command_stats_new(void)
{
    struct command_stats *stats = must_alloc(sizeof *stats);
    stats->is_tracking = true;
    stats->nslots = FIRST_SLOTS;
    stats->slots = must_alloc(FIRST_SLOTS * sizeof *stats->slots);
    return stats;
}

void
command_stats_free(struct command_stats *stats)
{
    if (!stats) {
        return;
    }
    for (size_t i = 0; i < stats->nstats; i++) {
        free(stats->stats[i]->name);
        free(stats->stats[i]->took);
        free(stats->stats[i]);
    }
    free(stats->stats);
    free(stats->slots);
    free(stats);
}

void
command_stats_track(struct command_stats *stats, bool is_tracking)
{
    stats->is_tracking = is_tracking;
}

/* -- a call's stat ----------------------------------------------------------------------------- */

static enum command_kind
kind_of(const struct call *call)
{
    const struct command *command = call->command;
    if (command) {
        return command->is_query        ? COMMAND_KIND_QUERY
               : command->writes        ? COMMAND_KIND_WRITE
               : command->first_key > 0 ? COMMAND_KIND_READ
                                        : COMMAND_KIND_OTHER;
    }
    return call->spec->flags & COMMAND_WRITE      ? COMMAND_KIND_WRITE
           : call->spec->flags & COMMAND_READONLY ? COMMAND_KIND_READ
                                                  : COMMAND_KIND_OTHER;
}

/* The caller frees it. */
static char *
name_of(const struct call *call)
{
    char name[2 * COMMAND_NAME_BYTES];
    if (!call->command) {
        return must_copy(call->spec->name);
    }
    int len = snprintf(name, sizeof name, "%s%s%s", call->parent ? call->parent->name : "",
                       call->parent ? "|" : "", call->command->name);
    return must_copy(slice_of(name, (size_t) len));
}

/* The stat of that name. Takes over the name. */
static struct command_stat *
stat_by_name(struct command_stats *stats, char *name, enum command_kind kind)
{
    for (size_t i = 0; i < stats->nstats; i++) {
        if (strcmp(stats->stats[i]->name, name) == 0) {
            free(name);
            return stats->stats[i];
        }
    }
    stats->stats = must_room(stats->stats, stats->nstats, &stats->capacity, sizeof *stats->stats);
    struct command_stat *stat = must_alloc(sizeof *stat);
    stat->name = name;
    stat->kind = kind;
    stats->stats[stats->nstats++] = stat;
    return stat;
}

/* Rows stand in arrays: their addresses differ by multiples of their size. */
static struct slot *
slot_of(const struct command_stats *stats, const void *row)
{
    size_t at = (size_t) (((uintptr_t) row >> 3) * 0x9e3779b97f4a7c15ULL >> 32);
    while (true) {
        struct slot *slot = &stats->slots[at++ & (stats->nslots - 1)];
        if (!slot->row || slot->row == row) {
            return slot;
        }
    }
}

static void
slots_double(struct command_stats *stats)
{
    struct command_stats larger = *stats;
    larger.nslots *= 2;
    larger.slots = must_alloc(larger.nslots * sizeof *larger.slots);
    for (size_t i = 0; i < stats->nslots; i++) {
        if (stats->slots[i].row) {
            *slot_of(&larger, stats->slots[i].row) = stats->slots[i];
        }
    }
    free(stats->slots);
    *stats = larger;
}

struct command_stat *
command_stats_of(struct command_stats *stats, const struct call *call)
{
    const void *row = call->command ? (const void *) call->command : call->spec;
    if (!row) {
        return NULL;
    }
    struct slot *slot = slot_of(stats, row);
    if (!slot->row) {
        *slot = (struct slot){row, stat_by_name(stats, name_of(call), kind_of(call))};
        struct command_stat *stat = slot->stat;
        if (++stats->nused * 2 > stats->nslots) {
            slots_double(stats);
        }
        return stat;
    }
    return slot->stat;
}

void
command_stats_forget_specs(struct command_stats *stats)
{
    memset(stats->slots, 0, stats->nslots * sizeof *stats->slots);
    stats->nused = 0;
}

/* -- figures ----------------------------------------------------------------------------------- */

void
command_stats_reject(struct command_stat *stat)
{
    stat->rejected++;
}

void
command_stats_end(struct command_stats *stats, struct command_stat *stat, int64_t took_us,
                  bool is_error)
{
    stat->calls++;
    stat->failed += is_error;
    if (took_us < 0) {
        return;
    }
    stat->us += (uint64_t) took_us;
    if (stats->is_tracking) {
        if (!stat->took) {
            stat->took = must_alloc(sizeof *stat->took);
        }
        histogram_add(stat->took, took_us);
        histogram_add(&stats->kinds[stat->kind], took_us);
    }
}

void
command_stats_reset(struct command_stats *stats)
{
    for (size_t i = 0; i < stats->nstats; i++) {
        struct command_stat *stat = stats->stats[i];
        free(stat->took);
        *stat = (struct command_stat){.name = stat->name, .kind = stat->kind};
    }
    memset(stats->kinds, 0, sizeof stats->kinds);
}

/* -- looking ----------------------------------------------------------------------------------- */

const struct command_stat *
command_stats_at(const struct command_stats *stats, size_t index)
{
    return index < stats->nstats ? stats->stats[index] : NULL;
}

const struct histogram *
command_stats_of_kind(const struct command_stats *stats, enum command_kind kind)
{
    return &stats->kinds[kind];
}

const char *
command_kind_name(enum command_kind kind)
{
    static const char *const NAMES[COMMAND_NKINDS] = {[COMMAND_KIND_QUERY] = "query",
                                                      [COMMAND_KIND_READ] = "read",
                                                      [COMMAND_KIND_WRITE] = "write",
                                                      [COMMAND_KIND_OTHER] = "other"};
    return NAMES[kind];
}
