/*
 * What clients see of the shards' keys: rows under their own names, Quipu's own keys not at all,
 * everything else as it is.
 *
 *     profile_7{06S}             -> the row profile_7 (or w46:profile_7, where plain row keys mean
 *                                   another dataset's)
 *     w47:row:profile_7{06S}     -> the row w47:profile_7 (or profile_7, where they mean w47's)
 *     current:value_1=1{06S}     -> hidden
 *     session:42                 -> itself
 *
 * Rows of a dataset that is counted by columns are ordinary keys: profile_7, or w47:profile_7.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_KEYSPACE_H
#define QUIPU_EXECUTOR_DATASETS_KEYSPACE_H

#include "base/strbuf.h"
#include "executor/datasets/datasets_setup.h"

enum key_kind { KEY_PLAIN, KEY_ROW, KEY_HIDDEN };

/* Of a key as a shard has it; a row's own name is appended to name. */
enum key_kind keyspace_kind(const struct datasets *datasets, struct slice stored,
                            struct strbuf *name);
/* Where a key that a shard has belongs. */
struct key_home {
    const struct dataset *dataset; /* whose row or index key it is; NULL: none's */
    bool is_index;                 /* made from rows, and can be made again */
    bool is_own;                   /* Quipu's own, wherever it is */
    unsigned slot;
};
/* The name that it should have there, which is its own but for a row by sets, is appended. */
void keyspace_home(struct datasets *datasets, struct slice stored, struct strbuf *name,
                   struct key_home *home);
/* True where clients may not use the key: it is, or may become, one of Quipu's own. */
bool keyspace_is_reserved(const struct datasets *datasets, struct slice key);
/* True for a row that its shard has under another name than the client's. */
bool keyspace_is_renamed(const struct datasets *datasets, struct slice key);
/* The slot in which a row is. */
unsigned keyspace_row_slot(struct datasets *datasets, struct slice key);
/* Appends the key under which a shard has what a client calls by key, a row of this dataset. */
void keyspace_append_row(struct datasets *datasets, const struct dataset *dataset, struct slice key,
                         struct strbuf *out);

#endif
