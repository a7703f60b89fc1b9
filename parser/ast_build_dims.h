/*
 * Constructors for dimensions, and for the tables that they span.
 *
 *     count a, b by 10 from d          one table of two dimensions
 *     count (a, b), (a) from d         two tables
 */
#ifndef QUIPU_PARSER_AST_BUILD_DIMS_H
#define QUIPU_PARSER_AST_BUILD_DIMS_H

#include "parser/ast_build.h"
#include "parser/ast_build_positions.h"

/* Lists under construction. */
struct ast_dims {
    struct ast_dim *first, *last;
    size_t n;
};

struct ast_tables {
    struct ast_table *first, *last;
    size_t n;
    bool are_in_parentheses;
};

struct ast_dims ast_dims_one(struct ast_dim *dim);
struct ast_dims ast_dims_append(struct ast_dims dims, struct ast_dim *dim);
struct ast_dim *ast_dim_open(struct ast_builder *builder, struct ast_name field,
                             struct ast_name name);
struct ast_dim *ast_dim_positions(struct ast_builder *builder, struct ast_name field,
                                  struct ast_positions *positions, struct ast_name name);
struct ast_dim *ast_dim_bins(struct ast_builder *builder, struct ast_name field,
                             struct ast_bins bins, struct ast_name name);
/* {WHEN ...} AS name: items are all WHEN */
struct ast_dim *ast_dim_whens(struct ast_builder *builder, struct token open,
                              struct ast_items items, struct ast_name name);

/* One table without dimensions. */
struct ast_tables ast_tables_none(struct ast_builder *builder);
/* One table without parentheses. */
struct ast_tables ast_tables_plain(struct ast_builder *builder, struct ast_dims dims);
/* The first table of a list in parentheses. */
struct ast_tables ast_tables_one(struct ast_builder *builder, struct token open,
                                 struct ast_dims dims);
struct ast_tables ast_tables_append(struct ast_builder *builder, struct ast_tables tables,
                                    struct token open, struct ast_dims dims);

#endif
