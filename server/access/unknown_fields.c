/*
 * The words for what becomes of unknown fields. in: a word of a rule or a command; out: the enum, and
 * back.
 *
 * Example: Error -> UNKNOWN_FIELDS_REFUSED -> error.
 */
#include "server/access/unknown_fields.h"

enum { NNAMES = UNKNOWN_FIELDS_REFUSED + 1 };

static const char *const NAMES[NNAMES] = {"default", "warn", "error"};

bool
unknown_fields_parse(struct slice word, enum unknown_fields *out)
{
    for (int i = 0; i < NNAMES; i++) {
        if (slice_equal_nocase(word, slice_str(NAMES[i]))) {
            *out = (enum unknown_fields) i;
            return true;
        }
    }
    return false;
}

const char *
unknown_fields_name(enum unknown_fields unknown)
{
    return NAMES[unknown];
}
