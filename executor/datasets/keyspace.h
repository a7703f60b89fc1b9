/*
 * What clients see of the shards' keys: rows under their own names, Quipu's own keys not at all,
 * all other keys unchanged.
 *
 *     profile_7{06S}             -> the row profile_7 (or w46:profile_7, where plain row keys mean
 *                                   another dataset's)
 *     w47:row:profile_7{06S}     -> the row w47:profile_7 (or profile_7, where they mean w47's)
 *     current:value_1=1{06S}     -> hidden
 *     session:42                 -> itself
 *
 * Rows of a dataset by columns are ordinary keys: profile_7, or w47:profile_7.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_KEYSPACE_H
#define QUIPU_EXECUTOR_DATASETS_KEYSPACE_H

#include "base/strbuf.h"
#include "executor/datasets/datasets_setup.h"

enum key_kind { KEY_PLAIN, KEY_ROW, KEY_HIDDEN };

/* The kind of a key, as a shard has it. A row's own name is appended to name. */
enum key_kind keyspace_kind(const struct datasets *datasets, struct slice stored,
                            struct strbuf *name);
/* True if rows of some dataset begin otherwise in a shard than clients see them: a pattern of clients is
 * then none for a shard. */
bool keyspace_begins_otherwise(const struct datasets *datasets);
/* Where a stored key belongs. */
struct key_home {
    const struct dataset *dataset; /* the dataset of this row or index key; NULL: none */
    bool is_index;                 /* made from rows, so it can be made again */
    bool is_own;                   /* one of Quipu's own keys, which may be anywhere */
    unsigned slot;
};
/*
 * Finds the key's home, and appends the name it should have there. Only a row by sets has another
 * name there.
 */
void keyspace_home(struct datasets *datasets, struct slice stored, struct strbuf *name,
                   struct key_home *home);
/* True if clients may not use the key, because it is or may become one of Quipu's own. */
bool keyspace_is_reserved(const struct datasets *datasets, struct slice key);
/*
 * Fails with NODATASET if the key is a row of a dataset that is being dropped. A drop removes rows by
 * their names: a row that is written after that would be acknowledged and then lost.
 */
bool keyspace_survives_drop(const struct datasets *datasets, struct slice key,
                            struct error *err) QUIPU_MUST_CHECK;
/* True for a row whose name in the shard differs from the client's. */
bool keyspace_is_renamed(const struct datasets *datasets, struct slice key);
/* The slot of a row. */
unsigned keyspace_row_slot(struct datasets *datasets, struct slice key);
/* Appends the stored name of `key`, which is a client's name for a row of this dataset. */
void keyspace_append_row(struct datasets *datasets, const struct dataset *dataset, struct slice key,
                         struct strbuf *out);

#endif
