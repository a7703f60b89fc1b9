/*
 * The indexes that the shards' modules (quipu.so) keep for datasets by columns. Each shard has an
 * index under the dataset's name, over the hashes whose names begin with a prefix.
 *
 *     column_index_create(shards, dataset, on_created, request, &err)
 *
 * A row of such a dataset is a hash under its own name: `profile_7`. If another dataset had the
 * prefix first, the dataset's name stands ahead: `w47:profile_7`.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_COLUMN_INDEX_H
#define QUIPU_EXECUTOR_DATASETS_COLUMN_INDEX_H

#include "base/strbuf.h"
#include "executor/handle/change_counts.h"
#include "executor/shards/shards.h"
#include "planner/catalog.h"

enum { COLUMN_INDEX_WORDS = 5 };
/*
 * Writes the words of the command that makes a dataset's index. The caller initialises and frees
 * prefix, which must live as long as the words.
 */
void column_index_words(const struct dataset *dataset, struct strbuf *prefix,
                        struct slice words[COLUMN_INDEX_WORDS]);

/*
 * err: NOMODULE if a shard has not loaded the module; SHARDDOWN; ERR if a shard has an index of
 * this name over other rows.
 */
typedef void column_index_done_fn(void *arg, const struct error *err);

/*
 * Makes the index on every shard that does not have it. Existing rows are indexed in the
 * background; meanwhile counts answer INDEXING. Like the functions below, it fails, without a
 * callback, if a shard is down.
 */
bool column_index_create(struct shards *shards, const struct dataset *dataset,
                         column_index_done_fn *done, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Drops the index where there is one. A shard without the module has none. Rows stay. */
bool column_index_drop(struct shards *shards, const struct dataset *dataset,
                       column_index_done_fn *done, void *arg, struct error *err) QUIPU_MUST_CHECK;

/* The shards' answers about an index, added up. */
struct column_index_sums {
    int64_t rows;
    int64_t bytes;              /* INFO: the index's memory */
    int64_t percent;            /* INFO: of the slowest shard; 100: all are ready */
    int64_t fields, mismatches; /* VERIFY: values of rows that were compared */
};
typedef void column_index_sums_fn(void *arg, const struct column_index_sums *sums,
                                  const struct error *err);
/* changes: notes how often each shard's index has changed, and lives until done; NULL: nobody asks. */
bool column_index_info(struct shards *shards, const struct dataset *dataset,
                       struct change_counts *changes, column_index_sums_fn *done, void *arg,
                       struct error *err) QUIPU_MUST_CHECK;
/*
 * Each shard compares its index with its hashes. Fails with INDEXING if an index is not complete.
 */
bool column_index_verify(struct shards *shards, const struct dataset *dataset,
                         column_index_sums_fn *done, void *arg, struct error *err) QUIPU_MUST_CHECK;

/*
 * Tells each shard that has newly come up which datasets by columns there are. The shard may have
 * forgotten them: a node of a cluster keeps them only in a file. The answers do not matter, because
 * a count that meets a missing index has it made.
 */
void column_index_tell_arrived(const struct shards *shards, const struct catalog *catalog);

#endif
