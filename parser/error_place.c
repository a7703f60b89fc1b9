/*
 * Finds the place of an error. in: a message with ` at column 24: ` in it, and the query; out: bytes.
 *
 * Columns count bytes from 1 (parser/parse.c). Only the message carries the place on its way to a
 * client, so that is where it is read.
 */
#include "parser/error_place.h"

#include <ctype.h>

#include "parser/next.h"

/* The number behind "at column ", from 1; 0: there is none. */
static size_t
column_of(struct slice message)
{
    static const char WORDS[] = "at column ";
    const char *found = memmem(message.ptr, message.len, WORDS, sizeof WORDS - 1);
    size_t column = 0;
    if (found) {
        const char *end = message.ptr + message.len;
        for (found += sizeof WORDS - 1; found < end && *found >= '0' && *found <= '9'; found++) {
            column = column > 100000000 ? column : column * 10 + (size_t) (*found - '0');
        }
    }
    return column;
}

bool
error_place(struct slice message, struct slice query, size_t *from, size_t *to)
{
    size_t column = column_of(message);
    if (column == 0 || column > query.len + 1) {
        return false;
    }
    *from = column - 1;
    *to = *from + next_first_token(slice_of(query.ptr + *from, query.len - *from)).len;
    if (*to == *from) { /* 007 */
        while (*to < query.len && !isspace((unsigned char) query.ptr[*to])) {
            (*to)++;
        }
    }
    return true;
}
