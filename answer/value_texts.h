/*
 * What a dimension's values are called, by its dataset (DATASET LABEL).
 *
 *     sex in {1, 2 as two, 3}, labels 1 'Male' 2 'Female'      "Male", none, none
 *
 * A name that the query gives (AS) wins: such a position has no text.
 */
#ifndef QUIPU_ANSWER_VALUE_TEXTS_H
#define QUIPU_ANSWER_VALUE_TEXTS_H

#include "answer/axis.h"
#include "planner/field_definition.h"

/*
 * Texts by position, ptr NULL where there is none; borrowed from the field. NULL: there are none at
 * all. field may be NULL. Linear in positions and labels.
 */
struct slice *value_texts(struct arena *arena, const struct field_definition *field,
                          const struct axis *axis);

#endif
