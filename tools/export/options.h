/*
 * What quipu-export is asked to do, from its command line.
 *
 *     options_parse(argc, argv, &options)      -> EXPORT_GO_ON, or the exit status
 */
#ifndef QUIPU_TOOLS_EXPORT_OPTIONS_H
#define QUIPU_TOOLS_EXPORT_OPTIONS_H

#include "tools/export/format.h"
#include "tools/server_options.h"

struct export_options {
    struct server_options server;
    const char *query;           /* NULL: the dataset's rows */
    const char *dataset, *where; /* where NULL: all */
    const struct export_format *format;
    const char *path; /* "-": standard output */
    enum compression compression;
    const char *key; /* the column of the rows' names; NULL: none */
    bool is_all_text, quiet;
};

enum { EXPORT_GO_ON = -1 };

/* Borrows argv and the environment. Else than EXPORT_GO_ON a message has been written: 0 for --help, 2
 * for wrong options. */
int options_parse(int argc, char **argv, struct export_options *options);

#endif
