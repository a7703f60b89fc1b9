/*
 * How often a dataset's rows have changed, as far as this server knows.
 *
 *     change_counts_add(&counts, 1)                  a write of ours
 *     change_counts_note(&counts, 0, 1764432, 17)    shard 0 says that it has seen 17 changes since then
 *     change_counts_note(&counts, 0, 1764432, 20)    3 more
 *     change_counts_note(&counts, 0, 1764999, 2)     another process, or another index: none
 *     change_counts_note(&counts, 0, 1764999, 3)     1 more
 *
 * What a shard has seen before it was asked for the first time is not counted. Nor is what a process that took its
 * place had seen by then: a replica that becomes the master has counted the same changes all along.
 */
#ifndef QUIPU_EXECUTOR_HANDLE_CHANGE_COUNTS_H
#define QUIPU_EXECUTOR_HANDLE_CHANGE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

/* All zero: none. */
struct change_counts {
    int64_t total;
    struct change_note {
        int64_t since, seen; /* seen -1: nothing was said */
    } * last;                /* by shard, what it said last */
    size_t nshards;
};

void change_counts_fini(struct change_counts *counts);
void change_counts_add(struct change_counts *counts, int64_t n);
/* since: tells one counter of the shard from another; 0 where the shard's module does not say. */
void change_counts_note(struct change_counts *counts, size_t shard, int64_t since, int64_t seen);

#endif
