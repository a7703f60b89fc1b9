/*
 * The whole answer to a query: its tables, and what is told beside them.
 *
 *     struct answer *answer;
 *     answer_build(arena, query, parts, nparts, &limits, &answer, err)
 *     answer->tables[0]->numbers[0]
 *
 * It lives in the query's arena.
 */
#ifndef QUIPU_ANSWER_ANSWER_H
#define QUIPU_ANSWER_ANSWER_H

#include "answer/table_build.h"

struct answer_shard {
    struct slice name;
    uint64_t rows; /* of the filter */
};

struct answer {
    struct slice dataset; /* its name as the query wrote it */
    struct table **tables;
    size_t ntables;
    bool is_list; /* several tables were asked for: the answer is a list of them */
    /* The caller fills these in: */
    struct slice *warnings;
    size_t nwarnings;
    struct answer_shard *shards;
    size_t nshards;
    int64_t took_us;
};

/*
 * The answer of a query to shards' partials, which fit it (partials_fit). The one table of a plain
 * query is that of table_of_parts: cells may be borrowed from the only part, and the caller must
 * still call table_check. Everything is in the arena, or borrowed from the query and the parts.
 * Fails with LIMIT or SHARDDOWN.
 */
bool answer_build(struct arena *arena, const struct bound_query *query,
                  const struct partials *const *parts, size_t nparts,
                  const struct table_limits *limits, struct answer **out,
                  struct error *err) QUIPU_MUST_CHECK;

#endif
