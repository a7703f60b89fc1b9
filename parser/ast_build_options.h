/*
 * Constructors for options. They may stand in any order; each refuses to be written twice.
 *
 *     options(A) ::= options(B) TOTALS(T).   { A = ast_option_totals(builder, B, T); }
 *
 * `token` is the option's first word: it is where "is written twice" points to.
 */
#ifndef QUIPU_PARSER_AST_BUILD_OPTIONS_H
#define QUIPU_PARSER_AST_BUILD_OPTIONS_H

#include "parser/ast_build.h"

/* ORDER BY's list under construction. */
struct ast_orders {
    struct ast_order *first, *last;
};

struct ast_orders ast_orders_one(struct ast_order *order);
struct ast_orders ast_orders_append(struct ast_orders orders, struct ast_order *order);
struct ast_order *ast_order_name(struct ast_builder *builder, struct ast_name name,
                                 bool descending);
struct ast_order *ast_order_measure(struct ast_builder *builder, struct ast_measure *measure,
                                    bool descending);

struct ast_options *ast_options_none(struct ast_builder *builder);
struct ast_options *ast_option_having_measure(struct ast_builder *builder,
                                              struct ast_options *options, struct token token,
                                              struct ast_measure *measure, enum ast_operator op,
                                              struct ast_value number);
struct ast_options *ast_option_having_name(struct ast_builder *builder, struct ast_options *options,
                                           struct token token, struct ast_name name,
                                           enum ast_operator op, struct ast_value number);
struct ast_options *ast_option_order(struct ast_builder *builder, struct ast_options *options,
                                     struct token token, struct ast_orders orders);
struct ast_options *ast_option_limit(struct ast_builder *builder, struct ast_options *options,
                                     struct token token, struct token limit);
struct ast_options *ast_option_limit_offset(struct ast_builder *builder,
                                            struct ast_options *options, struct token token,
                                            struct token limit, struct token offset);
struct ast_options *ast_option_totals(struct ast_builder *builder, struct ast_options *options,
                                      struct token token);
struct ast_options *ast_option_percent(struct ast_builder *builder, struct ast_options *options,
                                       struct token token, enum ast_percent percent,
                                       bool with_count);
struct ast_options *ast_option_weight(struct ast_builder *builder, struct ast_options *options,
                                      struct token token, struct ast_name field);
struct ast_options *ast_option_suppress(struct ast_builder *builder, struct ast_options *options,
                                        struct token token, struct token below);
struct ast_options *ast_option_chi2(struct ast_builder *builder, struct ast_options *options,
                                    struct token token);
struct ast_options *ast_option_columns(struct ast_builder *builder, struct ast_options *options,
                                       struct token token);
struct ast_options *ast_option_columns_level(struct ast_builder *builder,
                                             struct ast_options *options, struct token token,
                                             struct ast_value level);
struct ast_options *ast_option_residuals(struct ast_builder *builder, struct ast_options *options,
                                         struct token token);
struct ast_options *ast_option_ci(struct ast_builder *builder, struct ast_options *options,
                                  struct token token, struct ast_value confidence);
struct ast_options *ast_option_into(struct ast_builder *builder, struct ast_options *options,
                                    struct token token, struct ast_name key);
struct ast_options *ast_option_into_ex(struct ast_builder *builder, struct ast_options *options,
                                       struct token token, struct ast_name key,
                                       struct token seconds);
struct ast_options *ast_option_format(struct ast_builder *builder, struct ast_options *options,
                                      struct token token, enum ast_format format);
struct ast_options *ast_option_timeout(struct ast_builder *builder, struct ast_options *options,
                                       struct token token, struct token ms);
struct ast_options *ast_option_nocache(struct ast_builder *builder, struct ast_options *options,
                                       struct token token);

#endif
