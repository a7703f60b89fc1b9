/*
 * What a way of counting by sets would do and cost: the sets that it takes, and the tests of what is
 * left.
 *
 *     split, sources: value_3 exists (1000 rows), value_4 exists (1000 rows)
 *            tests:   (value_10 = 1 || ...) on each of about 32 candidates
 */
#ifndef QUIPU_PLANNER_SETS_CHOICE_H
#define QUIPU_PLANNER_SETS_CHOICE_H

#include "planner/filter.h"

enum set_kind {
    SET_SINGLE,    /* the index has it: a value's set or a field's */
    SET_UNION,     /* of the children; IN and RANGE are unions of values' sets without children */
    SET_INTERSECT, /* of the positive children, less the negative ones */
    SET_SELECT     /* of the sources, those rows for which the tests hold */
};

/* How one positive filter becomes a set. */
struct plan_set {
    enum set_kind kind;
    const struct filter *filter;
    double rows;    /* estimated members */
    double cost_us; /* to build it; 0 where it is there */
    bool is_cached; /* known to be cached in the shards */
    bool is_named;  /* is looked up and kept under its canonical text; else it is a temporary one */
    struct plan_set **children; /* UNION; INTERSECT: positive; SELECT: the sources */
    size_t nchildren;
    struct plan_set **excluded; /* INTERSECT */
    size_t nexcluded;
    const struct filter **tests; /* SELECT */
    size_t ntests;
};

/* What a method would do and cost. */
struct plan_choice {
    bool is_possible;
    double cost_us;
    double candidates;      /* SPLIT: rows that are read */
    struct plan_set **sets; /* CELLS: the filter, all of these; SPLIT: the sources */
    size_t nsets;
    bool is_complement;         /* CELLS: the filter is a NOT, sets are what it excludes */
    struct plan_set **excluded; /* SPLIT: sets whose members are no candidates */
    size_t nexcluded;
    const struct filter **tests; /* SPLIT */
    size_t ntests;
    double combinations; /* CELLS: intersections that are counted */
    /* SPLIT: what the candidates that are counted have in common, where they are not taken from a
       set of that name; worth keeping when it is wanted again. NULL: they are plain sets. */
    const struct filter *selection;
};

#endif
