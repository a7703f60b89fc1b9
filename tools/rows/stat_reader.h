/*
 * Reads a file of SPSS, Stata or SAS by ReadStat, and writes messages (stat_message.h) into a pipe.
 *
 *     stat_reader_run(&job)            in a process of its own: it does not return
 *
 * ReadStat calls for each value until the file ends, and the bytes that it parses are anybody's. So
 * it has a process: the pipe is the bounded queue between its calls and those who take rows, and a
 * file that makes it crash is an error, and no crash of quipu-load.
 */
#ifndef QUIPU_TOOLS_ROWS_STAT_READER_H
#define QUIPU_TOOLS_ROWS_STAT_READER_H

#include "tools/rows/stat_file.h"

struct stat_job {
    enum stat_file file;
    int fd;               /* of the file, which can be read at any place */
    int catalog;          /* of SAS: the same, of the file with labels for its formats; -1: none */
    int pipe;             /* what is written to */
    const char *encoding; /* of its texts, as iconv calls it; NULL: as the file says */
};

/* Ends the process. What goes wrong is a message, too. */
_Noreturn void stat_reader_run(const struct stat_job *job);

#endif
