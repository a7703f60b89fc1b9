/*
 * The bound query: names resolved against the catalog, positions spelt out, the filter in normal
 * form. It says what the shards count, and what is made of their counts.
 *
 *     avg(income), count by sex in {f, m}, age by 10 from current where not not c = 1 totals
 *
 *     filter   c = 1
 *     dims     0: sex LIST {f,m}   1: age WIDTH 10   2: income OPEN        what is looked up in a row
 *     grids    0: (0,1)            1: (0,1 | value 2) folded: sums          what is counted
 *     table    axes sex (dim 0), age (dim 1)                                what is answered
 *              measures AVG of grid 1, COUNT of grid 0
 *
 * Shards know dims and grids alone. A grid is a table of cells: the rows that have a position in
 * each of its dims. Its last dims may be hidden: the values of a measured field, and the weights.
 * A folded grid leaves a shard without its hidden dims: each cell has a vector of sums instead.
 *
 * A plain query (all that there was before measures and totals) has one grid with all dims in
 * order, and one table whose axes are the same.
 */
#ifndef QUIPU_PLANNER_BOUND_H
#define QUIPU_PLANNER_BOUND_H

#include "base/date.h"
#include "parser/ast.h"
#include "planner/catalog.h"
#include "planner/field_definition.h"
#include "planner/filter.h"

/* ---- What is looked up in a row ---- */

enum position_kind { POSITION_VALUE, POSITION_RANGE, POSITION_MISSING, POSITION_OTHER };

struct position {
    enum position_kind kind;
    struct slice value;    /* VALUE */
    struct slice lo, hi;   /* RANGE: canonical numbers. ptr NULL: no bound */
    bool lo_open, hi_open; /* RANGE: the bound itself is not in it */
    struct slice label;
};

/* An item of a PLACED dim: the values that stand in one position. */
struct place_item {
    struct position *singles; /* VALUE, RANGE, MISSING, OTHER; their labels are not set */
    size_t nsingles;
    bool overlaps; /* a NET: its values stand in other positions too */
};

/* Where values go that no item names. */
enum place_tail {
    TAIL_NONE,   /* nowhere */
    TAIL_VALUES, /* each has a position of its own: `*`, and a field of several values */
    TAIL_WIDTH,  /* bins of a width */
    TAIL_UNIT    /* years, months, ... */
};

/*
 * A dim whose values may stand in several positions, or in positions that are not listed. Each value
 * has a key (answer/place.h), which tells all its positions. Rows with the same key are counted
 * together; the server makes positions of the keys.
 */
struct place_rule {
    struct place_item *items;
    size_t nitems;
    enum place_tail tail;
    struct slice width;  /* WIDTH: a canonical number above 0 */
    enum date_unit unit; /* UNIT */
    enum field_reading reading;
    struct slice separator; /* of a field of several values; ptr NULL: it has one */
    bool takes_weights;     /* it is no dimension's: its one key is that of numbers above 0 */
    bool keeps_all;         /* a row that is in no position is counted too, with the key "" */
};

enum dim_kind {
    DIM_LIST,   /* positions are values, perhaps missing and other */
    DIM_BINS,   /* positions hold a range: a value's position is found by comparing */
    DIM_OPEN,   /* positions are the values that occur */
    DIM_WIDTH,  /* positions are the bins [k*width, (k+1)*width) that occur */
    DIM_PLACED, /* positions are the keys that occur */
    DIM_WHEN    /* two positions: 0, the condition does not hold; 1, it holds */
};

struct bound_dim {
    enum dim_kind kind;
    struct slice field;            /* empty for WHEN */
    struct slice name;             /* AS name, or the field */
    struct position *positions;    /* LIST, BINS: in the query's order */
    size_t npositions;             /* LIST, BINS, WHEN */
    bool has_missing, has_other;   /* LIST, BINS; PLACED: a row without the field has a key */
    struct slice width;            /* WIDTH: a canonical number above 0 */
    const struct place_rule *rule; /* PLACED */
    const struct filter *when;     /* WHEN; NULL: every row */
};

/* ---- What is counted ---- */

/* What a folded grid's vectors have; answer/fold.h says in which order. */
enum fold_part {
    FOLD_SUM = 1,     /* of the values */
    FOLD_SQUARES = 2, /* of their squares */
    FOLD_BOUNDS = 4   /* the least and the greatest */
};

struct bound_grid {
    const size_t *dims; /* indexes into the query's dims; hidden ones last: value, then weight */
    size_t ndims;
    bool has_value, has_weight;
    bool is_folded; /* else hidden dims stay: for DISTINCT, MEDIAN, QUANTILE */
    unsigned parts; /* folded, with a value: enum fold_part, or-ed */
    bool is_set;    /* which values occur in a cell is all that is wanted (DISTINCT): how many rows
                       have one may be told as any number above 0 */
    struct slice summed; /* the value's field, or else the weight's; ptr NULL: it has neither */
};

static inline size_t
grid_nhidden(const struct bound_grid *grid)
{
    return (size_t) grid->has_value + grid->has_weight;
}

#define NO_GRID SIZE_MAX

/* ---- What is answered ---- */

enum item_kind {
    ITEM_VALUE,
    ITEM_GROUP,
    ITEM_RANGE,
    ITEM_NET,
    ITEM_WHEN,
    ITEM_BIN,
    ITEM_MISSING,
    ITEM_OTHER,
    ITEM_TOTAL,
    ITEM_TAIL /* of an axis, not of a table: as many positions as occur */
};

