/*
 * A question about a dataset's index, to all that have a part of it: by sets a script in every
 * partition, by columns QUIPU.INFO at every shard.
 *
 *     struct dataset_question_request request = {
 *         .script = SCRIPT_FIELDS, .section = "FIELDS", .batch_partitions = 4,
 *         .on_part = on_part, .on_end = on_end, .arg = learning};
 *     dataset_question_start(executor, dataset, &request, &learning->question, &err)
 *     on_part(learning, reply, shard, &err) ... once per reply ...   on_end(learning, NULL)
 */
#ifndef QUIPU_EXECUTOR_DATASET_QUESTION_H
#define QUIPU_EXECUTOR_DATASET_QUESTION_H

#include "executor/sets/scatter.h"

struct dataset_question;
struct executor;

struct dataset_question_request {
    enum script script;       /* by sets */
    size_t batch_partitions;  /* by sets: in one call */
    const char *section;      /* by columns: behind the dataset's name */
    const struct slice *args; /* the same for both; by sets behind the dataset's name and what made
                                 it, where tells_born */
    size_t nargs;
    bool tells_born;
    scatter_part_fn *on_part; /* the reply is not an error */
    scatter_end_fn *on_end;   /* once, unless it is cancelled first; then the question is gone */
    void *arg;
};

/* Fails, without a callback, if a shard is down. */
bool dataset_question_start(struct executor *executor, struct handle *dataset,
                            const struct dataset_question_request *request,
                            struct dataset_question **out, struct error *err) QUIPU_MUST_CHECK;
/* No callback is called any more. */
void dataset_question_cancel(struct dataset_question *question);

#endif
