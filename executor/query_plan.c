/*
 * Prints the plan of a query that ran.
 * in: a prepared query; out: lines of text.
 *
 * Example: a slow count by sets has the plan that was run, with the estimates with which it was
 * made, even if the statistics have changed since.
 */
#include "executor/query_plan.h"

#include "executor/executor_parts.h"
#include "executor/prepared.h"
#include "planner/bound_print.h"
#include "planner/sets_explain.h"

static void
sets_print(const struct plan *plan, struct strbuf *out)
{
    struct arena *arena = arena_new();
    size_t nlines;
    const struct slice *lines = plan_explain(arena, plan, &nlines);
    for (size_t i = 0; i < nlines; i++) {
        strbuf_append_str(out, i ? "\n" : "");
        strbuf_append(out, lines[i]);
    }
    arena_free(arena);
}

void
query_plan_print(const struct executor *executor, const struct prepared *prepared,
                 struct strbuf *out)
{
    if (!prepared || !prepared->bound) {
        return;
    }
    if (prepared->plan) {
        sets_print(prepared->plan, out);
        return;
    }
    strbuf_printf(out, "method  %s, %zu shards\n",
                  dataset_method_name(prepared->bound->dataset->method),
                  shards_count_active(executor->shards));
    bound_print(out, prepared->bound);
    if (out->len && out->ptr[out->len - 1] == '\n') {
        out->ptr[--out->len] = '\0';
    }
}
