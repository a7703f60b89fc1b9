/*
 * Copies of the catalog, on several shards: what it is rebuilt from when it is damaged or gone.
 *
 *     quipu:copy:0 quipu:copy:1 quipu:copy:2      hashes, in slots apart from each other
 *         version, definitions                    as in quipu:catalog
 *     quipu:damaged{quipu:catalog}                what was found in the catalog's place
 *
 * They are written when a server learns of a version, and read by nobody until the catalog is found
 * damaged (another type, text that does not parse), or not found by a server that starts.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_CATALOG_COPIES_H
#define QUIPU_EXECUTOR_DATASETS_CATALOG_COPIES_H

#include "base/error.h"
#include "base/slice.h"
#include "executor/shards/reply_collect.h"

struct shards;

enum { CATALOG_COPIES = 3, CATALOG_OWN_KEYS = CATALOG_COPIES + 2 };
/* The catalog's key, the copies', and that of what was damaged. */
struct slice catalog_own_key(size_t i);

/* Each that is older is replaced; who cannot be reached now is told of the next version. */
void catalog_copies_write(struct shards *shards, uint64_t version, struct slice text);

/*
 * The newest copy that means something here; version 0: there is none. text is borrowed. err: one
 * could not be asked, so that nothing is known.
 */
typedef void catalog_copies_fn(void *arg, uint64_t version, struct slice text,
                               const struct error *err);
/* Fails, calling nobody, where a shard is down. */
bool catalog_copies_read(struct shards *shards, catalog_copies_fn *fn, void *arg,
                         struct error *err) QUIPU_MUST_CHECK;

/*
 * Writes the catalog anew, unless it has another text by now than had, which is put aside. fn is
 * told 1, or 0 where it was not written.
 */
bool catalog_rewrite(struct shards *shards, uint64_t version, struct slice text, struct slice had,
                     reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
