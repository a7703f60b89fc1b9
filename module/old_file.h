/*
 * Files of an older quipu.so: it kept its definitions in RDB files as data of a module type,
 * `quipu-idx`, beside the keys. Such a file is loaded only where that type is registered; and a
 * module with a type of its own can never be unloaded. So it is registered where a file that is
 * about to be loaded needs it.
 *
 *     old_file_is(head of a file)       ... F7 81 <the type's number> ...
 */
#ifndef QUIPU_MODULE_OLD_FILE_H
#define QUIPU_MODULE_OLD_FILE_H

#include "base/slice.h"

/* Nine letters, as Redis wants them. */
#define OLD_FILE_TYPE "quipu-idx"

/* The first bytes of an RDB file, or of an append-only file that begins as one, have our type. */
bool old_file_is(struct slice head);
/* One of these does; names are relative to the working directory, and need not be there. */
bool old_file_is_at(const char *path);
/* One of the files in this directory whose names begin so. */
bool old_file_is_in(const char *dir, const char *name);

#endif
