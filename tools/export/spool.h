/*
 * Rows kept in a file until all have come: for formats that must know the columns' kinds first.
 *
 *     spool_open("people.sav", &spool, &err)
 *     spool_add(spool, cells, ncolumns, &err)          once per row
 *     spool_rewind(spool, &err)
 *     while (spool_next(spool, cells, ncolumns, &err)) ...
 *     spool_free(spool)
 *
 * The file has no name: it is gone with the process, whatever ends it.
 */
#ifndef QUIPU_TOOLS_EXPORT_SPOOL_H
#define QUIPU_TOOLS_EXPORT_SPOOL_H

#include "base/error.h"
#include "base/slice.h"

struct spool;

/* In the folder of the path, or for "-" in that of temporary files. The caller frees *out. Fails with
 * IO, as all of these do. */
bool spool_open(const char *path, struct spool **out, struct error *err) QUIPU_MUST_CHECK;
/* NULL is ignored. */
void spool_free(struct spool *spool);
/* ptr NULL: missing. */
bool spool_add(struct spool *spool, const struct slice *cells, size_t ncells,
               struct error *err) QUIPU_MUST_CHECK;
/* Behind the last row: spool_next begins with the first. */
bool spool_rewind(struct spool *spool, struct error *err) QUIPU_MUST_CHECK;
/* The next row, of as many cells; valid until the next call. False: that was the last one, or err. */
bool spool_next(struct spool *spool, struct slice *cells, size_t ncells, struct error *err);

#endif
