/*
 * How often a dataset's rows have changed, as far as this server knows.
 *
 *     change_counts_add(&counts, 1)               a write of ours
 *     change_counts_note(&counts, 0, 17)          shard 0 says that it has seen 17 changes since it began
 *     change_counts_note(&counts, 0, 20)          3 more
 *     change_counts_note(&counts, 0, 2)           it has begun again: 2 more
 *
 * What a shard has seen before it was asked for the first time is not counted.
 */
#ifndef QUIPU_EXECUTOR_HANDLE_CHANGE_COUNTS_H
#define QUIPU_EXECUTOR_HANDLE_CHANGE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

/* All zero: none. */
struct change_counts {
    int64_t total;
    int64_t *last; /* by shard, what it said last; -1: nothing */
    size_t nshards;
};

void change_counts_fini(struct change_counts *counts);
void change_counts_add(struct change_counts *counts, int64_t n);
void change_counts_note(struct change_counts *counts, size_t shard, int64_t seen);

#endif
