/*
 * Constructors for statements and the query around them.
 */
#ifndef QUIPU_PARSER_AST_BUILD_QUERY_H
#define QUIPU_PARSER_AST_BUILD_QUERY_H

#include "parser/ast_build_dims.h"
#include "parser/ast_build_measures.h"

/* A list under construction. */
struct ast_fields {
    struct ast_field *first, *last;
};

struct ast_fields ast_fields_none(void);
struct ast_fields ast_fields_one(struct ast_builder *builder, struct ast_name name);
struct ast_fields ast_fields_append(struct ast_builder *builder, struct ast_fields fields,
                                    struct ast_name name);

/* What stands before FROM: a query without a dataset. COUNT without BY and other measures: */
struct ast_query *ast_head_count(struct ast_builder *builder, struct token count,
                                 struct ast_tables tables);
struct ast_query *ast_head_measures(struct ast_builder *builder, struct ast_measures measures,
                                    struct ast_tables tables);
struct ast_query *ast_head_fields(struct ast_builder *builder, enum ast_statement statement,
                                  struct ast_fields fields);

/* The whole of it. */
struct ast_query *ast_query_from(struct ast_query *head, struct ast_name dataset,
                                 struct ast_cond *where, struct ast_options *options);
void ast_query_done(struct ast_builder *builder, struct ast_query *query, enum ast_mode mode);

#endif
