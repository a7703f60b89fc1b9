/*
 * Keys that a static shard has and does not own: written at the shard by hand, or by a script that
 * computed their names.
 *
 *     shard 0 has plain_7, whose slot is shard 1's               moved there, where it has none
 *     shard 0 has profile_7, whose row is profile_7{06S}         the same, under that name, by sets
 *     shard 0 has current:a=1{06S}, an index key                 removed: it is made from rows
 *
 * No client reaches such keys, but counts and KEYS see them. SCAN goes over all shards, one after
 * the other. The nodes of a cluster refuse such keys themselves.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_MISPLACED_H
#define QUIPU_EXECUTOR_DATASETS_MISPLACED_H

#include "executor/datasets/datasets_setup.h"

/* found: how many there were. mended: how many of them are in their place now. */
typedef void misplaced_end_fn(void *arg, int64_t found, int64_t mended, const struct error *err);

/*
 * Looks for misplaced keys of the dataset, and for those that belong to no dataset. mends: moves
 * them. If the owner has the key too, both stay, and the log says where. Fails, without a callback,
 * if a shard is down. on_end is called once, later.
 */
bool misplaced_start(struct datasets *datasets, struct handle *dataset, bool mends,
                     misplaced_end_fn *on_end, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
