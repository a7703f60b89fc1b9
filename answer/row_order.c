/*
 * Compares two rows of a list. in: their values and names; out: which is first.
 *
 * Example: 9 is before 10, and 10 before ten; of two rows with 10, profile_1 is before profile_2.
 */
#include "answer/row_order.h"

#include "base/number.h"

int
row_key_compare(const struct row_key *a, const struct row_key *b, bool descending)
{
    if (!a->value.ptr != !b->value.ptr) {
        return a->value.ptr ? -1 : 1;
    }
    int order = a->value.ptr ? value_compare(a->value, b->value) : 0;
    order = descending ? -order : order;
    return order ? order : slice_compare(a->name, b->name);
}
