/*
 * The bound query: names resolved against the catalog, positions spelt out, the filter in normal
 * form, everything checked that can be checked before a shard is asked.
 *
 *     count a in [1,3], b by 10 from current where not not c = 1
 *
 *     dataset current; dims a LIST {"1","2","3"}, b WIDTH 10; filter c = 1; format rows
 */
#ifndef QUIPU_PLANNER_BIND_H
#define QUIPU_PLANNER_BIND_H

#include "base/error.h"
#include "parser/ast.h"
#include "planner/catalog.h"
#include "planner/filter.h"

enum position_kind { POSITION_VALUE, POSITION_RANGE, POSITION_MISSING, POSITION_OTHER };

struct position {
    enum position_kind kind;
    struct slice value;  /* VALUE */
    struct slice lo, hi; /* RANGE: canonical numbers, inclusive */
    struct slice label;
};

enum dim_kind {
    DIM_LIST, /* positions are values, perhaps missing and other */
    DIM_BINS, /* positions hold a range: a value's position is found by comparing */
    DIM_OPEN, /* positions are the values that occur */
    DIM_WIDTH /* positions are the bins [k*width, (k+1)*width) that occur */
};

struct bound_dim {
    enum dim_kind kind;
    struct slice field;
    struct slice name;          /* AS name, or the field */
    struct position *positions; /* LIST, BINS: in the query's order */
    size_t npositions;
    bool has_missing, has_other; /* LIST, BINS */
    struct slice width;          /* WIDTH: a canonical number above 0 */
};

struct bound_query {
    enum ast_mode mode;
    const struct dataset *dataset;
    struct bound_dim *dims;
    size_t ndims;
    bool is_closed;              /* no dimension is OPEN or WIDTH */
    uint64_t ncells;             /* the product over the closed dimensions */
    const struct filter *filter; /* NULL: every row */
    enum ast_format format;      /* NESTED or ROWS */
    int64_t timeout_ms;          /* 0: the setting's */
    bool nocache;
    int64_t suppress_below; /* of the answer; shards count without it */
    bool has_suppress;      /* else suppress_below is 0 */
};

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

/* Has it no positions in the query (OPEN, WIDTH)? Then they are the values, the bins, that occur.
 */
bool bound_dim_is_unlisted(const struct bound_dim *dim);

/*
 * Binds a query. Everything lives in the arena or is borrowed from ast and catalog. Fails with
 * NODATASET, LIMIT (max-cells), or ERR at a column: what is not supported yet, an empty or
 * overlapping position.
 */
bool query_bind(struct arena *arena, const struct ast_query *ast, const struct catalog *catalog,
                uint64_t max_cells, struct bound_query **out, struct error *err) QUIPU_MUST_CHECK;

#endif
