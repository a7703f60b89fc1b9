/*
 * Builds the nodes of the tree, one constructor for each rule of the grammar. in: what the grammar
 * recognised; out: nodes in the query's arena.
 *
 *     a in {1, 'it''s' as x}
 *       ast_name_word, ast_value_number, ast_value_text, ast_item_label, ast_items_append,
 *       ast_positions_list, ast_in   ->   (in a {1, 'it''s' as x})
 */
#include "parser/ast_build.h"

#include <string.h>

#include "base/number.h"

/* Query */

struct ast_query *
ast_query(struct ast_builder *builder, struct ast_head head, struct ast_name dataset,
          struct ast_cond *where, struct ast_options *options)
{
    struct ast_query *query = arena_alloc(builder->arena, sizeof *query);
    query->count_dims = head.count_dims;
    query->measures = head.measures.first;
    query->dims = head.dims.first;
    query->ndims = head.dims.n;
    query->dataset = dataset.text;
    query->dataset_at = dataset.at;
    query->where = where;
    query->options = *options;
    return query;
}

void
ast_query_done(struct ast_builder *builder, struct ast_query *query, enum ast_mode mode)
{
    query->mode = mode;
    builder->query = query;
}

struct ast_head
ast_head_count(struct ast_builder *builder, struct token count, struct ast_dims dims)
{
    return (struct ast_head){true, ast_measures_one(ast_measure_count(builder, count)), dims};
}

struct ast_head
ast_head_measures(struct ast_measures measures, struct ast_dims dims)
{
    return (struct ast_head){false, measures, dims};
}

/* Names and values */

/*
 * What stands between the quotes. A doubled quote is one; in text a backslash makes the next byte
 * itself, but for \n, \r and \t. Borrowed where there is nothing to take off.
 */
