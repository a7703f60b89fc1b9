/*
 * A query made ready to be counted: names are columns, values are codes, ranges are sets of codes.
 *
 *     count sex in {f,m}, age by 10 from current where city = 'Rome' || income > 5000
 *
 *     dims    sex: positions_of [none, 1, 0]
 *             age: bins "20" "30", positions_of [none, 0, 1, 0 ..]
 *     grids   (sex, age)
 *     filter  OR (TEST city: one code 17; TEST income: a set of codes)
 *
 * First with the writer (count_planner.h: look-ups in hash tables; its time and memory go with the
 * length of the query), then anywhere (count_prepare.h: whatever goes over whole dictionaries).
 * Read-only from then on: all workers share it.
 *
 * Tests of one field in an OR, or behind the NOTs of an AND, are one node: 20,000 ranges are one
 * walk over the dictionary, and one look at each row.
 */
#ifndef QUIPU_COLUMNS_COUNT_PLAN_H
#define QUIPU_COLUMNS_COUNT_PLAN_H

#include "base/arena.h"
#include "base/error.h"
#include "columns/code_set.h"
#include "columns/count_numbers.h"
#include "columns/index_parts.h"
#include "planner/bind.h"

enum { NO_POSITION = UINT32_MAX };

enum count_node_kind { NODE_TEST, NODE_OR, NODE_AND };

/* Codes of values that the writer looked up, each with its position in the list. */
struct found_code {
    uint32_t code, position;
};

struct count_node {
    enum count_node_kind kind;
    /* TEST: one of these holds, and all are of one field. Ranges are apart from each other. */
    struct slice field;
    const struct column_view *column;
    const struct filter **parts;
    size_t nparts;
    const struct found_code *found; /* of listed values, unless they are too many */
    size_t nfound;
    const struct count_node *same; /* another one with the same codes, which is prepared first */
    struct code_set codes;
    /* OR, AND */
    struct count_node **children; /* OR: the most rows first; AND: the fewest first */
    size_t nchildren;
    size_t npositive; /* AND: the children behind these are excluded */
    unsigned depth;   /* bitmaps its parts need while they are made */
    double rows;      /* about so many */
};

/*
 * A condition as a dimension (WHEN): a column of one code, made chunk by chunk. Its rows are those
 * for which the condition's filter holds; where the condition is excluded as a whole, they have
 * position 0 and all others have 1.
 */
struct count_when {
    const struct count_node *filter; /* NULL: every row */
    size_t number;                   /* among the plan's */
};

struct count_dim {
    const struct bound_dim *bound;
    const struct column_view *column;
    const struct count_when *when; /* WHEN; else NULL */
    /* Per code 0 .. ncodes: its position, or NO_POSITION. NULL: code - 1 (an open dimension). */
    const uint32_t *positions_of;
    uint32_t of_missing;            /* the position of code 0 */
    const struct found_code *found; /* of listed values, unless they are too many */
    size_t nfound;
    uint32_t npositions;
    struct code_set codes; /* those with a position; without code 0 */
    bool is_open;
    const struct slice *texts; /* WIDTH: lower bounds by position; PLACED: keys */
    /* WIDTH, PLACED: of values too long to be put in a bin; NO_POSITION: none */
    uint32_t bad_position;
    uint32_t bad_code; /* one of those values */
    /* Of numbers: their test. The dimension has one position, that of rows with a number. */
    struct count_numbers *numbers;
    struct count_node *has_number;
};

static inline uint32_t
dim_position(const struct count_dim *dim, uint32_t code)
{
    if (dim->positions_of) {
        return code <= dim->column->dictionary.ncodes ? dim->positions_of[code] : NO_POSITION;
    }
    return code ? code - 1 : NO_POSITION;
}

struct grid_dim {
    struct count_dim *dim; /* of the plan: several grids may share it */
    uint64_t stride;       /* of the cell's index */
};

