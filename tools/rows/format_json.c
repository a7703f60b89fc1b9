/*
 * JSON as a source of records. in: an input's bytes; out: records of the fields that objects name.
 *
 *     encoding -> UTF-8 -> json -> json_row -> cells
 *
 * The first bytes are read twice: their fields are known before the first record is given, and so are
 * bytes that cannot separate values.
 */
#include <stdlib.h>

#include "base/must.h"
#include "tools/rows/encoding.h"
#include "tools/rows/format.h"
#include "tools/rows/input.h"
#include "tools/rows/json.h"

struct reader {
    struct input *input;
    const char *encoding;
    struct json_row *row;
    struct json *json;
    bool is_array; /* the first record stands in one */
    uint64_t nrows;
};

static void
reader_close(void *state)
{
    struct reader *reader = state;
    json_free(reader->json);
    json_row_free(reader->row);
    free(reader);
}

/* The next record from `at` on, which moves behind it. The bytes are not taken off the input. */
static enum json_status
look_at_next(struct reader *reader, size_t *at, bool may_wait, struct error *err)
{
    struct source_record record;
    for (;;) {
        struct slice bytes = input_bytes(reader->input);
        bool at_end = input_at_end(reader->input);
        size_t taken;
        enum json_status status = json_next(
            reader->json, slice_of(bytes.ptr + *at, bytes.len - *at), at_end, &taken, &record, err);
        *at += taken;
        if (status != JSON_NEED_MORE || at_end || !may_wait) {
            return status;
        }
        if (!input_more(reader->input, err)) {
            return JSON_BROKEN;
        }
    }
}

/*
 * Whether the text is one object around its rows, and nothing behind it: its array of objects would
 * be a cell.
 */
static bool
check_alone(struct reader *reader, size_t at, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct slice name = json_row_objects(reader->row);
    struct error ignored = {0};
    if (!name.len || !json_is_alone(reader->json) ||
        look_at_next(reader, &at, true, &ignored) != JSON_END) {
        return true;
    }
    return error_set(err, "JSON",
                     "it is one object, and not an array of rows. Are the rows in %s of it? "
                     "--rows-in %.*s takes them from there",
                     error_quote(quoted, name), SLICE_ARG(name));
}

/* Goes over the records of the first bytes, or over the first one, however long. */
static bool
look_at_start(struct reader *reader, struct error *err)
{
    size_t at = 0;
    enum json_status status = look_at_next(reader, &at, true, err);
    if (status == JSON_BAD || status == JSON_BROKEN) {
        return false;
    }
    reader->is_array = !json_is_alone(reader->json);
    if (status == JSON_OK && !check_alone(reader, at, err)) {
        return false;
    }
    struct error later = {0};
    json_restart(reader->json);
    at = 0;
    do {
        status = look_at_next(reader, &at, false, &later);
    } while (status == JSON_OK);
    json_restart(reader->json);
    return true;
}

static bool
reader_open(const struct source_options *options, struct input *input, struct arena *arena,
            void **state, struct error *err)
{
    struct reader *reader = must_alloc(sizeof *reader);
    *reader = (struct reader){.input = input};
    reader->row = json_row_new(options, arena);
    reader->json = json_new(reader->row, options->rows_in);
    if (!encoding_apply(input, options->encoding, &reader->encoding, err) ||
        !look_at_start(reader, err)) {
        reader_close(reader);
        return false;
    }
    *state = reader;
    return true;
}

/*
 * An array of objects, or an object, by the first two bytes that are no blanks; other arrays and
 * values by the file's name, to say what is wrong with them.
 */
static bool
is_like_json(const struct source_options *options, struct slice start)
{
    static const char *const endings[] = {".json", ".ndjson", ".jsonl", ".geojson"};
    char first[2] = {0};
    size_t n = 0;
    if (options->rows_in || options->csv.delimiter != DIALECT_SNIFF) {
        return options->rows_in; /* the user says what it is */
    }
    for (size_t i = 0; n < 2 && i < start.len; i++) {
        /* Byte order marks, and the zeros of UTF-16, are left out. */
        if (!memchr(" \t\r\n\x1e\0\xef\xbb\xbf\xff\xfe", start.ptr[i], 11)) {
            first[n++] = start.ptr[i];
        }
    }
    if (first[0] == '[' ? first[1] && strchr("{]", first[1])
                        : first[0] == '{' && first[1] && strchr("\"}", first[1])) {
        return true;
    }
    for (size_t i = 0; n && i < sizeof endings / sizeof *endings; i++) {
        if (slice_ends_nocase(slice_str(options->path), slice_str(endings[i]))) {
            return true;
        }
    }
    return false;
}

static const struct source_field *
reader_fields(const void *state, size_t *nfields)
{
    const struct reader *reader = state;
    return json_row_fields(reader->row, nfields);
}

static enum source_status
reader_next(void *state, struct source_record *record, struct error *err)
{
    struct reader *reader = state;
    struct input *input = reader->input;
    for (;;) {
        bool at_end = input_at_end(input);
        size_t taken;
        enum json_status status =
            json_next(reader->json, input_bytes(input), at_end, &taken, record, err);
        input_take(input, taken);
        switch (status) {
        case JSON_OK: reader->nrows++; return SOURCE_OK;
        case JSON_BAD: return SOURCE_BAD;
        case JSON_BROKEN: return SOURCE_BROKEN;
        case JSON_END: return SOURCE_END;
        case JSON_NEED_MORE: break;
        }
        if (!input_more(input, err)) {
            return SOURCE_BROKEN;
        }
    }
}

static void
reader_read_as(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_printf(out, "%s, %s", reader->is_array ? "an array of objects" : "objects",
                  reader->encoding);
}

static void
reader_notes(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    size_t nfields;
    const struct source_field *fields = json_row_fields(reader->row, &nfields);
    char quoted[ERROR_QUOTE_BYTES], separator[ERROR_QUOTE_BYTES];
    for (size_t i = 0; i < nfields; i++) {
        if (fields[i].separator.len) {
            strbuf_printf(out, "arrays of %s are several values, with %s between them\n",
                          error_quote(quoted, fields[i].name),
                          error_quote(separator, fields[i].separator));
        }
    }
}

/* Of a file whose first row is its last. Other programs write objects of columns, or of rows by name. */
static void
reader_summary(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    size_t nfields;
    (void) json_row_fields(reader->row, &nfields);
    if (reader->nrows == 1 && !reader->is_array && json_row_is_deep(reader->row)) {
        strbuf_printf(out,
                      "it is one object, so it is one row, of %zu fields: if its names are those "
                      "of columns or of rows, write an array with an object for each row\n",
                      nfields);
    }
}

static bool
reader_would_wait(const void *state)
{
    const struct reader *reader = state;
    struct slice bytes = input_bytes(reader->input);
    bool has_end = bytes.len && memchr(bytes.ptr, '}', bytes.len);
    return !has_end && input_would_wait(reader->input);
}

const struct source_format *
format_json(void)
{
    static const struct source_format format = {
        .name = "JSON",
        .unit = "row",
        .is_like = is_like_json,
        .open = reader_open,
        .close = reader_close,
        .fields = reader_fields,
        .next = reader_next,
        .read_as = reader_read_as,
        .notes = reader_notes,
        .summary = reader_summary,
        .would_wait = reader_would_wait,
    };
    return &format;
}
