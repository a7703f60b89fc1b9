/*
 * Fixes the positions of TOP and QUANTILES. in: a tree, and what the values of a field are; out: the
 * same tree with values and ranges in their place.
 *
 * Example: 18 rows have the values 1 (5 rows), 2 (3) and 8 (10). Of two quantiles the first edge is
 * the value of row ceil(18 * 1 / 2) = 9, that is 8. The second is 8 too. Equal edges merge, so there
 * is one bin: [1,8].
 */
#include "answer/first_pass.h"

#include <stdlib.h>
#include <string.h>

#include "answer/place_key.h"
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

/* The items that take the place of one. */
struct items {
    struct arena *arena;
    struct ast_item *first, *last;
};

static void
add_single(struct items *items, const struct ast_single *single)
{
    struct ast_item *item = arena_alloc(items->arena, sizeof *item);
    item->kind = AST_ITEM_SINGLE;
    item->is_found = true;
    item->singles = arena_alloc(items->arena, sizeof *item->singles);
    *item->singles = *single;
    if (items->last) {
        items->last->next = item;
    } else {
        items->first = item;
    }
    items->last = item;
}

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

/* Puts the new items where the old one was. */
static void
put_items(struct arena *arena, const struct first_question *question, const struct items *items)
{
    struct ast_dim *dim = question->dim;
    bool is_top = question->item && question->item->kind == AST_ITEM_TOP;
    if (!question->item) {
        dim->positions = arena_alloc(arena, sizeof *dim->positions);
        dim->positions->kind = AST_LIST;
        dim->positions->items = items->first;
        dim->positions->at = dim->at;
    } else {
        struct ast_item **at = &dim->positions->items;
        while (*at != question->item) {
            at = &(*at)->next;
        }
        if (items->last) {
            items->last->next = question->item->next;
        }
        *at = items->first ? items->first : question->item->next;
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

static bool
fix_top(struct arena *arena, const struct first_question *question,
        const struct first_value *values, size_t nvalues, struct items *items, struct error *err)
{
    struct bound_list list;
    struct place_keys keys;
    if (!bind_list(arena, question->dim->positions, &list, err)) {
        return false;
    }
    const struct place_rule rule = {
        .items = list.places, .nitems = list.nplaces, .tail = TAIL_VALUES};
    place_keys_init(&keys, arena, &rule);
    const struct first_value **free = arena_array(arena, nvalues, sizeof *free);
    size_t nfree = 0, ntop = (size_t) question->item->top;
    for (size_t i = 0; i < nvalues; i++) {
        if (!is_named(&keys, arena, values[i].value)) {
            free[nfree++] = &values[i];
        }
    }
    qsort(free, nfree, sizeof *free, by_count);
    nfree = nfree < ntop ? nfree : ntop;
    qsort(free, nfree, sizeof *free, by_place);
    for (size_t i = 0; i < nfree; i++) {
        add_single(items, &(struct ast_single){.kind = AST_SINGLE_VALUE,
                                               .value = value_of(free[i]->value),
                                               .at = question->item->at});
    }
    return true;
}

/* ---- QUANTILES ---- */

/* ceil(total * k / n), without overflow. */
static uint64_t
rank_of_edge(uint64_t total, uint64_t k, uint64_t n)
{
    unsigned __int128 product = (unsigned __int128) total * k;
    return (uint64_t) ((product + n - 1) / n);
}

static void
fix_quantiles(const struct first_question *question, const struct first_value *values,
              size_t nvalues, struct items *items)
{
    const struct ast_bins *bins = question->item ? &question->item->bins : &question->dim->bins;
    uint64_t n = (uint64_t) bins->nquantiles, total = 0, seen = 0;
    size_t nnumbers = 0; /* numbers stand before texts */
    for (; nnumbers < nvalues && number_is_canonical(values[nnumbers].value); nnumbers++) {
        total += values[nnumbers].count;
    }
    struct slice from = nnumbers ? values[0].value : slice_lit("");
    size_t at = 0;
    bool is_first = true;
    for (uint64_t k = 1; k <= n && nnumbers; k++) {
        uint64_t rank = rank_of_edge(total, k, n);
        while (seen + values[at].count < rank) {
            seen += values[at++].count;
        }
        struct slice to = values[at].value;
        if (is_first || !slice_equal(to, from)) {
            const struct ast_range range = {.has_lo = true,
                                            .has_hi = true,
                                            .lo_inclusive = is_first,
                                            .hi_inclusive = true,
                                            .lo = value_of(from),
                                            .hi = value_of(to)};
            add_single(items, &(struct ast_single){
                                  .kind = AST_SINGLE_RANGE, .range = range, .at = bins->at});
        }
        is_first = false;
        from = to;
    }
}

/* Bins and values of one list may overlap: that is for a later version. */
static bool
check_alone(const struct first_question *question, struct error *err)
{
    const struct ast_item *item = question->item ? question->dim->positions->items : NULL;
    for (; item; item = item->next) {
        for (const struct ast_single *single = item->singles; single; single = single->next) {
            if (single->kind == AST_SINGLE_VALUE || single->kind == AST_SINGLE_RANGE) {
                return error_set(err, "ERR",
                                 "at column %zu: beside QUANTILES a list may have missing, other "
                                 "and WHEN, and no values yet",
                                 single->at + 1);
            }
        }
    }
    return true;
}

bool
first_pass_fix(struct arena *arena, struct ast_query *ast, const struct first_question *question,
               const struct first_value *values, size_t nvalues, struct error *err)
{
    struct items items = {.arena = arena};
    if (question->item && question->item->kind == AST_ITEM_TOP) {
        if (!fix_top(arena, question, values, nvalues, &items, err)) {
            return false;
        }
    } else if (!check_alone(question, err)) {
        return false;
    } else {
        fix_quantiles(question, values, nvalues, &items);
    }
    put_items(arena, question, &items);
    /* Its positions are still those that occur: the usual answer is rows. */
    if (ast->options.format == AST_FORMAT_DEFAULT) {
        ast->options.format = AST_FORMAT_ROWS;
    }
    return true;
}
