/*
 * A file whose format is seen by its first bytes, and then read by that format.
 * in: a path; out: records.
 *
 *     people.csv.gz -> input (decompressed) -> is_like? -> the format's open, next, next, ...
 *
 * All that formats have in common is here: the input, errors that name the file and the place, what
 * is shown of progress.
 */
#include "tools/rows/source.h"

#include <stdlib.h>

#include "base/must.h"
#include "tools/rows/format.h"
#include "tools/rows/input.h"

struct source {
    const struct source_format *format;
    void *state;
    struct input *input; /* NULL: there is sql */
    struct arena *arena;
    struct slice
        *finished; /* room for the cells of a record that is not given as the format has it */
    size_t finished_capacity;
    const struct source_options *options;
};

static const struct source_format *
format_of(const struct source_options *options, struct slice start)
{
    /* Text of any kind is CSV: it comes last. */
    const struct source_format *const known[] = {format_sql(),   format_parquet(),  format_stat(),
                                                 format_arrow(), format_document(), format_json(),
                                                 format_csv()};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i]->is_like(options, start)) {
            return known[i];
        }
    }
    return NULL;
}

/* An error that a format has set, with the file's name in front, if it does not stand there. */
static void
name_file(const struct source *source, struct error *err)
{
    const char *title = source_title(source);
    struct error bad = *err;
    if (strncmp(bad.message, title, strlen(title)) != 0) {
        error_clear(err);
        (void) error_set(err, bad.code, "%s: %s", title, bad.message);
    }
}

/*
 * A file that is named as one of a format, and is taken for text, is an error: its rows would be no
 * rows. Formats that know their files by the name, too, say so themselves.
 */
static bool
check_name(const struct source_options *options, const struct source_format *format,
           struct error *err)
{
    static const struct {
        const char *ending, *name;
    } named[] = {{".parquet", "Parquet"},
                 {".arrow", "Arrow"},
                 {".arrows", "Arrow"},
                 {".feather", "Arrow"},
                 {".ipc", "Arrow"}};
    bool is_guessed = format == format_csv() && options->csv.delimiter == DIALECT_SNIFF;
    for (size_t i = 0; is_guessed && i < sizeof named / sizeof *named; i++) {
        if (slice_ends_nocase(slice_str(options->path), slice_str(named[i].ending))) {
            return error_set(err, "DATA",
                             "its name says %s, and its first bytes are not those of such a file. "
                             "If it is text, --delimiter ',' reads it",
                             named[i].name);
        }
    }
    return true;
}

/* Labels that nothing will have are no part of a load. */
static bool
check_catalog(const struct source_options *options, const struct source_format *format,
              struct error *err)
{
    return !options->catalog || format == format_stat() ||
           error_set(err, "DATA",
                     "--catalog belongs to a file of SAS (.sas7bdat, .xpt): this is %s",
                     format->name);
}

static bool
open_format(struct source *source, const struct source_options *options, struct error *err)
{
    const struct source_format *format =
        format_of(options, source->input ? input_bytes(source->input) : slice_lit(""));
    if (!format) {
        return error_set(err, "DATA", "%s: neither text nor a file of a format that is known",
                         source_title(source));
    }
    if (!check_name(options, format, err) || !check_catalog(options, format, err) ||
        !format->open(options, source->input, source->arena, &source->state, err)) {
        name_file(source, err);
        return false;
    }
    source->format = format;
    return true;
}

bool
source_open(const struct source_options *options, struct source **out, struct error *err)
{
    struct source *source = must_alloc(sizeof *source);
    source->arena = arena_new();
    source->options = options;
    bool has_input = options->sql || input_open(options->path, &source->input, err);
    if (!has_input || !open_format(source, options, err)) {
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
        if (source->format) {
            source->format->close(source->state);
        }
        input_free(source->input);
        arena_free(source->arena);
        free(source->finished);
        free(source);
    }
}

const char *
source_title(const struct source *source)
{
    return source->input ? input_title(source->input) : "the query";
}

const char *
source_unit(const struct source *source)
{
    return source->format->unit;
}

void
source_read_as(const struct source *source, struct strbuf *out)
{
    strbuf_append_str(out, source->format->name);
    if (source->format->read_as) {
        strbuf_append_str(out, ": ");
        source->format->read_as(source->state, out);
    }
    if (source->options->keeps_empty_texts) {
        strbuf_append_str(out, ", texts without bytes are kept");
    }
    if (source->input && input_compression(source->input)) {
        strbuf_printf(out, ", %s", input_compression(source->input));
    }
}

void
source_notes(const struct source *source, struct strbuf *out)
{
    if (source->format->notes) {
        source->format->notes(source->state, out);
    }
}

void
source_summary(const struct source *source, struct strbuf *out)
{
    if (source->format->summary) {
        source->format->summary(source->state, out);
    }
}

const struct source_field *
source_fields(const struct source *source, size_t *nfields)
{
    return source->format->fields(source->state, nfields);
}

bool
source_has_separator(const struct source *source, struct slice field)
{
    const struct source_options *options = source->options;
    size_t nfields;
    const struct source_field *fields = source_fields(source, &nfields);
    bool has = false;
    for (size_t i = 0; i < options->nseparators; i++) {
        has |= slice_equal(options->separators[i].field, field);
    }
    for (size_t i = 0; i < nfields; i++) {
        has |= fields[i].separator.len && slice_equal(fields[i].name, field);
    }
    return has;
}

static bool
is_na(const struct source_options *options, struct slice cell)
{
    for (size_t i = 0; i < options->nna; i++) {
        if (slice_equal(cell, options->na[i])) {
            return true;
        }
    }
    return false;
}

/* A cell for each field, and none that is a word for a missing value. */
static void
finish_record(struct source *source, struct source_record *record)
{
    size_t nfields;
    (void) source_fields(source, &nfields);
    if (record->ncells == nfields && !source->options->nna) {
        return;
    }
    if (source->finished_capacity < nfields) {
        source->finished_capacity = 2 * nfields;
        source->finished =
            must_grow(source->finished, source->finished_capacity, sizeof *source->finished);
    }
    for (size_t i = 0; i < nfields; i++) {
        struct slice cell = i < record->ncells ? record->cells[i] : slice_lit("");
        source->finished[i] = is_na(source->options, cell) ? slice_lit("") : cell;
    }
    record->cells = source->finished;
    record->ncells = nfields;
}

enum source_status
source_next(struct source *source, struct source_record *record, struct error *err)
{
    enum source_status status = source->format->next(source->state, record, err);
    if (status == SOURCE_BAD) {
        struct error bad = *err;
        error_clear(err);
        (void) error_set(err, bad.code, "%s, %s %llu: %s", source_title(source),
                         source_unit(source), (unsigned long long) record->place, bad.message);
    } else if (status == SOURCE_BROKEN) {
        name_file(source, err);
    } else if (status == SOURCE_OK) {
        finish_record(source, record);
    }
    return status;
}

bool
source_would_wait(const struct source *source)
{
    return source->format->would_wait && source->format->would_wait(source->state);
}

int64_t
source_done(const struct source *source)
{
    int64_t done = source->input ? input_done_bytes(source->input) : -1, total;
    if (source->format->progress) {
        source->format->progress(source->state, &done, &total);
    }
    return done;
}

int64_t
source_total(const struct source *source)
{
    int64_t total = source->input ? input_total_bytes(source->input) : -1, done;
    if (source->format->progress) {
        source->format->progress(source->state, &done, &total);
    }
    return total;
}
