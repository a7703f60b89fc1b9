/*
 * One query, from its text to its answer.
 *
 *     struct query *query = query_start(executor, text, on_query_done, client);
 *     ... the event loop runs ...
 *     on_query_done(client, &result, NULL)     or     on_query_done(client, NULL, &err)
 */
#ifndef QUIPU_EXECUTOR_QUERY_H
#define QUIPU_EXECUTOR_QUERY_H

#include "executor/budget.h"
#include "executor/query_result.h"

struct executor;
struct query;

/*
 * Exactly one of result and err is not NULL. Both are freed when the callback returns, and so is
 * the query.
 */
typedef void query_done_fn(void *arg, const struct query_result *result, const struct error *err);

/*
 * Starts a query; the text is copied. The deadline is the query's TIMEOUT or the setting. done is
 * called once, later, unless the query is cancelled first. Errors of any kind come through done.
 */
struct query *query_start(struct executor *executor, struct slice text, query_done_fn *done,
                          void *arg);
/*
 * Gets all parts of the answer to ROWS but the last, which is the result. The part is valid until it
 * returns. The query then waits for query_go_on, and may be cancelled meanwhile.
 */
typedef void query_part_fn(void *arg, const struct listing *part);
/* Call right after query_start; arg is that of query_start. ROWS need it. */
void query_set_on_part(struct query *query, query_part_fn *on_part);
/*
 * There is room for the next part. The deadline counts anew from here, since the query has waited
 * for the taker of its parts.
 */
void query_go_on(struct query *query);

/*
 * Call right after query_start. The query's cells are taken from this budget, which must outlive
 * the query.
 */
void query_set_budget(struct query *query, struct query_budget *budget);
/*
 * Call right after query_start. The reply is then written as the client's writer writes, whose buffer
 * is not used: a long reply is made beside the event loop.
 */
void query_set_writer(struct query *query, query_write_fn *write, const struct resp_writer *client);
/*
 * Call right after query_start. Counts below the floor are hidden, even if the query's own SUPPRESS
 * BELOW is smaller or missing. EXPLAIN and PROFILE show how many rows there are, so they are
 * refused (NOPERM). 0: no floor.
 */
void query_set_floor(struct query *query, int64_t suppress_below);
/*
 * Call right after query_start. A field of the query that no row of the dataset has: an error
 * (NOFIELD), or a warning where the answer has room for one.
 */
void query_set_unknown_fields(struct query *query, bool are_errors);
/*
 * Call right after query_start. DESCRIBE then tells the fields' names and labels alone, which costs one
 * question to each shard. Where small counts are to be hidden, it is a DESCRIBE as any other: which
 * fields there are tells of them.
 */
void query_set_names_only(struct query *query);
/*
 * Call right after query_start. A ROWS without ORDER BY (else: ERR) is of the rows whose names are behind this one, as if no
 * others were there. The name is copied.
 */
void query_set_after(struct query *query, struct slice name);
/* Call right after query_start. It serves a command that is no query, so no counter counts it. */
void query_set_aside(struct query *query);
/*
 * Raises the floor of a running query, after its user's floor has changed. Does nothing if no query
 * with this id runs.
 */
void query_raise_floor(struct executor *executor, uint64_t id, int64_t suppress_below);
/* For a client that leaves. No more calls are sent to shards, and done is not called. */
void query_cancel(struct query *query);

/* Cancels all running queries, at the executor's end. */
void query_cancel_all(struct executor *executor);

/*
 * A running query, as it is now. Its texts are borrowed, and valid only until the event loop goes
 * on.
 */
struct query_status {
    uint64_t id; /* from 1 on, in the order of their starts */
    struct slice text;
    /* "starting", "learning", "counting", "labelling", "answering", "looking for warnings", "writing" */
    const char *state;
    int64_t age_ms;
    size_t ndone, npartitions; /* of the count under way (by columns: shards); 0 of 0: no count
                                  is under way */
    void *arg;                 /* the arg of query_start */
};
/*
 * Appends the plan of a query that runs, or whose callback is being called: executor/query_plan.h.
 */
void query_print_plan(const struct query *query, struct strbuf *out);
/*
 * All running queries, the oldest first. *n is executor_counters().queries_running. The caller
 * frees the array.
 */
struct query_status *query_list(const struct executor *executor, size_t *n);
/* Ends a query with an error, from inside this call. False: no query with this id runs. */
bool query_kill(struct executor *executor, uint64_t id, const struct error *why);
void query_kill_all(struct executor *executor, const struct error *why);

#endif
