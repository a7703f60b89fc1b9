/*
 * Prints a bound query as text, for tests. in: struct bound_query; out: a line for its dataset,
 * each dimension, its filter and its answer.
 *
 * Fields and values are written as in the language. A label is written if it differs from the one
 * that the position has anyway.
 */
#include "planner/bound_print.h"

#include "parser/ast_names.h"
#include "planner/filter_text.h"

static void
print_label(struct strbuf *out, const struct position *position, struct slice usual)
{
    if (!slice_equal(position->label, usual)) {
        strbuf_append_str(out, " as ");
        filter_print_value(out, position->label);
    }
}

void
bound_print_range(struct strbuf *out, const struct position *position)
{
    strbuf_append_char(out, position->lo.ptr && !position->lo_open ? '[' : '(');
    strbuf_append(out, position->lo.ptr ? position->lo : slice_lit(""));
    strbuf_append_char(out, ',');
    strbuf_append(out, position->hi.ptr ? position->hi : slice_lit(""));
    strbuf_append_char(out, position->hi.ptr && !position->hi_open ? ']' : ')');
}

static void
print_single(struct strbuf *out, const struct position *position)
{
    switch (position->kind) {
    case POSITION_VALUE: filter_print_value(out, position->value); break;
    case POSITION_RANGE: bound_print_range(out, position); break;
    case POSITION_MISSING: strbuf_append_str(out, "missing"); break;
    case POSITION_OTHER: strbuf_append_str(out, "other"); break;
    }
}

static void
print_position(struct strbuf *out, const struct position *position)
{
    size_t start = out->len;
    print_single(out, position);
    struct slice text = strbuf_slice(out);
    struct slice usual = slice_of(text.ptr + start, text.len - start);
    print_label(out, position, position->kind == POSITION_VALUE ? position->value : usual);
}

/* {1,2} net{2,3}; tail width 10 */
static void
print_rule(struct strbuf *out, const struct place_rule *rule)
{
    for (size_t i = 0; i < rule->nitems; i++) {
        const struct place_item *item = &rule->items[i];
        strbuf_append_str(out, item->overlaps ? " net{" : " {");
        for (size_t s = 0; s < item->nsingles; s++) {
            strbuf_append_str(out, s ? "," : "");
            print_single(out, &item->singles[s]);
        }
        strbuf_append_char(out, '}');
    }
    switch (rule->tail) {
    case TAIL_NONE: break;
    case TAIL_VALUES: strbuf_append_str(out, "; tail values"); break;
    case TAIL_WIDTH: strbuf_printf(out, "; tail width %.*s", SLICE_ARG(rule->width)); break;
    case TAIL_UNIT: strbuf_printf(out, "; tail %s", date_unit_name(rule->unit)); break;
    }
    strbuf_append_str(out, rule->separator.ptr ? "; several values" : "");
    strbuf_append_str(out, rule->keeps_all ? "; keeps all" : "");
}

static void
print_dim(struct strbuf *out, const struct bound_dim *dim)
{
    static const char *const KINDS[] = {
        [DIM_LIST] = "list",   [DIM_BINS] = "bins",     [DIM_OPEN] = "open",
        [DIM_WIDTH] = "width", [DIM_PLACED] = "placed", [DIM_WHEN] = "when"};
    strbuf_append_str(out, "dim     ");
    filter_print_field(out, dim->field);
    if (!slice_equal(dim->name, dim->field)) {
        strbuf_append_str(out, " as ");
        filter_print_field(out, dim->name);
    }
    strbuf_printf(out, ": %s", KINDS[dim->kind]);
    if (dim->kind == DIM_WIDTH) {
        strbuf_append_char(out, ' ');
        strbuf_append(out, dim->width);
    }
    if (dim->kind == DIM_WHEN) {
        strbuf_append_char(out, ' ');
        strbuf_append(out, dim->when ? dim->when->text : slice_lit("all"));
    }
    for (size_t i = 0; dim->kind != DIM_WHEN && i < dim->npositions; i++) {
        strbuf_append_str(out, i ? "," : " {");
        print_position(out, &dim->positions[i]);
    }
    strbuf_append_str(out, dim->kind != DIM_WHEN && dim->npositions ? "}" : "");
    if (dim->rule) {
        print_rule(out, dim->rule);
    }
    strbuf_append_char(out, '\n');
}

/* ---- What is counted, and answered ---- */

