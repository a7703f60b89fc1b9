/*
 * What the shell is started with.
 *
 *     quipu                          localhost:7379
 *     quipu 10.0.0.1:7379 -c "count from current"
 *     quipu survey.csv people.csv    a private server over files
 */
#ifndef QUIPU_TOOLS_SHELL_OPTIONS_H
#define QUIPU_TOOLS_SHELL_OPTIONS_H

#include "net/tls.h"
#include "parser/ast.h"
#include "tools/connection.h"

struct shell_options {
    struct connection_address address; /* its tls is the caller's to make, of the next two */
    bool has_tls;
    struct tls_settings certificates;
    char **files; /* of a private server; also none, with a directory */
    size_t nfiles;
    const char *directory;    /* NULL: a temporary one */
    struct slice *load_words; /* options of quipu-load, for the files */
    size_t nload_words;
    const char *const *commands; /* -c, in their order */
    size_t ncommands;
    enum ast_format format;
    bool has_format;
    bool has_width; /* --width: COLUMNS says it */
};

enum options_outcome { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/*
 * Reads the options. argv is borrowed; the rest is in the arena. DONE: help or the version was
 * printed. WRONG: what is wrong was printed, in one line.
 */
enum options_outcome options_parse(struct arena *arena, struct shell_options *options, int argc,
                                   char **argv);
/* False: a word names no format of answers. "server" is DEFAULT. */
bool options_format(const char *word, enum ast_format *out);
/* Whether files are opened by a server of the shell's own. */
bool options_is_private(const struct shell_options *options);

#endif
