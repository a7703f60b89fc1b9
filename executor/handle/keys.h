/*
 * Where a row lives, and the names of its partition's keys (executor/sets/lua/keys.lua lists them).
 *
 *     partition_of(slice_lit("profile_7"), 64)      -> 3, by CRC16 as Redis Cluster computes it
 *     partition_tag(names, 3, 64, tag)                     -> "{0Nk}", whose slot is in the middle
 * of the fourth of 64 equal ranges of 16,384 slots
 *
 * Bytes that have a meaning in keys are percent-escaped in names: % { } everywhere, and = : in a
 * field. A field called `rows` is written %72ows. So no key is read in two ways, and the tag's
 * brace is the first one in every key.
 */
#ifndef QUIPU_EXECUTOR_HANDLE_KEYS_H
#define QUIPU_EXECUTOR_HANDLE_KEYS_H

#include "base/slot.h"
#include "base/strbuf.h"

enum { PARTITION_TAG_BYTES = 8 };

unsigned partition_of(struct slice row_key, unsigned npartitions);
/* For each slot: the number of the first three-digit name that hashes to it. */
void slot_names_init(uint32_t names[CLUSTER_SLOTS]);
/*
 * Writes "{tag}" with its NUL; returns the slot it hashes to. names is slot_names_init's;
 * npartitions is 1 to 16384.
 */
unsigned partition_tag(const uint32_t names[CLUSTER_SLOTS], unsigned partition,
                       unsigned npartitions, char tag[PARTITION_TAG_BYTES]);

void key_append_field(struct strbuf *out, struct slice field);
/* Values, row keys and names of filters. */
void key_append_value(struct strbuf *out, struct slice value);
/* Appends the name that key_append_value has escaped. */
void key_append_unescaped(struct strbuf *out, struct slice escaped);
/*
 * Appends the prefix of a row's stored key: nothing, or `w47:row:` if the dataset's rows are stored
 * under its name.
 */
void key_append_row_prefix(struct strbuf *out, struct slice dataset, bool has_own_rows);

#endif
