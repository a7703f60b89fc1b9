/*
 * Builds what stands behind IN and BY. in: values and lists that the grammar recognised; out:
 * struct ast_positions and struct ast_bins.
 *
 *     (1,5]      a list of two numbers, then the bracket: ast_range_open_below   ->   x > 1, x <= 5
 *     (1,5)      the same list: ast_item_group                                   ->   1 or 5
 */
#include "parser/ast_build_positions.h"

#include "base/number.h"

/* Singles */

struct ast_singles
ast_singles_one(struct ast_single *single)
{
    return (struct ast_singles){single, single};
}

struct ast_singles
ast_singles_append(struct ast_singles singles, struct ast_single *single)
{
    singles.last->next = single;
    singles.last = single;
    return singles;
}

static struct ast_single *
single_new(struct ast_builder *builder, int kind, size_t at)
{
    struct ast_single *single = arena_alloc(builder->arena, sizeof *single);
    single->kind = kind;
    single->at = at;
    return single;
}

struct ast_single *
ast_single_value(struct ast_builder *builder, struct ast_value value)
{
    struct ast_single *single = single_new(builder, AST_SINGLE_VALUE, value.at);
    single->value = value;
    return single;
}

struct ast_single *
ast_single_missing(struct ast_builder *builder, struct token token)
{
    return single_new(builder, AST_SINGLE_MISSING, token.at);
}

struct ast_single *
ast_single_other(struct ast_builder *builder, struct token token)
{
    return single_new(builder, AST_SINGLE_OTHER, token.at);
}

/* Ranges */

static struct ast_single *
range_new(struct ast_builder *builder, struct token open, struct ast_range range)
{
    struct ast_single *single = single_new(builder, AST_SINGLE_RANGE, open.at);
    single->range = range;
    return single;
}

struct ast_single *
ast_range_closed_below(struct ast_builder *builder, struct token open, struct ast_value lo,
                       struct ast_value hi, bool hi_inclusive)
{
    return range_new(builder, open,
                     (struct ast_range){.has_lo = true,
                                        .has_hi = true,
                                        .lo_inclusive = true,
                                        .hi_inclusive = hi_inclusive,
                                        .lo = lo,
                                        .hi = hi});
}

struct ast_single *
ast_range_from(struct ast_builder *builder, struct token open, struct ast_value lo)
{
    return range_new(builder, open,
                     (struct ast_range){.has_lo = true, .lo_inclusive = true, .lo = lo});
}

struct ast_single *
ast_range_to(struct ast_builder *builder, struct token open, struct ast_value hi, bool hi_inclusive)
{
    if (!hi_inclusive) {
        error_set(builder->err, "SYNTAX",
                  "at column %zu: a range is closed at one side: write (,%.*s] or x < %.*s",
                  open.at + 1, SLICE_ARG(hi.text), SLICE_ARG(hi.text));
    }
    return range_new(builder, open,
                     (struct ast_range){.has_hi = true, .hi_inclusive = true, .hi = hi});
}

/* The range's bound that a list has at this place; refuses what is no number. */
static struct ast_value
bound_of(struct ast_builder *builder, const struct ast_single *single)
{
    if (single->kind != AST_SINGLE_VALUE || single->value.kind != AST_NUMBER) {
        error_set(builder->err, "SYNTAX", "at column %zu: a range is of two numbers, as in (1,5]",
                  single->at + 1);
    }
    return single->value;
}

struct ast_single *
ast_range_open_below(struct ast_builder *builder, struct token open, struct ast_singles bounds)
{
    struct ast_single *lo = bounds.first, *hi = bounds.last;
    if (lo == hi || lo->next != hi) {
        error_set(builder->err, "SYNTAX", "at column %zu: a range is of two numbers, as in (1,5]",
                  open.at + 1);
    }
    return range_new(builder, open,
                     (struct ast_range){.has_lo = true,
                                        .has_hi = true,
                                        .hi_inclusive = true,
                                        .lo = bound_of(builder, lo),
                                        .hi = bound_of(builder, hi)});
}

struct ast_single *
ast_range_above(struct ast_builder *builder, struct token open, struct ast_singles bounds)
{
    struct ast_value lo = bound_of(builder, bounds.first);
    error_set(builder->err, "SYNTAX",
              "at column %zu: a range is closed at one side: write [%.*s,) or x > %.*s",
              open.at + 1, SLICE_ARG(lo.text), SLICE_ARG(lo.text));
    return ast_range_from(builder, open, lo);
}

/* Items */

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

static struct ast_item *
item_new(struct ast_builder *builder, int kind, size_t at)
{
    struct ast_item *item = arena_alloc(builder->arena, sizeof *item);
    item->kind = kind;
    item->at = at;
    return item;
}

struct ast_item *
ast_item_single(struct ast_builder *builder, struct ast_single *single, struct ast_name label)
{
    struct ast_item *item = item_new(builder, AST_ITEM_SINGLE, single->at);
    item->singles = single;
    item->label = label.text;
    return item;
}

