/*
 * Adds up the changes of a dataset's rows. in: numbers of shards, each of which may begin
 * again or be another process's; out: a sum that only grows.
 */
#include "executor/handle/change_counts.h"

#include <stdlib.h>

#include "base/must.h"

void
change_counts_fini(struct change_counts *counts)
{
    free(counts->last);
    *counts = (struct change_counts){0};
}

void
change_counts_add(struct change_counts *counts, int64_t n)
{
    counts->total += n;
}

void
change_counts_note(struct change_counts *counts, size_t shard, int64_t since, int64_t seen)
{
    if (seen < 0) {
        return; /* no number of changes */
    }
    if (shard >= counts->nshards) {
        counts->last = must_grow(counts->last, shard + 1, sizeof *counts->last);
        for (size_t i = counts->nshards; i <= shard; i++) {
            counts->last[i] = (struct change_note){0, -1};
        }
        counts->nshards = shard + 1;
    }
    struct change_note last = counts->last[shard];
    if (last.seen >= 0 && last.since == since && seen > last.seen) {
        counts->total += seen - last.seen;
    }
    counts->last[shard] = (struct change_note){since, seen};
}
