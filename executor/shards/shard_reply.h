/*
 * Reads shards' replies, as the executor needs them.
 *
 *     reply_int(reply_at(reply, 0), &hits)
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARD_REPLY_H
#define QUIPU_EXECUTOR_SHARDS_SHARD_REPLY_H

#include "base/error.h"

struct resp_value;

/* Elements of an array; 0 of anything else. */
size_t reply_count(const struct resp_value *reply);
/* The i-th element; i < reply_count(reply). Borrowed from the reply. */
const struct resp_value *reply_at(const struct resp_value *reply, size_t i);
bool reply_int(const struct resp_value *reply, int64_t *out);
/*
 * Adds a count, which must be an integer that is not negative. False if it is not, or if the sum
 * needs more than 63 bits.
 */
bool reply_add(const struct resp_value *reply, int64_t *sum);
/* A bulk or status string. */
bool reply_is_text(const struct resp_value *reply);
/* True for an array of such strings. */
bool reply_is_texts(const struct resp_value *reply);
/* True for a reply of SCAN: {cursor, keys}. */
bool reply_is_scan(const struct resp_value *reply);
/* A bulk or status string, borrowed; the empty slice for anything else. */
struct slice reply_text(const struct resp_value *reply);
/* The value of the line "name:value" in INFO's text; empty if there is none. Borrowed. */
struct slice reply_info(struct slice info, const char *name);
/* True for an error that a shard answers while it reads its data into memory. */
bool reply_says_loading(struct slice error);
/*
 * Turns an error reply into err and returns true; false for any other reply. If the first word is
 * one of Quipu's codes (LIMIT, INDEXING, NODATASET), it stays the code. Any other error becomes
 * SHARDDOWN, with the shard's message.
 */
bool reply_is_error(const struct resp_value *reply, const char *shard_name, struct error *err);
/*
 * Sets err to SHARDDOWN, for a reply with a wrong shape, and returns false. asked is the command:
 * "SCAN".
 */
bool reply_misshapen(const char *shard_name, const char *asked, struct error *err);

#endif
