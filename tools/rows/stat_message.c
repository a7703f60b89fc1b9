/*
 * Messages into a pipe. in: a kind, bytes; out: the same, with their length before them.
 *
 * Example: STAT_END is {7, 0}, STAT_NOTE of "its label: x" {3, 12} and twelve bytes.
 */
#include "tools/rows/stat_message.h"

#include <errno.h>
#include <unistd.h>

static void
write_or_end(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR) {
            _exit(1);
        }
        if (n > 0) {
            bytes = slice_of(bytes.ptr + n, bytes.len - (size_t) n);
        }
    }
}

void
stat_message_send(int pipe, enum stat_message kind, struct slice start, struct slice rest)
{
    struct stat_head head = {.kind = kind, .len = (uint32_t) (start.len + rest.len)};
    write_or_end(pipe, slice_of(&head, sizeof head));
    write_or_end(pipe, start);
    write_or_end(pipe, rest);
}
