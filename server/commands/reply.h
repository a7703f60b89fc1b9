/*
 * What the executor found, as a reply to the client.
 *
 *     reply_table            answer/format.h has examples
 *     reply_admin_pairs      {"rows", 7}, {"state", "ready"}: %2 $4 rows :7 $5 state $5 ready
 *
 * Nothing here can fail or keeps anything: all is copied into the writer's buffer.
 */
#ifndef QUIPU_SERVER_COMMANDS_REPLY_H
#define QUIPU_SERVER_COMMANDS_REPLY_H

#include "executor/datasets/admin.h"
#include "executor/query.h"
#include "net/resp_writer.h"

struct resp_value;

/* A table in its format. Linear in what is written; no recursion, so any number of dimensions. */
void reply_table(struct resp_writer *writer, const struct table *table);
/* A query's answer: its plan's lines where it has any (EXPLAIN, PROFILE), else its table. */
void reply_query_result(struct resp_writer *writer, const struct query_result *result);
/* Names with numbers and texts: a map. */
void reply_admin_pairs(struct resp_writer *writer, const struct admin_pair *pairs, size_t npairs);
/*
 * A shard's reply, as it is. as_map: an array of an even number of elements is a map of pairs in
 * RESP3 (HGETALL). Replies of rows are at most one array deep.
 */
void reply_redis(struct resp_writer *writer, const struct resp_value *reply, bool as_map);

#endif
