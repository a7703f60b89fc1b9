/*
 * A table while it is made: its cells and what was measured in them.
 *
 *     count by a in [1,2], b in [1,2] percent of row        the axis b has a total, only for the shares
 *
 *     ncells 6   indexes 0 1 2 3 4 5      cells 2 and 5 are the rows' totals; they are not shown
 *
 * A cell's place is its number among indexes. In a dense draft that is its index.
 */
#ifndef QUIPU_ANSWER_DRAFT_H
#define QUIPU_ANSWER_DRAFT_H

#include "answer/axis.h"
#include "answer/measured.h"

#define NO_PLACE SIZE_MAX

/* How many rows are in a table's cells, and around them. Not known unless the query asks for it. */
struct draft_base {
    bool is_known;
    uint64_t rows;     /* of the filter */
    uint64_t weighed;  /* those of them that have a weight; without WEIGHT BY all of them */
    uint64_t in_cells; /* those of them that are in any cell */
    /* Which of them must not be told: rows, those without a weight, those in no position. */
    bool hides_rows, hides_weight, hides_position;
};

struct draft {
    const struct bound_query *query;
    const struct bound_table *bound;
    struct axis *axes; /* with totals where anything needs them */
    size_t naxes;
    uint64_t ncells; /* the product of the axes' positions */
    bool is_dense;   /* all of them are there */
    uint64_t *indexes;
    size_t n;
    struct measured rows;      /* COUNT, of each cell */
    struct measured *measures; /* the bound table's, all of them */
    struct draft_base base;
    /* By place: cells whose numbers must not be shown. NULL: all may be. */
    bool *hidden;
};

/* The place of a cell; NO_PLACE: it has no rows. */
size_t draft_find(const struct draft *draft, uint64_t index);
/* The position of a cell in an axis. */
size_t draft_position(const struct draft *draft, uint64_t index, size_t axis);
/* The index with another position in an axis. */
uint64_t draft_move(const struct draft *draft, uint64_t index, size_t axis, size_t position);
/* The cell is a total of an axis. */
static inline bool
draft_is_total(const struct draft *draft, uint64_t index, size_t axis)
{
    const struct axis *of = &draft->axes[axis];
    return of->has_total && draft_position(draft, index, axis) + 1 == of->npositions;
}
/* The cell is a total of any axis. */
bool draft_is_any_total(const struct draft *draft, uint64_t index);
/* The cell is shown: it is no total, or totals are asked for. */
static inline bool
draft_is_shown(const struct draft *draft, uint64_t index)
{
    return draft->query->totals || !draft_is_any_total(draft, index);
}
/* How many positions of an axis are shown. */
static inline size_t
draft_nshown(const struct draft *draft, size_t axis)
{
    const struct axis *of = &draft->axes[axis];
    return of->npositions - (of->has_total && !draft->query->totals);
}
static inline bool
draft_is_hidden(const struct draft *draft, size_t place)
{
    return draft->hidden && draft->hidden[place];
}
/*
 * Takes the positions of an axis out that are not kept, with their cells; places are numbered anew.
 * The draft knows what it hides.
 */
void draft_drop_positions(struct arena *arena, struct draft *draft, size_t axis,
                          const bool *is_kept);
/* Needs an axis a total, to be shown or for the shares of a percent? */
bool draft_needs_total(const struct bound_query *query, size_t naxes, size_t axis);
/* The cell that a cell's percent is a share of. */
uint64_t draft_percent_base(const struct draft *draft, uint64_t index);

#endif
