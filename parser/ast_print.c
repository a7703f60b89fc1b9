/*
 * Prints a tree as text, for tests and for messages. in: a tree; out: its form in parentheses
 * (ast_print.h has an example). Recursion follows the nesting of conditions, which the parser
 * bounds (max_nesting).
 */
#include "parser/ast_print.h"

static const char *const OPERATORS[] = {"=", "!=", "<", "<=", ">", ">="};
static const char *const MEASURES[] = {"count", "sum", "avg", "min", "max", "distinct"};
static const char *const PERCENTS[] = {"", "row", "column", "total"};
static const char *const FORMATS[] = {"", "nested", "rows", "map", "table", "json", "csv"};

/* Between quotes, with the quote doubled, a backslash too, and control bytes as \xNN. */
static void
print_quoted(struct strbuf *out, struct slice text, char quote)
{
    strbuf_append_char(out, quote);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        if (byte < 0x20 || byte == 0x7f) {
            strbuf_printf(out, "\\x%02x", byte);
            continue;
        }
        if (text.ptr[i] == quote || text.ptr[i] == '\\') {
            strbuf_append_char(out, text.ptr[i]);
        }
        strbuf_append_char(out, text.ptr[i]);
    }
    strbuf_append_char(out, quote);
}

static bool
is_word(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_first = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        bool is_rest = (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
        if (!is_first && !(i && is_rest)) {
            return false;
        }
    }
    return name.len > 0;
}

static void
print_name(struct strbuf *out, struct slice name)
{
    if (is_word(name)) {
        strbuf_append(out, name);
    } else {
        print_quoted(out, name, '`');
    }
}

static void
print_value(struct strbuf *out, const struct ast_value *value)
{
    switch (value->kind) {
    case AST_NUMBER: strbuf_append(out, value->text); break;
    case AST_TEXT: print_quoted(out, value->text, '\''); break;
    }
}

static void
print_range(struct strbuf *out, const struct ast_value *lo, const struct ast_value *hi)
{
    strbuf_append_char(out, '[');
    print_value(out, lo);
    strbuf_append_char(out, ',');
    print_value(out, hi);
    strbuf_append_char(out, ']');
}

static void
print_item(struct strbuf *out, const struct ast_item *item)
{
    switch (item->kind) {
    case AST_ITEM_VALUE: print_value(out, &item->value); break;
    case AST_ITEM_RANGE: print_range(out, &item->lo, &item->hi); break;
    case AST_ITEM_MISSING: strbuf_append_str(out, "missing"); break;
    case AST_ITEM_OTHER: strbuf_append_str(out, "other"); break;
    }
    if (item->label.ptr) {
        strbuf_append_str(out, " as ");
        print_quoted(out, item->label, '\'');
    }
}

static void
print_positions(struct strbuf *out, const struct ast_positions *positions)
{
    switch (positions->kind) {
    case AST_INT_RANGE: print_range(out, &positions->lo, &positions->hi); break;
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
    print_name(out, dim->field);
    switch (dim->kind) {
    case AST_DIM_OPEN: break;
    case AST_DIM_POSITIONS:
        strbuf_append_str(out, " in ");
        print_positions(out, dim->positions);
        break;
    case AST_DIM_WIDTH:
        strbuf_append_str(out, " by ");
        print_value(out, &dim->width);
        break;
    }
    if (dim->name.ptr) {
        strbuf_append_str(out, " as ");
        print_name(out, dim->name);
    }
    strbuf_append_char(out, ')');
}

/* count, (sum x) */
static void
print_measure(struct strbuf *out, const struct ast_measure *measure)
{
    if (measure->kind == AST_COUNT) {
        strbuf_append_str(out, "count");
        return;
    }
    strbuf_printf(out, "(%s ", MEASURES[measure->kind]);
    print_name(out, measure->field);
    strbuf_append_char(out, ')');
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
        strbuf_printf(out, "%s ", OPERATORS[cond->op]);
        print_name(out, cond->field);
        strbuf_append_char(out, ' ');
        print_value(out, &cond->value);
        break;
    case AST_IN:
        strbuf_append_str(out, cond->negated ? "not-in " : "in ");
        print_name(out, cond->field);
        strbuf_append_char(out, ' ');
        print_positions(out, cond->positions);
        break;
    case AST_MISSING:
        strbuf_append_str(out, "missing ");
        print_name(out, cond->field);
        break;
    case AST_EXISTS:
        strbuf_append_str(out, "exists ");
        print_name(out, cond->field);
        break;
    }
    for (const struct ast_cond *child = cond->children; child; child = child->next) {
        strbuf_append_char(out, ' ');
        print_cond(out, child);
    }
    strbuf_append_char(out, ')');
}

