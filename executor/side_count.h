/*
 * A count that a query makes beside its own: of a field's values, of all rows.
 *
 *     struct side_count count = {.arena = NULL};
 *     side_count_prepare(&count, executor, text, dataset, &err)
 *     side_count_start(&count, executor, &request, on_counted, describe);
 *     on_counted(describe, &result, NULL)
 *     side_count_end(&count);
 */
#ifndef QUIPU_EXECUTOR_SIDE_COUNT_H
#define QUIPU_EXECUTOR_SIDE_COUNT_H

#include "executor/method.h"
#include "executor/prepared.h"

struct side_count {
    struct arena *arena; /* has what it counts, until its end; NULL: there is none */
    struct prepared *prepared;
    struct counting *counting; /* NULL: not under way */
};

/*
 * What the dataset is called in such a query: by its own name, or, where an alias hides that, by
 * another alias. The text is the catalog's.
 */
struct slice side_count_name(const struct executor *executor, const struct dataset *dataset);
/*
 * Parses and binds a query of a dataset. Fails also if the name means another dataset by now; NULL: any
 * will do. After any outcome the caller must call side_count_end.
 */
bool side_count_prepare(struct side_count *count, struct executor *executor, struct slice text,
                        const struct dataset *dataset, struct error *err) QUIPU_MUST_CHECK;
/*
 * Counts what was prepared, by the request of the query, whose prepared query is not looked at. The
 * callback first sets counting to NULL.
 */
void side_count_start(struct side_count *count, struct executor *executor,
                      const struct method_request *request, method_done_fn *done, void *arg);
/*
 * The table of what was counted, in the count's arena. max_cells limits those that are not zero, the
 * setting of max-partial-bytes its memory. Fails with LIMIT or SHARDDOWN.
 */
bool side_count_table(const struct side_count *count, const struct executor *executor,
                      const struct method_result *counted, uint64_t max_cells,
                      const struct table **out, struct error *err) QUIPU_MUST_CHECK;
/* Frees a count that has ended, or ends it. */
void side_count_end(struct side_count *count);

#endif
