/*
 * Writes the options of a query, in one order whatever order they were written in. in: struct
 * ast_options; out: text in the query language.
 *
 *     nocache limit 5 offset 0   ->    limit 5 nocache
 */
#include "parser/ast_text_options.h"

#include "parser/ast_names.h"
#include "parser/ast_text_parts.h"

static void
measure_or_name_text(struct strbuf *out, const struct ast_measure *measure, struct slice name)
{
    if (measure) {
        ast_text_measure(out, measure);
    } else {
        ast_text_quoted(out, name);
    }
}

static void
number_text(struct strbuf *out, const char *words, int64_t n)
{
    strbuf_printf(out, " %s ", words);
    strbuf_append_int(out, n);
}

static void
having_text(struct strbuf *out, const struct ast_having *having)
{
    strbuf_append_str(out, " having ");
    measure_or_name_text(out, having->measure, having->name);
    strbuf_printf(out, " %s ", ast_operator_name(having->op));
    ast_text_value(out, &having->number);
}

static void
orders_text(struct strbuf *out, const struct ast_order *orders)
{
    strbuf_append_str(out, " order by ");
    for (const struct ast_order *order = orders; order; order = order->next) {
        measure_or_name_text(out, order->measure, order->name);
        strbuf_append_str(out, order->descending ? " desc" : "");
        strbuf_append_str(out, order->next ? ", " : "");
    }
}

/* Which rows of the answer, and what they become. */
static void
table_options_text(struct strbuf *out, const struct ast_options *options)
{
    if (options->having) {
        having_text(out, options->having);
    }
    if (options->order) {
        orders_text(out, options->order);
    }
    if (options->has_limit) {
        number_text(out, "limit", options->limit);
        if (options->offset) {
            number_text(out, "offset", options->offset);
        }
    }
    if (options->totals) {
        strbuf_append_str(out, " totals");
    }
    if (options->percent != AST_PERCENT_NONE) {
        strbuf_printf(out, " percent of %s%s", ast_percent_name(options->percent),
                      options->percent_with_count ? " with count" : "");
    }
    if (options->weight_field.ptr) {
        strbuf_append_str(out, " weight by ");
        ast_text_name(out, options->weight_field);
    }
    if (options->has_suppress) {
        number_text(out, "suppress below", options->suppress_below);
    }
}

static void
tests_text(struct strbuf *out, const struct ast_options *options)
{
    if (options->test_chi2) {
        strbuf_append_str(out, " test chi2");
    }
    if (options->test_columns) {
        strbuf_append_str(out, " test columns");
        if (options->level.ptr) {
            strbuf_append_str(out, " level ");
            strbuf_append(out, options->level);
        }
    }
    if (options->residuals) {
        strbuf_append_str(out, " residuals");
    }
    if (options->confidence.ptr) {
        strbuf_append_str(out, " ci ");
        strbuf_append(out, options->confidence);
    }
}

void
ast_text_options(struct strbuf *out, const struct ast_options *options)
{
    table_options_text(out, options);
    tests_text(out, options);
    if (options->into_key.ptr) {
        strbuf_append_str(out, " into ");
        ast_text_quoted(out, options->into_key);
        if (options->into_seconds) {
            number_text(out, "ex", options->into_seconds);
        }
    }
    if (options->format != AST_FORMAT_DEFAULT) {
        strbuf_printf(out, " format %s", ast_format_name(options->format));
    }
    if (options->has_timeout) {
        number_text(out, "timeout", options->timeout_ms);
    }
    if (options->nocache) {
        strbuf_append_str(out, " nocache");
    }
}
