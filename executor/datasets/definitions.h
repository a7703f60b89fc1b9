/*
 * Definitions: the catalog as the shards keep it, shared by all servers over them.
 *
 *     quipu:catalog          a hash, in the shard that has its slot
 *         version            17: changes when the definitions do
 *         definitions        planner/catalog_text.h
 *         beat:w46           what the server that works on w46 last said: "17 42 903"
 *         server:4f0a...     the version that this server knows
 *
 *     definitions_change(datasets, edit, &alias, on_changed)     one step, or an error
 *     definitions_refresh(datasets, on_fresh, query)             before NODATASET is said
 *
 * It is read at the start, when its version has changed (asked for once a second), and on request.
 * A change is made on a copy of what was just read. A script writes the copy, unless another server
 * has written meanwhile; then the change is made again on what that server wrote. So two servers
 * never overwrite each other, and all see the same order of changes.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DEFINITIONS_H
#define QUIPU_EXECUTOR_DATASETS_DEFINITIONS_H

#include "executor/datasets/datasets_setup.h"

struct definitions;
struct definitions_wait;

/* Made for these datasets. Begins to read at the first tick. */
struct definitions *definitions_new(struct datasets *datasets);
/* Frees it. Callers that wait for a change get an error; no other callback is called. */
void definitions_free(struct definitions *definitions);
/* Must be called every LINK_TICK_MS. */
void definitions_tick(struct definitions *definitions, int64_t now_ms);

/*
 * True if the catalog agrees with the shards. Otherwise why is SHARDDOWN, or ERR if the shards
 * contradict the configuration.
 */
bool definitions_are_known(const struct datasets *datasets, struct error *why);
/* True if the catalog has been read. Perhaps not all shards were checked against it yet. */
bool definitions_are_read(const struct datasets *datasets);

/* err is NULL if there was no error. Called later, never from inside. */
typedef void definitions_done_fn(void *arg, const struct error *err);

/* Reads the catalog again. done may be NULL. It is not called if the shards are closing. */
struct definitions_wait *definitions_refresh(struct datasets *datasets, definitions_done_fn *done,
                                             void *arg);
/* Cancels, before done was called. */
void definitions_wait_cancel(struct definitions_wait *wait);

/*
 * Changes the given copy of the catalog, which will be written as `version`. is_first: the shards
 * have no catalog yet. May be called several times, each time with a fresh copy. False, with err
 * set: nothing is written.
 */
typedef bool definitions_edit_fn(struct catalog *catalog, uint64_t version, bool is_first,
                                 void *arg, struct error *err);
/*
 * arg is used until done was called; that happens at the latest when the shards are closed
 * (shards_are_closing). New datasets are made known to every shard before they are written, so all
 * shards must be up. An edit that changes nothing is not written.
 */
void definitions_change(struct datasets *datasets, definitions_edit_fn *edit, void *arg,
                        definitions_done_fn *done);

/*
 * Calls done, with NULL, when the other servers know this server's version. After two and a half
 * seconds done is called in any case: a server that does not know the version by then is gone, or
 * answers errors until it does. If there are no others, done is called in the loop's next turn.
 */
void definitions_await_others(struct datasets *datasets, definitions_done_fn *done, void *arg);

/* All keys of the shards were deleted: writes the known definitions again. */
void definitions_restore(struct datasets *datasets);

#endif
