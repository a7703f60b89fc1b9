/*
 * A number of an answer: null, hidden, an integer, or a decimal as it is shown.
 *
 *     count, avg(income) of a cell with three rows        integer 3, decimal "1033.3333333333333"
 *     of a cell without a row                             integer 0, null
 *     under suppress below 5                              hidden, hidden
 *
 * COUNT and DISTINCT are integers. All others are decimals, and COUNT is one under WEIGHT BY. A
 * decimal's text is made once. Sums, of weights too, are EXACT: they have all their digits, and there
 * may be no double that is the same. The others are the shortest text of the nearest double
 * (base/double.h), with an exponent where it is very large or very small.
 */
#ifndef QUIPU_ANSWER_LEAF_H
#define QUIPU_ANSWER_LEAF_H

#include "base/slice.h"

enum number_kind {
    NUMBER_NULL,
    NUMBER_HIDDEN, /* there is a number that must not be shown */
    NUMBER_INTEGER,
    NUMBER_DECIMAL, /* a double */
    NUMBER_EXACT    /* a canonical number (base/number.h) of any length: SUM */
};

struct number {
    enum number_kind kind;
    union {
        int64_t integer;   /* INTEGER */
        struct slice text; /* DECIMAL, EXACT; a number as JSON writes it */
    };
};

static inline struct number
number_of_integer(int64_t n)
{
    return (struct number){.kind = NUMBER_INTEGER, .integer = n};
}

static inline struct number
number_of_text(struct slice text)
{
    return (struct number){.kind = NUMBER_DECIMAL, .text = text};
}

static inline struct number
number_of_exact(struct slice text)
{
    return (struct number){.kind = NUMBER_EXACT, .text = text};
}

/*
 * What a leaf is made of. Without PERCENT, a value for each measure. With it, a percent for each
 * measure, then the count (WITH COUNT), then low and high (CI).
 */
enum leaf_kind {
    LEAF_PERCENT, /* 0 to 100, of a count or a sum */
    LEAF_VALUE,
    LEAF_LOW, /* in percent, of the count */
    LEAF_HIGH
};

#define LEAF_ROWS SIZE_MAX

struct leaf {
    enum leaf_kind kind;
    size_t measure; /* of the table's measures; LEAF_ROWS: COUNT, whatever they are */
    /* count, sum(income), percent, percent(sum(income)), low, high: `measures` of map and json */
    struct slice name;
};

#endif
