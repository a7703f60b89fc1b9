/*
 * Builds conditions. in: fields, values and positions; out: struct ast_cond.
 *
 *     a = 1 or b = 2 or (c = 3 or d = 4)   ->   OR of three: = , = , OR of two
 */
#include "parser/ast_build_conds.h"

struct ast_cond *
ast_chain_append(struct ast_cond *chain, struct ast_cond *cond)
{
    if (chain->last_child) {
        chain->last_child->next = cond;
    } else {
        chain->children = cond;
    }
    chain->last_child = cond;
    chain->nchildren++;
    return chain;
}

struct ast_cond *
ast_or_two(struct ast_builder *builder, struct ast_cond *a, struct ast_cond *b)
{
    struct ast_cond *cond = arena_alloc(builder->arena, sizeof *cond);
    cond->kind = AST_OR;
    cond->at = a->at;
    return ast_chain_append(ast_chain_append(cond, a), b);
}

struct ast_cond *
ast_and_two(struct ast_builder *builder, struct ast_cond *a, struct ast_cond *b)
{
    struct ast_cond *cond = arena_alloc(builder->arena, sizeof *cond);
    cond->kind = AST_AND;
    cond->at = a->at;
    return ast_chain_append(ast_chain_append(cond, a), b);
}

struct ast_cond *
ast_not(struct ast_builder *builder, struct token token, struct ast_cond *cond)
{
    struct ast_cond *negation = arena_alloc(builder->arena, sizeof *negation);
    negation->kind = AST_NOT;
    negation->at = token.at;
    return ast_chain_append(negation, cond);
}

static struct ast_cond *
test_new(struct ast_builder *builder, struct ast_name field)
{
    struct ast_cond *cond = arena_alloc(builder->arena, sizeof *cond);
    cond->field = field.text;
    cond->at = field.at;
    return cond;
}

struct ast_cond *
ast_compare(struct ast_builder *builder, struct ast_name field, enum ast_operator op,
            struct ast_value value)
{
    struct ast_cond *cond = test_new(builder, field);
    cond->kind = AST_COMPARE;
    cond->op = op;
    cond->value = value;
    return cond;
}

struct ast_cond *
ast_in(struct ast_builder *builder, struct ast_name field, bool negated,
       struct ast_positions *positions)
{
    struct ast_cond *cond = test_new(builder, field);
    cond->kind = AST_IN;
    cond->negated = negated;
    cond->positions = positions;
    return cond;
}

struct ast_cond *
ast_like(struct ast_builder *builder, struct ast_name field, bool negated, bool folds_case,
         struct ast_value pattern)
{
    struct ast_cond *cond = test_new(builder, field);
    cond->kind = AST_LIKE;
    cond->negated = negated;
    cond->folds_case = folds_case;
    cond->value = pattern;
    return cond;
}

struct ast_cond *
ast_between(struct ast_builder *builder, struct ast_name field, bool negated, struct ast_value low,
            struct ast_value high)
{
    struct ast_cond *cond = test_new(builder, field);
    cond->kind = AST_BETWEEN;
    cond->negated = negated;
    cond->value = low;
    cond->high = high;
    return cond;
}

struct ast_cond *
ast_missing(struct ast_builder *builder, struct ast_name field)
{
    struct ast_cond *cond = test_new(builder, field);
    cond->kind = AST_MISSING;
    return cond;
}

struct ast_cond *
ast_exists(struct ast_builder *builder, struct ast_name field)
{
    struct ast_cond *cond = test_new(builder, field);
    cond->kind = AST_EXISTS;
    return cond;
}
