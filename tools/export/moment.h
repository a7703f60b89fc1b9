/*
 * Dates of columns of kind DATE and DATETIME as numbers.
 *
 *     moment_days(slice_lit("1970-01-02"))                   1
 *     moment_seconds(slice_lit("1970-01-02T00:00:05"))       86405
 */
#ifndef QUIPU_TOOLS_EXPORT_MOMENT_H
#define QUIPU_TOOLS_EXPORT_MOMENT_H

#include "base/slice.h"

/* Since 1970. The text is a date, as the column's kind says: else it is 0. */
int64_t moment_days(struct slice date);
int64_t moment_seconds(struct slice datetime);

#endif
