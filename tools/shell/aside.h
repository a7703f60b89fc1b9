/*
 * What the shell asks the server on its own account: completion of what is typed, the progress of a
 * query. With little patience, and over a connection of its own.
 *
 *     aside_complete(aside, slice_lit("count se"), 8)     the reply to QUERY COMPLETE
 */
#ifndef QUIPU_TOOLS_SHELL_ASIDE_H
#define QUIPU_TOOLS_SHELL_ASIDE_H

#include "base/slice.h"
#include "tools/connection.h"

struct aside;
struct redisReply;

/* Borrows the address. The caller frees it. Nothing is asked yet. */
struct aside *aside_new(const struct connection_address *address);
void aside_free(struct aside *aside);

/* The caller frees the reply with freeReplyObject. NULL: the server does not say, or not in time. */
struct redisReply *aside_complete(struct aside *aside, struct slice text, size_t cursor);
/*
 * How many parts of how many the query of a connection has counted: partitions, or shards. All stay as
 * they are where the server does not say.
 */
void aside_query_progress(struct aside *aside, int64_t client_id, int64_t *done, int64_t *all);
/* The member of a map that came by RESP2; NULL: it has none. */
const struct redisReply *aside_member(const struct redisReply *map, const char *name);

#endif
