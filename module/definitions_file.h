/*
 * Notes this server's datasets in a file beside its data, as a hint for the next start. With it the
 * indexes are filled while the data is loaded, and not in a second walk over it. Outside of a
 * cluster the hash `quipu:datasets` decides, as soon as it is loaded.
 *
 *     dump.rdb.quipu       quipu datasets 1\n
 *                          2\n7\ncurrent8\nprofile_       how many words; each one's length, and it
 *
 * It may be deleted at any time.
 */
#ifndef QUIPU_MODULE_DEFINITIONS_FILE_H
#define QUIPU_MODULE_DEFINITIONS_FILE_H

#include "base/arena.h"
#include "base/strbuf.h"

/* Appends names and prefixes, given in turn, in the file's form. */
void definitions_file_print(const struct slice *words, size_t nwords, struct strbuf *out);
/* Reads the file's text. False: it is not such a text. The words are copied. */
bool definitions_file_parse(struct arena *arena, struct slice text, struct slice **words,
                            size_t *nwords);
/*
 * Replaces the file in one step. False: the directory cannot be written. That is no great loss,
 * since the file is a hint.
 */
bool definitions_file_write(const char *path, struct slice text);
/* Reads the file. Empty if there is none, or if it is too long. */
void definitions_file_read(const char *path, struct strbuf *out);

#endif
