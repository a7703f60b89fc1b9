/*
 * The finished crosstab: dimensions with their positions, and the cells.
 *
 *     count a in [1,2], b in [1,3] from current
 *
 *     dims   a {"1","2"}  b {"1","2","3"}      ncells 6
 *     cells  0: 17, 4: 3                      a=1,b=1: 17; a=2,b=2: 3; the other four are 0
 *
 * In a cell's index the last dimension runs fastest; answer/cell.h has the rest. Without a
 * dimension ncells is 1. With a dimension that has no position ncells is 0. The query owns the
 * table, and frees it when its callback returns.
 *
 * A plain query's table (bound.h) is that: counts, no numbers. All other tables have numbers, made
 * by answer_build (answer.h):
 *
 *     count, avg(income) by a in [1,2] from current totals format map
 *
 *     dims     a {"1","2","total"}, has_total      measures "count" "avg(income)"
 *     cells    0: 17, 1: 0, 2: 17                  is_dense: those without rows are there too
 *     numbers  17 "800.5"   0 null   17 "800.5"    two leaves for each of the cells
 */
#ifndef QUIPU_ANSWER_TABLE_H
#define QUIPU_ANSWER_TABLE_H

#include "answer/leaf.h"
#include "answer/partial.h"
#include "planner/bind.h"

struct table_dim {
    struct slice name; /* AS name, or the field */
    struct slice *labels;
    size_t npositions; /* with the total */
    bool is_open;      /* its positions are the values that occur */
    bool has_bins;     /* its positions are bins */
    /* Of a table with numbers: */
    bool has_dates;        /* its bins are dates: years, hours, ... */
    enum date_unit unit;   /* has_dates */
    struct slice field;    /* empty: its positions are conditions alone */
    enum item_kind *kinds; /* by position */
    struct slice *texts;   /* value labels, by position; ptr NULL: it has none. NULL: none has */
    bool overlaps;         /* a row may be in several positions */
    bool has_total;        /* the last position is the total; its label is "total" */
};

/* TEST, RESIDUALS: of the last two dimensions, at one position of each dimension before them. */
struct table_test {
    const size_t *layer; /* ndims - 2 positions */
    size_t nrows, ncols; /* positions of the last two dimensions, without totals */
    /* Each NULL: not asked for, or there is nothing to test. Row by row: nrows x ncols. */
    const struct chi2_test *chi2;
    const double *residuals;       /* NAN: none */
    const struct letters *letters; /* answer/column_letters.h */
};

struct table {
    size_t ndims;
    struct table_dim *dims;
    uint64_t ncells;
    /* Its first measure is how many rows a cell has, without weights. */
    struct cell_list cells;
    enum ast_format format; /* never AST_FORMAT_DEFAULT */

    /* Of a table with numbers; else all of it is 0. */
    size_t nleaves; /* numbers per cell */
    struct leaf *leaves;
    struct number *numbers; /* cell i's leaf k: numbers[i * nleaves + k]. NULL: a plain table */
    size_t nmeasures;
    struct slice *measures; /* names: AS name, or what was written */
    /*
     * All ncells cells are in cells, in order, so that cell i has index i; those without rows too.
     * Else those with at least one row, or those that list names. Formats that show every cell
     * (nested, map, json, table, markdown) are given dense tables, unless the answer is a list.
     */
    bool is_dense;
    /* HAVING, ORDER BY, LIMIT: the answer is these cells, in this order. */
    bool has_list;
    size_t *list; /* places in cells */
    size_t nlist;
    struct number base;               /* rows of the filter */
    struct number excluded_position;  /* those in no cell */
    struct number excluded_weight;    /* those whose weight is no number above 0 */
    struct number *bases, *effective; /* by cell. NULL: no WEIGHT BY */
    struct table_test *tests;         /* of counts, whatever the measures are */
    size_t ntests;
    size_t count_leaf; /* the first leaf that is a count or its share; nleaves: none is */
};

/* Leaf k of cell i of the cells; of a plain table k is 0. */
static inline struct number
table_number(const struct table *table, size_t i, size_t k)
{
    if (table->numbers) {
        return table->numbers[i * table->nleaves + k];
    }
    return cell_state(&table->cells, i, 0) == CELL_HIDDEN
               ? (struct number){.kind = NUMBER_HIDDEN}
               : number_of_integer(cell_value(&table->cells, i, 0));
}

static inline bool
table_is_total(const struct table_dim *dim, size_t position)
{
    return dim->has_total && position + 1 == dim->npositions;
}

/* True if a shard's part can belong to this query. */
bool table_fits(const struct bound_query *query, const struct partial *part);
/*
 * Adds the shards' parts up, with labels. Everything is in the arena, or borrowed from the query
 * and the parts: if there is only one part, its cells are the table's. Fails with LIMIT (more than
 * max_cells cells that are not zero), or SHARDDOWN (a part does not fit the query). The caller must
 * still call table_check.
 */
bool table_of_parts(struct arena *arena, const struct bound_query *query,
                    const struct partial *const *parts, size_t nparts, uint64_t max_cells,
                    struct table **out, struct error *err) QUIPU_MUST_CHECK;
/*
 * Checks that the table may be an answer: it has at most max_cells visible cells. Call it after
 * suppress_below, so that hidden cells do not matter. Fails with LIMIT, also if numbers are too
 * long for a bin (PLACE_TOO_LONG).
 */
bool table_check(const struct table *table, uint64_t max_cells, struct error *err) QUIPU_MUST_CHECK;

#endif
