/*
 * Prepares and starts counts that serve another query. in: a text; out: what the method counts.
 *
 * Example: DESCRIBE counts `sex` from current, and so does each of its other fields.
 */
#include "executor/side_count.h"

#include "executor/executor_parts.h"
#include "executor/method_choice.h"

struct slice
side_count_name(const struct executor *executor, const struct dataset *dataset)
{
    struct slice name;
    /* If none means it any more, side_count_prepare says so. */
    return catalog_address(executor->catalog, dataset, &name) ? name : dataset->name;
}

bool
side_count_prepare(struct side_count *count, struct executor *executor, struct slice text,
                   const struct dataset *dataset, struct error *err)
{
    count->prepared = prepared_get(executor->prepared, text, 0, err);
    return count->prepared && (!dataset || count->prepared->bound->dataset == dataset ||
                               error_set(err, "NODATASET", "the dataset was made anew meanwhile"));
}

void
side_count_start(struct side_count *count, struct executor *executor,
                 const struct method_request *request, method_done_fn *done, void *arg)
{
    struct method_request own = *request;
    own.prepared = count->prepared;
    count->arena = arena_new();
    method_of_dataset(count->prepared->bound->dataset)
        ->start(executor, &own, count->arena, done, arg, &count->counting);
}

bool
side_count_table(const struct side_count *count, const struct executor *executor,
                 const struct method_result *counted, uint64_t max_cells, const struct table **out,
                 struct error *err)
{
    const struct table_limits limits = {.max_cells = max_cells,
                                        .max_bytes = executor->settings->max_partial_bytes};
    struct answer *answer;
    if (!answer_build(count->arena, count->prepared->bound, counted->parts, counted->nparts,
                      &limits, &answer, err)) {
        return false;
    }
    *out = answer->tables[0];
    return true;
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
