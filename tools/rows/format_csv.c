/*
 * CSV as a source of records. in: an input's bytes; out: records with as many cells as the header.
 *
 *     key,sex\n            fields {key} {sex}
 *     1,female\n           line 2: {1} {female}
 *     2\n                  line 3, bad: 1 cells where the header has 2
 */
#include <stdlib.h>

#include "base/must.h"
#include "tools/rows/csv.h"
#include "tools/rows/format.h"
#include "tools/rows/input.h"

/* A record longer than this is waited for in steps that double. */
enum { SHORT_BYTES = 1 << 18 };

struct reader {
    struct input *input;
    struct csv *csv;
    struct source_field *fields;
    size_t nfields;
};

/*
 * Reads on behind the start of a record. Each try parses it from its start again, so behind a long
 * one at least as much again is read; a short one is not waited for, as it may come from a slow
 * pipe.
 */
static bool
reader_more(struct reader *reader, struct error *err)
{
    size_t have = input_bytes(reader->input).len;
    do {
        if (!input_more(reader->input, err)) {
            return false;
        }
    } while (!input_at_end(reader->input) && have > SHORT_BYTES &&
             input_bytes(reader->input).len < 2 * have);
    return true;
}

/* The next record, whatever its number of cells. */
static enum source_status
reader_record(struct reader *reader, struct source_record *record, struct error *err)
{
    for (;;) {
        struct csv_record found = {0};
        size_t consumed;
        bool at_end = input_at_end(reader->input);
        enum csv_status status =
            csv_next(reader->csv, input_bytes(reader->input), at_end, &consumed, &found, err);
        input_take(reader->input, consumed);
        *record = (struct source_record){found.cells, found.ncells, found.line};
        switch (status) {
        case CSV_OK: return SOURCE_OK;
        case CSV_BAD: return SOURCE_BAD;
        case CSV_NEED_MORE:
            if (at_end) {
                return SOURCE_END;
            }
            if (!reader_more(reader, err)) {
                return SOURCE_BROKEN;
            }
            break;
        }
    }
}

static bool
reader_header(struct reader *reader, struct arena *arena, struct error *err)
{
    struct source_record header;
    enum source_status status = reader_record(reader, &header, err);
    if (status == SOURCE_END) {
        return error_set(err, "CSV", "empty; the first line must name the fields");
    }
    if (status != SOURCE_OK) {
        return false;
    }
    unsigned long long line = header.place;
    reader->nfields = header.ncells;
    reader->fields = arena_array(arena, header.ncells, sizeof *reader->fields);
    for (size_t i = 0; i < header.ncells; i++) {
        struct slice name = arena_copy(arena, header.cells[i]);
        if (name.len == 0) {
            return error_set(err, "CSV", "line %llu: column %zu has no name", line, i + 1);
        }
        for (size_t j = 0; j < i; j++) {
            if (slice_equal(name, reader->fields[j].name)) {
                char quoted[ERROR_QUOTE_BYTES];
                return error_set(err, "CSV", "line %llu: columns %zu and %zu are both named %s",
                                 line, j + 1, i + 1, error_quote(quoted, name));
            }
        }
        reader->fields[i].name = name;
    }
    return true;
}

static void
reader_close(void *state)
{
    struct reader *reader = state;
    csv_free(reader->csv);
    free(reader);
}

static bool
reader_open(const struct source_options *options, struct input *input, struct arena *arena,
            void **state, struct error *err)
{
    (void) options;
    struct reader *reader = must_alloc(sizeof *reader);
    *reader = (struct reader){.input = input, .csv = csv_new()};
    if (!reader_header(reader, arena, err)) {
        reader_close(reader);
        return false;
    }
    *state = reader;
    return true;
}

static bool
is_like_csv(const struct source_options *options, struct slice start)
{
    (void) options;
    (void) start;
    return true;
}

static const struct source_field *
reader_fields(const void *state, size_t *nfields)
{
    const struct reader *reader = state;
    *nfields = reader->nfields;
    return reader->fields;
}

static enum source_status
reader_next(void *state, struct source_record *record, struct error *err)
{
    struct reader *reader = state;
    enum source_status status = reader_record(reader, record, err);
    if (status == SOURCE_OK && record->ncells != reader->nfields) {
        (void) error_set(err, "CSV", "%zu cells where the header has %zu", record->ncells,
                         reader->nfields);
        return SOURCE_BAD;
    }
    return status;
}

static bool
reader_would_wait(const void *state)
{
    const struct reader *reader = state;
    struct slice bytes = input_bytes(reader->input);
    return input_would_wait(reader->input) && !memchr(bytes.ptr, '\n', bytes.len);
}

const struct source_format *
format_csv(void)
{
    static const struct source_format format = {
        .name = "CSV",
        .unit = "line",
        .is_like = is_like_csv,
        .open = reader_open,
        .close = reader_close,
        .fields = reader_fields,
        .next = reader_next,
        .would_wait = reader_would_wait,
    };
    return &format;
}
