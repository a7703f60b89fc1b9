/*
 * The nodes of a filter's tree, in an arena. Each has its canonical text. None of these can fail.
 */
#ifndef QUIPU_PLANNER_FILTER_BUILD_H
#define QUIPU_PLANNER_FILTER_BUILD_H

#include "planner/filter.h"

/* A filter of one test: the row has the field; the field has the value. */
struct filter *filter_exists(struct arena *arena, struct slice field);
struct filter *filter_equals(struct arena *arena, struct slice field, struct slice value);
/* The field has one of the values. Takes the array over, sorts it and drops doubles. */
struct filter *filter_in(struct arena *arena, struct slice field, struct slice *values,
                         size_t nvalues);
struct filter *filter_range(struct arena *arena, struct slice field, bool is_text,
                            struct filter_bound lo, struct filter_bound hi);
/* The pattern as like_matches takes it; planner/filter_like.h has simpler filters for some. */
struct filter *filter_pattern(struct arena *arena, struct slice field, bool folds_case,
                              struct slice pattern);
/* The field has several values, and the test holds for one of them. */
struct filter *filter_parts(struct arena *arena, struct slice field, struct slice separator,
                            const struct filter *test);
/* The filter that holds where this one does not. */
struct filter *filter_not(struct arena *arena, const struct filter *filter);

/* Filters that will be the parts of one; zeroed it is empty. */
struct filter_list {
    struct filter **items;
    size_t count, capacity;
};

void filter_list_add(struct arena *arena, struct filter_list *list, struct filter *filter);
/* By an order of struct filter *, which puts filters of one text side by side; each text is kept once. */
void filter_list_sort(struct filter_list *list, int (*order)(const void *, const void *));
/* An AND or OR of these parts, as they are: of an OR none is negative. */
struct filter *filter_chain(struct arena *arena, enum filter_kind kind,
                            struct filter_list *positive, struct filter_list *negative);

#endif
