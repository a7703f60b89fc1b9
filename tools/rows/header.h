/*
 * Fields of a header's cells: each gets a name, and no two the same.
 *
 *     {""} {"a"} {"b"} {""} {"a"}   ->   row  a  b  column_4  a_2, and three notes
 */
#ifndef QUIPU_TOOLS_ROWS_HEADER_H
#define QUIPU_TOOLS_ROWS_HEADER_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "tools/rows/format.h"

/*
 * Fields for `ncolumns` columns, in the arena. Columns behind the names have none; is_short: the
 * first column has none, and the names begin at the second. nnames 0: there is no header. What
 * was named here is said in notes, a line each (NULL: it is not).
 */
struct source_field *header_fields(struct arena *arena, const struct slice *names, size_t nnames,
                                   bool is_short, size_t ncolumns, struct strbuf *notes);

#endif
