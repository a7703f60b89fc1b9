/*
 * A value that ReadStat gives, as the text of a cell.
 *
 *     stat_value_print(format, value, &text)        1.0 "1"; "Ohio  " "Ohio"; what is missing: nothing
 */
#ifndef QUIPU_TOOLS_ROWS_STAT_VALUE_H
#define QUIPU_TOOLS_ROWS_STAT_VALUE_H

#include <readstat.h>

#include "tools/rows/stat_format.h"

/* Missing by the rules of the variable (SPSS), or with a letter (Stata's .a, SAS' .A): somebody had a
 * reason, while another value is only not there. */
bool stat_value_is_user_missing(readstat_value_t value, readstat_variable_t *variable);
/* Appends its text; nothing for a number that is none. */
void stat_value_print(struct stat_format format, readstat_value_t value, struct strbuf *out);

#endif
