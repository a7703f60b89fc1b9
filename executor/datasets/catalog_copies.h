/*
 * Copies of the catalog on several shards. The catalog is rebuilt from them when it is damaged or
 * gone.
 *
 *     quipu:copy:0 quipu:copy:1 quipu:copy:2      hashes, in slots apart from each other
 *         version, definitions                    as in quipu:catalog
 *     quipu:damaged{quipu:catalog}                what was found in the catalog's place
 *
 * Copies are written when a server learns of a new version. They are read only when the catalog is
 * damaged (another type, text that does not parse), or when a server that starts does not find it.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_CATALOG_COPIES_H
#define QUIPU_EXECUTOR_DATASETS_CATALOG_COPIES_H

#include "base/error.h"
#include "base/slice.h"
#include "executor/shards/reply_collect.h"

struct shards;

enum { CATALOG_COPIES = 3, CATALOG_OWN_KEYS = CATALOG_COPIES + 2 };
/* The keys of the catalog, of the copies, and of a damaged catalog. */
struct slice catalog_own_key(size_t i);

/* Replaces each older copy. A shard that cannot be reached now gets the next version. */
void catalog_copies_write(struct shards *shards, uint64_t version, struct slice text);

/*
 * Gets the newest copy that this server understands. version 0: there is none. text is borrowed.
 * err: a copy could not be read, so the newest is not known.
 */
typedef void catalog_copies_fn(void *arg, uint64_t version, struct slice text,
                               const struct error *err);
/* Fails, without a callback, if a shard is down. */
bool catalog_copies_read(struct shards *shards, catalog_copies_fn *fn, void *arg,
                         struct error *err) QUIPU_MUST_CHECK;

/*
 * Writes the catalog again, unless its text is no longer had. The old text is kept under the
 * damaged catalog's key. fn is told 1, or 0 if nothing was written.
 */
bool catalog_rewrite(struct shards *shards, uint64_t version, struct slice text, struct slice had,
                     reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
