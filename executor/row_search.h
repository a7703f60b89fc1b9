/*
 * The names of the rows of a ROWS, in order: found by the dataset's method, the first ones of all.
 *
 *     search = row_search_start(executor, &request, NULL, on_found, list)
 *     on_found(list, NULL)
 *     row_search_keys(search, &n)           until row_search_free
 */
#ifndef QUIPU_EXECUTOR_ROW_SEARCH_H
#define QUIPU_EXECUTOR_ROW_SEARCH_H

#include "answer/row_order.h"
#include "base/lines.h"
#include "executor/method.h"

struct row_search;

/* err is NULL if all rows were found. */
typedef void row_search_done_fn(void *arg, const struct error *err);

/*
 * The request is that of the query's method, a bound ROWS; it is copied, and its parts are borrowed. done
 * is called once, later. LIMIT: max-rows, max-partial-bytes. profile gets the lines of PROFILE, step by
 * step, and is borrowed until the end; NULL: none are wanted.
 */
struct row_search *row_search_start(struct executor *executor, const struct method_request *request,
                                    struct lines *profile, row_search_done_fn *done, void *arg);
/* After done without an error: OFFSET and LIMIT are taken off. Valid until row_search_free. */
const struct row_key *row_search_keys(const struct row_search *search, size_t *n);
/* "counting", "finding" */
const char *row_search_state(const struct row_search *search);
/* Of the count or the search under way. False: neither is. */
bool row_search_progress(const struct row_search *search, size_t *ndone, size_t *nparts);
/* Why it is not finished yet. Empty if nothing went wrong. */
const char *row_search_why(const struct row_search *search);
/* Also before done, which is not called any more. NULL is allowed. */
void row_search_free(struct row_search *search);

#endif
