/*
 * Goes over the tree of a query and notes what it names. in: the tree; out: names, each once.
 *
 * Example: of `avg(x) by a in {b, other} from d where a = 1 weight by w order by avg(y)` the fields
 * are x, a, y and w; b is a word; OTHER stands in a list of a.
 */
#include "planner/mentions.h"

#include "base/map.h"

struct finder {
    struct arena *arena;
    struct mentions *found;
    struct map fields, words;
    size_t fields_room, words_room, nulls_room, keywords_room, dates_room;
};

static void
name_add(struct finder *finder, struct map *known, struct slice name, struct slice **names,
         size_t *n, size_t *room)
{
    bool is_new;
    (void) map_add(known, name, &is_new);
    if (is_new) {
        *names = arena_room(finder->arena, *names, *n, room, sizeof **names);
        (*names)[(*n)++] = name;
    }
}

static void
field_add(struct finder *finder, struct slice field)
{
    struct mentions *found = finder->found;
    name_add(finder, &finder->fields, field, &found->fields, &found->nfields, &finder->fields_room);
}

static void
null_add(struct finder *finder, struct slice field, int kind)
{
    struct mentions *found = finder->found;
    if (found->nnulls == MENTIONS_MOST) {
        return;
    }
    found->nulls = arena_room(finder->arena, found->nulls, found->nnulls, &finder->nulls_room,
                              sizeof *found->nulls);
    found->nulls[found->nnulls++] = (struct mention_null){field, kind};
}

static void
value_add(struct finder *finder, struct slice field, const struct ast_value *value, int null_kind)
{
    struct mentions *found = finder->found;
    if (value->kind != AST_TEXT || !value->is_word) {
        return;
    }
    if (slice_equal_nocase(value->text, slice_lit("null"))) {
        null_add(finder, field, null_kind);
    }
    if (found->nwords < MENTIONS_MOST) {
        name_add(finder, &finder->words, value->text, &found->words, &found->nwords,
                 &finder->words_room);
    }
}

static void
keyword_add(struct finder *finder, struct slice field, bool is_missing)
{
    struct mentions *found = finder->found;
    if (found->nkeywords == MENTIONS_MOST) {
        return;
    }
    found->keywords = arena_room(finder->arena, found->keywords, found->nkeywords,
                                 &finder->keywords_room, sizeof *found->keywords);
    found->keywords[found->nkeywords++] = (struct mention_keyword){field, is_missing};
}

static void
bins_add(struct finder *finder, struct slice field, const struct ast_bins *bins)
{
    struct mentions *found = finder->found;
    if (bins->kind != AST_BINS_UNIT || found->ndates == MENTIONS_DATES_MOST) {
        return;
    }
    found->dates = arena_room(finder->arena, found->dates, found->ndates, &finder->dates_room,
                              sizeof *found->dates);
    found->dates[found->ndates++] = (struct mention_date){field, bins->unit};
}

struct slice
mention_spelling(const struct mention_keyword *keyword, size_t i)
{
    static const char *const SPELLINGS[][MENTION_SPELLINGS] = {{"other", "Other", "OTHER"},
                                                               {"missing", "Missing", "MISSING"}};
    return slice_str(SPELLINGS[keyword->is_missing][i]);
}

/* ---- Lists and conditions ---- */

static void
singles_add(struct finder *finder, struct slice field, const struct ast_single *singles)
{
    for (const struct ast_single *single = singles; single; single = single->next) {
        switch (single->kind) {
        case AST_SINGLE_VALUE: value_add(finder, field, &single->value, NULL_LISTED); break;
        case AST_SINGLE_MISSING: keyword_add(finder, field, true); break;
        case AST_SINGLE_OTHER: keyword_add(finder, field, false); break;
        case AST_SINGLE_RANGE: break;
        }
    }
}

static void cond_add(struct finder *finder, const struct ast_cond *cond);

static void
positions_add(struct finder *finder, struct slice field, const struct ast_positions *positions)
{
    const struct ast_item *item = positions->kind == AST_LIST ? positions->items : NULL;
    for (; item; item = item->next) {
        if (item->is_found) {
            continue;
        }
        switch (item->kind) {
        case AST_ITEM_SINGLE:
        case AST_ITEM_GROUP:
        case AST_ITEM_NET: singles_add(finder, field, item->singles); break;
        case AST_ITEM_WHEN: cond_add(finder, item->cond); break;
        case AST_ITEM_BINS: bins_add(finder, field, &item->bins); break;
        case AST_ITEM_STAR:
        case AST_ITEM_TOP: break;
        }
    }
}

static void
cond_add(struct finder *finder, const struct ast_cond *cond)
{
    switch (cond->kind) {
    case AST_OR:
    case AST_AND:
    case AST_NOT:
        for (const struct ast_cond *child = cond->children; child; child = child->next) {
            cond_add(finder, child);
        }
        return;
    case AST_COMPARE:
        field_add(finder, cond->field);
        value_add(finder, cond->field, &cond->value,
                  cond->op == AST_NE ? NULL_UNEQUAL : NULL_EQUAL);
        return;
    case AST_IN:
        field_add(finder, cond->field);
        positions_add(finder, cond->field, cond->positions);
        return;
    case AST_BETWEEN:
        field_add(finder, cond->field);
        value_add(finder, cond->field, &cond->value, NULL_EQUAL);
        value_add(finder, cond->field, &cond->high, NULL_EQUAL);
        return;
    case AST_LIKE:
    case AST_MISSING:
    case AST_EXISTS: field_add(finder, cond->field); return;
    }
}

/* ---- Dimensions and measures ---- */

static void
dim_add(struct finder *finder, const struct ast_dim *dim)
{
    if (dim->kind != AST_DIM_WHENS) {
        field_add(finder, dim->field);
    }
    if (dim->positions) {
        positions_add(finder, dim->field, dim->positions);
    }
    if (dim->kind == AST_DIM_BINS) {
        bins_add(finder, dim->field, &dim->bins);
    }
}

static void
measure_add(struct finder *finder, const struct ast_measure *measure)
{
    if (measure && measure->kind != AST_COUNT) {
        field_add(finder, measure->field);
    }
}

static void
options_add(struct finder *finder, const struct ast_query *ast)
{
    const struct ast_options *options = &ast->options;
    if (options->weight_field.ptr) {
        field_add(finder, options->weight_field);
    }
    if (options->having) {
        measure_add(finder, options->having->measure);
    }
    for (const struct ast_order *order = options->order; order; order = order->next) {
        measure_add(finder, order->measure);
        if (!order->measure && ast->statement == AST_ROWS) { /* else a name of the answer's own */
            field_add(finder, order->name);
        }
    }
}

struct mentions *
mentions_find(struct arena *arena, const struct ast_query *ast)
{
    struct finder finder = {.arena = arena, .found = arena_alloc(arena, sizeof *finder.found)};
    map_init(&finder.fields, arena);
    map_init(&finder.words, arena);
    for (const struct ast_measure *measure = ast->measures; measure; measure = measure->next) {
        measure_add(&finder, measure);
    }
    for (const struct ast_field *field = ast->fields; field; field = field->next) {
        field_add(&finder, field->name);
    }
    for (const struct ast_table *table = ast->tables; table; table = table->next) {
        for (const struct ast_dim *dim = table->dims; dim; dim = dim->next) {
            dim_add(&finder, dim);
        }
    }
    if (ast->where) {
        cond_add(&finder, ast->where);
    }
    options_add(&finder, ast);
    return finder.found;
}