static struct slice
unquote(struct ast_builder *builder, struct slice quoted, bool has_backslash)
{
    char quote = quoted.ptr[0];
    struct slice inner = slice_of(quoted.ptr + 1, quoted.len - 2);
    if (!memchr(inner.ptr, quote, inner.len) &&
        !(has_backslash && memchr(inner.ptr, '\\', inner.len))) {
        return inner;
    }
    char *copy = arena_alloc(builder->arena, inner.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < inner.len; i++) {
        char c = inner.ptr[i];
        if (c == quote) {
            i++;
        } else if (c == '\\' && has_backslash) {
            c = inner.ptr[++i];
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
        copy[len++] = c;
    }
    return slice_of(copy, len);
}

struct ast_name
ast_name_word(struct token token)
{
    return (struct ast_name){token.text, token.at};
}

struct ast_name
ast_name_backquoted(struct ast_builder *builder, struct token token)
{
    if (token.text.len == 2) {
        error_set(builder->err, "SYNTAX", "at column %zu: a name cannot be empty", token.at + 1);
    }
    return (struct ast_name){unquote(builder, token.text, false), token.at};
}

struct ast_name
ast_name_text(struct ast_builder *builder, struct token token)
{
    return (struct ast_name){unquote(builder, token.text, true), token.at};
}

struct ast_name
ast_name_none(void)
{
    return (struct ast_name){0};
}

struct ast_value
ast_value_number(struct ast_builder *builder, struct token token)
{
    struct slice text = value_canonical(builder->arena, token.text);
    return (struct ast_value){AST_NUMBER, text, token.at};
}

struct ast_value
ast_value_text(struct ast_builder *builder, struct token token)
{
    return (struct ast_value){AST_TEXT, unquote(builder, token.text, true), token.at};
}

struct ast_value
ast_value_word(struct token token)
{
    return (struct ast_value){AST_TEXT, token.text, token.at};
}

/* Dimensions */

struct ast_dims
ast_dims_none(void)
{
    return (struct ast_dims){0};
}

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
ast_dim_width(struct ast_builder *builder, struct ast_name field, struct ast_value width,
              struct ast_name name)
{
    if (number_compare(width.text, slice_lit("0")) <= 0) {
        char quoted[ERROR_QUOTE_BYTES];
        error_set(builder->err, "SYNTAX", "at column %zu: BY takes a width over 0, found %s",
                  width.at + 1, error_quote(quoted, width.text));
    }
    struct ast_dim *dim = ast_dim_open(builder, field, name);
    dim->kind = AST_DIM_WIDTH;
    dim->width = width;
    return dim;
}

/* Positions */

struct ast_positions *
ast_positions_range(struct ast_builder *builder, struct token open, struct ast_value lo,
                    struct ast_value hi)
{
    struct ast_positions *positions = arena_alloc(builder->arena, sizeof *positions);
    positions->kind = AST_INT_RANGE;
    positions->lo = lo;
    positions->hi = hi;
    positions->at = open.at;
    return positions;
}

struct ast_positions *
ast_positions_list(struct ast_builder *builder, struct token open, struct ast_items items)
{
    struct ast_positions *positions = arena_alloc(builder->arena, sizeof *positions);
    positions->kind = AST_LIST;
    positions->items = items.first;
    positions->at = open.at;
    return positions;
}

struct ast_items
ast_items_one(struct ast_item *item)
{
    return (struct ast_items){item, item};
}

struct ast_items
ast_items_append(struct ast_items items, struct ast_item *item)
{
    items.last->next = item;
    items.last = item;
    return items;
}

struct ast_item *
ast_item_value(struct ast_builder *builder, struct ast_value value)
{
    struct ast_item *item = arena_alloc(builder->arena, sizeof *item);
    item->kind = AST_ITEM_VALUE;
    item->value = value;
    item->at = value.at;
    return item;
}

struct ast_item *
ast_item_range(struct ast_builder *builder, struct token open, struct ast_value lo,
               struct ast_value hi)
{
    struct ast_item *item = arena_alloc(builder->arena, sizeof *item);
    item->kind = AST_ITEM_RANGE;
    item->lo = lo;
    item->hi = hi;
    item->at = open.at;
    return item;
}

struct ast_item *
ast_item_missing(struct ast_builder *builder, struct token token)
{
    struct ast_item *item = arena_alloc(builder->arena, sizeof *item);
    item->kind = AST_ITEM_MISSING;
    item->at = token.at;
    return item;
}

struct ast_item *
ast_item_other(struct ast_builder *builder, struct token token)
{
    struct ast_item *item = arena_alloc(builder->arena, sizeof *item);
    item->kind = AST_ITEM_OTHER;
    item->at = token.at;
    return item;
}

struct ast_item *
ast_item_label(struct ast_item *item, struct ast_name label)
{
    item->label = label.text;
    return item;
}

/* Conditions */

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

/* Measures */

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
    struct ast_measure *measure = arena_alloc(builder->arena, sizeof *measure);
    measure->kind = AST_COUNT;
    measure->at = token.at;
    return measure;
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

/* Options */

static void
refuse_twice(struct ast_builder *builder, bool is_written, struct token token, const char *option)
{
    if (is_written) {
        error_set(builder->err, "SYNTAX", "at column %zu: %s is written twice", token.at + 1,
                  option);
    }
}

/* The whole number an option takes; refuses one below least or over 64 bits. */
static int64_t
whole_number(struct ast_builder *builder, struct token token, const char *option, int64_t least)
{
    int64_t n = least;
    if (!slice_to_int64(value_canonical(builder->arena, token.text), &n) || n < least) {
        char quoted[ERROR_QUOTE_BYTES];
        error_set(builder->err, "SYNTAX", "at column %zu: %s takes %lld to %lld, found %s",
                  token.at + 1, option, (long long) least, (long long) INT64_MAX,
                  error_quote(quoted, token.text));
    }
    return n;
}

struct ast_options *
ast_options_none(struct ast_builder *builder)
{
    return arena_alloc(builder->arena, sizeof(struct ast_options));
}

struct ast_options *
ast_option_having(struct ast_builder *builder, struct ast_options *options, struct token token,
                  struct ast_measure *measure, enum ast_operator op, struct ast_value number)
{
    refuse_twice(builder, options->having, token, "HAVING");
    struct ast_having *having = arena_alloc(builder->arena, sizeof *having);
    having->measure = *measure;
    having->op = op;
    having->number = number;
    options->having = having;
    return options;
}

struct ast_options *
ast_option_order_name(struct ast_builder *builder, struct ast_options *options, struct token token,
                      struct ast_name name, bool descending)
{
    refuse_twice(builder, options->order, token, "ORDER BY");
    struct ast_order *order = arena_alloc(builder->arena, sizeof *order);
    order->name = name.text;
    order->descending = descending;
    options->order = order;
    return options;
}

struct ast_options *
ast_option_order_measure(struct ast_builder *builder, struct ast_options *options,
                         struct token token, struct ast_measure *measure, bool descending)
{
    options = ast_option_order_name(builder, options, token, ast_name_none(), descending);
    options->order->measure = measure;
    return options;
}

struct ast_options *
ast_option_limit(struct ast_builder *builder, struct ast_options *options, struct token token,
                 struct token limit)
{
    refuse_twice(builder, options->has_limit, token, "LIMIT");
    options->has_limit = true;
    options->limit = whole_number(builder, limit, "LIMIT", 0);
    return options;
}

struct ast_options *
ast_option_limit_offset(struct ast_builder *builder, struct ast_options *options,
                        struct token token, struct token limit, struct token offset)
{
    options = ast_option_limit(builder, options, token, limit);
    options->offset = whole_number(builder, offset, "OFFSET", 0);
    return options;
}

struct ast_options *
ast_option_totals(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->totals, token, "TOTALS");
    options->totals = true;
    return options;
}

