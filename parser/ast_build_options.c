/*
 * Builds the options. in: the words behind the condition; out: struct ast_options, filled one by
 * one.
 *
 *     limit 5 totals    ast_options_none, ast_option_limit, ast_option_totals
 */
#include "parser/ast_build_options.h"

#include "base/number.h"

static void
refuse_twice(struct ast_builder *builder, bool is_written, struct token token, const char *option)
{
    if (is_written) {
        error_set(builder->err, "SYNTAX", "at column %zu: %s is written twice", token.at + 1,
                  option);
    }
}

/* A number between 0 and 1; neither of them. */
static void
refuse_outside(struct ast_builder *builder, struct ast_value number, const char *option)
{
    if (number_compare(number.text, slice_lit("0")) <= 0 ||
        number_compare(number.text, slice_lit("1")) >= 0) {
        char quoted[ERROR_QUOTE_BYTES];
        error_set(builder->err, "SYNTAX",
                  "at column %zu: %s takes a number between 0 and 1, found %s", number.at + 1,
                  option, error_quote(quoted, number.text));
    }
}

struct ast_options *
ast_options_none(struct ast_builder *builder)
{
    return arena_alloc(builder->arena, sizeof(struct ast_options));
}

/* HAVING */

static struct ast_having *
having_new(struct ast_builder *builder, struct ast_options *options, struct token token,
           enum ast_operator op, struct ast_value number)
{
    refuse_twice(builder, options->having, token, "HAVING");
    struct ast_having *having = arena_alloc(builder->arena, sizeof *having);
    having->op = op;
    having->number = number;
    options->having = having;
    return having;
}

struct ast_options *
ast_option_having_measure(struct ast_builder *builder, struct ast_options *options,
                          struct token token, struct ast_measure *measure, enum ast_operator op,
                          struct ast_value number)
{
    struct ast_having *having = having_new(builder, options, token, op, number);
    having->measure = measure;
    having->at = measure->at;
    return options;
}

struct ast_options *
ast_option_having_name(struct ast_builder *builder, struct ast_options *options, struct token token,
                       struct ast_name name, enum ast_operator op, struct ast_value number)
{
    struct ast_having *having = having_new(builder, options, token, op, number);
    having->name = name.text;
    having->at = name.at;
    return options;
}

/* ORDER BY */

struct ast_orders
ast_orders_one(struct ast_order *order)
{
    return (struct ast_orders){order, order};
}

struct ast_orders
ast_orders_append(struct ast_orders orders, struct ast_order *order)
{
    orders.last->next = order;
    orders.last = order;
    return orders;
}

struct ast_order *
ast_order_name(struct ast_builder *builder, struct ast_name name, bool descending)
{
    struct ast_order *order = arena_alloc(builder->arena, sizeof *order);
    order->name = name.text;
    order->descending = descending;
    order->at = name.at;
    return order;
}

struct ast_order *
ast_order_measure(struct ast_builder *builder, struct ast_measure *measure, bool descending)
{
    struct ast_order *order = ast_order_name(builder, ast_name_none(), descending);
    order->measure = measure;
    order->at = measure->at;
    return order;
}

struct ast_options *
ast_option_order(struct ast_builder *builder, struct ast_options *options, struct token token,
                 struct ast_orders orders)
{
    refuse_twice(builder, options->order, token, "ORDER BY");
    options->order = orders.first;
    return options;
}

/* The others */

struct ast_options *
ast_option_limit(struct ast_builder *builder, struct ast_options *options, struct token token,
                 struct token limit)
{
    refuse_twice(builder, options->has_limit, token, "LIMIT");
    options->has_limit = true;
    options->limit = ast_whole_number(builder, limit, "LIMIT", 0);
    return options;
}

struct ast_options *
ast_option_limit_offset(struct ast_builder *builder, struct ast_options *options,
                        struct token token, struct token limit, struct token offset)
{
    options = ast_option_limit(builder, options, token, limit);
    options->offset = ast_whole_number(builder, offset, "OFFSET", 0);
    return options;
}

struct ast_options *
ast_option_totals(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->totals, token, "TOTALS");
    options->totals = true;
    return options;
}

struct ast_options *
ast_option_percent(struct ast_builder *builder, struct ast_options *options, struct token token,
                   enum ast_percent percent, bool with_count)
{
    refuse_twice(builder, options->percent != AST_PERCENT_NONE, token, "PERCENT");
    options->percent = percent;
    options->percent_with_count = with_count;
    return options;
}

struct ast_options *
ast_option_weight(struct ast_builder *builder, struct ast_options *options, struct token token,
                  struct ast_name field)
{
    refuse_twice(builder, options->weight_field.ptr, token, "WEIGHT BY");
    options->weight_field = field.text;
    return options;
}

struct ast_options *
ast_option_suppress(struct ast_builder *builder, struct ast_options *options, struct token token,
                    struct token below)
{
    refuse_twice(builder, options->has_suppress, token, "SUPPRESS BELOW");
    options->has_suppress = true;
    options->suppress_below = ast_whole_number(builder, below, "SUPPRESS BELOW", 0);
    return options;
}

struct ast_options *
ast_option_chi2(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->test_chi2, token, "TEST");
    options->test_chi2 = true;
    return options;
}

struct ast_options *
ast_option_columns(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->test_columns, token, "TEST COLUMNS");
    options->test_columns = true;
    return options;
}

struct ast_options *
ast_option_columns_level(struct ast_builder *builder, struct ast_options *options,
                         struct token token, struct ast_value level)
{
    refuse_outside(builder, level, "LEVEL");
    options = ast_option_columns(builder, options, token);
    options->level = level.text;
    return options;
}

struct ast_options *
ast_option_residuals(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->residuals, token, "RESIDUALS");
    options->residuals = true;
    return options;
}

struct ast_options *
ast_option_ci(struct ast_builder *builder, struct ast_options *options, struct token token,
              struct ast_value confidence)
{
    refuse_outside(builder, confidence, "CI");
    refuse_twice(builder, options->confidence.ptr, token, "CI");
    options->confidence = confidence.text;
    return options;
}

struct ast_options *
ast_option_into(struct ast_builder *builder, struct ast_options *options, struct token token,
                struct ast_name key)
{
    refuse_twice(builder, options->into_key.ptr, token, "INTO");
    options->into_key = key.text;
    return options;
}

struct ast_options *
ast_option_into_ex(struct ast_builder *builder, struct ast_options *options, struct token token,
                   struct ast_name key, struct token seconds)
{
    options = ast_option_into(builder, options, token, key);
    options->into_seconds = ast_whole_number(builder, seconds, "EX", 1);
    return options;
}

struct ast_options *
ast_option_format(struct ast_builder *builder, struct ast_options *options, struct token token,
                  enum ast_format format)
{
    refuse_twice(builder, options->format != AST_FORMAT_DEFAULT, token, "FORMAT");
    options->format = format;
    return options;
}

struct ast_options *
ast_option_timeout(struct ast_builder *builder, struct ast_options *options, struct token token,
                   struct token ms)
{
    refuse_twice(builder, options->has_timeout, token, "TIMEOUT");
    options->has_timeout = true;
    options->timeout_ms = ast_whole_number(builder, ms, "TIMEOUT", 1);
    return options;
}

struct ast_options *
ast_option_nocache(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->nocache, token, "NOCACHE");
    options->nocache = true;
    return options;
}
