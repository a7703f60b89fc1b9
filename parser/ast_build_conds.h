/*
 * Constructors for conditions: a chain of one operator is one node, and each test is one.
 */
#ifndef QUIPU_PARSER_AST_BUILD_CONDS_H
#define QUIPU_PARSER_AST_BUILD_CONDS_H

#include "parser/ast_build.h"

struct ast_cond *ast_or_two(struct ast_builder *builder, struct ast_cond *a, struct ast_cond *b);
struct ast_cond *ast_and_two(struct ast_builder *builder, struct ast_cond *a, struct ast_cond *b);
struct ast_cond *ast_chain_append(struct ast_cond *chain, struct ast_cond *cond);
struct ast_cond *ast_not(struct ast_builder *builder, struct token token, struct ast_cond *cond);
struct ast_cond *ast_compare(struct ast_builder *builder, struct ast_name field,
                             enum ast_operator op, struct ast_value value);
struct ast_cond *ast_in(struct ast_builder *builder, struct ast_name field, bool negated,
                        struct ast_positions *positions);
struct ast_cond *ast_like(struct ast_builder *builder, struct ast_name field, bool negated,
                          bool folds_case, struct ast_value pattern);
struct ast_cond *ast_between(struct ast_builder *builder, struct ast_name field, bool negated,
                             struct ast_value low, struct ast_value high);
struct ast_cond *ast_missing(struct ast_builder *builder, struct ast_name field);
struct ast_cond *ast_exists(struct ast_builder *builder, struct ast_name field);

#endif