struct ast_item *
ast_item_group(struct ast_builder *builder, struct token open, struct ast_singles singles,
               struct ast_name label)
{
    struct ast_item *item = item_new(builder, AST_ITEM_GROUP, open.at);
    item->singles = singles.first;
    item->label = label.text;
    return item;
}

struct ast_item *
ast_item_net(struct ast_builder *builder, struct token net, struct ast_singles singles,
             struct ast_name label)
{
    struct ast_item *item = item_new(builder, AST_ITEM_NET, net.at);
    item->singles = singles.first;
    item->label = label.text;
    return item;
}

struct ast_item *
ast_item_when(struct ast_builder *builder, struct token when, struct ast_cond *cond,
              struct ast_name label)
{
    struct ast_item *item = item_new(builder, AST_ITEM_WHEN, when.at);
    item->cond = cond;
    item->label = label.text;
    return item;
}

struct ast_item *
ast_item_star(struct ast_builder *builder, struct token star)
{
    return item_new(builder, AST_ITEM_STAR, star.at);
}

struct ast_item *
ast_item_top(struct ast_builder *builder, struct token top, struct token n)
{
    struct ast_item *item = item_new(builder, AST_ITEM_TOP, top.at);
    item->top = ast_whole_number(builder, n, "TOP", 1);
    return item;
}

struct ast_item *
ast_item_bins(struct ast_builder *builder, struct token by, struct ast_bins bins)
{
    struct ast_item *item = item_new(builder, AST_ITEM_BINS, by.at);
    item->bins = bins;
    return item;
}

/* Bins */

struct ast_bins
ast_bins_width(struct ast_builder *builder, struct ast_value width)
{
    if (number_compare(width.text, slice_lit("0")) <= 0) {
        char quoted[ERROR_QUOTE_BYTES];
        error_set(builder->err, "SYNTAX", "at column %zu: BY takes a width over 0, found %s",
                  width.at + 1, error_quote(quoted, width.text));
    }
    return (struct ast_bins){.kind = AST_BINS_WIDTH, .width = width, .at = width.at};
}

struct ast_bins
ast_bins_unit(struct token token, enum ast_unit unit)
{
    return (struct ast_bins){.kind = AST_BINS_UNIT, .unit = unit, .at = token.at};
}

struct ast_bins
ast_bins_quantiles(struct ast_builder *builder, struct token n)
{
    return (struct ast_bins){.kind = AST_BINS_QUANTILES,
                             .nquantiles = ast_whole_number(builder, n, "QUANTILES", 1),
                             .at = n.at};
}

/* Positions */

static struct ast_positions *
positions_new(struct ast_builder *builder, int kind, size_t at)
{
    struct ast_positions *positions = arena_alloc(builder->arena, sizeof *positions);
    positions->kind = kind;
    positions->at = at;
    return positions;
}

struct ast_positions *
ast_positions_ints(struct ast_builder *builder, struct token open, struct ast_value lo,
                   struct ast_value hi)
{
    struct ast_positions *positions = positions_new(builder, AST_INT_RANGE, open.at);
    positions->range = ast_range_closed_below(builder, open, lo, hi, true)->range;
    return positions;
}

static bool
is_many_positions(const struct ast_item *item)
{
    return item->kind == AST_ITEM_STAR || item->kind == AST_ITEM_TOP || item->kind == AST_ITEM_BINS;
}

struct ast_positions *
ast_positions_list(struct ast_builder *builder, struct token open, struct ast_items items)
{
    struct ast_positions *positions = positions_new(builder, AST_LIST, open.at);
    const struct ast_item *many = NULL;
    positions->items = items.first;
    for (const struct ast_item *item = items.first; item; item = item->next) {
        if (many && is_many_positions(item)) {
            error_set(builder->err, "SYNTAX",
                      "at column %zu: one of *, TOP and BY may stand in a list, and once",
                      item->at + 1);
        }
        many = is_many_positions(item) ? item : many;
    }
    return positions;
}

struct ast_positions *
ast_positions_range(struct ast_builder *builder, struct ast_single *range)
{
    struct ast_positions *positions = positions_new(builder, AST_RANGE, range->at);
    positions->range = range->range;
    return positions;
}

/* What an item is called that is not one value or range. */
static const char *
item_called(const struct ast_item *item)
{
    switch (item->kind) {
    case AST_ITEM_SINGLE: break;
    case AST_ITEM_GROUP: return "a group";
    case AST_ITEM_NET: return "NET";
    case AST_ITEM_WHEN: return "WHEN";
    case AST_ITEM_STAR: return "*";
    case AST_ITEM_TOP: return "TOP";
    case AST_ITEM_BINS: return "BY";
    }
    return NULL;
}

struct ast_positions *
ast_positions_test(struct ast_builder *builder, struct token open, struct ast_items items)
{
    struct ast_positions *positions = positions_new(builder, AST_LIST, open.at);
    positions->items = items.first;
    for (const struct ast_item *item = items.first; item; item = item->next) {
        const char *called = item_called(item);
        if (called) {
            error_set(builder->err, "SYNTAX",
                      "at column %zu: %s is for a dimension's list; a condition's has values, "
                      "ranges, MISSING and OTHER",
                      item->at + 1, called);
        }
    }
    return positions;
}
