/*
 * Builds dimensions and tables. in: names, positions, bins; out: lists of struct ast_dim and
 * struct ast_table.
 *
 *     (a, b in [1,8]), (a)    ->   a table of two dimensions, a table of one
 */
#include "parser/ast_build_dims.h"

struct ast_dims
ast_dims_one(struct ast_dim *dim)
{
    return (struct ast_dims){dim, dim, 1};
}

struct ast_dims
ast_dims_append(struct ast_dims dims, struct ast_dim *dim)
{
    dims.last->next = dim;
    dims.last = dim;
    dims.n++;
    return dims;
}

struct ast_dim *
ast_dim_open(struct ast_builder *builder, struct ast_name field, struct ast_name name)
{
    struct ast_dim *dim = arena_alloc(builder->arena, sizeof *dim);
    dim->kind = AST_DIM_OPEN;
    dim->field = field.text;
    dim->name = name.text;
    dim->at = field.at;
    return dim;
}

struct ast_dim *
ast_dim_positions(struct ast_builder *builder, struct ast_name field,
                  struct ast_positions *positions, struct ast_name name)
{
    struct ast_dim *dim = ast_dim_open(builder, field, name);
    dim->kind = AST_DIM_POSITIONS;
    dim->positions = positions;
    return dim;
}

struct ast_dim *
ast_dim_bins(struct ast_builder *builder, struct ast_name field, struct ast_bins bins,
             struct ast_name name)
{
    struct ast_dim *dim = ast_dim_open(builder, field, name);
    dim->kind = AST_DIM_BINS;
    dim->bins = bins;
    return dim;
}

struct ast_dim *
ast_dim_whens(struct ast_builder *builder, struct token open, struct ast_items items,
              struct ast_name name)
{
    struct ast_dim *dim = ast_dim_open(builder, ast_name_none(), name);
    dim->kind = AST_DIM_WHENS;
    dim->positions = ast_positions_list(builder, open, items);
    dim->at = open.at;
    return dim;
}

static struct ast_table *
table_new(struct ast_builder *builder, struct ast_dims dims, size_t at)
{
    struct ast_table *table = arena_alloc(builder->arena, sizeof *table);
    table->dims = dims.first;
    table->ndims = dims.n;
    table->at = at;
    return table;
}

struct ast_tables
ast_tables_none(struct ast_builder *builder)
{
    struct ast_table *table = table_new(builder, (struct ast_dims){0}, 0);
    return (struct ast_tables){table, table, 1, false};
}

struct ast_tables
ast_tables_plain(struct ast_builder *builder, struct ast_dims dims)
{
    struct ast_table *table = table_new(builder, dims, dims.first->at);
    return (struct ast_tables){table, table, 1, false};
}

struct ast_tables
ast_tables_one(struct ast_builder *builder, struct token open, struct ast_dims dims)
{
    struct ast_table *table = table_new(builder, dims, open.at);
    return (struct ast_tables){table, table, 1, true};
}

struct ast_tables
ast_tables_append(struct ast_builder *builder, struct ast_tables tables, struct token open,
                  struct ast_dims dims)
{
    tables.last->next = table_new(builder, dims, open.at);
    tables.last = tables.last->next;
    tables.n++;
    return tables;
}
