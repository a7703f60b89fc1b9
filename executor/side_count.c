/*
 * Prepares and starts counts that serve another query. in: a text; out: what the method counts.
 *
 * Example: DESCRIBE counts `sex` from current, and so does each of its other fields.
 */
#include "executor/side_count.h"

#include "executor/column_count.h"
#include "executor/executor_parts.h"
#include "executor/sets_count.h"

bool
side_count_prepare(struct side_count *count, struct executor *executor, struct slice text,
                   const struct dataset *dataset, struct error *err)
{
    count->prepared = prepared_get(executor->prepared, text, 0, err);
    return count->prepared && (count->prepared->bound->dataset == dataset ||
                               error_set(err, "NODATASET", "the dataset was made anew meanwhile"));
}

void
side_count_start(struct side_count *count, struct executor *executor,
                 const struct method_request *request, method_done_fn *done, void *arg)
{
    struct method_request own = *request;
    own.prepared = count->prepared;
    const struct method *method = dataset_is_columns(count->prepared->bound->dataset)
                                      ? column_count_method()
                                      : sets_count_method();
    count->arena = arena_new();
    method->start(executor, &own, count->arena, done, arg, &count->counting);
}

void
side_count_end(struct side_count *count)
{
    if (count->counting) {
        count->counting->method->cancel(count->counting);
    }
    prepared_release(count->prepared);
    if (count->arena) {
        arena_free(count->arena);
    }
    *count = (struct side_count){0};
}
