/*
 * Binds a list of positions. in: what was written between braces; out: which values stand in which
 * position, what each position is called, and whether they exclude each other as they must.
 *
 * Example: {1, [5,9), net (1,2)} has three items. The net's values may stand elsewhere, so only 1
 * and [5,9) must be apart from each other.
 */
#include "planner/bind_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "planner/bound_print.h"

/* ---- Singles ---- */

static struct slice
range_label(struct arena *arena, const struct position *position)
{
    struct strbuf text;
    strbuf_init(&text);
    bound_print_range(&text, position);
    struct slice label = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return label;
}

static bool
check_range(const struct ast_single *single, const struct position *position, struct error *err)
{
    if (!position->lo.ptr || !position->hi.ptr) {
        return true;
    }
    int order = number_compare(position->lo, position->hi);
    bool is_empty = order > 0 || (order == 0 && (position->lo_open || position->hi_open));
    return !is_empty || error_set(err, "ERR", "at column %zu: the range %.*s is empty",
                                  single->at + 1, SLICE_ARG(position->label));
}

static bool
bind_single(struct arena *arena, const struct ast_single *single, struct position *out,
            struct error *err)
{
    const struct ast_range *range = &single->range;
    switch (single->kind) {
    case AST_SINGLE_VALUE:
        *out = (struct position){
            .kind = POSITION_VALUE, .value = single->value.text, .label = single->value.text};
        return true;
    case AST_SINGLE_RANGE:
        *out = (struct position){.kind = POSITION_RANGE,
                                 .lo_open = range->has_lo && !range->lo_inclusive,
                                 .hi_open = range->has_hi && !range->hi_inclusive};
        out->lo = range->has_lo ? range->lo.text : out->lo;
        out->hi = range->has_hi ? range->hi.text : out->hi;
        out->label = range_label(arena, out);
        return check_range(single, out, err);
    case AST_SINGLE_MISSING:
        *out = (struct position){.kind = POSITION_MISSING, .label = slice_lit("missing")};
        return true;
    case AST_SINGLE_OTHER:
        *out = (struct position){.kind = POSITION_OTHER, .label = slice_lit("other")};
        return true;
    }
    return true;
}

/* ---- Do they exclude each other? ---- */

/* One of the singles that must be apart, and the item that it stands in. */
struct alone {
    const struct position *position;
    struct slice label; /* of the single, for messages */
};

/* Compares where two begin: a value at itself, a range at its lower bound. */
static int
by_begin(const void *a, const void *b)
{
    const struct position *x = ((const struct alone *) a)->position,
                          *y = ((const struct alone *) b)->position;
    struct slice x_begin = x->kind == POSITION_RANGE ? x->lo : x->value;
    struct slice y_begin = y->kind == POSITION_RANGE ? y->lo : y->value;
    bool x_is_bounded = x_begin.ptr, y_is_bounded = y_begin.ptr;
    if (!x_is_bounded || !y_is_bounded) {
        return (int) x_is_bounded - (int) y_is_bounded;
    }
    int order = value_compare(x_begin, y_begin);
    return order ? order : (int) x->lo_open - (int) y->lo_open;
}

/* a begins no later than b: does it reach b? */
static bool
reaches(const struct position *a, const struct position *b)
{
    struct slice end = a->kind == POSITION_RANGE ? a->hi : a->value;
    struct slice begin = b->kind == POSITION_RANGE ? b->lo : b->value;
    if (!begin.ptr) {
        return true; /* both begin nowhere */
    }
    if (!end.ptr) { /* a range without end holds all numbers behind */
        return number_is_canonical(begin);
    }
    if (number_is_canonical(end) != number_is_canonical(begin)) {
        return false;
    }
    int order = value_compare(end, begin);
    return order > 0 || (order == 0 && !a->hi_open && !b->lo_open);
}

/* a begins no later than b, and reaches it. Two ranges that only meet are a frequent slip. */
static bool
refuse_overlap(const struct alone *a, const struct alone *b, size_t at, struct error *err)
{
    const struct position *x = a->position, *y = b->position;
    if (x->kind == POSITION_VALUE && y->kind == POSITION_VALUE) {
        return error_set(err, "ERR", "at column %zu: %.*s is listed twice", at + 1,
                         SLICE_ARG(x->label));
    }
    bool do_meet = x->kind == POSITION_RANGE && y->kind == POSITION_RANGE && x->lo.ptr &&
                   x->hi.ptr && y->lo.ptr && number_compare(x->hi, y->lo) == 0 &&
                   number_compare(x->lo, x->hi) < 0;
    if (!do_meet) {
        return error_set(err, "ERR", "at column %zu: positions %.*s and %.*s overlap", at + 1,
                         SLICE_ARG(a->label), SLICE_ARG(b->label));
    }
    return error_set(err, "ERR",
                     "at column %zu: positions %.*s and %.*s overlap: write %s%.*s,%.*s) where "
                     "%.*s belongs to the second",
                     at + 1, SLICE_ARG(a->label), SLICE_ARG(b->label), x->lo_open ? "(" : "[",
                     SLICE_ARG(x->lo), SLICE_ARG(x->hi), SLICE_ARG(x->hi));
}

static bool
check_apart(struct alone *alone, size_t n, size_t at, struct error *err)
{
    qsort(alone, n, sizeof *alone, by_begin);
    for (size_t i = 1; i < n; i++) {
        if (reaches(alone[i - 1].position, alone[i].position)) {
            return refuse_overlap(&alone[i - 1], &alone[i], at, err);
        }
    }
    return true;
}

