/*
 * The plan of a query that ran, as text for the slow log.
 *
 *     method columns, 2 shards
 *     dataset current
 *     dim     value_1: open
 *     ...
 */
#ifndef QUIPU_EXECUTOR_QUERY_PLAN_H
#define QUIPU_EXECUTOR_QUERY_PLAN_H

#include "base/strbuf.h"

struct executor;
struct prepared;

/*
 * Appends its lines, with line breaks between. By sets they are EXPLAIN's. By columns each shard
 * plans for itself, so they say what the shards were asked for. Nothing, if the query was not
 * bound. Costs nothing to the shards. Cannot fail.
 */
void query_plan_print(const struct executor *executor, const struct prepared *prepared,
                      struct strbuf *out);

#endif
