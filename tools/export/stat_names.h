/*
 * Names that SPSS and Stata take, made of any.
 *
 *     Origin State   ->   Origin_State          7days   ->   v_7days         BY (SPSS)   ->   BY_
 *     Größe (cm)     ->   Größe_cm_             größe   ->   größe_2, as SPSS takes both for one
 */
#ifndef QUIPU_TOOLS_EXPORT_STAT_NAMES_H
#define QUIPU_TOOLS_EXPORT_STAT_NAMES_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "tools/export/column.h"

enum stat_names { STAT_NAMES_SPSS, STAT_NAMES_STATA };

/* A name for each column, with a NUL behind it, in the arena. Appends a line for each that has
 * changed. */
const char **stat_names_make(struct arena *arena, enum stat_names rules,
                             const struct export_table *table, struct strbuf *notes);

#endif
