/*
 * Fixes the positions of TOP and QUANTILES. in: a tree, and what the values of a field are; out: the
 * same tree with values and ranges in their place.
 *
 * Example: of `a in {TOP 2, 1}` and the values 1 (9 rows), 2 (3), 3 (5) and 8 (4) become the items 3,
 * 8 and 1. The value 1 is named, so it is none of the two.
 */
#include "answer/first_pass.h"

#include <stdlib.h>
#include <string.h>

#include "answer/place_key.h"
#include "answer/quantile_bins.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "parser/ast_text.h"
#include "planner/bind_list.h"

/* ---- Questions ---- */

static struct ast_value
value_of(struct slice text)
{
    return (struct ast_value){.kind = number_is_canonical(text) ? AST_NUMBER : AST_TEXT,
                              .text = text};
}

static bool
is_quantiles(const struct ast_bins *bins)
{
    return bins->kind == AST_BINS_QUANTILES;
}

/* The rows of the filter that have a weight, where there are weights. */
static struct ast_cond *
question_where(struct arena *arena, const struct ast_query *ast)
{
    if (!ast->options.weight_field.ptr) {
        return ast->where;
    }
    struct ast_cond *has_weight = arena_alloc(arena, sizeof *has_weight);
    *has_weight = (struct ast_cond){.kind = AST_COMPARE,
                                    .field = ast->options.weight_field,
                                    .op = AST_GT,
                                    .value = value_of(slice_lit("0"))};
    if (!ast->where) {
        return has_weight;
    }
    struct ast_cond *where = arena_alloc(arena, sizeof *where),
                    *both = arena_alloc(arena, sizeof *both);
    *where = *ast->where;
    where->next = has_weight;
    *both = (struct ast_cond){
        .kind = AST_AND, .children = where, .last_child = has_weight, .nchildren = 2};
    return both;
}

/* `count field from dataset where ... format rows` */
static struct slice
question_text(struct arena *arena, const struct ast_query *ast, const struct ast_dim *dim)
{
    struct ast_dim open = {.kind = AST_DIM_OPEN, .field = dim->field};
    struct ast_table table = {.dims = &open, .ndims = 1};
    struct ast_measure count = {.kind = AST_COUNT};
    struct ast_query question = {.statement = AST_CROSSTAB,
                                 .count_dims = true,
                                 .measures = &count,
                                 .tables = &table,
                                 .ntables = 1,
                                 .dataset = ast->dataset,
                                 .where = question_where(arena, ast)};
    question.options.format = AST_FORMAT_ROWS;
    question.options.nocache = ast->options.nocache;
    question.options.has_timeout = ast->options.has_timeout;
    question.options.timeout_ms = ast->options.timeout_ms;
    struct strbuf text;
    strbuf_init(&text);
    ast_text(&question, &text);
    struct slice copy = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return copy;
}

struct finder {
    struct arena *arena;
    const struct ast_query *ast;
    struct first_question *questions;
    size_t n, capacity;
};

static void
ask(struct finder *finder, struct ast_dim *dim, struct ast_item *item)
{
    finder->questions = arena_room(finder->arena, finder->questions, finder->n, &finder->capacity,
                                   sizeof *finder->questions);
    finder->questions[finder->n++] =
        (struct first_question){question_text(finder->arena, finder->ast, dim), dim, item};
}

void
first_pass_find(struct arena *arena, const struct ast_query *ast, struct first_question **questions,
                size_t *nquestions)
{
    struct finder finder = {.arena = arena, .ast = ast};
    for (struct ast_table *table = ast->tables; table; table = table->next) {
        for (struct ast_dim *dim = table->dims; dim; dim = dim->next) {
            if (dim->kind == AST_DIM_BINS && is_quantiles(&dim->bins)) {
                ask(&finder, dim, NULL);
            }
            struct ast_item *item = dim->positions ? dim->positions->items : NULL;
            for (; item; item = item->next) {
                if (item->kind == AST_ITEM_TOP ||
                    (item->kind == AST_ITEM_BINS && is_quantiles(&item->bins))) {
                    ask(&finder, dim, item);
                }
            }
        }
    }
    *questions = finder.questions;
    *nquestions = finder.n;
}

/* ---- Items ---- */

/*
 * A dimension that no item is left of has no position. It is open after TOP, since no value occurs,
 * and has bins after QUANTILES, since no number does.
 */
static void
leave_empty(struct ast_dim *dim, bool is_top)
{
    dim->kind = is_top ? AST_DIM_OPEN : AST_DIM_BINS;
    dim->bins =
        (struct ast_bins){.kind = AST_BINS_WIDTH, .width = value_of(slice_lit("1")), .at = dim->at};
    dim->positions = NULL;
}

