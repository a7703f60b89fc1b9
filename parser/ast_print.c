/*
 * Prints a tree as text, for tests and for reading. in: a tree; out: its form in parentheses
 * (ast_print.h has an example). Recursion follows the nesting of conditions, which the parser
 * bounds (max_nesting).
 */
#include "parser/ast_print.h"

#include "parser/ast_names.h"
#include "parser/ast_print_options.h"
#include "parser/ast_print_parts.h"
#include "parser/ast_text_parts.h"

static void print_cond(struct strbuf *out, const struct ast_cond *cond);

static void
print_single(struct strbuf *out, const struct ast_single *single)
{
    switch (single->kind) {
    case AST_SINGLE_VALUE: ast_print_value(out, &single->value); break;
    case AST_SINGLE_RANGE: ast_text_range(out, &single->range); break;
    case AST_SINGLE_MISSING: strbuf_append_str(out, "missing"); break;
    case AST_SINGLE_OTHER: strbuf_append_str(out, "other"); break;
    }
}

static void
print_singles(struct strbuf *out, const struct ast_single *singles)
{
    strbuf_append_char(out, '(');
    for (const struct ast_single *single = singles; single; single = single->next) {
        print_single(out, single);
        strbuf_append_str(out, single->next ? ", " : "");
    }
    strbuf_append_char(out, ')');
}

static void
print_item(struct strbuf *out, const struct ast_item *item)
{
    switch (item->kind) {
    case AST_ITEM_SINGLE: print_single(out, item->singles); break;
    case AST_ITEM_GROUP: print_singles(out, item->singles); break;
    case AST_ITEM_NET:
        strbuf_append_str(out, "net ");
        print_singles(out, item->singles);
        break;
    case AST_ITEM_WHEN:
        strbuf_append_str(out, "when ");
        print_cond(out, item->cond);
        break;
    case AST_ITEM_STAR: strbuf_append_char(out, '*'); break;
    case AST_ITEM_TOP:
        strbuf_append_str(out, "top ");
        strbuf_append_int(out, item->top);
        break;
    case AST_ITEM_BINS: ast_text_bins(out, &item->bins); break;
    }
    if (item->label.ptr) {
        strbuf_append_str(out, " as ");
        ast_print_quoted(out, item->label, '\'');
    }
}

static void
print_positions(struct strbuf *out, const struct ast_positions *positions)
{
    switch (positions->kind) {
    case AST_INT_RANGE:
    case AST_RANGE: ast_text_range(out, &positions->range); break;
    case AST_LIST:
        strbuf_append_char(out, '{');
        for (const struct ast_item *item = positions->items; item; item = item->next) {
            print_item(out, item);
            strbuf_append_str(out, item->next ? ", " : "");
        }
        strbuf_append_char(out, '}');
        break;
    }
}

static void
print_dim(struct strbuf *out, const struct ast_dim *dim)
{
    strbuf_append_str(out, " (dim ");
    switch (dim->kind) {
    case AST_DIM_OPEN: ast_print_name(out, dim->field); break;
    case AST_DIM_POSITIONS:
        ast_print_name(out, dim->field);
        strbuf_append_str(out, " in ");
        print_positions(out, dim->positions);
        break;
    case AST_DIM_BINS:
        ast_print_name(out, dim->field);
        strbuf_append_char(out, ' ');
        ast_text_bins(out, &dim->bins);
        break;
    case AST_DIM_WHENS: print_positions(out, dim->positions); break;
    }
    ast_print_as(out, dim->name);
    strbuf_append_char(out, ')');
}

static void
print_tables(struct strbuf *out, const struct ast_query *query)
{
    for (const struct ast_table *table = query->tables; table; table = table->next) {
        if (query->ntables > 1) {
            strbuf_append_str(out, " (table");
        }
        for (const struct ast_dim *dim = table->dims; dim; dim = dim->next) {
            print_dim(out, dim);
        }
        if (query->ntables > 1) {
            strbuf_append_char(out, ')');
        }
    }
}

/* field value, field positions, ...: what a test is about, behind its word */
static void
print_test(struct strbuf *out, const struct ast_cond *cond, const char *word)
{
    strbuf_printf(out, "%s%s ", cond->negated ? "not-" : "", word);
    ast_print_name(out, cond->field);
}

static void
print_cond(struct strbuf *out, const struct ast_cond *cond)
{
    strbuf_append_char(out, '(');
    switch (cond->kind) {
    case AST_OR: strbuf_append_str(out, "or"); break;
    case AST_AND: strbuf_append_str(out, "and"); break;
    case AST_NOT: strbuf_append_str(out, "not"); break;
    case AST_COMPARE:
        print_test(out, cond, ast_operator_name(cond->op));
        strbuf_append_char(out, ' ');
        ast_print_value(out, &cond->value);
        break;
    case AST_IN:
        print_test(out, cond, "in");
        strbuf_append_char(out, ' ');
        print_positions(out, cond->positions);
        break;
    case AST_LIKE:
        print_test(out, cond, cond->folds_case ? "ilike" : "like");
        strbuf_append_char(out, ' ');
        ast_print_value(out, &cond->value);
        break;
    case AST_BETWEEN:
        print_test(out, cond, "between");
        strbuf_append_char(out, ' ');
        ast_print_value(out, &cond->value);
        strbuf_append_char(out, ' ');
        ast_print_value(out, &cond->high);
        break;
    case AST_MISSING: print_test(out, cond, "missing"); break;
    case AST_EXISTS: print_test(out, cond, "exists"); break;
    }
    for (const struct ast_cond *child = cond->children; child; child = child->next) {
        strbuf_append_char(out, ' ');
        print_cond(out, child);
    }
    strbuf_append_char(out, ')');
}

static void
print_crosstab(struct strbuf *out, const struct ast_query *query)
{
    if (query->count_dims) {
        strbuf_append_str(out, "(count");
    } else {
        strbuf_append_str(out, "(select");
        for (const struct ast_measure *measure = query->measures; measure;
             measure = measure->next) {
            strbuf_append_char(out, ' ');
            ast_print_measure(out, measure);
        }
    }
    print_tables(out, query);
}

static void
print_fields(struct strbuf *out, const struct ast_query *query)
{
    strbuf_append_str(out, query->statement == AST_ROWS ? "(rows" : "(values");
    strbuf_append_str(out, query->fields ? "" : " *");
    for (const struct ast_field *field = query->fields; field; field = field->next) {
        strbuf_append_char(out, ' ');
        ast_print_name(out, field->name);
    }
}

void
ast_print(const struct ast_query *query, struct strbuf *out)
{
    switch (query->mode) {
    case AST_RUN: break;
    case AST_EXPLAIN: strbuf_append_str(out, "(explain "); break;
    case AST_PROFILE: strbuf_append_str(out, "(profile "); break;
    }
    switch (query->statement) {
    case AST_CROSSTAB: print_crosstab(out, query); break;
    case AST_ROWS:
    case AST_VALUES: print_fields(out, query); break;
    case AST_DESCRIBE: strbuf_append_str(out, "(describe"); break;
    }
    strbuf_append_str(out, " (from ");
    ast_print_name(out, query->dataset);
    strbuf_append_char(out, ')');
    if (query->where) {
        strbuf_append_str(out, " (where ");
        print_cond(out, query->where);
        strbuf_append_char(out, ')');
    }
    ast_print_options(out, &query->options);
    strbuf_append_str(out, query->mode == AST_RUN ? ")" : "))");
}
