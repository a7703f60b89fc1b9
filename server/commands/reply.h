/*
 * Writes the executor's results as replies to the client.
 *
 *     reply_query_write      answer/format.h has examples
 *     reply_admin_pairs      {"rows", 7}, {"state", "ready"}: %2 $4 rows :7 $5 state $5 ready
 *
 * Nothing here fails or keeps anything.
 */
#ifndef QUIPU_SERVER_COMMANDS_REPLY_H
#define QUIPU_SERVER_COMMANDS_REPLY_H

#include "executor/datasets/admin.h"
#include "executor/query.h"
#include "net/resp_writer.h"

struct resp_value;

/* For query_set_writer: a query's answer, in its format, or its lines (EXPLAIN, PROFILE). */
void reply_query_write(const struct query_result *result, struct resp_writer *writer);
/* Writes a part of an answer to ROWS in format rows, or the whole text of another format. */
void reply_listing(struct resp_writer *writer, const struct listing *listing);
/* Takes over the reply that was written so, or writes how many cells INTO has written. */
void reply_query_result(struct resp_writer *writer, const struct query_result *result);
/* Writes names with numbers and texts, as a map. */
void reply_admin_pairs(struct resp_writer *writer, const struct admin_pair *pairs, size_t npairs);
/* For admin_start: arg is a struct request, which ends with the pairs or the error. */
void reply_admin_done(void *arg, const struct admin_pair *pairs, size_t npairs,
                      const struct error *err);
/*
 * Writes a shard's reply unchanged. as_map: in RESP3 an array with an even number of elements
 * becomes a map of pairs (HGETALL). Replies of row commands are at most one array deep.
 */
void reply_redis(struct resp_writer *writer, const struct resp_value *reply, bool as_map);

#endif
