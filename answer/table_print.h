/*
 * A table with numbers as text, for tests.
 *
 *     count, avg(x) by a in [1,2] from current totals format map
 *
 *     a: 1 2 total
 *     count avg(x)
 *     2 1000.25 | 1 null | 3 1000.25
 *     base 3, excluded 0 0
 */
#ifndef QUIPU_ANSWER_TABLE_PRINT_H
#define QUIPU_ANSWER_TABLE_PRINT_H

#include "answer/table.h"

/*
 * A line for each dimension (`(overlaps)`, positions), the leaves' names, the cells; a dense table's
 * in order, others' as labels=numbers; those of a list in its order. Then bases, base, tests.
 */
void table_print(const struct table *table, struct strbuf *out);

#endif
