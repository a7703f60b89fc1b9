/*
 * What stands between the several values of a field, as a dataset has it.
 *
 *     separators_ask(&address, "survey", arena, &separators, &n)      {langs ;}
 *
 * A file with arrays is written with these: rows that are there would be misread with others.
 */
#ifndef QUIPU_TOOLS_SEPARATORS_H
#define QUIPU_TOOLS_SEPARATORS_H

#include "base/arena.h"
#include "tools/connection.h"
#include "tools/rows/format.h"

/*
 * Appends to the n separators, which are in the arena or NULL; a field's first one counts. A server
 * that does not answer, or has no such dataset, adds none.
 */
void separators_ask(const struct connection_address *address, const char *dataset,
                    struct arena *arena, const struct source_separator **separators, size_t *n);

#endif
