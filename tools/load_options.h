/*
 * What quipu-load is asked to do, from its command line.
 *
 *     load_options_parse(arena, argc, argv, &options)     -> LOAD_GO_ON, or the exit status
 */
#ifndef QUIPU_TOOLS_LOAD_OPTIONS_H
#define QUIPU_TOOLS_LOAD_OPTIONS_H

#include "base/arena.h"
#include "tools/rows/source.h"
#include "tools/server_options.h"
#include "tools/target.h"

/* What becomes of rows that the dataset has. */
enum load_mode {
    LOAD_PLAIN,   /* it shall have none, or the file has keys */
    LOAD_UPDATE,  /* rows with the file's keys are changed, others are added */
    LOAD_APPEND,  /* rows are added, under keys that nobody has */
    LOAD_REPLACE, /* the file's rows take the place of all */
};

struct load_options {
    struct server_options server;
    const char *dataset, *prefix;
    const char *key;            /* NULL: not told */
    struct source_options file; /* path NULL: there is no file, but `from` */
    enum load_mode mode;
    const struct target_saying *sayings;
    size_t nsayings;
    const char *from, *match;
    const char *cursor_path;
    size_t window;
    bool skip_errors, quiet, dry_run;
};

enum { LOAD_GO_ON = -1 };

/* All that options point to is in the arena, argv or the environment. Else than LOAD_GO_ON a message
 * has been written: 0 for --help, 2 for wrong options. */
int load_options_parse(struct arena *arena, int argc, char **argv, struct load_options *options);

#endif
