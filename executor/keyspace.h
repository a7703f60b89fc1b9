/*
 * What clients see of the shards' keys: rows under their own names, Quipu's own keys not at all,
 * everything else as it is.
 *
 *     profile_7{06S}             -> the row profile_7
 *     current:value_1=1{06S}     -> hidden
 *     session:42                 -> itself
 */
#ifndef QUIPU_EXECUTOR_KEYSPACE_H
#define QUIPU_EXECUTOR_KEYSPACE_H

#include "base/strbuf.h"
#include "executor/executor.h"

enum key_kind { KEY_PLAIN, KEY_ROW, KEY_HIDDEN };

/* Of a key as a shard has it; a row's own name is appended to name. */
enum key_kind keyspace_kind(const struct executor *executor, struct slice stored,
                            struct strbuf *name);
/* True where clients may not use the key: it is, or may become, one of Quipu's own. */
bool keyspace_is_reserved(const struct executor *executor, struct slice key);
/* The slot in which a row's partition is. */
unsigned keyspace_row_slot(const struct executor *executor, struct slice row);
/* Appends the key under which a shard has this row of a dataset. */
void keyspace_append_row(struct executor *executor, const struct dataset *dataset, struct slice row,
                         struct strbuf *out);

#endif
