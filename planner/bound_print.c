/*
 * Prints a bound query as text, for tests. in: struct bound_query; out: a line for its dataset,
 * each dimension, its filter and its answer.
 *
 * Fields and values are written as in the language. A label is written if it differs from the one
 * that the position has anyway.
 */
#include "planner/bound_print.h"

#include "planner/filter_text.h"

static void
print_label(struct strbuf *out, const struct position *position, struct slice usual)
{
    if (!slice_equal(position->label, usual)) {
        strbuf_append_str(out, " as ");
        filter_print_value(out, position->label);
    }
}

static void
print_position(struct strbuf *out, const struct position *position)
{
    size_t start = out->len;
    switch (position->kind) {
    case POSITION_VALUE:
        filter_print_value(out, position->value);
        print_label(out, position, position->value);
        return;
    case POSITION_RANGE:
        strbuf_printf(out, "[%.*s,%.*s]", SLICE_ARG(position->lo), SLICE_ARG(position->hi));
        break;
    case POSITION_MISSING: strbuf_append_str(out, "missing"); break;
    case POSITION_OTHER: strbuf_append_str(out, "other"); break;
    }
    struct slice text = strbuf_slice(out);
    print_label(out, position, slice_of(text.ptr + start, text.len - start));
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
    for (size_t i = 0; i < dim->npositions; i++) {
        strbuf_append_str(out, i ? "," : " {");
        print_position(out, &dim->positions[i]);
    }
    strbuf_append_str(out, dim->npositions ? "}\n" : "\n");
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
    strbuf_printf(out, "answer  %s, %llu cells%s",
                  query->format == AST_FORMAT_NESTED ? "nested" : "rows",
                  (unsigned long long) query->ncells, query->nocache ? ", nocache" : "");
    if (query->has_suppress) {
        strbuf_printf(out, ", suppress below %lld", (long long) query->suppress_below);
    }
    if (query->timeout_ms) {
        strbuf_printf(out, ", timeout %lld ms", (long long) query->timeout_ms);
    }
    strbuf_append_char(out, '\n');
}
