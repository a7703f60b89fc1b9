/*
 * The end of a file. in: a path; out: the schema in the footer.
 */
#include "tools/arrow/footer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/arrow/message.h"

enum { END_BYTES = 4 + ARROW_END_MAGIC_BYTES };

/* So many bytes from there. */
static bool
read_at(int fd, char *into, size_t len, off_t at)
{
    while (len) {
        ssize_t n = pread(fd, into, len, at);
        if (n <= 0) {
            return false;
        }
        into += n;
        len -= (size_t) n;
        at += n;
    }
    return true;
}

/* The footer's bytes, in the arena. */
static bool
read_footer(int fd, struct arena *arena, struct slice *out)
{
    char end[END_BYTES];
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size < END_BYTES ||
        !read_at(fd, end, sizeof end, st.st_size - END_BYTES)) {
        return false;
    }
    int64_t len = flat_load(end, 4);
    if (memcmp(end + 4, ARROW_MAGIC, ARROW_END_MAGIC_BYTES) != 0 || len < 0 ||
        len > st.st_size - END_BYTES) {
        return false;
    }
    char *footer = arena_alloc(arena, (size_t) len);
    *out = slice_of(footer, (size_t) len);
    return read_at(fd, footer, (size_t) len, st.st_size - END_BYTES - len);
}

bool
arrow_footer_schema(const char *path, struct arena *arena, struct arrow_schema *out,
                    struct error *err)
{
    struct flat flat = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_set(err, "IO", "%s: %s", path, strerror(errno));
    }
    bool ok = read_footer(fd, arena, &flat.bytes);
    close(fd);
    if (!ok) {
        return error_set(err, "DATA", "it is cut off: it has no schema in front, and no footer");
    }
    struct flat_table footer = flat_root(&flat);
    return arrow_schema_read(arena, flat_child(footer, 1), flat_int(footer, 0, 2, 0), out, err);
}
