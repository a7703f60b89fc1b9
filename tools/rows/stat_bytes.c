/*
 * A file, read ahead. in: a descriptor; out: the bytes that ReadStat's handlers are asked for.
 *
 * Portable files are asked for byte by byte, rows of others one by one: each as a call to the system
 * would cost more than all the rest.
 */
#include "tools/rows/stat_bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"

enum { READ_BYTES = 1 << 18 };

static int
on_open(const char *path, void *arg)
{
    struct stat_bytes *file = arg;
    (void) path;
    file->at = 0;
    return 0;
}

static int
on_close(void *arg)
{
    (void) arg;
    return 0;
}

static readstat_off_t
on_seek(readstat_off_t offset, readstat_io_flags_t from, void *arg)
{
    struct stat_bytes *file = arg;
    int64_t start = from == READSTAT_SEEK_CUR   ? file->at
                    : from == READSTAT_SEEK_END ? file->size
                                                : 0;
    int64_t to;
    if (__builtin_add_overflow(start, (int64_t) offset, &to) || to < 0) {
        return -1;
    }
    file->at = to;
    return to;
}

static ssize_t
read_at(struct stat_bytes *file, void *to, size_t nbytes, int64_t at)
{
    ssize_t n;
    do {
        n = pread(file->fd, to, nbytes, at);
    } while (n < 0 && errno == EINTR);
    return n;
}

static ssize_t
on_read(void *to, size_t nbytes, void *arg)
{
    struct stat_bytes *file = arg;
    size_t done = 0;
    while (done < nbytes) {
        int64_t behind = file->at - file->ahead_at;
        if (behind < 0 || behind >= (int64_t) file->nahead) {
            ssize_t n = read_at(file, file->ahead, READ_BYTES, file->at);
            if (n <= 0) {
                return done ? (ssize_t) done : n;
            }
            file->ahead_at = file->at;
            file->nahead = (size_t) n;
            behind = 0;
        }
        size_t n = file->nahead - (size_t) behind;
        n = n < nbytes - done ? n : nbytes - done;
        memcpy((char *) to + done, file->ahead + behind, n);
        file->at += (int64_t) n;
        done += n;
    }
    return (ssize_t) done;
}

void
stat_bytes_init(struct stat_bytes *bytes, int fd)
{
    struct stat st;
    *bytes = (struct stat_bytes){.fd = fd, .ahead = must_alloc(READ_BYTES)};
    bytes->size = fstat(fd, &st) == 0 ? st.st_size : 0;
}

void
stat_bytes_give(struct stat_bytes *bytes, readstat_parser_t *parser)
{
    readstat_set_open_handler(parser, on_open);
    readstat_set_close_handler(parser, on_close);
    readstat_set_seek_handler(parser, on_seek);
    readstat_set_read_handler(parser, on_read);
    readstat_set_io_ctx(parser, bytes);
}
