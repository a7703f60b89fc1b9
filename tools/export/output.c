/*
 * Writes a file beside its place. in: bytes; out: a file that is whole, or none.
 *
 *     bytes -> buffer -> gzip, zstd or nothing -> people.csv.4711.part -> fsync -> people.csv
 *
 * Example: the disk is full after 2 GB. write(2) fails, the export ends with the error, and
 * output_free removes the part. A people.csv that was there before is as it was.
 */
#include "tools/export/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "base/must.h"
#include "base/strbuf.h"

enum { BUFFER_BYTES = 256 * 1024, PIECE_BYTES = 64 * 1024, ZSTD_LEVEL = 3, GZIP_WINDOW = 15 + 16 };

struct output {
    const char *path; /* borrowed */
    char *place, *part;
    int fd;
    struct strbuf buffer;
    uint64_t nwritten;
    enum compression compression;
    z_stream gzip;
    ZSTD_CCtx *zstd;
};

/* ---- Interrupts ---- */

/* What a signal removes: a handler sees nothing else. Empty: nothing. */
static char part_to_remove[PATH_MAX];

static void
say_from_handler(const char *message)
{
    ssize_t ignored = write(STDERR_FILENO, message, strlen(message));
    (void) ignored;
}

static void
on_interrupt(int number)
{
    (void) number;
    if (part_to_remove[0]) {
        unlink(part_to_remove);
        say_from_handler("\nquipu-export: interrupted: no file was written\n");
    } else {
        say_from_handler("\nquipu-export: interrupted: what was written is not whole\n");
    }
    _exit(EXIT_FAILURE);
}

static void
watch_interrupts(const char *part)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    snprintf(part_to_remove, sizeof part_to_remove, "%s", part ? part : "");
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- Opening ---- */

static bool
is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* For messages. */
static const char *
name(const struct output *output)
{
    return is_standard(output->path) ? "standard output" : output->path;
}

static bool
fail(const struct output *output, struct error *err)
{
    return error_set(err, "IO", "%s: %s", name(output), strerror(errno));
}

enum compression
compression_of_path(struct slice path)
{
    static const struct {
        struct slice suffix;
        enum compression compression;
    } known[] = {{SLICE_LIT(".gz"), COMPRESSION_GZIP}, {SLICE_LIT(".zst"), COMPRESSION_ZSTD}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (slice_ends_nocase(path, known[i].suffix)) {
            return known[i].compression;
        }
    }
    return COMPRESSION_NONE;
}

