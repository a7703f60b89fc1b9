/*
 * Values of Arrow's arrays as text.
 *
 *     arrow_value(column, row, &text, &value)      -> true; value "Ohio", or appended to text
 *     arrow_list(column, row, &first, &n)          values first .. first + n - 1 of column->children[0]
 */
#ifndef QUIPU_TOOLS_ARROW_VALUE_H
#define QUIPU_TOOLS_ARROW_VALUE_H

#include "tools/arrow/batch.h"

/* Whether a field's values are read: numbers, texts, dates, times, booleans; not lists and what else is nested. */
bool arrow_is_scalar(const struct arrow_field *field);
/* Whether they are lists of such. */
bool arrow_is_list(const struct arrow_field *field);
/*
 * A scalar: *value lies in the batch, or is what was appended to out (then its ptr is NULL). False: it is missing.
 */
bool arrow_value(const struct arrow_array *array, size_t row, struct strbuf *out,
                 struct slice *value);
/* Where a list's values are. False: it is missing. */
bool arrow_list(const struct arrow_array *array, size_t row, size_t *first, size_t *n);

#endif
