/*
 * Reading what a shard answered, the executor's view of a reply.
 *
 *     reply_int(reply_at(reply, 0), &hits)
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARD_REPLY_H
#define QUIPU_EXECUTOR_SHARDS_SHARD_REPLY_H

#include "base/error.h"

struct resp_value;

/* Elements of an array; 0 of anything else. */
size_t reply_count(const struct resp_value *reply);
/* An element; i < reply_count(reply). Borrowed from the reply. */
const struct resp_value *reply_at(const struct resp_value *reply, size_t i);
bool reply_int(const struct resp_value *reply, int64_t *out);
/* Adds a count: an integer that is not negative. False, also where the sum needs more than 63 bits.
 */
bool reply_add(const struct resp_value *reply, int64_t *sum);
/* A bulk or status string. */
bool reply_is_text(const struct resp_value *reply);
/* An array of nothing else. */
bool reply_is_texts(const struct resp_value *reply);
/* SCAN's: {cursor, keys}. */
bool reply_is_scan(const struct resp_value *reply);
/* A bulk or status string, borrowed; the empty slice for anything else. */
struct slice reply_text(const struct resp_value *reply);
/* Of INFO's text: what stands behind "name:" in a line; empty where there is none. Borrowed. */
struct slice reply_info(struct slice info, const char *name);
/* An error that a shard answers with while it reads its data into memory. */
bool reply_says_loading(struct slice error);
/*
 * Turns an error reply into err and returns true; false for any other reply. A first word that is
 * one of ours (LIMIT, INDEXING, NODATASET) stays the code; all else is what this shard said:
 * SHARDDOWN.
 */
bool reply_is_error(const struct resp_value *reply, const char *shard_name, struct error *err);
/* What to say of one that has another shape than it must; asked is what it should answer: "SCAN".
 * SHARDDOWN, and false. */
bool reply_misshapen(const char *shard_name, const char *asked, struct error *err);

#endif