/* A new file beside the place, with the rights of the one that is there. */
static bool
part_open(struct output *output, const struct stat *old, struct error *err)
{
    char *real = realpath(output->path, NULL); /* a link stays, what it means is replaced */
    char part[PATH_MAX];
    output->place = real ? real : must_copy(slice_str(output->path));
    int len = snprintf(part, sizeof part, "%s.%ld.part", output->place, (long) getpid());
    if (len < 0 || (size_t) len >= sizeof part) {
        errno = ENAMETOOLONG;
        return fail(output, err);
    }
    output->part = must_copy(slice_str(part));
    watch_interrupts(output->part);
    output->fd = open(output->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (output->fd < 0) {
        (void) fail(output, err);
        free(output->part);
        output->part = NULL;
        return false;
    }
    return !old || fchmod(output->fd, old->st_mode & 07777) == 0 || fail(output, err);
}

static bool
open_place(struct output *output, struct error *err)
{
    struct stat old;
    bool is_there = is_standard(output->path) || stat(output->path, &old) == 0;
    if (is_standard(output->path)) {
        output->fd = dup(STDOUT_FILENO);
    } else if (!is_there && errno != ENOENT) {
        return fail(output, err);
    } else if (!is_there || S_ISREG(old.st_mode)) {
        return part_open(output, is_there ? &old : NULL, err);
    } else {
        output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
    }
    watch_interrupts(NULL);
    return output->fd >= 0 || fail(output, err);
}

static void
compression_start(struct output *output)
{
    switch (output->compression) {
    case COMPRESSION_NONE: break;
    case COMPRESSION_GZIP:
        if (deflateInit2(&output->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            out_of_memory();
        }
        break;
    case COMPRESSION_ZSTD:
        output->zstd = must_have(ZSTD_createCCtx());
        ZSTD_CCtx_setParameter(output->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
        ZSTD_CCtx_setParameter(output->zstd, ZSTD_c_checksumFlag, 1);
        break;
    }
}

bool
output_open(const char *path, enum compression compression, struct output **out, struct error *err)
{
    struct output *output = must_alloc(sizeof *output);
    output->path = path;
    output->fd = -1;
    output->compression = compression;
    compression_start(output);
    strbuf_init(&output->buffer);
    if (!open_place(output, err)) {
        output_free(output);
        return false;
    }
    *out = output;
    return true;
}

/* ---- Writing ---- */

static bool
write_all(struct output *output, const void *bytes, size_t len, struct error *err)
{
    const char *at = bytes;
    while (len) {
        ssize_t n = write(output->fd, at, len);
        if (n < 0 && errno != EINTR) {
            return fail(output, err);
        }
        if (n > 0) {
            at += n;
            len -= (size_t) n;
            output->nwritten += (uint64_t) n;
        }
    }
    return true;
}

static bool
gzip_write(struct output *output, struct slice bytes, bool is_last, struct error *err)
{
    unsigned char piece[PIECE_BYTES];
    z_stream *gzip = &output->gzip;
    gzip->next_in = (unsigned char *) bytes.ptr;
    gzip->avail_in = (unsigned) bytes.len;
    do {
        gzip->next_out = piece;
        gzip->avail_out = sizeof piece;
        deflate(gzip, is_last ? Z_FINISH : Z_NO_FLUSH);
        if (!write_all(output, piece, sizeof piece - gzip->avail_out, err)) {
            return false;
        }
    } while (gzip->avail_out == 0);
    return true;
}

static bool
zstd_write(struct output *output, struct slice bytes, bool is_last, struct error *err)
{
    char piece[PIECE_BYTES];
    ZSTD_inBuffer in = {bytes.ptr, bytes.len, 0};
    ZSTD_EndDirective mode = is_last ? ZSTD_e_end : ZSTD_e_continue;
    for (;;) {
        ZSTD_outBuffer to = {piece, sizeof piece, 0};
        size_t left = ZSTD_compressStream2(output->zstd, &to, &in, mode);
        if (ZSTD_isError(left)) {
            return error_set(err, "IO", "%s: %s", name(output), ZSTD_getErrorName(left));
        }
        if (!write_all(output, piece, to.pos, err)) {
            return false;
        }
        if (is_last ? left == 0 : in.pos == in.size) {
            return true;
        }
    }
}

static bool
flush(struct output *output, bool is_last, struct error *err)
{
    struct slice bytes = strbuf_slice(&output->buffer);
    bool ok = true;
    switch (output->compression) {
    case COMPRESSION_NONE: ok = write_all(output, bytes.ptr, bytes.len, err); break;
    case COMPRESSION_GZIP: ok = gzip_write(output, bytes, is_last, err); break;
    case COMPRESSION_ZSTD: ok = zstd_write(output, bytes, is_last, err); break;
    }
    strbuf_clear(&output->buffer);
    return ok;
}

bool
output_write(struct output *output, struct slice bytes, struct error *err)
{
    while (bytes.len) { /* in pieces: a length for zlib has 32 bits */
        size_t n = bytes.len < BUFFER_BYTES ? bytes.len : BUFFER_BYTES;
        strbuf_append(&output->buffer, slice_of(bytes.ptr, n));
        bytes = slice_of(bytes.ptr + n, bytes.len - n);
        if (output->buffer.len >= BUFFER_BYTES && !flush(output, false, err)) {
            return false;
        }
    }
    return true;
}

const char *
output_path(const struct output *output)
{
    return output->part;
}

uint64_t
output_bytes(const struct output *output)
{
    return output->nwritten;
}

/* ---- The end ---- */

static bool
close_fd(struct output *output, struct error *err)
{
    int fd = output->fd;
    output->fd = -1;
    return close(fd) == 0 || fail(output, err);
}

/* What a library wrote to the path is counted here. */
static void
count_path(struct output *output)
{
    struct stat now;
    if (output->part && stat(output->part, &now) == 0) {
        output->nwritten = (uint64_t) now.st_size;
    }
}

bool
output_commit(struct output *output, struct error *err)
{
    if (!flush(output, true, err)) {
        return false;
    }
    if (!output->part) {
        return close_fd(output, err);
    }
    count_path(output);
    if ((fsync(output->fd) != 0 && errno != EINVAL) || rename(output->part, output->place) != 0) {
        return fail(output, err);
    }
    part_to_remove[0] = '\0';
    free(output->part);
    output->part = NULL;
    return close_fd(output, err);
}

void
output_free(struct output *output)
{
    if (!output) {
        return;
    }
    if (output->fd >= 0) {
        close(output->fd);
    }
    if (output->part) {
        unlink(output->part);
        part_to_remove[0] = '\0';
    }
    if (output->compression == COMPRESSION_GZIP) {
        deflateEnd(&output->gzip);
    }
    ZSTD_freeCCtx(output->zstd);
    strbuf_fini(&output->buffer);
    free(output->part);
    free(output->place);
    free(output);
}
