/*
 * Files of SPSS, Stata and SAS as sources of records.
 * in: messages of a process that reads the file by ReadStat (stat_reader.h); out: records.
 *
 *     STAT_VARIABLE "sex"           field {sex}
 *     STAT_LABEL 0 "1" "female"     label 1 "female" of {sex}
 *     STAT_ROWS {"1"} {""}          row 1: {1}; row 2: {}
 *
 * The messages are looked at as what they are: bytes that a process says which has parsed anybody's
 * file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/must.h"
#include "tools/rows/format.h"
#include "tools/rows/header.h"
#include "tools/rows/input.h"
#include "tools/rows/plain_file.h"
#include "tools/rows/stat_message.h"
#include "tools/rows/stat_reader.h"

enum { PIPE_BYTES = 1 << 20 };

/* Labels of a field's values, as they come. */
struct labels {
    struct source_label *items;
    size_t n, capacity;
};

struct reader {
    struct arena *arena;
    pid_t pid; /* 0: it has ended */
    int pipe;
    int64_t done_bytes, total_bytes;
    struct strbuf read_as, notes, summary;
    struct slice *names, *variable_labels; /* until the fields are made of them */
    size_t nvariables, names_capacity, labels_capacity;
    struct labels *labels; /* of each field */
    size_t nlabels_of, labels_of_capacity;
    struct source_field *fields;
    struct strbuf message;
    const char *catalog; /* the path; NULL: there is none, or it is read */
    struct slice rest;   /* of its rows */
    uint32_t nrows;      /* in rest */
    uint64_t row;
    struct slice *cells;
    bool is_over;
};

static bool
is_like(const struct source_options *options, struct slice start)
{
    enum stat_file file;
    bool is_one;
    return stat_file_find(options->path, start, &file, &is_one) || stat_file_is_catalog(start);
}

/* ---- the process ---- */

/* True: so many bytes; else the process has ended, or err is set. */
static bool
read_bytes(struct reader *reader, char *to, size_t nbytes, struct error *err)
{
    while (nbytes) {
        ssize_t n = read(reader->pipe, to, nbytes);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return n == 0 ? false : error_set(err, "IO", "a pipe: %s", strerror(errno));
        }
        if (n > 0) {
            to += n;
            nbytes -= (size_t) n;
        }
    }
    return true;
}

static void
name_end(struct reader *reader, struct error *err)
{
    int status = 0;
    (void) waitpid(reader->pid, &status, 0);
    reader->pid = 0;
    if (WIFSIGNALED(status)) {
        (void) error_set(err, "DATA",
                         "the file is damaged: ReadStat has crashed on it behind row %llu (%s)",
                         (unsigned long long) reader->row, strsignal(WTERMSIG(status)));
    } else {
        (void) error_set(err, "DATA", "the process that reads it has ended behind row %llu",
                         (unsigned long long) reader->row);
    }
}

static bool
malformed(struct error *err)
{
    return error_set(err, "DATA", "the file is damaged: ReadStat says what cannot be");
}

static bool
start_process(struct reader *reader, const struct source_options *options, enum stat_file file,
              int fd, int catalog, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return error_set(err, "IO", "a pipe: %s", strerror(errno));
    }
    (void) fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one is slower */
    reader->pid = fork();
    if (reader->pid == 0) {
        close(ends[0]);
        stat_reader_run(&(struct stat_job){.file = file,
                                           .fd = fd,
                                           .catalog = catalog,
                                           .pipe = ends[1],
                                           .encoding = options->encoding});
    }
    close(ends[1]);
    reader->pipe = ends[0];
    if (reader->pid < 0) {
        reader->pid = 0;
        return error_set(err, "IO", "a process to read it: %s", strerror(errno));
    }
    return true;
}

/* ---- messages ---- */

static void
append_line(struct strbuf *out, struct slice line)
{
    for (size_t i = 0; i < line.len; i++) {
        strbuf_append_char(out, line.ptr[i] == '\n' ? ' ' : line.ptr[i]);
    }
    strbuf_append_char(out, '\n');
}

static bool
take_variable(struct reader *reader, struct slice message, struct error *err)
{
    struct slice name, label;
    if (reader->fields || !stat_take_text(&message, &name) || !stat_take_text(&message, &label)) {
        return malformed(err);
    }
    size_t n = reader->nvariables;
    reader->names =
        arena_room(reader->arena, reader->names, n, &reader->names_capacity, sizeof *reader->names);
    reader->variable_labels = arena_room(reader->arena, reader->variable_labels, n,
                                         &reader->labels_capacity, sizeof *reader->variable_labels);
    reader->labels = arena_room(reader->arena, reader->labels, n, &reader->labels_of_capacity,
                                sizeof *reader->labels);
    reader->names[n] = arena_copy(reader->arena, name);
    reader->variable_labels[n] = arena_copy(reader->arena, label);
    reader->labels[n] = (struct labels){.items = NULL};
    reader->nvariables++;
    return true;
}

