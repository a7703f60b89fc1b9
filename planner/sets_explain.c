/*
 * EXPLAIN's text for a plan by sets: stage by stage, one line each. in: struct plan; out: lines of
 * text (sets_explain.h shows some).
 */
#include "planner/sets_explain.h"

#include "base/lines.h"
#include "planner/filter_text.h"

static void
print_dim(struct lines *lines, const struct bound_dim *dim)
{
    static const char *const KINDS[] = {"positions", "positions with ranges",
                                        "open: the values that occur", "bins of width"};
    strbuf_append_str(&lines->text, "  dim    ");
    filter_print_field(&lines->text, dim->field);
    strbuf_append_str(&lines->text, ": ");
    if (dim->kind == DIM_LIST || dim->kind == DIM_BINS) {
        strbuf_printf(&lines->text, "%zu ", dim->npositions);
    }
    strbuf_append_str(&lines->text, KINDS[dim->kind]);
    if (dim->kind == DIM_WIDTH) {
        strbuf_printf(&lines->text, " %.*s", SLICE_ARG(dim->width));
    }
    lines_end(lines);
}

static void
print_set(struct lines *lines, const char *role, const struct plan_set *set, int depth)
{
    enum { MAX_DEPTH = 4, MAX_CHILDREN = 6 };
    strbuf_printf(&lines->text, "%*s%s ", 2 + 2 * depth, "", role);
    strbuf_append(&lines->text, set->filter->text);
    strbuf_printf(&lines->text, ": about %.0f rows", set->rows);
    if (set->is_cached) {
        strbuf_append_str(&lines->text, ", cached");
        lines_end(lines);
        return;
    }
    switch (set->kind) {
    case SET_SINGLE: strbuf_append_str(&lines->text, ", in the index"); break;
    case SET_UNION:
        if (set->filter->kind == FILTER_RANGE) {
            strbuf_append_str(&lines->text, ", union of the values in the range");
        } else {
            strbuf_printf(&lines->text, ", union of %zu",
                          set->nchildren ? set->nchildren : set->filter->nvalues);
        }
        strbuf_printf(&lines->text, ", %.1f ms to build", set->cost_us / 1000);
        break;
    case SET_INTERSECT:
        strbuf_printf(&lines->text, ", intersection of %zu less %zu, %.1f ms to build",
                      set->nchildren, set->nexcluded, set->cost_us / 1000);
        break;
    case SET_SELECT:
        strbuf_printf(&lines->text, ", %zu tests on the rows of %zu sets, %.1f ms to build",
                      set->ntests, set->nchildren, set->cost_us / 1000);
        break;
    }
    lines_end(lines);
    for (size_t i = 0; i < set->nchildren && depth < MAX_DEPTH; i++) {
        if (i == MAX_CHILDREN) {
            strbuf_printf(&lines->text, "%*sand %zu more", 4 + 2 * depth, "", set->nchildren - i);
            lines_end(lines);
            break;
        }
        print_set(lines, "of    ", set->children[i], depth + 1);
    }
    for (size_t i = 0; i < set->nexcluded && depth < MAX_DEPTH; i++) {
        print_set(lines, "less  ", set->excluded[i], depth + 1);
    }
    for (size_t i = 0; i < set->ntests; i++) {
        strbuf_printf(&lines->text, "%*stest   ", 4 + 2 * depth, "");
        strbuf_append(&lines->text, set->tests[i]->text);
        lines_end(lines);
    }
}

static void
print_choice(struct lines *lines, const struct plan *plan)
{
    const struct plan_choice *choice = plan_chosen(plan);
    if (plan->method == PLAN_CELLS) {
        strbuf_printf(&lines->text, "cells    %.0f intersections in each partition",
                      choice->combinations);
        lines_end(lines);
    } else {
        strbuf_printf(&lines->text,
                      "split    about %.0f candidates are read and put in their cells",
                      choice->candidates);
        lines_end(lines);
    }
    for (size_t i = 0; i < choice->nsets; i++) {
        const char *role = plan->method == PLAN_SPLIT ? "source"
                           : choice->is_complement    ? "not in"
                                                      : "in    ";
        print_set(lines, role, choice->sets[i], 0);
    }
    if (plan->method == PLAN_SPLIT && !choice->nsets) {
        strbuf_printf(&lines->text, "  source all rows: %.0f", plan->rows);
        lines_end(lines);
    }
    for (size_t i = 0; i < choice->nexcluded; i++) {
        print_set(lines, "less  ", choice->excluded[i], 0);
    }
    for (size_t i = 0; i < choice->ntests; i++) {
        strbuf_append_str(&lines->text, "  test   ");
        strbuf_append(&lines->text, choice->tests[i]->text);
        lines_end(lines);
    }
}

struct slice *
plan_explain(struct arena *arena, const struct plan *plan, size_t *nlines)
{
    struct lines lines;
    lines_init(&lines, arena);
    const struct bound_query *query = plan->query;
    strbuf_printf(&lines.text, "query    %zu dimension%s", query->ndims,
                  query->ndims == 1 ? "" : "s");
    if (query->is_closed) {
        strbuf_printf(&lines.text, ", %llu cell%s", (unsigned long long) query->ncells,
                      query->ncells == 1 ? "" : "s");
    }
    strbuf_printf(&lines.text, " of %.*s, %.0f rows in %u partitions",
                  SLICE_ARG(query->dataset->name), plan->rows, query->dataset->npartitions);
    lines_end(&lines);
    for (size_t i = 0; i < query->ndims; i++) {
        print_dim(&lines, &query->dims[i]);
    }
    strbuf_append_str(&lines.text, "filter   ");
    strbuf_append(&lines.text, query->filter ? query->filter->text : slice_lit("none: every row"));
    lines_end(&lines);
    strbuf_printf(&lines.text, "method   sets by %s, about %.1f ms of shard time",
                  plan->method == PLAN_CELLS ? "cells" : "split",
                  plan_chosen(plan)->cost_us / 1000);
    if (plan->cells.is_possible && plan->split.is_possible) {
        strbuf_printf(&lines.text, " (by %s: %.1f ms)",
                      plan->method == PLAN_CELLS ? "split" : "cells",
                      (plan->method == PLAN_CELLS ? plan->split : plan->cells).cost_us / 1000);
    }
    lines_end(&lines);
    print_choice(&lines, plan);
    lines_fini(&lines);
    *nlines = lines.count;
    return lines.items;
}
