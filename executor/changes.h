/*
 * Tells when a dataset has changed: rows that were written, expired or removed, on any way and by
 * any server; its definition; its shards.
 *
 *     changes_watch(changes, slice_lit("current"), 0, on_version, group)
 *     on_version(group, 1764432000000017, NULL)         count now
 *     changes_watch(changes, slice_lit("current"), 1764432000000017, on_version, group)
 *     on_version(group, 1764432000000018, NULL)         later: count again
 *
 * A version that was told before a count began is at most as new as what was counted. So a change
 * during the count gives another version. A version may also change where no row did.
 *
 *     NEW --watch--> LOOKING --all shards have answered--> RESTING --LOOK_MS--> LOOKING
 *                       |  ^                                  |
 *          the last watch leaves                    the last watch leaves
 *                       v  +--watch--+                        v
 *                       +----------> KEPT <-------------------+     --KEEP_MS--> gone
 *
 * Only a dataset that is watched is looked at. By columns a look is one number from each shard's
 * module, which counts changes in any case. By sets it is one number for each partition. The first
 * look makes that number, and the scripts that write rows add to it as long as it is there.
 */
#ifndef QUIPU_EXECUTOR_CHANGES_H
#define QUIPU_EXECUTOR_CHANGES_H

#include "base/error.h"
#include "base/slice.h"

struct changes;
struct changes_watch;
struct executor;

/* The executor is borrowed. */
struct changes *changes_new(struct executor *executor);
/* No callback is called any more. NULL is allowed. */
void changes_free(struct changes *changes);

/*
 * The version of the dataset, which is never 0. It fits in 53 bits, and grows with each change, also
 * over a restart of the server. err is not NULL if shards could not be asked for two seconds
 * (SHARDDOWN, LOADING, ...); version is then 0.
 */
typedef void changes_fn(void *arg, uint64_t version, const struct error *err);

/*
 * Calls fn once, later, when the dataset has another version than after: the version of a look that
 * was begun after this call. after 0: as soon as its version is known. The name is a dataset's or an alias', and is copied; it may come to mean another
 * dataset, or none, which is a change too.
 */
struct changes_watch *changes_watch(struct changes *changes, struct slice name, uint64_t after,
                                    changes_fn *fn, void *arg);
/* Ends the watch before fn was called. */
void changes_cancel(struct changes_watch *watch);

#endif
