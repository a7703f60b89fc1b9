/*
 * Words for missing values. in: a cell; out: which word it is.
 */
#include "tools/rows/missing.h"

static const struct slice words[MISSING_NWORDS] = {SLICE_LIT("NA"),   SLICE_LIT("N/A"),
                                                   SLICE_LIT("NULL"), SLICE_LIT("NaN"),
                                                   SLICE_LIT("."),    SLICE_LIT("-")};

const char *
missing_word_name(int word)
{
    return words[word].ptr;
}

int
missing_word_long(struct slice cell)
{
    for (int i = 0; i < MISSING_NWORDS; i++) {
        if (slice_equal(cell, words[i])) {
            return i;
        }
    }
    return -1;
}