struct ast_options *
ast_option_percent(struct ast_builder *builder, struct ast_options *options, struct token token,
                   enum ast_percent percent)
{
    refuse_twice(builder, options->percent != AST_PERCENT_NONE, token, "PERCENT");
    options->percent = percent;
    return options;
}

struct ast_options *
ast_option_weight(struct ast_builder *builder, struct ast_options *options, struct token token,
                  struct ast_name field)
{
    refuse_twice(builder, options->weight_field.ptr, token, "WEIGHT BY");
    options->weight_field = field.text;
    return options;
}

struct ast_options *
ast_option_suppress(struct ast_builder *builder, struct ast_options *options, struct token token,
                    struct token below)
{
    refuse_twice(builder, options->has_suppress, token, "SUPPRESS BELOW");
    options->has_suppress = true;
    options->suppress_below = whole_number(builder, below, "SUPPRESS BELOW", 0);
    return options;
}

struct ast_options *
ast_option_chi2(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->test_chi2, token, "TEST");
    options->test_chi2 = true;
    return options;
}

struct ast_options *
ast_option_into(struct ast_builder *builder, struct ast_options *options, struct token token,
                struct ast_name key)
{
    refuse_twice(builder, options->into_key.ptr, token, "INTO");
    options->into_key = key.text;
    return options;
}

struct ast_options *
ast_option_into_ex(struct ast_builder *builder, struct ast_options *options, struct token token,
                   struct ast_name key, struct token seconds)
{
    options = ast_option_into(builder, options, token, key);
    options->into_seconds = whole_number(builder, seconds, "EX", 1);
    return options;
}

struct ast_options *
ast_option_format(struct ast_builder *builder, struct ast_options *options, struct token token,
                  enum ast_format format)
{
    refuse_twice(builder, options->format != AST_FORMAT_DEFAULT, token, "FORMAT");
    options->format = format;
    return options;
}

struct ast_options *
ast_option_timeout(struct ast_builder *builder, struct ast_options *options, struct token token,
                   struct token ms)
{
    refuse_twice(builder, options->has_timeout, token, "TIMEOUT");
    options->has_timeout = true;
    options->timeout_ms = whole_number(builder, ms, "TIMEOUT", 1);
    return options;
}

struct ast_options *
ast_option_nocache(struct ast_builder *builder, struct ast_options *options, struct token token)
{
    refuse_twice(builder, options->nocache, token, "NOCACHE");
    options->nocache = true;
    return options;
}
