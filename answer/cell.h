/*
 * Cells with a vector of measures, each with its state.
 *
 *     count, least(income) of a in [1,3], where the rows with a = 3 have no income
 *
 *     kinds    COUNT LEAST             indexes  0        2
 *                                      values   17 800   4 0
 *                                      states   TOLD TOLD   TOLD ABSENT
 *
 * The first measure is always the count of rows, and above zero: a cell without rows is not in the
 * list. Cells are sorted by index, and each index comes once. Values are signed 64-bit numbers.
 *
 * Wider numbers (exact sums of decimals, squares) have two or four neighbouring values: words, the
 * lowest first, the last with the sign. The first one has the kind, the others are CONTINUED, with
 * the state of the first.
 *
 *     kinds    COUNT SUM128 CONTINUED         values   2  -50 -1          the sum is -50
 */
#ifndef QUIPU_ANSWER_CELL_H
#define QUIPU_ANSWER_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/wide.h"

/* How the values of two shards become one. These numbers are used in bytes too: partial.h. */
enum measure_kind {
    MEASURE_COUNT,    /* added; above zero */
    MEASURE_SUM,      /* added */
    MEASURE_LEAST,    /* the smaller one */
    MEASURE_GREATEST, /* the larger one */
    MEASURE_SUM128,   /* the same in words */
    MEASURE_SUM256,
    MEASURE_LEAST128,
    MEASURE_GREATEST128,
    MEASURE_CONTINUED, /* a further word of the measure before it */
    MEASURE_NKINDS
};

/*
 * How many words a measure has; 0: it is CONTINUED. So all measures of a list are
 *
 *     for (size_t m = 0; m < cells->nmeasures; m += measure_words(cells->kinds[m]))
 */
size_t measure_words(unsigned char kind);

enum cell_state {
    CELL_TOLD,
    CELL_ABSENT, /* no row of the cell has the field, so there is nothing to measure; the value
                    is 0 */
    CELL_HIDDEN, /* there is a value that must not be shown; the value here is 0 */
    CELL_NSTATES
};

enum { MEASURES_MOST = 64 };

struct cell_list {
    size_t nmeasures;
    unsigned char kinds[MEASURES_MOST]; /* enum measure_kind, by measure */
    size_t n;
    uint64_t *indexes;
    int64_t *values;       /* cell i's measure m: values[i * nmeasures + m] */
    unsigned char *states; /* enum cell_state, in the same order. NULL: all are TOLD */
};

static inline int64_t
cell_value(const struct cell_list *cells, size_t i, size_t measure)
{
    return cells->values[i * cells->nmeasures + measure];
}

static inline enum cell_state
cell_state(const struct cell_list *cells, size_t i, size_t measure)
{
    return cells->states ? (enum cell_state) cells->states[i * cells->nmeasures + measure]
                         : CELL_TOLD;
}

/* An empty list with room for cells, in the arena. The caller writes the cells. */
struct cell_list cell_list_new(struct arena *arena, const unsigned char *kinds, size_t nmeasures,
                               size_t capacity, bool has_states);
/* A list of counts alone. */
static inline struct cell_list
cell_list_counts(struct arena *arena, size_t capacity)
{
    const unsigned char kind = MEASURE_COUNT;
    return cell_list_new(arena, &kind, 1, capacity, false);
}
/* Adds a cell to a list of counts alone. */
static inline void
cell_list_add(struct cell_list *cells, uint64_t index, int64_t count)
{
    cells->indexes[cells->n] = index;
    cells->values[cells->n++] = count;
}
/* Adds a cell whose values the caller writes. */
static inline void
cell_list_index(struct cell_list *cells, uint64_t index)
{
    cells->indexes[cells->n++] = index;
}
/* Hides all measures of a cell. The list must have states. */
void cell_list_hide(struct cell_list *cells, size_t i);
/* Gives the list states, if it has none. */
void cell_list_need_states(struct arena *arena, struct cell_list *cells);
/* Copies a cell to a place of the same list, or of another with the same measures (and states). */
void cell_list_put(const struct cell_list *from, size_t i, struct cell_list *to, size_t at);
/* The list with arrays of its own, in the arena. */
struct cell_list cell_list_copy(struct arena *arena, const struct cell_list *from);
/*
 * Sorts the cells by index. Cells with the same index keep their order. Linear (a radix sort). The
 * new arrays are in the arena.
 */
void cell_list_sort(struct arena *arena, struct cell_list *cells);

/* A value in words, of a measure's first place. */
struct wide words_get(const int64_t *words, size_t nwords);
/* False: it needs more words than the measure has. Then nothing is written. */
bool words_set(int64_t *words, size_t nwords, struct wide n) QUIPU_MUST_CHECK;
static inline struct wide
cell_wide(const struct cell_list *cells, size_t i, size_t measure)
{
    return words_get(cells->values + i * cells->nmeasures + measure,
                     measure_words(cells->kinds[measure]));
}

/*
 * Combines two values of a cell, by their states; value and other point to a measure's first word.
 * False: a sum needs more bits than the measure has.
 */
bool cell_combine(enum measure_kind kind, int64_t *value, enum cell_state *state,
                  const int64_t *other, enum cell_state other_state);
/*
 * Adds cell i of one list to cell `at` of another (or of the same) with the same measures. If from
 * has states, to has them too. False as cell_combine.
 */
bool cell_add(struct cell_list *to, size_t at, const struct cell_list *from, size_t i);
/*
 * The error of cells that could not be added up: LIMIT, with the name of the field whose sum it is.
 * False. It tells no number: it may be one of a cell that is hidden.
 */
bool cell_too_long(struct slice summed, struct error *err);

#endif
