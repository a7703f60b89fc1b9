/*
 * A value that occurs, and how many rows have it: what a first pass learns of a field.
 */
#ifndef QUIPU_ANSWER_FIRST_VALUE_H
#define QUIPU_ANSWER_FIRST_VALUE_H

#include <stdint.h>

#include "base/slice.h"

struct first_value {
    struct slice value;
    uint64_t count;
};

#endif