static bool
take_label(struct reader *reader, struct slice message, struct error *err)
{
    uint32_t at;
    struct source_label label;
    if (!stat_take_bytes(&message, &at, sizeof at) || at >= reader->nvariables ||
        !stat_take_text(&message, &label.value) || !stat_take_text(&message, &label.label)) {
        return malformed(err);
    }
    struct labels *labels = &reader->labels[at];
    labels->items = arena_room(reader->arena, labels->items, labels->n, &labels->capacity,
                               sizeof *labels->items);
    labels->items[labels->n++] = (struct source_label){arena_copy(reader->arena, label.value),
                                                       arena_copy(reader->arena, label.label)};
    if (reader->fields) {
        reader->fields[at].labels = labels->items;
        reader->fields[at].nlabels = labels->n;
    }
    return true;
}

static bool
take_rows(struct reader *reader, struct slice message, struct error *err)
{
    if (!stat_take_bytes(&message, &reader->nrows, sizeof reader->nrows) ||
        !stat_take_bytes(&message, &reader->done_bytes, sizeof reader->done_bytes)) {
        return malformed(err);
    }
    reader->rest = message;
    return true;
}

static bool
take_failure(struct slice message, struct error *err)
{
    struct slice code, text;
    if (!stat_take_text(&message, &code) || !stat_take_text(&message, &text)) {
        return malformed(err);
    }
    return error_set(err, strncmp(code.ptr, "ENCODING", code.len) == 0 ? "ENCODING" : "DATA",
                     "%.*s", SLICE_ARG(text));
}

/* Takes the next message. False: err is set. */
static bool
take_message(struct reader *reader, struct error *err)
{
    struct stat_head head;
    strbuf_clear(&reader->message);
    if (!read_bytes(reader, (char *) &head, sizeof head, err)) {
        name_end(reader, err);
        return false;
    }
    if (head.len > STAT_MESSAGE_MOST) {
        return malformed(err);
    }
    if (!read_bytes(reader, strbuf_reserve(&reader->message, head.len), head.len, err)) {
        name_end(reader, err);
        return false;
    }
    reader->message.len = head.len;
    struct slice message = strbuf_slice(&reader->message);
    switch ((enum stat_message) head.kind) {
    case STAT_CATALOG: reader->catalog = NULL; return true;
    case STAT_READ_AS: strbuf_append(&reader->read_as, message); return true;
    case STAT_VARIABLE: return take_variable(reader, message, err);
    case STAT_NOTE: append_line(&reader->notes, message); return true;
    case STAT_ROWS: return take_rows(reader, message, err);
    case STAT_LABEL: return take_label(reader, message, err);
    case STAT_SUMMARY: append_line(&reader->summary, message); return true;
    case STAT_END: reader->is_over = true; return true;
    case STAT_FAILED: return take_failure(message, err);
    }
    return malformed(err);
}

/* ---- a source ---- */

static void
reader_close(void *state)
{
    struct reader *reader = state;
    if (reader->pipe >= 0) {
        close(reader->pipe);
    }
    if (reader->pid > 0) {
        kill(reader->pid, SIGKILL);
        (void) waitpid(reader->pid, NULL, 0);
    }
    strbuf_fini(&reader->read_as);
    strbuf_fini(&reader->notes);
    strbuf_fini(&reader->summary);
    strbuf_fini(&reader->message);
    free(reader);
}

/* Each name once, as the language wants it; what is known of each. */
static void
make_fields(struct reader *reader)
{
    reader->fields = header_fields(reader->arena, reader->names, reader->nvariables, false,
                                   reader->nvariables, &reader->notes);
    for (size_t i = 0; i < reader->nvariables; i++) {
        reader->fields[i].label = reader->variable_labels[i];
        reader->fields[i].labels = reader->labels[i].items;
        reader->fields[i].nlabels = reader->labels[i].n;
    }
    reader->cells = arena_array(reader->arena, reader->nvariables, sizeof *reader->cells);
}

/* False: the error is of the catalog, and says so. */
static bool
name_catalog(const char *catalog, struct error *err)
{
    struct error bad = *err;
    error_clear(err);
    return error_set(err, bad.code, "--catalog %s: %s", catalog, bad.message);
}

