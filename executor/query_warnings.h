/*
 * A query's warnings: found beside its count, told with its answer.
 *
 *     query_warnings_start(executor, &request, on_warned, query)        then the count begins
 *     query_warnings_counted(warnings, answer)                          the count has ended
 *     on_warned(query, NULL)         or     on_warned(query, &err)      -NOFIELD, at any time
 *     query_warnings_lines(warnings, &n)
 *
 * What the shards are asked for goes out before the count does, so nothing waits for it longer than
 * for the count. More is asked only where an answer by months has no date.
 */
#ifndef QUIPU_EXECUTOR_QUERY_WARNINGS_H
#define QUIPU_EXECUTOR_QUERY_WARNINGS_H

#include "executor/method.h"

struct query_warnings;

struct query_warnings_request {
    struct method_request counted; /* what the query asks of its method; its prepared query is
                                      borrowed until the end */
    struct arena *arena;           /* the query's: has the lines */
    bool are_errors;               /* a field that no row has is an error */
};

/* Called once, unless it is cancelled first; then there are lines, or err is set. */
typedef void query_warnings_done_fn(void *arg, const struct error *err);

/*
 * NULL: there is nothing that could be warned of, or nobody would be told. done is not called from
 * inside this call.
 */
struct query_warnings *query_warnings_start(struct executor *executor,
                                            const struct query_warnings_request *request,
                                            query_warnings_done_fn *done, void *arg);
/*
 * The count has ended, with this answer, which must stay (NULL: none that has dates), or it waits
 * for the warnings. done may be called from inside this call.
 */
void query_warnings_counted(struct query_warnings *warnings, const struct answer *answer);
/* After done. In the query's arena. */
struct slice *query_warnings_lines(const struct query_warnings *warnings, size_t *n);
/* Ends it, also after done. NULL is allowed. */
void query_warnings_free(struct query_warnings *warnings);

#endif