struct bound_item {
    enum item_kind kind;
    struct slice label; /* TAIL: not set */
    /*
     * LIST, BINS: the position of the dim. PLACED: the item of the rule. WHEN: which of the axis'
     * WHEN dims, from 0.
     */
    size_t number;
};

/* A dimension of a table, made of a run of its grids' dims: the field's, then one for each WHEN. */
struct bound_axis {
    struct slice name, field;
    size_t first_dim; /* among the dims of the table's grids, not the query's */
    bool has_field;   /* else it has WHEN dims alone */
    size_t nwhens;
    const struct bound_dim *dim; /* the field's; NULL: !has_field */
    struct bound_item *items;    /* in the query's order */
    size_t nitems;
    bool overlaps;         /* a row may be in several positions */
    bool is_open;          /* one of the items is TAIL */
    size_t positions_grid; /* of its dims alone: the positions that occur under the filter, where
                              all are shown; NO_GRID: those that are in a cell are enough */
};

struct bound_measure {
    enum ast_measure_kind kind;
    struct slice field; /* empty for COUNT */
    struct slice name;  /* AS name, or what was written: sum(income) */
    struct slice p;     /* QUANTILE */
    /* DISTINCT of a field of several values: what stands between them; else ptr NULL */
    struct slice separator;
    size_t grid; /* among the query's: where its values are */
};

struct bound_order {
    bool is_dim;
    size_t number; /* of the axis, or of the measure (all_measures) */
    bool descending;
};

struct bound_table {
    struct bound_axis *axes;
    size_t naxes;
    size_t grid; /* the counts of its cells: no hidden dim but the weight */
    /*
     * Where rows that are alike for the table are counted together: its own grid, or one for several
     * tables, in which its dims begin at atoms_dim.
     */
    size_t atoms_grid, atoms_dim;
    /* Those that are answered, then those that only HAVING and ORDER BY want. */
    struct bound_measure *measures;
    size_t nmeasures, nall_measures;
    struct bound_order *order; /* ORDER BY */
    size_t norder;
    bool has_having;
    size_t having_measure;
    enum ast_operator having_op;
    struct slice having_number; /* canonical */
    uint64_t ncells;            /* the product over its closed dims, with totals */
    bool is_closed;
};

struct bound_query {
    enum ast_mode mode;
    enum ast_statement statement;
    const struct dataset *dataset;
    /* What the dataset said about its fields when the query was bound: it borrows from that. */
    struct field_definitions *fields_said;
    /* What shards count. */
    struct bound_dim *dims;
    size_t ndims;
    struct bound_grid *grids;
    size_t ngrids;
    const struct filter *filter; /* NULL: every row */
    int64_t timeout_ms;          /* 0: the setting's */
    bool nocache;
    /* What is answered. */
    struct bound_table *tables;
    size_t ntables;
    bool is_plain;          /* one table, one grid, and nothing is to be made of its counts */
    size_t base_grid;       /* without dims: the rows of the filter; NO_GRID: nobody asks */
    size_t weight_grid;     /* the weights alone; NO_GRID: no WEIGHT BY */
    bool is_closed;         /* no dim is OPEN or WIDTH; nor has any axis a tail */
    uint64_t ncells;        /* the product over the closed dims; with several tables the sum */
    enum ast_format format; /* never DEFAULT */
    bool totals;
    enum ast_percent percent;
    bool percent_with_count;
    struct slice weight_field; /* ptr NULL: no WEIGHT BY */
    bool has_limit;
    uint64_t limit, offset;
    bool test_chi2, test_columns, residuals;
    double level;          /* TEST COLUMNS: 0.05 unless LEVEL says otherwise */
    double confidence;     /* CI; 0: not asked for */
    bool has_found;        /* positions of a dimension were found by TOP or QUANTILES */
    struct slice into_key; /* ptr NULL: no INTO */
    int64_t into_seconds;
    int64_t suppress_below; /* of the answer; shards count without it */
    bool has_suppress;      /* else suppress_below is 0 */
    bool has_floor;         /* it was not written: the user may see no more */
    struct slice *fields;   /* ROWS, VALUES: those that are asked for; none: all of them */
    size_t nfields;
    /* ROWS: its only dim is the field of ORDER BY; without one rows are in the order of their names. */
    bool rows_descend;
};

/* Does a format show every cell and every position, and not only those with a row? */
static inline bool
format_is_dense(enum ast_format format)
{
    return format != AST_FORMAT_ROWS && format != AST_FORMAT_CSV;
}

/* Has a format room for more than the cells: the base, tests, warnings? */
static inline bool
format_tells_more(enum ast_format format)
{
    return format_is_dense(format) && format != AST_FORMAT_NESTED;
}

/*
 * Where small counts are not told, an answer is limited by what it tells. So many cells are held
 * to find that out, whatever max-cells says: a limit for memory, that must not tell of small counts
 * where it can be helped.
 */
enum { BOUND_HIDDEN_MAX_CELLS = 4 << 20 };

/*
 * Is the dimension counted by the values that occur, which are put into positions afterwards? So it
 * is where positions are not single values, and where a list is so long that most of it will not
 * occur.
 */
bool bound_dim_is_open(const struct bound_dim *dim);

/*
 * Has it no positions in the query (OPEN, WIDTH, PLACED)? Then they are the values, the bins, the
 * keys, that occur.
 */
bool bound_dim_is_unlisted(const struct bound_dim *dim);

#endif
