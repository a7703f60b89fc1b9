/*
 * Rows kept in a file until all have come: for formats that must know the columns' kinds first.
 *
 *     row_spool_open("people.sav", &spool, &err)
 *     row_spool_add(spool, cells, ncolumns, &err)          once per row
 *     row_spool_rewind(spool, &err)
 *     while (row_spool_next(spool, cells, ncolumns, &err)) ...
 *     row_spool_free(spool)
 *
 * The file has no name: it is gone with the process, whatever ends it.
 */
#ifndef QUIPU_TOOLS_EXPORT_ROW_SPOOL_H
#define QUIPU_TOOLS_EXPORT_ROW_SPOOL_H

#include "base/error.h"
#include "base/slice.h"

struct row_spool;

/* In the folder of the path, or for "-" in that of temporary files. The caller frees *out. Fails with
 * IO, as all of these do. */
bool row_spool_open(const char *path, struct row_spool **out, struct error *err) QUIPU_MUST_CHECK;
/* NULL is ignored. */
void row_spool_free(struct row_spool *spool);
/* ptr NULL: missing. */
bool row_spool_add(struct row_spool *spool, const struct slice *cells, size_t ncells,
                   struct error *err) QUIPU_MUST_CHECK;
/* Behind the last row: row_spool_next begins with the first, again and again. */
bool row_spool_rewind(struct row_spool *spool, struct error *err) QUIPU_MUST_CHECK;
/* The next row, of as many cells; valid until the next call. False: that was the last one, or err. */
bool row_spool_next(struct row_spool *spool, struct slice *cells, size_t ncells, struct error *err);

#endif