/* Puts the new items, which are linked, where the old one was; NULL: there is none. */
static void
put_items(struct arena *arena, const struct first_question *question, struct ast_item *items)
{
    struct ast_dim *dim = question->dim;
    bool is_top = question->item && question->item->kind == AST_ITEM_TOP;
    if (!question->item) {
        dim->positions = arena_alloc(arena, sizeof *dim->positions);
        dim->positions->kind = AST_LIST;
        dim->positions->items = items;
        dim->positions->at = dim->at;
    } else {
        struct ast_item **at = &dim->positions->items;
        while (*at != question->item) {
            at = &(*at)->next;
        }
        for (*at = items; *at; at = &(*at)->next) {
        }
        *at = question->item->next;
    }
    dim->is_found = true;
    dim->kind = AST_DIM_POSITIONS;
    if (!dim->positions->items) {
        leave_empty(dim, is_top);
    }
}

/* ---- TOP ---- */

static int
by_count(const void *a, const void *b)
{
    const struct first_value *x = *(const struct first_value *const *) a,
                             *y = *(const struct first_value *const *) b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return (x > y) - (x < y); /* ties go to the smaller value */
}

static int
by_place(const void *a, const void *b)
{
    const struct first_value *x = *(const struct first_value *const *) a,
                             *y = *(const struct first_value *const *) b;
    return (x > y) - (x < y);
}

/* Does a value, a group or a range of the list name it? */
static bool
is_named(struct place_keys *keys, struct arena *scratch, struct slice value)
{
    struct place_part part = {.is_item = true};
    uint32_t id = place_key_of(keys, scratch, order_key(value), value);
    struct slice key = keys->texts[id];
    while (place_key_next(&key, &part)) {
    }
    return part.is_item; /* the tail's part is the last one */
}

/*
 * The values that nothing in the list names, in their order; positions NULL: all of them. Fails where
 * the list is wrong.
 */
static bool
find_free(struct arena *arena, const struct ast_positions *positions,
          const struct first_value *values, size_t nvalues, struct first_value **out, size_t *n,
          struct error *err)
{
    struct bound_list list = {.nplaces = 0};
    struct place_keys keys;
    if (positions && !bind_list(arena, positions, &list, err)) {
        return false;
    }
    const struct place_rule rule = {
        .items = list.places, .nitems = list.nplaces, .tail = TAIL_VALUES};
    place_keys_init(&keys, arena, &rule);
    struct first_value *free = arena_array(arena, nvalues, sizeof *free);
    *n = 0;
    for (size_t i = 0; i < nvalues; i++) {
        if (!positions || !is_named(&keys, arena, values[i].value)) {
            free[(*n)++] = values[i];
        }
    }
    *out = free;
    return true;
}

static struct ast_item *
top_items(struct arena *arena, const struct ast_item *top, const struct first_value *free,
          size_t nfree)
{
    const struct first_value **found = arena_array(arena, nfree, sizeof *found);
    struct ast_item *items = NULL, **end = &items;
    size_t ntop = (size_t) top->top < nfree ? (size_t) top->top : nfree;
    for (size_t i = 0; i < nfree; i++) {
        found[i] = &free[i];
    }
    qsort(found, nfree, sizeof *found, by_count);
    qsort(found, ntop, sizeof *found, by_place);
    for (size_t i = 0; i < ntop; i++) {
        struct ast_item *item = *end = arena_alloc(arena, sizeof *item);
        item->kind = AST_ITEM_SINGLE;
        item->is_found = true;
        item->singles = arena_alloc(arena, sizeof *item->singles);
        *item->singles = (struct ast_single){
            .kind = AST_SINGLE_VALUE, .value = value_of(found[i]->value), .at = top->at};
        end = &item->next;
    }
    return items;
}

/* ---- All of it ---- */

bool
first_pass_fix(struct arena *arena, struct ast_query *ast, const struct first_question *question,
               const struct first_value *values, size_t nvalues, struct error *err)
{
    const struct ast_item *asked = question->item;
    const struct ast_positions *list = asked ? question->dim->positions : NULL;
    struct first_value *free;
    struct ast_item *items;
    size_t nfree;
    if (!find_free(arena, list, values, nvalues, &free, &nfree, err)) {
        return false;
    }
    if (asked && asked->kind == AST_ITEM_TOP) {
        items = top_items(arena, asked, free, nfree);
    } else {
        const struct ast_bins *bins = asked ? &asked->bins : &question->dim->bins;
        while (nfree > 0 && !number_is_canonical(free[nfree - 1].value)) {
            nfree--; /* numbers stand before texts */
        }
        items = quantile_bins(arena, free, nfree, (uint64_t) bins->nquantiles,
                              list ? list->items : NULL, bins->at);
    }
    put_items(arena, question, items);
    /* Its positions are still those that occur: the usual answer is rows. */
    if (ast->options.format == AST_FORMAT_DEFAULT) {
        ast->options.format = AST_FORMAT_ROWS;
    }
    return true;
}
