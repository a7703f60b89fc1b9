/*
 * The abstract syntax tree: what a query says, before anything is known about datasets or values.
 *
 *     count sex, age by 10 from current where a = 1 || !(b > 2.50)
 *
 *     ast_query  mode RUN, count_dims, dataset "current"
 *       dims     sex OPEN -> age WIDTH "10"
 *       where    OR -> COMPARE a EQ number "1"
 *                   -> NOT -> COMPARE b GT number "2.5"
 *
 * Everything lives in the query's arena; slices borrow from the arena's copy of the text. Lists are
 * linked by `next` in the order written. `at` is a position in the text: bytes from 0 (messages say
 * "column at+1").
 *
 * Names and values come unescaped: `Origin State` without backquotes, 'it''s' as it's. A number
 * literal comes in canonical form (base/number.h): 2.50 as 2.5, -0 as 0; a literal with leading
 * zeros (007) is a syntax error that says to write '007' or 7.
 */
#ifndef QUIPU_PARSER_AST_H
#define QUIPU_PARSER_AST_H

#include "base/arena.h"
#include "base/slice.h"

enum ast_mode { AST_RUN, AST_EXPLAIN, AST_PROFILE };

/* CROSSTAB: COUNT and other measures. */
enum ast_statement { AST_CROSSTAB, AST_ROWS, AST_VALUES, AST_DESCRIBE };

enum ast_unit {
    AST_UNIT_YEAR,
    AST_UNIT_QUARTER,
    AST_UNIT_MONTH,
    AST_UNIT_WEEK,
    AST_UNIT_DAY,
    AST_UNIT_WEEKDAY,
    AST_UNIT_HOUR
};

struct ast_value {
    enum { AST_NUMBER, AST_TEXT } kind; /* AST_NUMBER: canonical number text */
    bool is_word;                       /* TEXT, written without quotes: for warnings */
    struct slice text;
    size_t at;
};

/* [lo,hi], [lo,hi), (lo,hi], [lo,), (,hi]: an end that is open has no bound. */
struct ast_range {
    bool has_lo, has_hi;
    bool lo_inclusive, hi_inclusive;
    struct ast_value lo, hi; /* numbers */
};

/* What a list, a group or a net is made of. */
struct ast_single {
    enum { AST_SINGLE_VALUE, AST_SINGLE_RANGE, AST_SINGLE_MISSING, AST_SINGLE_OTHER } kind;
    struct ast_value value; /* VALUE */
    struct ast_range range; /* RANGE */
    size_t at;
    struct ast_single *next;
};

/* What stands behind BY. */
struct ast_bins {
    enum { AST_BINS_WIDTH, AST_BINS_UNIT, AST_BINS_QUANTILES } kind;
    struct ast_value width; /* WIDTH: a number */
    enum ast_unit unit;     /* UNIT */
    int64_t nquantiles;     /* QUANTILES */
    size_t at;
};

/* One entry of {...}. */
struct ast_item {
    enum {
        AST_ITEM_SINGLE, /* one single */
        AST_ITEM_GROUP,  /* (a,b): singles */
        AST_ITEM_NET,    /* NET (a,b): singles */
        AST_ITEM_WHEN,   /* WHEN (cond) AS label */
        AST_ITEM_STAR,   /* * */
        AST_ITEM_TOP,    /* TOP n */
        AST_ITEM_BINS    /* BY ... */
    } kind;
    struct ast_single *singles; /* SINGLE, GROUP, NET */
    struct ast_cond *cond;      /* WHEN */
    int64_t top;                /* TOP */
    struct ast_bins bins;       /* BINS */
    struct slice label;         /* AS label; ptr NULL where there is none */
    bool is_found; /* not written: the first pass put it there for TOP, or as a bin of QUANTILES */
    size_t at;
    struct ast_item *next;
};

/* What stands behind IN. */
struct ast_positions {
    enum {
        AST_INT_RANGE, /* a dimension's [1,8]: integers, inclusive, a position each */
        AST_RANGE,     /* a condition's range, of any numbers */
        AST_LIST
    } kind;
    struct ast_range range; /* INT_RANGE (both bounds, inclusive), RANGE */
    struct ast_item *items; /* LIST: at least one */
    size_t at;
};

struct ast_dim {
    enum {
        AST_DIM_OPEN,
        AST_DIM_POSITIONS,
        AST_DIM_BINS, /* field BY bins */
        AST_DIM_WHENS /* {WHEN ...} AS name: positions->items, all WHEN; no field */
    } kind;
    struct slice field;
    struct ast_positions *positions; /* POSITIONS, WHENS */
    struct ast_bins bins;            /* BINS */
    struct slice name;               /* AS name; ptr NULL where there is none */
    bool is_found; /* the first pass has fixed its positions: they are those that occur */
    size_t at;
    struct ast_dim *next;
};

