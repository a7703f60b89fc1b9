/*
 * Whether a text that could be read as separated cells is prose: sentences, whose lines may happen to
 * have the same number of commas.
 *
 *     It was a day, in May                 prose: cells of many words, behind ", " in small letters
 *     Nobody knew, so it goes
 *
 *     Full Name, Home Town                 cells
 *     John Smith, New York City
 */
#ifndef QUIPU_TOOLS_ROWS_PROSE_H
#define QUIPU_TOOLS_ROWS_PROSE_H

#include "tools/rows/csv.h"

/* text: the first bytes; at_end: they are all. False where the marks are not those of sentences. */
bool prose_is(struct slice text, bool at_end, struct csv_marks marks);

#endif
