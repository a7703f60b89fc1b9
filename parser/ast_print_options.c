/*
 * Prints the options of a tree, in one order whatever order they were written in. in: struct
 * ast_options; out: text.
 *
 *     nocache limit 5   ->    (limit 5) (nocache)
 */
#include "parser/ast_print_options.h"

#include "parser/ast_names.h"
#include "parser/ast_print_parts.h"

static void
print_limit(struct strbuf *out, const struct ast_options *options)
{
    strbuf_append_str(out, " (limit ");
    strbuf_append_int(out, options->limit);
    if (options->offset) {
        strbuf_append_str(out, " offset ");
        strbuf_append_int(out, options->offset);
    }
    strbuf_append_char(out, ')');
}

static void
print_number_option(struct strbuf *out, const char *option, int64_t n)
{
    strbuf_printf(out, " (%s ", option);
    strbuf_append_int(out, n);
    strbuf_append_char(out, ')');
}

/* A measure, or a name. */
static void
print_measure_or_name(struct strbuf *out, const struct ast_measure *measure, struct slice name)
{
    if (measure) {
        ast_print_measure(out, measure);
    } else {
        ast_print_name(out, name);
    }
}

static void
print_having(struct strbuf *out, const struct ast_having *having)
{
    strbuf_printf(out, " (having (%s ", ast_operator_name(having->op));
    print_measure_or_name(out, having->measure, having->name);
    strbuf_append_char(out, ' ');
    ast_print_value(out, &having->number);
    strbuf_append_str(out, "))");
}

static void
print_orders(struct strbuf *out, const struct ast_order *orders)
{
    strbuf_append_str(out, " (order by ");
    for (const struct ast_order *order = orders; order; order = order->next) {
        print_measure_or_name(out, order->measure, order->name);
        strbuf_append_str(out, order->descending ? " desc" : "");
        strbuf_append_str(out, order->next ? ", " : ")");
    }
}

static void
print_text_option(struct strbuf *out, const char *option, struct slice text)
{
    strbuf_printf(out, " (%s %.*s)", option, SLICE_ARG(text));
}

static void
print_tests(struct strbuf *out, const struct ast_options *options)
{
    if (options->test_chi2) {
        strbuf_append_str(out, " (test chi2)");
    }
    if (options->test_columns && options->level.ptr) {
        print_text_option(out, "test columns level", options->level);
    } else if (options->test_columns) {
        strbuf_append_str(out, " (test columns)");
    }
    if (options->residuals) {
        strbuf_append_str(out, " (residuals)");
    }
    if (options->confidence.ptr) {
        print_text_option(out, "ci", options->confidence);
    }
}

static void
print_into(struct strbuf *out, const struct ast_options *options)
{
    strbuf_append_str(out, " (into ");
    ast_print_quoted(out, options->into_key, '\'');
    if (options->into_seconds) {
        strbuf_append_str(out, " ex ");
        strbuf_append_int(out, options->into_seconds);
    }
    strbuf_append_char(out, ')');
}

void
ast_print_options(struct strbuf *out, const struct ast_options *options)
{
    if (options->having) {
        print_having(out, options->having);
    }
    if (options->order) {
        print_orders(out, options->order);
    }
    if (options->has_limit) {
        print_limit(out, options);
    }
    if (options->totals) {
        strbuf_append_str(out, " (totals)");
    }
    if (options->percent != AST_PERCENT_NONE) {
        strbuf_printf(out, " (percent of %s%s)", ast_percent_name(options->percent),
                      options->percent_with_count ? " with count" : "");
    }
    if (options->weight_field.ptr) {
        strbuf_append_str(out, " (weight by ");
        ast_print_name(out, options->weight_field);
        strbuf_append_char(out, ')');
    }
    if (options->has_suppress) {
        print_number_option(out, "suppress below", options->suppress_below);
    }
    print_tests(out, options);
    if (options->into_key.ptr) {
        print_into(out, options);
    }
    if (options->format != AST_FORMAT_DEFAULT) {
        strbuf_printf(out, " (format %s)", ast_format_name(options->format));
    }
    if (options->has_timeout) {
        print_number_option(out, "timeout", options->timeout_ms);
    }
    if (options->nocache) {
        strbuf_append_str(out, " (nocache)");
    }
}