/* A crosstab: `a, b`, or one of `(a, b), (a, c)`. */
struct ast_table {
    struct ast_dim *dims; /* NULL: no dimension */
    size_t ndims;
    size_t at;
    struct ast_table *next;
};

enum ast_operator { AST_EQ, AST_NE, AST_LT, AST_LE, AST_GT, AST_GE };

struct ast_cond {
    enum {
        AST_OR,      /* children: two or more; at is the first one's */
        AST_AND,     /* children: two or more; at is the first one's */
        AST_NOT,     /* children: one */
        AST_COMPARE, /* field op value */
        AST_IN,      /* field [NOT] IN positions: RANGE, or LIST of singles */
        AST_LIKE,    /* field [NOT] LIKE|ILIKE pattern; value.text is the pattern as written */
        AST_BETWEEN, /* field [NOT] BETWEEN value AND high */
        AST_MISSING, /* field IS MISSING */
        AST_EXISTS   /* field EXISTS, field IS NOT MISSING */
    } kind;
    struct ast_cond
        *children; /* linked by next; a chain of the same operator without parentheses is
                      one node with many children, so 10,000 terms are not 10,000 deep */
    struct ast_cond *last_child;
    size_t nchildren;
    struct slice field;
    enum ast_operator op;
    struct ast_value value, high;
    bool negated;    /* NOT IN, NOT LIKE, NOT BETWEEN */
    bool folds_case; /* ILIKE */
    struct ast_positions *positions;
    size_t at;
    struct ast_cond *next;
};

enum ast_measure_kind {
    AST_COUNT,
    AST_SUM,
    AST_AVG,
    AST_MIN,
    AST_MAX,
    AST_MEDIAN,
    AST_STDDEV,
    AST_VARIANCE,
    AST_DISTINCT,
    AST_QUANTILE
};

struct ast_measure {
    enum ast_measure_kind kind;
    struct slice field; /* empty for COUNT */
    struct ast_value p; /* QUANTILE: from 0 to 1 */
    struct slice name;  /* AS name; ptr NULL where there is none */
    size_t at;
    struct ast_measure *next;
};

struct ast_having {
    struct ast_measure *measure; /* NULL: by name */
    struct slice name;
    enum ast_operator op;
    struct ast_value number;
    size_t at;
};

struct ast_order {
    struct ast_measure *measure; /* NULL: by name */
    struct slice name;
    bool descending;
    size_t at;
    struct ast_order *next;
};

enum ast_format {
    AST_FORMAT_DEFAULT, /* not written: nested, or rows where a dimension is open */
    AST_FORMAT_NESTED,
    AST_FORMAT_ROWS,
    AST_FORMAT_MAP,
    AST_FORMAT_TABLE,
    AST_FORMAT_MARKDOWN,
    AST_FORMAT_JSON,
    AST_FORMAT_CSV
};

enum ast_percent { AST_PERCENT_NONE, AST_PERCENT_ROW, AST_PERCENT_COLUMN, AST_PERCENT_TOTAL };

/* Options may stand in any order; one that is written twice is a syntax error. */
struct ast_options {
    struct ast_having *having; /* NULL: not written */
    struct ast_order *order;   /* NULL: not written */
    bool has_limit;
    int64_t limit, offset;
    bool totals;
    enum ast_percent percent;
    bool percent_with_count;
    struct slice weight_field; /* ptr NULL: not written */
    bool has_suppress;
    int64_t suppress_below;
    bool
        is_floor; /* SUPPRESS BELOW was not written: it is what the user may see (executor/prepared.h) */
    bool test_chi2, test_columns, residuals;
    struct slice level; /* TEST COLUMNS LEVEL: a number between 0 and 1; ptr NULL: not written */
    struct slice confidence; /* CI: a number between 0 and 1; ptr NULL: not written */
    struct slice into_key;   /* ptr NULL: not written */
    int64_t into_seconds;    /* 0: no EX */
    enum ast_format format;
    bool has_timeout;
    int64_t timeout_ms; /* 1 or more */
    bool nocache;
};

/* A field that ROWS or VALUES names. */
struct ast_field {
    struct slice name;
    size_t at;
    struct ast_field *next;
};

struct ast_query {
    enum ast_mode mode;
    enum ast_statement statement;
    bool count_dims;              /* CROSSTAB: `count [dims] from`: the measure is COUNT */
    struct ast_measure *measures; /* CROSSTAB: at least one; COUNT alone for count_dims */
    struct ast_table *tables;     /* CROSSTAB: at least one */
    size_t ntables;
    bool are_in_parentheses;  /* `(a), (b)`; one table in parentheses is as without */
    struct ast_field *fields; /* ROWS: NULL: all of them; VALUES: one */
    struct slice dataset;
    size_t dataset_at;
    struct ast_cond *where; /* NULL: every row */
    struct ast_options options;
};

#endif
