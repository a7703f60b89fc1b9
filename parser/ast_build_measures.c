/*
 * Builds measures. in: a verb, a field; out: a list of struct ast_measure.
 *
 *     quantile(x, 0.9) as p90   ast_measure_quantile, ast_measure_as   ->   (quantile x 0.9 as p90)
 */
#include "parser/ast_build_measures.h"

#include "base/number.h"

struct ast_measures
ast_measures_one(struct ast_measure *measure)
{
    return (struct ast_measures){measure, measure};
}

struct ast_measures
ast_measures_append(struct ast_measures measures, struct ast_measure *measure)
{
    measures.last->next = measure;
    measures.last = measure;
    return measures;
}

struct ast_measures
ast_measures_join(struct ast_measure *first, struct ast_measures rest)
{
    first->next = rest.first;
    return (struct ast_measures){first, rest.last};
}

struct ast_measure *
ast_measure_count(struct ast_builder *builder, struct token token)
{
    return ast_measure_of(builder, token, AST_COUNT, ast_name_none());
}

struct ast_measure *
ast_measure_of(struct ast_builder *builder, struct token token, enum ast_measure_kind kind,
               struct ast_name field)
{
    struct ast_measure *measure = arena_alloc(builder->arena, sizeof *measure);
    measure->kind = kind;
    measure->field = field.text;
    measure->at = token.at;
    return measure;
}

struct ast_measure *
ast_measure_quantile(struct ast_builder *builder, struct token token, struct ast_name field,
                     struct ast_value p)
{
    if (number_compare(p.text, slice_lit("0")) < 0 || number_compare(p.text, slice_lit("1")) > 0) {
        char quoted[ERROR_QUOTE_BYTES];
        error_set(builder->err, "SYNTAX", "at column %zu: QUANTILE takes 0 to 1, found %s",
                  p.at + 1, error_quote(quoted, p.text));
    }
    struct ast_measure *measure = ast_measure_of(builder, token, AST_QUANTILE, field);
    measure->p = p;
    return measure;
}

struct ast_measure *
ast_measure_as(struct ast_measure *measure, struct ast_name name)
{
    measure->name = name.text;
    return measure;
}
