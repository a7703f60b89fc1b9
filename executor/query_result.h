/*
 * What a query ends with, and how it is written as a reply.
 */
#ifndef QUIPU_EXECUTOR_QUERY_RESULT_H
#define QUIPU_EXECUTOR_QUERY_RESULT_H

#include "answer/answer.h"
#include "answer/description.h"
#include "answer/listing.h"
#include "net/resp_writer.h"

struct query_result {
    const struct description *description; /* of DESCRIBE, which has none of the others */
    const struct listing *listing;         /* of ROWS: the last part of its answer */
    const struct table *table;             /* of a plain query; NULL for EXPLAIN and PROFILE */
    const struct answer *answer;           /* of any other query */
    const struct slice *lines;             /* EXPLAIN, PROFILE: the plan, a line each */
    size_t nlines;
    bool is_written;   /* INTO: the answer is in a hash, and only this is told: */
    uint64_t nwritten; /* cells */
    int64_t took_us;
    /* The reply's bytes, if a writer was set: the callback may take them, and leave an empty buffer. */
    struct strbuf *reply;
};

/* Writes a result as a reply. It may run in another thread, and uses nothing but its arguments. */
typedef void query_write_fn(const struct query_result *result, struct resp_writer *writer);

#endif
