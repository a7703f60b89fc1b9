/*
 * Values of ReadStat as text. in: a value, and the format of its variable; out: a cell.
 *
 * Example: the double 19145 with Stata's %td is "2012-06-01", and the float 0.1 is "0.1".
 */
#include "tools/rows/stat_value.h"

#include <math.h>

bool
stat_value_is_user_missing(readstat_value_t value, readstat_variable_t *variable)
{
    return readstat_value_is_tagged_missing(value) ||
           (!readstat_value_is_system_missing(value) &&
            readstat_value_is_defined_missing(value, variable));
}

/* Blanks at its end are no part of a text: SPSS and SAS fill with them, and compare without. */
static void
text_print(struct slice text, struct strbuf *out)
{
    while (text.len && text.ptr[text.len - 1] == ' ') {
        text.len--;
    }
    strbuf_append(out, text);
}

void
stat_value_print(struct stat_format format, readstat_value_t value, struct strbuf *out)
{
    double x;
    switch (readstat_value_type(value)) {
    case READSTAT_TYPE_STRING:
    case READSTAT_TYPE_STRING_REF: text_print(slice_str(value.v.string_value), out); return;
    case READSTAT_TYPE_FLOAT:
        x = (double) readstat_float_value(value);
        if (isfinite(x)) {
            stat_float_print(format, (float) x, out);
        }
        return;
    case READSTAT_TYPE_INT8:
    case READSTAT_TYPE_INT16:
    case READSTAT_TYPE_INT32:
    case READSTAT_TYPE_DOUBLE:
        x = readstat_double_value(value);
        if (isfinite(x)) {
            stat_number_print(format, x, out);
        }
        return;
    }
}
