/*
 * A snapshot: the index as it was at one moment, between two writes.
 *
 *     struct snapshot *snapshot = index_snapshot(index);       the writer's thread
 *     ... counts over it, in any threads (count.h) ...
 *     snapshot_release(snapshot);                              any thread, once
 *
 * Handing it to another thread needs what handing over any memory does: a lock, a queue, a thread
 * that is started. Each block of the index knows the version in which it was made; a snapshot is a
 * version and the root block:
 *
 *     version   1 2 3 4 5 6 7 8            the writer's, one more with each snapshot
 *     block A   |-----------------         in use
 *     block B   |-------)                  replaced in version 5: the snapshots 1 to 4 see it
 *     snapshot        3                    sees A and B; when it goes, B is freed
 */
#ifndef QUIPU_COLUMNS_SNAPSHOT_H
#define QUIPU_COLUMNS_SNAPSHOT_H

#include <stdint.h>

struct snapshot;

/*
 * Any thread; never waits. What only this snapshot still needed is freed by the writer's next calls
 * (index_reclaim), or here and now when the index was given up before.
 */
void snapshot_release(struct snapshot *snapshot);

uint64_t snapshot_nrows(const struct snapshot *snapshot);
/* Chunks of rows, empty ones too: what a count goes through. */
uint32_t snapshot_nchunks(const struct snapshot *snapshot);

#endif
