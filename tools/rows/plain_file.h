/*
 * An input as a file that can be read at any place: what libraries want that seek in it.
 *
 *     plain_file_open(input, &fd, &err)        the file itself, or a temporary copy of what comes out of it
 */
#ifndef QUIPU_TOOLS_ROWS_PLAIN_FILE_H
#define QUIPU_TOOLS_ROWS_PLAIN_FILE_H

#include "tools/rows/input.h"

/*
 * A plain file is opened once more. What comes from a pipe, or is compressed, is read to its end into
 * a file in TMPDIR (or /tmp) that has no name: it goes when *fd is closed, which is the caller's to
 * do. Nothing of the input may be taken before. Fails with IO, a full disk too, and DATA.
 */
bool plain_file_open(struct input *input, int *fd, struct error *err) QUIPU_MUST_CHECK;

#endif