static void
print_grid(struct strbuf *out, const struct bound_grid *grid, size_t number)
{
    size_t nvisible = grid->ndims - grid_nhidden(grid);
    strbuf_printf(out, "grid    %zu:", number);
    for (size_t d = 0; d < grid->ndims; d++) {
        const char *what = d < nvisible                               ? ""
                           : d == grid->ndims - 1 && grid->has_weight ? " weight"
                                                                      : " value";
        strbuf_printf(out, "%s %zu", what, grid->dims[d]);
    }
    if (grid->is_folded) {
        strbuf_append_str(out, ", folded");
        strbuf_append_str(out, grid->parts & FOLD_SUM ? " sum" : "");
        strbuf_append_str(out, grid->parts & FOLD_SQUARES ? " squares" : "");
        strbuf_append_str(out, grid->parts & FOLD_BOUNDS ? " bounds" : "");
    }
    strbuf_append_str(out, grid->is_set ? ", as a set" : "");
    strbuf_append_char(out, '\n');
}

static void
print_axis(struct strbuf *out, const struct bound_axis *axis)
{
    static const char *const KINDS[] = {
        [ITEM_VALUE] = "value",     [ITEM_GROUP] = "group", [ITEM_RANGE] = "range",
        [ITEM_NET] = "net",         [ITEM_WHEN] = "when",   [ITEM_BIN] = "bin",
        [ITEM_MISSING] = "missing", [ITEM_OTHER] = "other", [ITEM_TOTAL] = "total",
        [ITEM_TAIL] = "tail"};
    strbuf_append_str(out, "axis    ");
    filter_print_field(out, axis->name);
    strbuf_printf(out, " from %zu, %zu whens:", axis->first_dim, axis->nwhens);
    for (size_t i = 0; i < axis->nitems; i++) {
        const struct bound_item *item = &axis->items[i];
        strbuf_printf(out, "%s %s %zu", i ? "," : "", KINDS[item->kind], item->number);
        if (item->kind != ITEM_TAIL) {
            strbuf_printf(out, " '%.*s'", SLICE_ARG(item->label));
        }
    }
    strbuf_append_str(out, axis->overlaps ? "; overlaps" : "");
    if (axis->positions_grid != NO_GRID) {
        strbuf_printf(out, "; positions of grid %zu", axis->positions_grid);
    }
    strbuf_append_char(out, '\n');
}

static void
print_table(struct strbuf *out, const struct bound_table *table)
{
    strbuf_printf(out, "table   grid %zu, %llu cells", table->grid,
                  (unsigned long long) table->ncells);
    if (table->atoms_grid != table->grid) {
        strbuf_printf(out, "; atoms of grid %zu from %zu", table->atoms_grid, table->atoms_dim);
    }
    strbuf_append_char(out, '\n');
    for (size_t d = 0; d < table->naxes; d++) {
        print_axis(out, &table->axes[d]);
    }
    for (size_t m = 0; m < table->nall_measures; m++) {
        const struct bound_measure *measure = &table->measures[m];
        strbuf_printf(out, "measure %.*s, grid %zu%s\n", SLICE_ARG(measure->name), measure->grid,
                      m < table->nmeasures ? "" : ", not shown");
    }
}

static void
print_tables(struct strbuf *out, const struct bound_query *query)
{
    for (size_t g = 0; g < query->ngrids; g++) {
        print_grid(out, &query->grids[g], g);
    }
    for (size_t t = 0; t < query->ntables; t++) {
        print_table(out, &query->tables[t]);
    }
}

void
bound_print(struct strbuf *out, const struct bound_query *query)
{
    strbuf_printf(out, "dataset %.*s\n", SLICE_ARG(query->dataset->name));
    for (size_t d = 0; d < query->ndims; d++) {
        print_dim(out, &query->dims[d]);
    }
    if (query->filter) {
        strbuf_append_str(out, "filter  ");
        strbuf_append(out, query->filter->text);
        strbuf_append_char(out, '\n');
    }
    if (!query->is_plain) {
        print_tables(out, query);
    }
    strbuf_printf(out, "answer  %s, %llu cells%s", ast_format_name(query->format),
                  (unsigned long long) query->ncells, query->nocache ? ", nocache" : "");
    if (query->has_suppress) {
        strbuf_printf(out, ", suppress below %lld", (long long) query->suppress_below);
    }
    if (query->timeout_ms) {
        strbuf_printf(out, ", timeout %lld ms", (long long) query->timeout_ms);
    }
    strbuf_append_char(out, '\n');
}
