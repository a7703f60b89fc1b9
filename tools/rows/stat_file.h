/*
 * The files that ReadStat reads, told by their first bytes.
 *
 *     stat_file_find("survey.sav", start, &file, &is_one)      file STAT_SAV; is_one: it begins as one
 */
#ifndef QUIPU_TOOLS_ROWS_STAT_FILE_H
#define QUIPU_TOOLS_ROWS_STAT_FILE_H

#include "base/slice.h"
#include "tools/rows/stat_format.h"

enum stat_file { STAT_SAV, STAT_POR, STAT_DTA, STAT_SAS7BDAT, STAT_XPT };

/* *is_one: its first bytes say which; else its name does. False: neither. */
bool stat_file_find(const char *path, struct slice start, enum stat_file *file, bool *is_one);
/* Whether it is SAS's file of formats, which has labels and no rows. */
bool stat_file_is_catalog(struct slice start);
enum stat_program stat_file_program(enum stat_file file);
/* "sav", ...: a constant. */
const char *stat_file_name(enum stat_file file);

#endif
