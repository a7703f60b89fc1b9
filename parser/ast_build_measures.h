/*
 * Constructors for measures.
 *
 *     count, sum(x) as total, quantile(x, 0.9)
 */
#ifndef QUIPU_PARSER_AST_BUILD_MEASURES_H
#define QUIPU_PARSER_AST_BUILD_MEASURES_H

#include "parser/ast_build.h"

/* A list under construction. */
struct ast_measures {
    struct ast_measure *first, *last;
};

struct ast_measures ast_measures_one(struct ast_measure *measure);
struct ast_measures ast_measures_append(struct ast_measures measures, struct ast_measure *measure);
/* first, and those behind it */
struct ast_measures ast_measures_join(struct ast_measure *first, struct ast_measures rest);
struct ast_measure *ast_measure_count(struct ast_builder *builder, struct token token);
struct ast_measure *ast_measure_of(struct ast_builder *builder, struct token token,
                                   enum ast_measure_kind kind, struct ast_name field);
/* Refuses a p that is not from 0 to 1. */
struct ast_measure *ast_measure_quantile(struct ast_builder *builder, struct token token,
                                         struct ast_name field, struct ast_value p);
struct ast_measure *ast_measure_as(struct ast_measure *measure, struct ast_name name);

#endif
