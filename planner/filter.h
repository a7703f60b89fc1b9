/*
 * A filter: the WHERE condition in normal form, with its canonical text. filter_normal.h makes it.
 *
 *     where (b = 2) or a=1 or (B_2 > 5 and not c = 1)
 *     where not (c=1) && B_2>5 || (a = 1 || b = 2)
 *
 * both become the same tree and the same text, and so the same cached set:
 *
 *     (B_2 > 5 && !c = 1) || a = 1 || b = 2
 *
 * The normal form (P is a positive filter, one that holds for no row without fields):
 *
 *     filter = P | NOT P                       at most one complement, at the top
 *     P      = IN | RANGE | LIKE | PARTS | EXISTS
 *            | OR (P, P, ...)                  two or more
 *            | AND (P, ..., NOT P, ...)        one P or more, two or more children
 *
 * A chain with a negation in it is turned inside out by De Morgan's laws until it has this form, so
 * a complement within the dataset is taken once, at the end, and never of a part. Tests of the same
 * field are merged: in an OR its values and ranges are apart from each other and sorted, so that
 * 20,000 of them are one list (a = 1 || a = 2 is a in {1,2}; x < 5 || x < 7 || x = 7 is x <= 7); in
 * an AND its ranges are one (x >= 1 && x <= 8 is x in [1,8]). Patterns stay as many as they are.
 *
 * On a field of several values a test holds if it holds for any part: this is PARTS, which has the
 * test of a part within it. So x > 1 && x < 5 are two of them, since two parts may make them true.
 */
#ifndef QUIPU_PLANNER_FILTER_H
#define QUIPU_PLANNER_FILTER_H

#include "base/arena.h"
#include "base/slice.h"

enum filter_kind {
    FILTER_IN,     /* the field has one of the values */
    FILTER_RANGE,  /* the field's value lies between the bounds */
    FILTER_LIKE,   /* the field's value matches the pattern */
    FILTER_PARTS,  /* the field has several values, and one of them passes the test */
    FILTER_EXISTS, /* the row has the field */
    FILTER_OR,
    FILTER_AND,
    FILTER_NOT
};

struct filter_bound {
    bool given;
    bool inclusive;
    struct slice value;
};

struct filter {
    enum filter_kind kind;
    struct slice field;   /* all but OR, AND, NOT */
    struct slice *values; /* IN: in value_compare's order, each once */
    size_t nvalues;       /* IN: one or more */
    bool is_text;         /* RANGE: bytes are compared, else numbers, and text is in no range */
    struct filter_bound lo, hi;
    struct slice pattern;      /* LIKE: as like_matches takes it */
    bool folds_case;           /* LIKE: ILIKE */
    struct slice separator;    /* PARTS: between the values */
    const struct filter *part; /* PARTS: the test of one value, by itself in normal form */
    struct filter **children;  /* OR, AND: by text, positive ones first; NOT: one */
    size_t nchildren;
    size_t npositive;  /* AND: so many children are positive, the rest are NOT */
    struct slice text; /* canonical: parses back to the same filter, but for PARTS */
};

/* Does the canonical number or text `value` lie in a RANGE? */
bool filter_range_holds(const struct filter *range, struct slice value);

/* Does a positive filter of one field hold for its canonical number or text? */
bool filter_value_holds(const struct filter *test, struct slice value);

/* True for one value of one field, or EXISTS: the index has such a filter as a set already. */
bool filter_is_single_set(const struct filter *filter);

/*
 * The fields a filter depends on, each once, sorted by bytes. What it answers for a row can change
 * only when one of them changes, or, if the filter is a NOT, when a row comes or goes.
 */
struct slice *filter_fields(struct arena *arena, const struct filter *filter, size_t *nfields);

#endif
