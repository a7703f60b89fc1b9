/*
 * The indexes that the shards' own modules (quipu.so) keep, of datasets that are counted by
 * columns: each shard has one of the dataset's name, over the hashes whose names begin with a
 * prefix.
 *
 *     column_index_create(shards, dataset, on_created, request, &err)
 *
 * A row of such a dataset is a hash under its own name: `profile_7`; or, where another dataset had
 * the prefix first, behind the dataset's name: `w47:profile_7`.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_COLUMN_INDEX_H
#define QUIPU_EXECUTOR_DATASETS_COLUMN_INDEX_H

#include "base/strbuf.h"
#include "executor/shards/shards.h"
#include "planner/catalog.h"

enum { COLUMN_INDEX_WORDS = 5 };
/* The command that makes a dataset's index. prefix is initialised, freed by the caller, and lives as
 * long as the words. */
void column_index_words(const struct dataset *dataset, struct strbuf *prefix,
                        struct slice words[COLUMN_INDEX_WORDS]);

/* err: NOMODULE where a shard has not loaded the module; SHARDDOWN; ERR where one has an index of
 * the name over other rows. */
typedef void column_index_done_fn(void *arg, const struct error *err);

/*
 * On every shard, where it is not there. Rows that are there are indexed in the background;
 * meanwhile counts answer INDEXING. Each of these fails, calling nobody, where a shard is down.
 */
bool column_index_create(struct shards *shards, const struct dataset *dataset,
                         column_index_done_fn *done, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Where there is one; a shard without the module has none. Rows stay. */
bool column_index_drop(struct shards *shards, const struct dataset *dataset,
                       column_index_done_fn *done, void *arg, struct error *err) QUIPU_MUST_CHECK;

/* What the shards say of it, added up. */
struct column_index_sums {
    int64_t rows;
    int64_t percent;            /* INFO: of the shard that is least far; 100: all are ready */
    int64_t fields, mismatches; /* VERIFY: values of rows that were compared */
};
typedef void column_index_sums_fn(void *arg, const struct column_index_sums *sums,
                                  const struct error *err);
bool column_index_info(struct shards *shards, const struct dataset *dataset,
                       column_index_sums_fn *done, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Each shard holds its index against its hashes. Fails with INDEXING where it is not whole. */
bool column_index_verify(struct shards *shards, const struct dataset *dataset,
                         column_index_sums_fn *done, void *arg, struct error *err) QUIPU_MUST_CHECK;

/*
 * Tells each shard that has come up since it was last told which datasets by columns there are, for one that has forgotten
 * them: a cluster's node keeps them no better than in a file. What comes of it does not matter: a
 * count that meets one that is missing has it made.
 */
void column_index_tell_arrived(const struct shards *shards, const struct catalog *catalog);

#endif
