/*
 * Counts the ends of queries.
 * in: a bound query, and the error with which it ended; out: counters by method and outcome.
 *
 *     count a from current ... TIMEOUT   -> ended[BY_SETS][OUTCOME_TIMEOUT], took[BY_SETS]
 *     coutn a from nosuch                -> ended[BY_NONE][OUTCOME_ERROR]
 */
#include "executor/query_figures.h"

#include <string.h>

#include "planner/bound.h"

const char *
figures_method_name(enum figures_method method)
{
    static const char *const NAMES[FIGURES_NMETHODS] = {
        [FIGURES_BY_SETS] = "sets", [FIGURES_BY_COLUMNS] = "columns", [FIGURES_BY_NONE] = "none"};
    return NAMES[method];
}

const char *
query_outcome_name(enum query_outcome outcome)
{
    static const char *const NAMES[OUTCOME_NOUTCOMES] = {
        [OUTCOME_OK] = "ok",           [OUTCOME_ERROR] = "error",
        [OUTCOME_TIMEOUT] = "timeout", [OUTCOME_UNAVAILABLE] = "unavailable",
        [OUTCOME_KILLED] = "killed",   [OUTCOME_CANCELLED] = "cancelled"};
    return NAMES[outcome];
}

static enum query_outcome
outcome_of(const struct error *err)
{
    static const struct {
        const char *code;
        enum query_outcome outcome;
    } CODES[] = {{"TIMEOUT", OUTCOME_TIMEOUT},       {"KILLED", OUTCOME_KILLED},
                 {"SHARDDOWN", OUTCOME_UNAVAILABLE}, {"LOADING", OUTCOME_UNAVAILABLE},
                 {"INDEXING", OUTCOME_UNAVAILABLE},  {"NOMODULE", OUTCOME_UNAVAILABLE}};
    if (!err) {
        return OUTCOME_OK;
    }
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        if (strcmp(CODES[i].code, err->code) == 0) {
            return CODES[i].outcome;
        }
    }
    return OUTCOME_ERROR;
}

static enum figures_method
method_of(const struct bound_query *bound)
{
    return !bound                               ? FIGURES_BY_NONE
           : dataset_is_columns(bound->dataset) ? FIGURES_BY_COLUMNS
                                                : FIGURES_BY_SETS;
}

void
query_figures_end(struct query_figures *figures, const struct bound_query *bound,
                  const struct error *err, int64_t took_us)
{
    enum figures_method method = method_of(bound);
    figures->ended[method][outcome_of(err)]++;
    histogram_add(&figures->took[method], took_us);
}

void
query_figures_cancel(struct query_figures *figures, const struct bound_query *bound)
{
    figures->ended[method_of(bound)][OUTCOME_CANCELLED]++;
}
