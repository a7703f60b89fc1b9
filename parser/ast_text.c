/*
 * Writes a tree as a query. in: a tree; out: text in the query language (ast_text.h has an example).
 *
 * Fields and datasets stand in backquotes, text and names given by AS in quotes, so that no keyword
 * is in the way. Of the parentheses around conditions only those are written that the tree needs:
 * an OR inside an AND, a chain inside a chain of its own kind, a chain behind NOT. So the text nests
 * no deeper than the query did, and a limit that let the query in lets the text in too. What one
 * quote or backslash stands for in the language is written so that reading gives the same bytes.
 */
#include "parser/ast_text.h"

#include "parser/ast_names.h"
#include "parser/ast_text_options.h"
#include "parser/ast_text_parts.h"

static void cond_text(struct strbuf *out, const struct ast_cond *cond);

/* -- positions --------------------------------------------------------------------------------- */

static void
singles_text(struct strbuf *out, const struct ast_single *singles)
{
    for (const struct ast_single *single = singles; single; single = single->next) {
        switch (single->kind) {
        case AST_SINGLE_VALUE: ast_text_value(out, &single->value); break;
        case AST_SINGLE_RANGE: ast_text_range(out, &single->range); break;
        case AST_SINGLE_MISSING: strbuf_append_str(out, "missing"); break;
        case AST_SINGLE_OTHER: strbuf_append_str(out, "other"); break;
        }
        strbuf_append_str(out, single->next ? ", " : "");
    }
}

static void
item_text(struct strbuf *out, const struct ast_item *item)
{
    switch (item->kind) {
    case AST_ITEM_SINGLE: singles_text(out, item->singles); break;
    case AST_ITEM_NET:
    case AST_ITEM_GROUP:
        strbuf_append_str(out, item->kind == AST_ITEM_NET ? "net (" : "(");
        singles_text(out, item->singles);
        strbuf_append_char(out, ')');
        break;
    case AST_ITEM_WHEN:
        strbuf_append_str(out, "when (");
        cond_text(out, item->cond);
        strbuf_append_char(out, ')');
        break;
    case AST_ITEM_STAR: strbuf_append_char(out, '*'); break;
    case AST_ITEM_TOP:
        strbuf_append_str(out, "top ");
        strbuf_append_int(out, item->top);
        break;
    case AST_ITEM_BINS: ast_text_bins(out, &item->bins); break;
    }
    ast_text_as(out, item->label);
}

static void
positions_text(struct strbuf *out, const struct ast_positions *positions)
{
    switch (positions->kind) {
    case AST_INT_RANGE:
    case AST_RANGE: ast_text_range(out, &positions->range); break;
    case AST_LIST:
        strbuf_append_char(out, '{');
        for (const struct ast_item *item = positions->items; item; item = item->next) {
            item_text(out, item);
            strbuf_append_str(out, item->next ? ", " : "");
        }
        strbuf_append_char(out, '}');
        break;
    }
}

/* -- conditions -------------------------------------------------------------------------------- */

static bool
needs_parentheses(const struct ast_cond *child, const struct ast_cond *parent)
{
    bool is_chain = child->kind == AST_OR || child->kind == AST_AND;
    return is_chain && !(parent->kind == AST_OR && child->kind == AST_AND);
}

static void
children_text(struct strbuf *out, const struct ast_cond *cond, const char *between)
{
    for (const struct ast_cond *child = cond->children; child; child = child->next) {
        bool is_inside = needs_parentheses(child, cond);
        strbuf_append_str(out, child == cond->children ? "" : between);
        strbuf_append_str(out, is_inside ? "(" : "");
        cond_text(out, child);
        strbuf_append_str(out, is_inside ? ")" : "");
    }
}

/* field [not] word */
static void
test_text(struct strbuf *out, const struct ast_cond *cond, const char *word)
{
    ast_text_name(out, cond->field);
    strbuf_printf(out, "%s %s", cond->negated ? " not" : "", word);
}

