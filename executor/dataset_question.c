/*
 * Asks all parts of a dataset's index. in: a script and a section of QUIPU.INFO; out: each reply, then
 * the end.
 *
 *     by sets       EVALSHA presence 2 current:rows{06S} current:rows{0Rz} current 1 2 2 sex orgin
 *     by columns    QUIPU.INFO current HAS 2 2 sex orgin
 *
 * A broadcast cannot be cancelled. So a question whose asker has left goes on to its end, and is freed
 * there.
 */
#include "executor/dataset_question.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/executor_parts.h"
#include "executor/shards/broadcast.h"
#include "executor/shards/shard_reply.h"

struct dataset_question {
    struct shards *shards;
    struct dataset_question_request request;
    struct scatter *scatter; /* by sets */
    bool is_dropped;         /* nobody waits for it any more */
};

static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct dataset_question *question = arg;
    const char *name = shard_name(shards_at(question->shards, shard));
    return question->is_dropped ||
           (!reply_is_error(reply, name, err) &&
            question->request.on_part(question->request.arg, reply, shard, err));
}

static void
on_end(void *arg, const struct error *err)
{
    struct dataset_question *question = arg;
    struct dataset_question_request request = question->request;
    bool is_dropped = question->is_dropped;
    free(question);
    if (!is_dropped) {
        request.on_end(request.arg, err);
    }
}

static bool
ask_shards(struct dataset_question *question, struct handle *dataset, struct error *err)
{
    enum { OWN_WORDS = 3 };
    const struct dataset_question_request *request = &question->request;
    struct slice *args = must_alloc((OWN_WORDS + request->nargs) * sizeof *args);
    args[0] = slice_lit("QUIPU.INFO");
    args[1] = dataset->dataset->name;
    args[2] = slice_str(request->section);
    if (request->nargs) {
        memcpy(args + OWN_WORDS, request->args, request->nargs * sizeof *args);
    }
    bool ok = broadcast_start(question->shards, args, OWN_WORDS + request->nargs, BROADCAST_SHORT,
                              on_part, on_end, question, err);
    free(args);
    return ok;
}

static bool
ask_partitions(struct dataset_question *question, struct handle *dataset, struct error *err)
{
    enum { OWN_ARGS = 2, WINDOW = 2 };
    const struct dataset_question_request *request = &question->request;
    struct slice *args = must_alloc((OWN_ARGS + request->nargs) * sizeof *args);
    size_t nown = 0;
    args[nown++] = dataset->dataset->name;
    if (request->tells_born) {
        args[nown++] = dataset->born;
    }
    if (request->nargs) {
        memcpy(args + nown, request->args, request->nargs * sizeof *args);
    }
    const struct scatter_request scatter = {.script = request->script,
                                            .args = args,
                                            .nargs = nown + request->nargs,
                                            .batch_partitions = request->batch_partitions,
                                            .window = WINDOW};
    bool ok = scatter_start(question->shards, dataset, &scatter, on_part, on_end, question,
                            &question->scatter, err);
    free(args);
    return ok;
}

bool
dataset_question_start(struct executor *executor, struct handle *dataset,
                       const struct dataset_question_request *request,
                       struct dataset_question **out, struct error *err)
{
    struct dataset_question *question = must_alloc(sizeof *question);
    *question = (struct dataset_question){.shards = executor->shards, .request = *request};
    bool ok = dataset_is_columns(dataset->dataset) ? ask_shards(question, dataset, err)
                                                   : ask_partitions(question, dataset, err);
    if (!ok) {
        free(question);
        return false;
    }
    *out = question;
    return true;
}

void
dataset_question_cancel(struct dataset_question *question)
{
    if (question->scatter) {
        scatter_cancel(question->scatter);
        free(question);
    } else {
        question->is_dropped = true;
    }
}