/* Up to the first rows. */
static bool
read_start(struct reader *reader, struct error *err)
{
    while (!reader->nrows && !reader->is_over) {
        if (!take_message(reader, err)) {
            return reader->catalog ? name_catalog(reader->catalog, err) : false;
        }
    }
    if (!reader->nvariables) {
        return error_set(err, "DATA", "it has no variables");
    }
    make_fields(reader);
    return true;
}

/* *fd: -1 where there is none. */
static bool
open_catalog(const char *path, enum stat_file file, int *fd, struct error *err)
{
    struct input *input = NULL;
    *fd = -1;
    if (!path) {
        return true;
    }
    if (stat_file_program(file) != STAT_SAS) {
        return error_set(err, "DATA",
                         "--catalog belongs to a file of SAS (.sas7bdat, .xpt): this is a .%s",
                         stat_file_name(file));
    }
    if (!input_open(path, &input, err)) {
        return false;
    }
    bool ok = stat_file_is_catalog(input_bytes(input)) ||
              error_set(err, "DATA",
                        "--catalog %s: it does not begin as a catalog of SAS (.sas7bcat)", path);
    ok = ok && plain_file_open(input, fd, err);
    input_free(input);
    return ok;
}

static bool
open_file(const struct source_options *options, struct input *input, struct reader *reader,
          struct error *err)
{
    enum stat_file file;
    bool is_one = false;
    int fd, catalog;
    if (stat_file_is_catalog(input_bytes(input))) {
        return error_set(
            err, "DATA",
            "a catalog of SAS has labels and no rows: it goes with a .sas7bdat, --catalog %s",
            input_title(input));
    }
    if (!stat_file_find(options->path, input_bytes(input), &file, &is_one) || !is_one) {
        return error_set(err, "DATA", "its name ends in .%s, but it does not begin as such a file",
                         stat_file_name(file));
    }
    if (!open_catalog(options->catalog, file, &catalog, err)) {
        return false;
    }
    bool ok = plain_file_open(input, &fd, err);
    if (ok) {
        reader->catalog = options->catalog;
        reader->total_bytes = lseek(fd, 0, SEEK_END);
        ok = start_process(reader, options, file, fd, catalog, err);
        close(fd);
    }
    if (catalog >= 0) {
        close(catalog);
    }
    return ok && read_start(reader, err);
}

static bool
reader_open(const struct source_options *options, struct input *input, struct arena *arena,
            void **state, struct error *err)
{
    struct reader *reader = must_alloc(sizeof *reader);
    *reader = (struct reader){.arena = arena, .pipe = -1};
    if (!open_file(options, input, reader, err)) {
        reader_close(reader);
        return false;
    }
    *state = reader;
    return true;
}

static const struct source_field *
reader_fields(const void *state, size_t *nfields)
{
    const struct reader *reader = state;
    *nfields = reader->nvariables;
    return reader->fields;
}

static enum source_status
reader_next(void *state, struct source_record *record, struct error *err)
{
    struct reader *reader = state;
    while (!reader->nrows) {
        if (reader->is_over) {
            return SOURCE_END;
        }
        if (!take_message(reader, err)) {
            return SOURCE_BROKEN;
        }
    }
    for (size_t i = 0; i < reader->nvariables; i++) {
        if (!stat_take_text(&reader->rest, &reader->cells[i])) {
            (void) malformed(err);
            return SOURCE_BROKEN;
        }
    }
    reader->nrows--;
    *record = (struct source_record){reader->cells, reader->nvariables, ++reader->row};
    return SOURCE_OK;
}

static void
reader_read_as(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_append(out, strbuf_slice(&reader->read_as));
}

static void
reader_notes(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_append(out, strbuf_slice(&reader->notes));
}

static void
reader_summary(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_append(out, strbuf_slice(&reader->summary));
}

static void
reader_progress(const void *state, int64_t *done, int64_t *total)
{
    const struct reader *reader = state;
    *done = reader->done_bytes;
    *total = reader->total_bytes;
}

const struct source_format *
format_stat(void)
{
    static const struct source_format format = {
        .name = "statistics file",
        .unit = "row",
        .is_like = is_like,
        .open = reader_open,
        .close = reader_close,
        .fields = reader_fields,
        .next = reader_next,
        .read_as = reader_read_as,
        .notes = reader_notes,
        .summary = reader_summary,
        .progress = reader_progress,
    };
    return &format;
}
