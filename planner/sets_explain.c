/*
 * EXPLAIN's text for a plan by sets: stage by stage, one line each. in: struct plan; out: lines of
 * text (sets_explain.h shows some).
 */
#include "planner/sets_explain.h"

#include "base/lines.h"
#include "planner/bind_looking.h"
#include "planner/filter_text.h"

static void
print_dim(struct lines *lines, const struct bound_dim *dim)
{
    static const char *const KINDS[] = {"positions", "positions with ranges",
                                        "open: the values that occur", "bins of width",
                                        "each value's positions"};
    strbuf_append_str(&lines->text, "  dim    ");
    if (dim->kind == DIM_WHEN) {
        strbuf_append_str(&lines->text, "when ");
        strbuf_append(&lines->text, dim->when ? dim->when->text : slice_lit("every row"));
        lines_end(lines);
        return;
    }
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
        } else if (set->filter->kind == FILTER_LIKE) {
            strbuf_append_str(&lines->text, ", union of the values that match");
        } else if (set->filter->kind == FILTER_PARTS) {
            strbuf_append_str(&lines->text, ", union of the values with such a part");
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

/* What is counted: "sex, age, value of income, weight w: by split". */
static void
print_grid(struct lines *lines, const struct plan *plan, size_t g)
{
    const struct bound_query *query = plan->query;
    const struct bound_grid *grid = &query->grids[g];
    size_t nvisible = grid->ndims - grid_nhidden(grid);
    strbuf_append_str(&lines->text, "  grid   ");
    strbuf_append_str(&lines->text, grid->ndims ? "" : "rows of the filter");
    for (size_t d = 0; d < grid->ndims; d++) {
        const struct bound_dim *dim = &query->dims[grid->dims[d]];
        bool is_value = grid->has_value && d == nvisible;
        strbuf_append_str(&lines->text, d ? ", " : "");
        strbuf_append_str(&lines->text, d < nvisible ? "" : is_value ? "value of " : "weight ");
        if (dim->kind == DIM_WHEN) {
            strbuf_append_str(&lines->text, "when");
        } else {
            filter_print_field(&lines->text, dim->field);
        }
    }
    strbuf_append_str(&lines->text, plan->by_cells[g] ? ": by cells" : ": by split");
    lines_end(lines);
}

/* A field that is measured, and has too many values to be counted one by one, costs each row. */
static void
print_reading(struct lines *lines, const struct plan *plan)
{
    static const double NEARLY_ALL = 0.9;
    const struct bound_query *query = plan->query;
    const struct plan_choice *split = &plan->split;
    size_t dim = query->ndims;
    for (size_t g = 0; g < query->ngrids; g++) {
        const struct bound_grid *grid = &query->grids[g];
        for (size_t d = grid->ndims - grid_nhidden(grid); d < grid->ndims; d++) {
            bool costs = !plan->by_cells[g] && plan->own_values[grid->dims[d]] > 0;
            dim = costs && dim == query->ndims ? grid->dims[d] : dim;
        }
    }
    if (dim == query->ndims) {
        return;
    }
    strbuf_append_str(&lines->text, "reads    ");
    if (split->nsets || split->nexcluded) {
        strbuf_printf(&lines->text, "about %.0f rows: ", split->candidates);
    } else {
        strbuf_append_str(&lines->text, "every row: ");
    }
    filter_print_field(&lines->text, query->dims[dim].field);
    strbuf_append_str(&lines->text, plan->own_values[dim] > NEARLY_ALL
                                        ? " has as many values as rows"
                                        : " has too many values to count them one by one");
    lines_end(lines);
}

static void
print_cells(struct lines *lines, const struct plan *plan)
{
    const struct plan_choice *choice = &plan->cells;
    strbuf_printf(&lines->text, "cells    %.0f intersections in each partition",
                  choice->combinations);
    lines_end(lines);
    for (size_t i = 0; i < choice->nsets; i++) {
        print_set(lines, choice->is_complement ? "not in" : "in    ", choice->sets[i], 0);
    }
}

static void
print_split(struct lines *lines, const struct plan *plan)
{
    const struct plan_choice *choice = &plan->split;
    bool is_rows = plan->query->statement == AST_ROWS;
    strbuf_printf(&lines->text, "split    about %.0f candidates are %s", choice->candidates,
                  is_rows ? "looked at, and the rows of the answer read"
                          : "read and put in their cells");
    lines_end(lines);
    for (size_t i = 0; i < choice->nsets; i++) {
        print_set(lines, "source", choice->sets[i], 0);
    }
    if (!choice->nsets) {
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
    print_reading(lines, plan);
}

/* query    2 dimensions, 6 cells of current, 1000 rows in 64 partitions */
static void
print_query(struct lines *lines, const struct plan *plan)
{
    const struct bound_query *query = plan->query;
    if (query->statement == AST_ROWS) {
        strbuf_append_str(&lines->text, "query    ");
        bound_rows_print(&lines->text, query);
    } else if (query->is_plain) {
        strbuf_printf(&lines->text, "query    %zu dimension%s", query->ndims,
                      query->ndims == 1 ? "" : "s");
    } else {
        strbuf_printf(&lines->text, "query    %zu table%s", query->ntables,
                      query->ntables == 1 ? "" : "s");
    }
    if (query->is_closed) {
        strbuf_printf(&lines->text, ", %llu cell%s", (unsigned long long) query->ncells,
                      query->ncells == 1 ? "" : "s");
    }
    if (query->statement != AST_ROWS) {
        strbuf_printf(&lines->text, " of %.*s", SLICE_ARG(query->dataset->name));
    }
    strbuf_printf(&lines->text, ", %.0f rows in %u partitions", plan->rows,
                  query->dataset->npartitions);
    lines_end(lines);
    for (size_t i = 0; i < query->ndims && query->statement != AST_ROWS; i++) {
        print_dim(lines, &query->dims[i]);
    }
    for (size_t g = 0; g < query->ngrids && !query->is_plain; g++) {
        print_grid(lines, plan, g);
    }
}

struct slice *
plan_explain(struct arena *arena, const struct plan *plan, size_t *nlines)
{
    static const char *const METHODS[] = {"cells", "split", "cells and split"};
    struct lines lines;
    lines_init(&lines, arena);
    const struct bound_query *query = plan->query;
    print_query(&lines, plan);
    strbuf_append_str(&lines.text, "filter   ");
    strbuf_append(&lines.text, query->filter ? query->filter->text : slice_lit("none: every row"));
    lines_end(&lines);
    strbuf_printf(&lines.text, "method   sets by %s, about %.1f ms of shard time",
                  METHODS[plan->method], plan->cost_us / 1000);
    if (plan->method != PLAN_MIXED && plan->cells.is_possible && plan->split.is_possible) {
        strbuf_printf(&lines.text, " (by %s: %.1f ms)",
                      plan->method == PLAN_CELLS ? "split" : "cells",
                      (plan->method == PLAN_CELLS ? plan->split : plan->cells).cost_us / 1000);
    }
    lines_end(&lines);
    if (plan_has_cells(plan)) {
        print_cells(&lines, plan);
    }
    if (plan_has_split(plan)) {
        print_split(&lines, plan);
    }
    lines_fini(&lines);
    *nlines = lines.count;
    return lines.items;
}
