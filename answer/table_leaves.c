/*
 * Fills a table's cells with numbers. in: a draft, whose measures are there; out: leaves, what each
 * cell has of them, and how many rows that stands on.
 *
 * Cells that are not shown are left out: totals that are only there for shares, and what a list does
 * not name. Under weights a list's table has all cells nevertheless, for their bases.
 *
 * Example: 2 positions and a total that only PERCENT needs are 3 cells in the draft, 2 in the table.
 */
#include "answer/table_leaves.h"

#include "answer/interval.h"
#include "answer/percent.h"

/* ---- What a leaf has ---- */

static void
add_leaf(struct table *table, enum leaf_kind kind, size_t measure, struct slice name)
{
    table->leaves[table->nleaves++] = (struct leaf){kind, measure, name};
}

/* Without PERCENT a value for each measure; else their shares, then what goes with COUNT. */
static void
make_leaves(struct arena *arena, const struct draft *draft, struct table *table)
{
    const struct bound_table *bound = draft->bound;
    const struct bound_query *query = draft->query;
    bool has_percent = query->percent != AST_PERCENT_NONE;
    table->leaves = arena_array(arena, bound->nmeasures + 3, sizeof *table->leaves);
    for (size_t m = 0; m < bound->nmeasures; m++) {
        struct slice name = bound->measures[m].name;
        if (has_percent) {
            name = bound->nmeasures == 1 ? slice_lit("percent")
                                         : arena_printf(arena, "percent(%.*s)", SLICE_ARG(name));
        }
        add_leaf(table, has_percent ? LEAF_PERCENT : LEAF_VALUE, m, name);
    }
    if (has_percent && query->percent_with_count) {
        add_leaf(table, LEAF_VALUE, LEAF_ROWS, slice_lit("count"));
    }
    if (has_percent && query->confidence > 0) {
        add_leaf(table, LEAF_LOW, LEAF_ROWS, slice_lit("low"));
        add_leaf(table, LEAF_HIGH, LEAF_ROWS, slice_lit("high"));
    }
}

struct filling {
    struct arena *arena;
    const struct draft *draft;
    struct table *table;
    double z; /* standard errors of an interval */
    struct error *err;
};

/* ---- Numbers ---- */

static bool
fill_leaf(const struct filling *filling, const struct leaf *leaf, size_t place,
          struct number *number)
{
    const struct draft *draft = filling->draft;
    struct arena *arena = filling->arena;
    const struct measured *measured =
        leaf->measure == LEAF_ROWS ? &draft->rows : &draft->measures[leaf->measure];
    switch (leaf->kind) {
    case LEAF_PERCENT: *number = percent_number(draft, arena, measured, place); return true;
    case LEAF_VALUE:
        if (draft_is_hidden(draft, place)) {
            number->kind = NUMBER_HIDDEN;
            return true;
        }
        return measured_number(measured, arena, place, number, filling->err);
    case LEAF_LOW:
        percent_interval(draft, arena, place, filling->z, number, number + 1);
        return true;
    case LEAF_HIGH: break; /* with low */
    }
    return true;
}

/* Rows, and their effective number. */
static void
fill_base(const struct filling *filling, size_t place, size_t to)
{
    const struct draft *draft = filling->draft;
    struct ratio effective;
    struct number *base = &filling->table->bases[to], *kish = &filling->table->effective[to];
    if (draft_is_hidden(draft, place)) {
        *base = *kish = (struct number){.kind = NUMBER_HIDDEN};
        return;
    }
    *base = number_of_integer((int64_t) measured_rows(&draft->rows, place));
    *kish = measured_effective(&draft->rows, place, &effective)
                ? number_of_ratio(filling->arena, &effective)
                : number_of_text(slice_lit("0"));
}

/* The index in the table, whose axes may lack a total. */
static uint64_t
shown_index(const struct draft *draft, uint64_t index)
{
    uint64_t shown = 0, span = 1;
    for (size_t a = draft->naxes; a-- > 0;) {
        shown += index % draft->axes[a].npositions * span;
        span *= draft_nshown(draft, a);
        index /= draft->axes[a].npositions;
    }
    return shown;
}

/* A cell's leaves, behind those that the table has. */
static bool
fill_cell(const struct filling *filling, size_t place)
{
    const struct draft *draft = filling->draft;
    struct table *table = filling->table;
    size_t to = table->cells.n;
    int64_t nrows =
        draft_is_hidden(draft, place) ? 0 : (int64_t) measured_rows(&draft->rows, place);
    for (size_t k = 0; k < table->nleaves; k++) {
        if (!fill_leaf(filling, &table->leaves[k], place,
                       &table->numbers[to * table->nleaves + k])) {
            return false;
        }
    }
    if (table->bases) {
        fill_base(filling, place, to);
    }
    cell_list_add(&table->cells, shown_index(draft, draft->indexes[place]), nrows);
    if (draft_is_hidden(draft, place)) {
        cell_list_hide(&table->cells, to);
    }
    return true;
}

/* ---- Cells ---- */

/* Marks the cells that the table has; returns how many. */
static size_t
mark_shown(const struct draft *draft, const struct table *table, bool *is_shown)
{
    size_t n = 0;
    if (table->has_list && !draft->rows.has_weight) {
        for (size_t i = 0; i < table->nlist; i++) {
            is_shown[table->list[i]] = true;
        }
        return table->nlist;
    }
    for (size_t i = 0; i < draft->n; i++) {
        is_shown[i] = draft_is_shown(draft, draft->indexes[i]);
        n += is_shown[i];
    }
    return n;
}

/* Room for n cells. */
static void
make_room(const struct filling *filling, size_t n)
{
    struct table *table = filling->table;
    struct arena *arena = filling->arena;
    table->cells = cell_list_counts(arena, n);
    if (filling->draft->hidden) {
        table->cells.states = arena_array(arena, n + 1, sizeof *table->cells.states);
    }
    table->numbers = arena_array(arena, n * table->nleaves + 1, sizeof *table->numbers);
    if (filling->draft->rows.has_weight) {
        table->bases = arena_array(arena, n + 1, sizeof *table->bases);
        table->effective = arena_array(arena, n + 1, sizeof *table->effective);
    }
}

bool
table_leaves_fill(struct arena *arena, const struct draft *draft, struct table *table,
                  struct error *err)
{
    struct filling filling = {.arena = arena, .draft = draft, .table = table, .err = err};
    bool *is_shown = arena_array(arena, draft->n, sizeof *is_shown);
    size_t *to = arena_array(arena, draft->n, sizeof *to); /* by place in the draft */
    size_t n = mark_shown(draft, table, is_shown);
    filling.z = draft->query->confidence > 0 ? interval_z(draft->query->confidence) : 0;
    table->is_dense = draft->is_dense && n == table->ncells;
    make_leaves(arena, draft, table);
    make_room(&filling, n);
    for (size_t i = 0; i < draft->n; i++) {
        to[i] = table->cells.n;
        if (is_shown[i] && !fill_cell(&filling, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < table->nlist; i++) {
        table->list[i] = to[table->list[i]];
    }
    return true;
}
