/*
 * The first pass of a query: what must be asked before its positions are known (answer/first_pass.h).
 * Each question is a plain count; its answer is written into the query's tree.
 *
 *     count origin in {TOP 5, other} from current        asks  count origin from current
 *
 *     query_questions_init(&questions, executor, &request, on_answered, query);
 *     query_questions_ask(&questions)                    the next one
 *     on_answered(query, NULL)                           once per question
 *     query_questions_fini(&questions)
 */
#ifndef QUIPU_EXECUTOR_QUERY_QUESTIONS_H
#define QUIPU_EXECUTOR_QUERY_QUESTIONS_H

#include "executor/side_count.h"

/* err: the count's, or why its answer cannot be taken. */
typedef void query_questions_done_fn(void *arg, const struct error *err);

/* All zero: nothing was asked. */
struct query_questions {
    struct executor *executor;
    struct method_request request;
    struct side_count count; /* of the question under way */
    size_t nasked;           /* questions that were answered */
    query_questions_done_fn *done;
    void *arg;
};

/*
 * The request is the query's: its prepared query, which is borrowed until the end, has the questions and
 * the tree.
 */
void query_questions_init(struct query_questions *questions, struct executor *executor,
                          const struct method_request *request, query_questions_done_fn *done,
                          void *arg);
/* Ends what is under way; done is not called any more. All zero is fine. */
void query_questions_fini(struct query_questions *questions);
/* True: there is one more to be asked. */
bool query_questions_are_left(const struct query_questions *questions);
/*
 * Asks the next one. done is called when its answer is in the tree, or it has failed. Fails, without a
 * callback, if the question cannot be counted now.
 */
bool query_questions_ask(struct query_questions *questions, struct error *err) QUIPU_MUST_CHECK;
/* The dataset of the question that was asked last, until done returns. NULL: there is none. */
struct handle *query_questions_dataset(const struct query_questions *questions);

#endif
