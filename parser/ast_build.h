/*
 * Constructors of the tree: one per rule of grammar.y, which calls them and does nothing else.
 *
 *     cond(A) ::= NOT(T) cond(C).   { A = ast_not(builder, T, C); }
 *
 * Quotes and escapes come off here, numbers become canonical, and what a rule alone cannot refuse
 * (an option twice, LIMIT -1) is refused: the error goes to builder->err, and a valid tree is
 * returned all the same. Everything is made in the query's arena.
 */
#ifndef QUIPU_PARSER_AST_BUILD_H
#define QUIPU_PARSER_AST_BUILD_H

#include "base/error.h"
#include "parser/ast.h"
#include "parser/token.h"

struct ast_builder {
    struct arena *arena;
    struct error *err;
    struct ast_query *query; /* NULL until the query is whole */
    bool is_refused;         /* the grammar had no place for this token */
    struct token refused;
};

/* A field, dataset, dimension or key, unescaped, and where it stands. */
struct ast_name {
    struct slice text;
    size_t at;
};

/* Lists under construction. */
struct ast_dims {
    struct ast_dim *first, *last;
    size_t n;
};

struct ast_items {
    struct ast_item *first, *last;
};

struct ast_measures {
    struct ast_measure *first, *last;
};

/* What stands before FROM. */
struct ast_head {
    bool count_dims;
    struct ast_measures measures;
    struct ast_dims dims;
};

/* query */
struct ast_query *ast_query(struct ast_builder *builder, struct ast_head head,
                            struct ast_name dataset, struct ast_cond *where,
                            struct ast_options *options);
void ast_query_done(struct ast_builder *builder, struct ast_query *query, enum ast_mode mode);
struct ast_head ast_head_count(struct ast_builder *builder, struct token count,
                               struct ast_dims dims);
struct ast_head ast_head_measures(struct ast_measures measures, struct ast_dims dims);

/* names, values */
struct ast_name ast_name_word(struct token token);
struct ast_name ast_name_backquoted(struct ast_builder *builder, struct token token);
struct ast_name ast_name_text(struct ast_builder *builder, struct token token);
struct ast_value ast_value_number(struct ast_builder *builder, struct token token);
struct ast_value ast_value_text(struct ast_builder *builder, struct token token);
struct ast_value ast_value_word(struct token token);

/* dimensions; a name whose ptr is NULL is none */
struct ast_dims ast_dims_none(void);
struct ast_dims ast_dims_one(struct ast_dim *dim);
struct ast_dims ast_dims_append(struct ast_dims dims, struct ast_dim *dim);
struct ast_name ast_name_none(void);
struct ast_dim *ast_dim_open(struct ast_builder *builder, struct ast_name field,
                             struct ast_name name);
struct ast_dim *ast_dim_positions(struct ast_builder *builder, struct ast_name field,
                                  struct ast_positions *positions, struct ast_name name);
struct ast_dim *ast_dim_width(struct ast_builder *builder, struct ast_name field,
                              struct ast_value width, struct ast_name name);

/* positions */
struct ast_positions *ast_positions_range(struct ast_builder *builder, struct token open,
                                          struct ast_value lo, struct ast_value hi);
struct ast_positions *ast_positions_list(struct ast_builder *builder, struct token open,
                                         struct ast_items items);
struct ast_items ast_items_one(struct ast_item *item);
struct ast_items ast_items_append(struct ast_items items, struct ast_item *item);
struct ast_item *ast_item_value(struct ast_builder *builder, struct ast_value value);
struct ast_item *ast_item_range(struct ast_builder *builder, struct token open, struct ast_value lo,
                                struct ast_value hi);
struct ast_item *ast_item_missing(struct ast_builder *builder, struct token token);
struct ast_item *ast_item_other(struct ast_builder *builder, struct token token);
struct ast_item *ast_item_label(struct ast_item *item, struct ast_name label);

/* conditions */
struct ast_cond *ast_or_two(struct ast_builder *builder, struct ast_cond *a, struct ast_cond *b);
struct ast_cond *ast_and_two(struct ast_builder *builder, struct ast_cond *a, struct ast_cond *b);
struct ast_cond *ast_chain_append(struct ast_cond *chain, struct ast_cond *cond);
struct ast_cond *ast_not(struct ast_builder *builder, struct token token, struct ast_cond *cond);
struct ast_cond *ast_compare(struct ast_builder *builder, struct ast_name field,
                             enum ast_operator op, struct ast_value value);
struct ast_cond *ast_in(struct ast_builder *builder, struct ast_name field, bool negated,
                        struct ast_positions *positions);
struct ast_cond *ast_missing(struct ast_builder *builder, struct ast_name field);
struct ast_cond *ast_exists(struct ast_builder *builder, struct ast_name field);

/* measures */
struct ast_measures ast_measures_one(struct ast_measure *measure);
struct ast_measures ast_measures_append(struct ast_measures measures, struct ast_measure *measure);
struct ast_measures ast_measures_join(struct ast_measure *first, struct ast_measures rest);
struct ast_measure *ast_measure_count(struct ast_builder *builder, struct token token);
struct ast_measure *ast_measure_of(struct ast_builder *builder, struct token token,
                                   enum ast_measure_kind kind, struct ast_name field);

/* options; each refuses to be written twice */
struct ast_options *ast_options_none(struct ast_builder *builder);
struct ast_options *ast_option_having(struct ast_builder *builder, struct ast_options *options,
                                      struct token token, struct ast_measure *measure,
                                      enum ast_operator op, struct ast_value number);
struct ast_options *ast_option_order_name(struct ast_builder *builder, struct ast_options *options,
                                          struct token token, struct ast_name name,
                                          bool descending);
struct ast_options *ast_option_order_measure(struct ast_builder *builder,
                                             struct ast_options *options, struct token token,
                                             struct ast_measure *measure, bool descending);
struct ast_options *ast_option_limit(struct ast_builder *builder, struct ast_options *options,
                                     struct token token, struct token limit);
struct ast_options *ast_option_limit_offset(struct ast_builder *builder,
                                            struct ast_options *options, struct token token,
                                            struct token limit, struct token offset);
struct ast_options *ast_option_totals(struct ast_builder *builder, struct ast_options *options,
                                      struct token token);
struct ast_options *ast_option_percent(struct ast_builder *builder, struct ast_options *options,
                                       struct token token, enum ast_percent percent);
struct ast_options *ast_option_weight(struct ast_builder *builder, struct ast_options *options,
                                      struct token token, struct ast_name field);
struct ast_options *ast_option_suppress(struct ast_builder *builder, struct ast_options *options,
                                        struct token token, struct token below);
struct ast_options *ast_option_chi2(struct ast_builder *builder, struct ast_options *options,
                                    struct token token);
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
