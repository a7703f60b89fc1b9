/*
 * Builds a query out of its parts. in: measures, tables, fields, a condition, options; out:
 * builder->query.
 *
 *     explain count a from d   ->   mode EXPLAIN, statement CROSSTAB, one table (a), dataset d
 */
#include "parser/ast_build_query.h"

struct ast_fields
ast_fields_none(void)
{
    return (struct ast_fields){0};
}

static struct ast_field *
field_new(struct ast_builder *builder, struct ast_name name)
{
    struct ast_field *field = arena_alloc(builder->arena, sizeof *field);
    field->name = name.text;
    field->at = name.at;
    return field;
}

struct ast_fields
ast_fields_one(struct ast_builder *builder, struct ast_name name)
{
    struct ast_field *field = field_new(builder, name);
    return (struct ast_fields){field, field};
}

struct ast_fields
ast_fields_append(struct ast_builder *builder, struct ast_fields fields, struct ast_name name)
{
    fields.last->next = field_new(builder, name);
    fields.last = fields.last->next;
    return fields;
}

struct ast_query *
ast_head_count(struct ast_builder *builder, struct token count, struct ast_tables tables)
{
    struct ast_measures measures = ast_measures_one(ast_measure_count(builder, count));
    struct ast_query *query = ast_head_measures(builder, measures, tables);
    query->count_dims = true;
    return query;
}

struct ast_query *
ast_head_measures(struct ast_builder *builder, struct ast_measures measures,
                  struct ast_tables tables)
{
    struct ast_query *query = arena_alloc(builder->arena, sizeof *query);
    query->statement = AST_CROSSTAB;
    query->measures = measures.first;
    query->tables = tables.first;
    query->ntables = tables.n;
    query->are_in_parentheses = tables.are_in_parentheses;
    return query;
}

struct ast_query *
ast_head_fields(struct ast_builder *builder, enum ast_statement statement, struct ast_fields fields)
{
    struct ast_query *query = arena_alloc(builder->arena, sizeof *query);
    query->statement = statement;
    query->fields = fields.first;
    return query;
}

struct ast_query *
ast_query_from(struct ast_query *head, struct ast_name dataset, struct ast_cond *where,
               struct ast_options *options)
{
    head->dataset = dataset.text;
    head->dataset_at = dataset.at;
    head->where = where;
    head->options = *options;
    return head;
}

void
ast_query_done(struct ast_builder *builder, struct ast_query *query, enum ast_mode mode)
{
    query->mode = mode;
    builder->query = query;
}
