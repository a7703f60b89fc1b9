/*
 * What a dataset says about one of its fields: how its values are read, and what they and it are
 * called.
 *
 *     DATASET ALTER current FIELD colours MULTI ','        "red,blue" is two values
 *     DATASET LABEL current sex 1 'Male' 2 'Female'
 *     DATASET LABEL current sex 'Sex of the respondent'
 */
#ifndef QUIPU_PLANNER_FIELD_DEFINITION_H
#define QUIPU_PLANNER_FIELD_DEFINITION_H

#include "base/slice.h"

enum field_reading { READ_AS_IS, READ_EPOCH_S, READ_EPOCH_MS };

struct field_label {
    struct slice value, label;
};

struct field_definition {
    struct slice name;
    struct slice separator; /* of a field of several values; ptr NULL: it has one */
    enum field_reading reading;
    struct slice label;         /* of the field itself; ptr NULL: none */
    struct field_label *labels; /* in the order in which they were given */
    size_t nlabels;
};

struct dataset;

/* NULL: nothing is said about the field. Borrowed from the dataset. */
const struct field_definition *dataset_field(const struct dataset *dataset, struct slice name);

#endif
