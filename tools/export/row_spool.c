/*
 * Keeps rows in a file without a name. in: rows; out: the same rows again.
 *
 *     a cell      its length and 1, in pieces of 7 bits from the lowest on, 128 added to all but the
 *                 last; then its bytes. A missing one is a 0
 *
 *     {"profile_1", missing, "31"}      0a "profile_1" 00 03 "31"
 */
#include "tools/export/row_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "base/strbuf.h"

struct row_spool {
    FILE *file;
    struct strbuf row;
    size_t *ends; /* of the row's cells, in it */
    size_t nends;
    uint64_t nleft, nrows;
    char folder[PATH_MAX];
};

static bool
fail(const struct row_spool *spool, struct error *err)
{
    return error_set(err, "IO", "rows are kept in a file in %s: %s", spool->folder,
                     errno ? strerror(errno) : "it has ended too soon");
}

static void
folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/'), *temporary = getenv("TMPDIR");
    if (strcmp(path, "-") == 0) {
        snprintf(folder, PATH_MAX, "%s", temporary && *temporary ? temporary : "/tmp");
    } else if (slash) {
        snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int) (slash - path), path);
    } else {
        snprintf(folder, PATH_MAX, ".");
    }
}

bool
row_spool_open(const char *path, struct row_spool **out, struct error *err)
{
    struct row_spool *spool = must_alloc(sizeof *spool);
    char name[PATH_MAX + 32];
    folder_of(path, spool->folder);
    snprintf(name, sizeof name, "%s/.quipu-export.XXXXXX", spool->folder);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) {
        unlink(name);
        spool->file = fdopen(fd, "w+");
    }
    strbuf_init(&spool->row);
    if (!spool->file) {
        (void) fail(spool, err);
        row_spool_free(spool);
        return false;
    }
    *out = spool;
    return true;
}

void
row_spool_free(struct row_spool *spool)
{
    if (spool) {
        if (spool->file) {
            fclose(spool->file);
        }
        strbuf_fini(&spool->row);
        free(spool->ends);
        free(spool);
    }
}

/* ---- Writing ---- */

bool
row_spool_add(struct row_spool *spool, const struct slice *cells, size_t ncells, struct error *err)
{
    strbuf_clear(&spool->row);
    for (size_t i = 0; i < ncells; i++) {
        uint64_t left = cells[i].ptr ? (uint64_t) cells[i].len + 1 : 0;
        for (; left >= 128; left >>= 7) {
            strbuf_append_char(&spool->row, (char) (left | 128));
        }
        strbuf_append_char(&spool->row, (char) left);
        if (cells[i].ptr) {
            strbuf_append(&spool->row, cells[i]);
        }
    }
    spool->nrows++;
    errno = 0;
    return fwrite(spool->row.ptr, 1, spool->row.len, spool->file) == spool->row.len ||
           fail(spool, err);
}

bool
row_spool_rewind(struct row_spool *spool, struct error *err)
{
    spool->nleft = spool->nrows;
    errno = 0;
    return (fflush(spool->file) == 0 && fseeko(spool->file, 0, SEEK_SET) == 0) || fail(spool, err);
}

/* ---- Reading ---- */

/* A length and 1, or 0. False: err. */
static bool
length_read(struct row_spool *spool, uint64_t *out, struct error *err)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        int byte = getc_unlocked(spool->file);
        if (byte == EOF) {
            return fail(spool, err);
        }
        *out |= (uint64_t) (byte & 127) << shift;
        if (byte < 128) {
            return true;
        }
    }
    return fail(spool, err);
}

bool
row_spool_next(struct row_spool *spool, struct slice *cells, size_t ncells, struct error *err)
{
    if (!spool->nleft) {
        return false;
    }
    spool->nleft--;
    if (spool->nends < ncells) {
        spool->ends = must_grow(spool->ends, ncells, sizeof *spool->ends);
        spool->nends = ncells;
    }
    strbuf_clear(&spool->row);
    errno = 0;
    for (size_t i = 0; i < ncells; i++) {
        uint64_t length;
        if (!length_read(spool, &length, err)) {
            return false;
        }
        size_t len = length ? (size_t) length - 1 : 0;
        char *to = strbuf_reserve(&spool->row, len);
        if (fread(to, 1, len, spool->file) != len) {
            return fail(spool, err);
        }
        spool->row.len += len;
        spool->ends[i] = spool->row.len;
        cells[i] = length ? slice_of("", len) : (struct slice){0};
    }
    for (size_t i = 0; i < ncells; i++) { /* now that the row does not move any more */
        if (cells[i].ptr) {
            cells[i].ptr = spool->row.ptr + spool->ends[i] - cells[i].len;
        }
    }
    return true;
}
