/*
 * The cell that is a text without bytes: its place tells it from all others.
 */
#include "tools/rows/empty_text.h"

struct slice
empty_text(void)
{
    static const char NOTHING[1];
    return slice_of(NOTHING, 0);
}
