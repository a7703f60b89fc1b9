/*
 * Files of an older quipu.so, which kept its definitions in RDB files as data of a module type,
 * `quipu-idx`, beside the keys. Redis loads such a file only if that type is registered, and a
 * module with its own type can never be unloaded. So the type is registered only if a file that is
 * about to be loaded needs it.
 *
 *     old_file_is(head of a file)       ... F7 81 <the type's number> ...
 */
#ifndef QUIPU_MODULE_OLD_FILE_H
#define QUIPU_MODULE_OLD_FILE_H

#include "base/slice.h"

/* The type's name: nine letters, as Redis demands. */
#define OLD_FILE_TYPE "quipu-idx"

/*
 * True if the first bytes of an RDB file, or of an append-only file that begins as one, have this
 * type.
 */
bool old_file_is(struct slice head);
/*
 * The same for a file. The path is relative to the working directory. False if there is no such
 * file.
 */
bool old_file_is_at(const char *path);
/* The same for any file in this directory whose name begins with `name`. */
bool old_file_is_in(const char *dir, const char *name);

#endif