/* A grid of more cells is folded at the end: of those that occur. */
enum { SUMMED_CELLS_MOST = 1 << 16 };

/* A set of more cells is counted like others. */
enum { SET_CELLS_MOST = 1 << 26 };

/* One table of cells to be counted. */
struct count_grid {
    const struct bound_grid *bound; /* NULL: positions of one open dimension */
    struct grid_dim *dims;
    size_t ndims;
    uint64_t ncells;
    bool is_countable; /* false: more than 2^64 combinations */
    /*
     * Folded while it is counted: its last dimension is that of the value's numbers, and the others
     * are its cells. NULL: hidden dimensions are like others, and it is folded at the end.
     */
    const struct count_numbers *numbers;
    struct count_dim *raw_value; /* what the last dimension is if the numbers do not fit */
    /*
     * Only whether a cell has rows matters. The cells of each combination of the other dimensions
     * are row_cells bits, a multiple of 64: as many as the last dimension has positions, or more.
     */
    bool is_set;
    uint64_t row_cells;
};

enum count_pass_kind {
    PASS_FOUND,     /* codes that were looked up, as bits */
    PASS_VALUES,    /* which values hold */
    PASS_LISTED,    /* positions of values that were looked up */
    PASS_POSITIONS, /* the position of each value */
    PASS_BINS,      /* the bin of each value */
    PASS_KEYS,      /* the key of each value */
    PASS_NUMBERS    /* the number that each value is */
};

/* What is worked out over a whole dictionary. */
struct count_pass {
    enum count_pass_kind kind;
    struct count_node *node; /* FOUND, VALUES */
    struct count_dim *dim;   /* LISTED, POSITIONS, BINS, KEYS, NUMBERS */
};

struct count_plan {
    struct arena *arena;
    const struct snapshot *snapshot;
    const struct bound_query *query;
    struct count_node *filter; /* NULL: every row */
    bool is_complement;        /* the rows for which the filter does not hold */
    /* The query's own, of which rows that are left out by their marks are no part. */
    struct count_node *own_filter;
    bool own_is_complement;
    struct count_dim *dims; /* the query's */
    struct count_dim
        *numbers; /* by dim: of the numbers of the same field; bound NULL: not wanted */
    size_t nwhens;
    /* The query's own grids. For a plain query with a nested answer, then one of one dimension for
     * each open dimension: its positions are all that occur under the filter. */
    struct count_grid *grids;
    size_t ngrids, nown_grids;
    unsigned filter_depth; /* the most of the filter and of all conditions */
    /* For count_prepare.c. */
    struct count_pass *passes;
    size_t npasses, passes_capacity;
    struct count_node **tests; /* all of the filter's */
    size_t ntests, tests_capacity;
    uint64_t nvalues;  /* that the passes look at; what costs less is counted as less */
    double prepare_ns; /* about what they take */
    struct preparation *preparation;
    bool is_prepared;
};

/* The most dimensions of any of its grids, and one more: for arrays that must not be empty. */
static inline size_t
count_plan_dims_most(const struct count_plan *plan)
{
    size_t most = 0;
    for (size_t g = 0; g < plan->ngrids; g++) {
        most = plan->grids[g].ndims > most ? plan->grids[g].ndims : most;
    }
    return most + 1;
}

/* The text of an open dimension's position. */
static inline struct slice
dim_text(const struct count_dim *dim, uint32_t position)
{
    return dim->texts ? dim->texts[position]
                      : value_text(dictionary_value(&dim->column->dictionary, position + 1));
}

/* The error LIMIT of a value that has more digits than a bin can have. Always false. */
bool count_too_long(const struct count_dim *dim, uint32_t code, struct error *err);

/* While the plan is made: a pass over a dictionary, and a test of a filter. */
void count_plan_add_pass(struct count_plan *plan, const struct count_pass *pass);
void count_plan_add_test(struct count_plan *plan, struct count_node *node);

#endif
