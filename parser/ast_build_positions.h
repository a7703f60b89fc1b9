/*
 * Constructors for what stands behind IN and BY: ranges, lists with their items, bins.
 *
 *     {1, [5,9), (a, b) as ab, net (1, 2), when (x = 1) as 'x', top 5, by month}
 */
#ifndef QUIPU_PARSER_AST_BUILD_POSITIONS_H
#define QUIPU_PARSER_AST_BUILD_POSITIONS_H

#include "parser/ast_build.h"

/* Lists under construction. */
struct ast_singles {
    struct ast_single *first, *last;
};

struct ast_items {
    struct ast_item *first, *last;
};

/* singles: a value, a range, MISSING, OTHER */
struct ast_singles ast_singles_one(struct ast_single *single);
struct ast_singles ast_singles_append(struct ast_singles singles, struct ast_single *single);
struct ast_single *ast_single_value(struct ast_builder *builder, struct ast_value value);
struct ast_single *ast_single_missing(struct ast_builder *builder, struct token token);
struct ast_single *ast_single_other(struct ast_builder *builder, struct token token);

/* ranges; `open` is their first token. [lo,hi] and [lo,hi) */
struct ast_single *ast_range_closed_below(struct ast_builder *builder, struct token open,
                                          struct ast_value lo, struct ast_value hi,
                                          bool hi_inclusive);
/* [lo,) */
struct ast_single *ast_range_from(struct ast_builder *builder, struct token open,
                                  struct ast_value lo);
/* (,hi]; refuses (,hi) */
struct ast_single *ast_range_to(struct ast_builder *builder, struct token open, struct ast_value hi,
                                bool hi_inclusive);
/* (lo,hi], whose two numbers came as a list; refuses anything else */
struct ast_single *ast_range_open_below(struct ast_builder *builder, struct token open,
                                        struct ast_singles bounds);
/* (lo,] and (lo,), which are no ranges: refuses them */
struct ast_single *ast_range_above(struct ast_builder *builder, struct token open,
                                   struct ast_singles bounds);

/* items */
struct ast_items ast_items_one(struct ast_item *item);
struct ast_items ast_items_append(struct ast_items items, struct ast_item *item);
struct ast_item *ast_item_single(struct ast_builder *builder, struct ast_single *single,
                                 struct ast_name label);
struct ast_item *ast_item_group(struct ast_builder *builder, struct token open,
                                struct ast_singles singles, struct ast_name label);
struct ast_item *ast_item_net(struct ast_builder *builder, struct token net,
                              struct ast_singles singles, struct ast_name label);
struct ast_item *ast_item_when(struct ast_builder *builder, struct token when,
                               struct ast_cond *cond, struct ast_name label);
struct ast_item *ast_item_star(struct ast_builder *builder, struct token star);
struct ast_item *ast_item_top(struct ast_builder *builder, struct token top, struct token n);
struct ast_item *ast_item_bins(struct ast_builder *builder, struct token by, struct ast_bins bins);

/* bins */
struct ast_bins ast_bins_width(struct ast_builder *builder, struct ast_value width);
struct ast_bins ast_bins_unit(struct token token, enum ast_unit unit);
struct ast_bins ast_bins_quantiles(struct ast_builder *builder, struct token n);

/* positions: of a dimension */
struct ast_positions *ast_positions_ints(struct ast_builder *builder, struct token open,
                                         struct ast_value lo, struct ast_value hi);
struct ast_positions *ast_positions_list(struct ast_builder *builder, struct token open,
                                         struct ast_items items);
/* of a condition: a range, or a list of singles */
struct ast_positions *ast_positions_range(struct ast_builder *builder, struct ast_single *range);
struct ast_positions *ast_positions_test(struct ast_builder *builder, struct token open,
                                         struct ast_items items);

#endif