/* ---- Items ---- */

/* The list under work. */
struct lister {
    struct arena *arena;
    struct error *err;
    struct bound_list *list;
    struct alone *alone;
    size_t nalone;
};

/* Notes what must stand only once. */
static bool
note_single(struct lister *lister, const struct ast_item *item, const struct ast_single *single,
            const struct position *position)
{
    struct bound_list *list = lister->list;
    bool is_missing = position->kind == POSITION_MISSING;
    if (item->kind == AST_ITEM_NET) {
        return true;
    }
    if (!is_missing && position->kind != POSITION_OTHER) {
        list->has_ranges = list->has_ranges || position->kind == POSITION_RANGE;
        bool is_named = item->kind == AST_ITEM_SINGLE && item->label.ptr;
        lister->alone[lister->nalone++] =
            (struct alone){position, is_named ? item->label : position->label};
        return true;
    }
    bool *seen = is_missing ? &list->has_missing : &list->has_other;
    if (*seen) {
        return error_set(lister->err, "ERR", "at column %zu: %.*s is listed twice", single->at + 1,
                         SLICE_ARG(position->label));
    }
    *seen = true;
    return true;
}

/* `(a,b)` or `net(a,b)` */
static struct slice
group_label(struct arena *arena, const struct place_item *place)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, place->overlaps ? "net(" : "(");
    for (size_t i = 0; i < place->nsingles; i++) {
        strbuf_append_str(&text, i ? "," : "");
        strbuf_append(&text, place->singles[i].label);
    }
    strbuf_append_char(&text, ')');
    struct slice label = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return label;
}

static bool
bind_place(struct lister *lister, const struct ast_item *item, struct bound_item *out)
{
    static const enum item_kind KINDS[] = {[POSITION_VALUE] = ITEM_VALUE,
                                           [POSITION_RANGE] = ITEM_RANGE,
                                           [POSITION_MISSING] = ITEM_MISSING,
                                           [POSITION_OTHER] = ITEM_OTHER};
    struct bound_list *list = lister->list;
    struct place_item *place = &list->places[list->nplaces];
    size_t nsingles = 0;
    for (const struct ast_single *single = item->singles; single; single = single->next) {
        nsingles++;
    }
    place->overlaps = item->kind == AST_ITEM_NET;
    place->singles = arena_array(lister->arena, nsingles, sizeof *place->singles);
    for (const struct ast_single *single = item->singles; single; single = single->next) {
        struct position *position = &place->singles[place->nsingles++];
        if (!bind_single(lister->arena, single, position, lister->err) ||
            !note_single(lister, item, single, position)) {
            return false;
        }
    }
    out->number = list->nplaces++;
    switch (item->kind) {
    case AST_ITEM_GROUP: out->kind = ITEM_GROUP; break;
    case AST_ITEM_NET: out->kind = ITEM_NET; break;
    default: out->kind = KINDS[place->singles[0].kind]; break;
    }
    out->kind = item->is_found && out->kind != ITEM_VALUE ? ITEM_BIN : out->kind;
    bool is_single = item->kind == AST_ITEM_SINGLE;
    list->is_simple = list->is_simple && is_single;
    list->has_nets = list->has_nets || place->overlaps;
    out->label = item->label.ptr ? item->label
                 : is_single     ? place->singles[0].label
                                 : group_label(lister->arena, place);
    return true;
}

static bool
bind_item(struct lister *lister, const struct ast_item *item, struct bound_item *out)
{
    struct bound_list *list = lister->list;
    switch (item->kind) {
    case AST_ITEM_SINGLE:
    case AST_ITEM_GROUP:
    case AST_ITEM_NET: return bind_place(lister, item, out);
    case AST_ITEM_WHEN:
        *out = (struct bound_item){ITEM_WHEN, item->label, list->nwhens};
        list->whens[list->nwhens++] = item;
        break;
    case AST_ITEM_STAR:
    case AST_ITEM_BINS:
    case AST_ITEM_TOP:
        if (list->tail) {
            return error_set(lister->err, "ERR",
                             "at column %zu: a list may have one of *, TOP and BY, once",
                             item->at + 1);
        }
        *out = (struct bound_item){.kind = ITEM_TAIL};
        list->tail = item;
        break;
    }
    list->is_simple = false;
    return true;
}

bool
bind_list(struct arena *arena, const struct ast_positions *positions, struct bound_list *out,
          struct error *err)
{
    size_t nitems = 0, nsingles = 0;
    for (const struct ast_item *item = positions->items; item; item = item->next) {
        nitems++;
        for (const struct ast_single *single = item->singles; single; single = single->next) {
            nsingles++;
        }
    }
    *out = (struct bound_list){.is_simple = true};
    out->places = arena_array(arena, nitems, sizeof *out->places);
    out->items = arena_array(arena, nitems, sizeof *out->items);
    out->whens = arena_array(arena, nitems, sizeof *out->whens);
    struct lister lister = {.arena = arena, .err = err, .list = out};
    lister.alone = arena_array(arena, nsingles, sizeof *lister.alone);
    for (const struct ast_item *item = positions->items; item; item = item->next) {
        if (!bind_item(&lister, item, &out->items[out->nitems++])) {
            return false;
        }
    }
    return check_apart(lister.alone, lister.nalone, positions->at, err);
}
