/*
 * Words that people write where a value is missing.
 *
 *     missing_word(slice_lit("NA"))       0: the first of MISSING_WORDS
 *     missing_word(slice_lit("12"))       -1
 */
#ifndef QUIPU_TOOLS_ROWS_MISSING_H
#define QUIPU_TOOLS_ROWS_MISSING_H

#include "base/slice.h"

enum { MISSING_NWORDS = 6 };

/* "NA", "N/A", "NULL", "NaN", ".", "-": a constant. */
const char *missing_word_name(int word);

/* For missing_word: what may be one. */
int missing_word_long(struct slice cell);

/* Which of the words it is; -1: none. */
static inline int
missing_word(struct slice cell)
{
    bool may_be =
        cell.len && cell.len <= 4 && (*cell.ptr == 'N' || *cell.ptr == '.' || *cell.ptr == '-');
    return may_be ? missing_word_long(cell) : -1;
}

#endif