static void
print_limit(struct strbuf *out, const struct ast_options *options)
{
    strbuf_append_str(out, " (limit ");
    strbuf_append_int(out, options->limit);
    if (options->offset) {
        strbuf_append_str(out, " offset ");
        strbuf_append_int(out, options->offset);
    }
    strbuf_append_char(out, ')');
}

static void
print_number_option(struct strbuf *out, const char *option, int64_t n)
{
    strbuf_printf(out, " (%s ", option);
    strbuf_append_int(out, n);
    strbuf_append_char(out, ')');
}

static void
print_order(struct strbuf *out, const struct ast_order *order)
{
    strbuf_append_str(out, " (order by ");
    if (order->measure) {
        print_measure(out, order->measure);
    } else {
        print_name(out, order->name);
    }
    strbuf_append_str(out, order->descending ? " desc)" : ")");
}

static void
print_into(struct strbuf *out, const struct ast_options *options)
{
    strbuf_append_str(out, " (into ");
    print_quoted(out, options->into_key, '\'');
    if (options->into_seconds) {
        strbuf_append_str(out, " ex ");
        strbuf_append_int(out, options->into_seconds);
    }
    strbuf_append_char(out, ')');
}

static void
print_options(struct strbuf *out, const struct ast_options *options)
{
    if (options->having) {
        strbuf_printf(out, " (having (%s ", OPERATORS[options->having->op]);
        print_measure(out, &options->having->measure);
        strbuf_append_char(out, ' ');
        print_value(out, &options->having->number);
        strbuf_append_str(out, "))");
    }
    if (options->order) {
        print_order(out, options->order);
    }
    if (options->has_limit) {
        print_limit(out, options);
    }
    if (options->totals) {
        strbuf_append_str(out, " (totals)");
    }
    if (options->percent != AST_PERCENT_NONE) {
        strbuf_printf(out, " (percent of %s)", PERCENTS[options->percent]);
    }
    if (options->weight_field.ptr) {
        strbuf_append_str(out, " (weight by ");
        print_name(out, options->weight_field);
        strbuf_append_char(out, ')');
    }
    if (options->has_suppress) {
        print_number_option(out, "suppress below", options->suppress_below);
    }
    if (options->test_chi2) {
        strbuf_append_str(out, " (test chi2)");
    }
    if (options->into_key.ptr) {
        print_into(out, options);
    }
    if (options->format != AST_FORMAT_DEFAULT) {
        strbuf_printf(out, " (format %s)", FORMATS[options->format]);
    }
    if (options->has_timeout) {
        print_number_option(out, "timeout", options->timeout_ms);
    }
    if (options->nocache) {
        strbuf_append_str(out, " (nocache)");
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
    if (query->count_dims) {
        strbuf_append_str(out, "(count");
    } else {
        strbuf_append_str(out, "(select");
        for (const struct ast_measure *measure = query->measures; measure;
             measure = measure->next) {
            strbuf_append_char(out, ' ');
            print_measure(out, measure);
        }
    }
    for (const struct ast_dim *dim = query->dims; dim; dim = dim->next) {
        print_dim(out, dim);
    }
    strbuf_append_str(out, " (from ");
    print_name(out, query->dataset);
    strbuf_append_char(out, ')');
    if (query->where) {
        strbuf_append_str(out, " (where ");
        print_cond(out, query->where);
        strbuf_append_char(out, ')');
    }
    print_options(out, &query->options);
    strbuf_append_str(out, query->mode == AST_RUN ? ")" : "))");
}
