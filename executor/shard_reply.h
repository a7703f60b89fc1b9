/*
 * Reading what a shard answered, without knowing hiredis: the executor's view of a reply.
 *
 *     reply_int(reply_at(reply, 0), &hits)
 */
#ifndef QUIPU_EXECUTOR_SHARD_REPLY_H
#define QUIPU_EXECUTOR_SHARD_REPLY_H

#include "base/error.h"

struct redisReply;

/* Elements of an array; 0 of anything else. */
size_t reply_count(const struct redisReply *reply);
/* An element; i < reply_count(reply). Borrowed from the reply. */
const struct redisReply *reply_at(const struct redisReply *reply, size_t i);
bool reply_int(const struct redisReply *reply, int64_t *out);
/* A bulk or status string, borrowed; the empty slice for anything else. */
struct slice reply_text(const struct redisReply *reply);
/*
 * Turns an error reply into err and returns true; false for any other reply. A first word that is
 * one of ours (LIMIT) stays the code; all else is what this shard said: SHARDDOWN.
 */
bool reply_is_error(const struct redisReply *reply, const char *shard_name, struct error *err);

#endif
