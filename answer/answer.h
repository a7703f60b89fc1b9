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

#include "answer/table.h"

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

#endif
