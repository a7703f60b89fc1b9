/*
 * The datasets of this server, noted in a file beside its data: a hint for the next start, so that
 * their indexes are filled while the data is loaded, and not in a second walk over it. Outside of a
 * cluster the hash `quipu:datasets` has the word, as soon as it is loaded.
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

/* Names and prefixes in turn, appended as the file has them. */
void definitions_file_print(const struct slice *words, size_t nwords, struct strbuf *out);
/* False: it is not such a text. The words are copied. */
bool definitions_file_parse(struct arena *arena, struct slice text, struct slice **words,
                            size_t *nwords);
/* In one step. False where the directory cannot be written; that does not matter much. */
bool definitions_file_write(const char *path, struct slice text);
/* Empty where there is none; a file too long is none. */
void definitions_file_read(const char *path, struct strbuf *out);

#endif
