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

/* The datasets'; starts to read with the first tick. */
struct definitions *definitions_new(struct datasets *datasets);
/* Frees it. Who wants to change something is told that it ends; nobody else is called. */
void definitions_free(struct definitions *definitions);
/* To be called every LINK_TICK_MS. */
void definitions_tick(struct definitions *definitions, int64_t now_ms);

/*
 * The catalog is what the shards hold. Else why: SHARDDOWN, or ERR where that contradicts the
 * configuration.
 */
bool definitions_are_known(const struct datasets *datasets, struct error *why);
/* The catalog has been read, if perhaps not all shards were checked against it. */
bool definitions_are_read(const struct datasets *datasets);

/* err is NULL when all went well. Called later, never from inside. */
typedef void definitions_done_fn(void *arg, const struct error *err);

/* Reads anew. done may be NULL; it is not called when the shards are closing. */
struct definitions_wait *definitions_refresh(struct datasets *datasets, definitions_done_fn *done,
                                             void *arg);
/* For who leaves before done was called. */
void definitions_wait_cancel(struct definitions_wait *wait);

/*
 * Changes the catalog it is given, which is to be written as version; is_first: there is none in
 * the shards yet. May be called several times, each time with a fresh copy. False, with err set:
 * nothing is to be written.
 */
typedef bool definitions_edit_fn(struct catalog *catalog, uint64_t version, bool is_first,
                                 void *arg, struct error *err);
/*
 * arg is used until done was called, at the end (which shards_are_closing says) if not before. New
 * datasets are made known to every shard before they are written, for which all must be up. A
 * change of nothing is no change.
 */
void definitions_change(struct datasets *datasets, definitions_edit_fn *edit, void *arg,
                        definitions_done_fn *done);

/*
 * Calls done, with NULL, when the other servers know the version that is known here; or after two
 * and a half seconds, when who does not is not there or will answer errors until it does. At once
 * (but later) where there are no others.
 */
void definitions_await_others(struct datasets *datasets, definitions_done_fn *done, void *arg);

/* The shards' keys were all deleted: what is known here is written again. */
void definitions_restore(struct datasets *datasets);

#endif
