/*
 * A file's bytes as ReadStat asks for them: from any place, many times a few.
 *
 *     stat_bytes_init(&bytes, fd)
 *     stat_bytes_give(&bytes, parser)        from now on the parser reads from it
 */
#ifndef QUIPU_TOOLS_ROWS_STAT_BYTES_H
#define QUIPU_TOOLS_ROWS_STAT_BYTES_H

#include <stdint.h>
#include <sys/types.h>

#include <readstat.h>

struct stat_bytes {
    int fd;
    int64_t at, size; /* bytes */
    char *ahead;      /* what was read ahead */
    int64_t ahead_at;
    size_t nahead;
};

/* The descriptor is borrowed. What it takes lives until the process ends. */
void stat_bytes_init(struct stat_bytes *bytes, int fd);
/* The bytes stay where they are while the parser lives. */
void stat_bytes_give(struct stat_bytes *bytes, readstat_parser_t *parser);

#endif
