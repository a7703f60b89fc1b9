/*
 * A seekable file of an input. in: bytes as they come; out: a descriptor.
 *
 * Example: survey.sav.gz is decompressed into a file without a name in /tmp.
 */
#include "tools/rows/plain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *
folder(void)
{
    const char *set = getenv("TMPDIR");
    return set && *set ? set : "/tmp";
}

/* A file that has no name any more. */
static int
nameless(void)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/quipu-XXXXXX", folder());
    if (len < 0 || (size_t) len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path);
    }
    return fd;
}

static bool
write_all(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            bytes = slice_of(bytes.ptr + n, bytes.len - (size_t) n);
        }
    }
    return true;
}

static bool
copy(struct input *input, int fd, struct error *err)
{
    for (;;) {
        struct slice bytes = input_bytes(input);
        if (!write_all(fd, bytes)) {
            return error_set(err, "IO", "%s, where a copy of it is made: %s (TMPDIR says where)",
                             folder(), strerror(errno));
        }
        input_take(input, bytes.len);
        if (input_at_end(input)) {
            return true;
        }
        if (!input_more(input, err)) {
            return false;
        }
    }
}

bool
plain_file_open(struct input *input, int *fd, struct error *err)
{
    const char *path = input_plain_path(input);
    if (path && input_total_bytes(input) >= 0) { /* else it is a named pipe */
        *fd = open(path, O_RDONLY | O_CLOEXEC);
        return *fd >= 0 || error_set(err, "IO", "%s: %s", path, strerror(errno));
    }
    *fd = nameless();
    if (*fd < 0) {
        return error_set(err, "IO", "%s, where a copy of it is made: %s (TMPDIR says where)",
                         folder(), strerror(errno));
    }
    if (!copy(input, *fd, err)) {
        close(*fd);
        return false;
    }
    return true;
}
