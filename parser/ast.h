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
    struct slice text;
    size_t at;
};

/* One entry of {...}. */
struct ast_item {
    enum { AST_ITEM_VALUE, AST_ITEM_RANGE, AST_ITEM_MISSING, AST_ITEM_OTHER } kind;
    struct ast_value value;  /* VALUE */
    struct ast_value lo, hi; /* RANGE, both numbers, inclusive */
    struct slice label;      /* AS label; ptr NULL where there is none */
    size_t at;
    struct ast_item *next;
};

/* What stands behind IN. */
struct ast_positions {
    enum { AST_INT_RANGE, AST_LIST } kind;
    struct ast_value lo,
        hi;                 /* INT_RANGE: integers, inclusive. In a condition: any number between */
    struct ast_item *items; /* LIST: at least one */
    size_t at;
};

struct ast_dim {
    enum { AST_DIM_OPEN, AST_DIM_POSITIONS, AST_DIM_WIDTH } kind;
    struct slice field;
    struct ast_positions *positions; /* POSITIONS */
    struct ast_value width;          /* WIDTH: a number */
    struct slice name;               /* AS name; ptr NULL where there is none */
    size_t at;
    struct ast_dim *next;
};

enum ast_operator { AST_EQ, AST_NE, AST_LT, AST_LE, AST_GT, AST_GE };

struct ast_cond {
    enum {
        AST_OR,      /* children: two or more; at is the first one's */
        AST_AND,     /* children: two or more; at is the first one's */
        AST_NOT,     /* children: one */
        AST_COMPARE, /* field op value */
        AST_IN,      /* field [NOT] IN positions */
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
    struct ast_value value;
    bool negated; /* NOT IN */
    struct ast_positions *positions;
    size_t at;
    struct ast_cond *next;
};

enum ast_measure_kind { AST_COUNT, AST_SUM, AST_AVG, AST_MIN, AST_MAX, AST_DISTINCT };

struct ast_measure {
    enum ast_measure_kind kind;
    struct slice field; /* empty for COUNT */
    size_t at;
    struct ast_measure *next;
};

struct ast_having {
    struct ast_measure measure;
    enum ast_operator op;
    struct ast_value number;
};

struct ast_order {
    struct ast_measure *measure; /* NULL: by name */
    struct slice name;
    bool descending;
};

enum ast_format {
    AST_FORMAT_DEFAULT, /* not written: nested, or rows where a dimension is open */
    AST_FORMAT_NESTED,
    AST_FORMAT_ROWS,
    AST_FORMAT_MAP,
    AST_FORMAT_TABLE,
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
    struct slice weight_field; /* ptr NULL: not written */
    bool has_suppress;
    int64_t suppress_below;
    bool test_chi2;
    struct slice into_key; /* ptr NULL: not written */
    int64_t into_seconds;  /* 0: no EX */
    enum ast_format format;
    bool has_timeout;
    int64_t timeout_ms; /* 1 or more */
    bool nocache;
};

struct ast_query {
    enum ast_mode mode;
    bool count_dims;              /* `count [dims] from`: the measure is COUNT */
    struct ast_measure *measures; /* at least one; COUNT alone for count_dims */
    struct ast_dim *dims;         /* NULL: no dimension */
    size_t ndims;
    struct slice dataset;
    size_t dataset_at;
    struct ast_cond *where; /* NULL: every row */
    struct ast_options options;
};

#endif
