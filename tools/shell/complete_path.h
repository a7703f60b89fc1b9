/*
 * Names of files in the place of what is typed.
 *
 *     complete_path(arena, slice_lit("data/su"), true, &choices)     data/survey.csv, "data/su b.csv"
 */
#ifndef QUIPU_TOOLS_SHELL_COMPLETE_PATH_H
#define QUIPU_TOOLS_SHELL_COMPLETE_PATH_H

#include "tools/shell/choices.h"

/*
 * Adds the files that a path may become, sorted. is_word: it is a word of a line, in quotes where it must
 * be. A directory is open: more follows it.
 */
void complete_path(struct arena *arena, struct slice typed, bool is_word, struct choices *out);

#endif
