/*
 * Reads a CSV file as records that were checked. in: a file or a pipe; out: records with as many
 * cells as the header.
 *
 *     buffer   [ taken | whole records, then the start of one | free ]
 *
 * What is taken is moved out only when more must be read, and the buffer doubles when one record
 * fills it.
 */
#include "tools/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/must.h"

enum { READ_BYTES = 1 << 18 };

struct source {
    int fd;
    char *title;
    struct csv *csv;
    struct arena *arena; /* the header's names */
    struct slice *names;
    size_t nnames;
    char *buffer;
    size_t start, end, capacity; /* the bytes not yet taken lie between start and end */
    bool at_end;
    int64_t bytes, total_bytes;
};

/* Makes room and reads once. False where reading fails. */
static bool
source_fill(struct source *source, struct error *err)
{
    if (source->start) {
        memmove(source->buffer, source->buffer + source->start, source->end - source->start);
        source->end -= source->start;
        source->start = 0;
    }
    if (source->capacity - source->end < READ_BYTES) {
        source->capacity = source->capacity ? source->capacity * 2 : 2 * READ_BYTES;
        source->buffer = must_grow(source->buffer, source->capacity, 1);
    }
    ssize_t n;
    do {
        n = read(source->fd, source->buffer + source->end, source->capacity - source->end);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return error_set(err, "IO", "%s: %s", source->title, strerror(errno));
    }
    source->at_end = n == 0;
    source->end += (size_t) n;
    return true;
}

/*
 * Reads on behind the start of a record. Each try parses it from its start again, so behind a long
 * one at least as much again is read; a short one is not waited for, as it may come from a slow
 * pipe.
 */
static bool
source_fill_more(struct source *source, struct error *err)
{
    size_t have = source->end - source->start;
    do {
        if (!source_fill(source, err)) {
            return false;
        }
    } while (!source->at_end && have > READ_BYTES && source->end < 2 * have);
    return true;
}

/* The next record, whatever its number of cells. */
static enum source_status
source_record(struct source *source, struct csv_record *record, struct error *err)
{
    for (;;) {
        struct slice rest = slice_of(source->buffer + source->start, source->end - source->start);
        struct error bad = {0};
        size_t consumed;
        enum csv_status status =
            csv_next(source->csv, rest, source->at_end, &consumed, record, &bad);
        source->start += consumed;
        source->bytes += (int64_t) consumed;
        switch (status) {
        case CSV_OK: return SOURCE_OK;
        case CSV_BAD:
            error_set(err, bad.code, "%s, line %llu: %s", source->title,
                      (unsigned long long) record->line, bad.message);
            return SOURCE_BAD;
        case CSV_NEED_MORE:
            if (source->at_end) {
                return SOURCE_END;
            }
            if (!source_fill_more(source, err)) {
                return SOURCE_BROKEN;
            }
            break;
        }
    }
}

static bool
source_read_header(struct source *source, struct error *err)
{
    struct csv_record header;
    enum source_status status = source_record(source, &header, err);
    if (status == SOURCE_END) {
        error_set(err, "CSV", "%s: empty; the first line must name the fields", source->title);
    }
    if (status != SOURCE_OK) {
        return false;
    }
    source->nnames = header.ncells;
    source->names = arena_array(source->arena, header.ncells, sizeof *source->names);
    for (size_t i = 0; i < header.ncells; i++) {
        struct slice name = arena_copy(source->arena, header.cells[i]);
        if (name.len == 0) {
            return error_set(err, "CSV", "%s, line %llu: column %zu has no name", source->title,
                             (unsigned long long) header.line, i + 1);
        }
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(name, source->names[j])) {
                char quoted[ERROR_QUOTE_BYTES];
                return error_set(err, "CSV", "%s, line %llu: columns %zu and %zu are both named %s",
                                 source->title, (unsigned long long) header.line, j + 1, i + 1,
                                 error_quote(quoted, name));
            }
        }
        source->names[i] = name;
    }
    return true;
}

bool
source_open(const char *path, struct source **out, struct error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        error_set(err, "IO", "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    struct source *source = must_alloc(sizeof *source);
    *source = (struct source){.fd = fd,
                              .title = must_copy(slice_str(is_stdin ? "standard input" : path)),
                              .csv = csv_new(),
                              .arena = arena_new(),
                              .total_bytes = S_ISREG(st.st_mode) ? st.st_size : -1};
    if (!source_fill(source, err) || !source_read_header(source, err)) {
        source_free(source);
        return false;
    }
    *out = source;
    return true;
}

void
source_free(struct source *source)
{
    if (source) {
        close(source->fd);
        csv_free(source->csv);
        arena_free(source->arena);
        free(source->buffer);
        free(source->title);
        free(source);
    }
}

const char *
source_title(const struct source *source)
{
    return source->title;
}

const struct slice *
source_names(const struct source *source, size_t *nnames)
{
    *nnames = source->nnames;
    return source->names;
}

enum source_status
source_next(struct source *source, struct csv_record *record, struct error *err)
{
    enum source_status status = source_record(source, record, err);
    if (status == SOURCE_OK && record->ncells != source->nnames) {
        error_set(err, "CSV", "%s, line %llu: %zu cells where the header has %zu", source->title,
                  (unsigned long long) record->line, record->ncells, source->nnames);
        return SOURCE_BAD;
    }
    return status;
}

bool
source_would_wait(const struct source *source)
{
    struct pollfd event = {.fd = source->fd, .events = POLLIN};
    bool has_line = memchr(source->buffer + source->start, '\n', source->end - source->start);
    return !has_line && !source->at_end && poll(&event, 1, 0) == 0;
}

int64_t
source_bytes(const struct source *source)
{
    return source->bytes;
}

int64_t
source_total_bytes(const struct source *source)
{
    return source->total_bytes;
}