static void
cond_text(struct strbuf *out, const struct ast_cond *cond)
{
    switch (cond->kind) {
    case AST_OR: children_text(out, cond, " or "); break;
    case AST_AND: children_text(out, cond, " and "); break;
    case AST_NOT:
        strbuf_append_str(out, "not ");
        children_text(out, cond, "");
        break;
    case AST_COMPARE:
        test_text(out, cond, ast_operator_name(cond->op));
        strbuf_append_char(out, ' ');
        ast_text_value(out, &cond->value);
        break;
    case AST_IN:
        test_text(out, cond, "in ");
        positions_text(out, cond->positions);
        break;
    case AST_LIKE:
        test_text(out, cond, cond->folds_case ? "ilike " : "like ");
        ast_text_pattern(out, cond->value.text);
        break;
    case AST_BETWEEN:
        test_text(out, cond, "between ");
        ast_text_value(out, &cond->value);
        strbuf_append_str(out, " and ");
        ast_text_value(out, &cond->high);
        break;
    case AST_MISSING: test_text(out, cond, "is missing"); break;
    case AST_EXISTS: test_text(out, cond, "exists"); break;
    }
}

/* -- statements -------------------------------------------------------------------------------- */

static void
dim_text(struct strbuf *out, const struct ast_dim *dim)
{
    switch (dim->kind) {
    case AST_DIM_OPEN: ast_text_name(out, dim->field); break;
    case AST_DIM_POSITIONS:
        ast_text_name(out, dim->field);
        strbuf_append_str(out, " in ");
        positions_text(out, dim->positions);
        break;
    case AST_DIM_BINS:
        ast_text_name(out, dim->field);
        strbuf_append_char(out, ' ');
        ast_text_bins(out, &dim->bins);
        break;
    case AST_DIM_WHENS: positions_text(out, dim->positions); break;
    }
    ast_text_as(out, dim->name);
}

static void
tables_text(struct strbuf *out, const struct ast_query *query)
{
    for (const struct ast_table *table = query->tables; table; table = table->next) {
        strbuf_append_str(out, query->are_in_parentheses ? "(" : "");
        for (const struct ast_dim *dim = table->dims; dim; dim = dim->next) {
            dim_text(out, dim);
            strbuf_append_str(out, dim->next ? ", " : "");
        }
        strbuf_append_str(out, query->are_in_parentheses ? ")" : "");
        strbuf_append_str(out, table->next ? ", " : "");
    }
}

static void
crosstab_text(struct strbuf *out, const struct ast_query *query)
{
    for (const struct ast_measure *measure = query->measures; measure; measure = measure->next) {
        ast_text_measure(out, measure);
        strbuf_append_str(out, measure->next ? ", " : "");
    }
    if (query->tables->dims) {
        strbuf_append_str(out, query->count_dims ? " " : " by ");
        tables_text(out, query);
    }
}

static void
fields_text(struct strbuf *out, const struct ast_query *query)
{
    strbuf_append_str(out, query->statement == AST_ROWS ? "rows " : "values ");
    strbuf_append_str(out, query->fields ? "" : "*");
    for (const struct ast_field *field = query->fields; field; field = field->next) {
        ast_text_name(out, field->name);
        strbuf_append_str(out, field->next ? ", " : "");
    }
}

void
ast_text(const struct ast_query *query, struct strbuf *out)
{
    ast_text_mode(out, query->mode);
    switch (query->statement) {
    case AST_CROSSTAB: crosstab_text(out, query); break;
    case AST_ROWS:
    case AST_VALUES: fields_text(out, query); break;
    case AST_DESCRIBE: strbuf_append_str(out, "describe"); break;
    }
    strbuf_append_str(out, query->statement == AST_DESCRIBE ? " " : " from ");
    ast_text_name(out, query->dataset);
    if (query->where) {
        strbuf_append_str(out, " where ");
        cond_text(out, query->where);
    }
    ast_text_options(out, &query->options);
}
