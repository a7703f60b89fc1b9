/*
 * CSV as a source of records. in: an input's bytes; out: records with as many cells as the header.
 *
 *     encoding -> UTF-8 -> dialect -> header -> records
 *
 *     key;price\n          fields {key} {price}
 *     1;2,50\n             line 2: {1} {2.50}
 *     2\n                  line 3, bad: 1 cells where the header has 2
 */
#include <stdlib.h>

#include "base/must.h"
#include "base/number.h"
#include "base/utf8.h"
#include "tools/rows/csv.h"
#include "tools/rows/empty_text.h"
#include "tools/rows/encoding.h"
#include "tools/rows/format.h"
#include "tools/rows/header.h"
#include "tools/rows/input.h"
#include "tools/rows/numeral.h"
#include "tools/rows/oddities.h"

enum {
    SHORT_BYTES = 1 << 18,        /* a record longer than this is waited for in steps that double */
    SNIFFED_BYTES_MOST = 1 << 20, /* of very long lines so much is looked at */
};

struct reader {
    struct input *input;
    struct csv *csv;
    struct dialect dialect;
    const char *encoding;
    int64_t nskipped;  /* lines that are out already when the dialect is known */
    bool is_converted; /* what is read is UTF-8, or shall stay as it is; else it is looked at */
    struct source_field *fields;
    size_t nfields;
    struct slice *header; /* the cells of the header, as they stand in the text */
    size_t nheader;
    struct strbuf notes;
    struct csv_record found; /* the last record, as it stands in the text */
    struct slice found_bytes;
    struct oddities oddities;
    struct commas *commas; /* one for each field; NULL: they are not decimal */
    struct numeral_marks numerals;
    bool has_numerals;      /* numbers are not written as the language has them */
    bool keeps_empty_texts; /* a quoted cell without bytes is a text */
    struct slice *cells;
    char (*texts)[NUMERAL_BYTES_MOST]; /* of numbers that were written anew, one for each field */
};

/* ---- records ---- */

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
        struct slice bytes = input_bytes(reader->input);
        enum csv_status status = csv_next(reader->csv, bytes, at_end, &consumed, &found, err);
        input_take(reader->input, consumed);
        *record = (struct source_record){found.cells, found.ncells, found.line};
        struct slice taken = slice_of(bytes.ptr, consumed);
        reader->found = found;
        reader->found_bytes = taken;
        if (status == CSV_OK && !reader->is_converted && !utf8_is_valid(taken)) {
            (void) error_set(err, "ENCODING",
                             "bytes that are no UTF-8, as all before them: say with --encoding "
                             "what the file is in");
            return SOURCE_BAD;
        }
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

/* Numbers as the language writes them; texts without bytes as such. */
static void
reader_rewrite(struct reader *reader, struct source_record *record)
{
    for (size_t i = 0; i < record->ncells; i++) {
        struct slice number, cell = record->cells[i];
        bool is_number =
            reader->has_numerals && numeral_read(reader->numerals, cell, reader->texts[i], &number);
        bool is_empty_text =
            reader->keeps_empty_texts && !cell.len && reader->found.marks[i] & CSV_QUOTED;
        reader->cells[i] = is_number ? number : is_empty_text ? empty_text() : cell;
        if (reader->commas && cell.len && memchr(cell.ptr, ',', cell.len)) {
            commas_add(&reader->commas[i], cell, is_number, record->place);
        }
        if (!is_number && reader->numerals.decimal == ',' && number_is_numeral(cell)) {
            oddities_add_point(&reader->oddities, cell, record->place);
        }
    }
    record->cells = reader->cells;
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
    if (status == SOURCE_OK) {
        const struct oddities_about about = {
            .header = reader->header,
            .nheader = reader->nheader,
            .keeps_empty_texts = reader->keeps_empty_texts,
            .may_be_thousands = reader->dialect.marks.delimiter == ';' && !reader->has_numerals};
        oddities_add(&reader->oddities, &about, &reader->found, reader->found_bytes);
    }
    if (status == SOURCE_OK && (reader->has_numerals || reader->keeps_empty_texts)) {
        reader_rewrite(reader, record);
    }
    return status;
}

/* ---- before the records ---- */

/* Lines that the user wants left out. */
static bool
reader_skip_lines(struct reader *reader, int64_t nlines, struct error *err)
{
    bool ends_in_cr = csv_ends_in_cr(input_bytes(reader->input), input_at_end(reader->input));
    for (int64_t i = 0; i < nlines; i++) {
        struct slice bytes;
        const char *end;
        for (;;) {
            bytes = input_bytes(reader->input);
            end = bytes.len ? memchr(bytes.ptr, ends_in_cr ? '\r' : '\n', bytes.len) : NULL;
            if (end || input_at_end(reader->input)) {
                break;
            }
            if (!input_more(reader->input, err)) {
                return false;
            }
        }
        if (!end) {
            return error_set(err, "CSV", "it has fewer than %lld lines (--skip)",
                             (long long) nlines);
        }
        input_take(reader->input, (size_t) (end - bytes.ptr) + 1);
    }
    return true;
}

static bool
reader_find_dialect(struct reader *reader, const struct source_options *options, struct error *err)
{
    struct input *input = reader->input;
    int64_t skip = options->csv.skip == DIALECT_SNIFF ? 0 : options->csv.skip;
    if (!reader_skip_lines(reader, skip, err)) {
        return false;
    }
    while (!input_at_end(input) && (input_bytes(input).len < SNIFFED_BYTES_MOST) &&
           dialect_wants_more(input_bytes(input))) {
        if (input_would_wait(input) &&
            memchr(input_bytes(input).ptr, '\n', input_bytes(input).len)) {
            break; /* a slow pipe has given a line */
        }
        if (!input_more(input, err)) {
            return false;
        }
    }
    struct dialect_wishes wishes = options->csv;
    char said;
    if (dialect_says_delimiter(input_bytes(input), &said)) {
        wishes.delimiter = wishes.delimiter == DIALECT_SNIFF ? said : wishes.delimiter;
        skip++;
        if (!reader_skip_lines(reader, 1, err)) {
            return false;
        }
    }
    struct slice text = input_bytes(input);
    if (input_at_end(input) && text.len == 0) {
        return error_set(err, "CSV", "empty: it has no row, and no names of fields");
    }
    if (!dialect_sniff(&wishes, text, input_at_end(input), &reader->dialect, err)) {
        return false;
    }
    reader->csv = csv_new(reader->dialect.marks);
    csv_set_line(reader->csv, (uint64_t) skip + 1);
    reader->nskipped = skip;
    reader->dialect.first_line += (uint64_t) skip;
    dialect_notes(&reader->dialect, &reader->notes);
    return true;
}

/* A page or a document is text, and its lines are no rows. */
static bool
refuse_markup(const struct reader *reader, const struct source_options *options, struct error *err)
{
    static const struct {
        struct slice start;
        const char *what;
    } known[] = {{SLICE_LIT("<!doctype html"), "HTML"},
                 {SLICE_LIT("<html"), "HTML"},
                 {SLICE_LIT("<table"), "HTML"},
                 {SLICE_LIT("<?xml"), "XML"}};
    struct slice text = input_bytes(reader->input);
    bool may_be = options->csv.delimiter == DIALECT_SNIFF;
    text = slice_of(text.ptr + utf8_bom(text), text.len - utf8_bom(text));
    while (text.len && memchr(" \t\r\n", *text.ptr, 4)) {
        text = slice_of(text.ptr + 1, text.len - 1);
    }
    for (size_t i = 0; may_be && i < sizeof known / sizeof *known; i++) {
        size_t len = known[i].start.len;
        if (text.len >= len && slice_equal_nocase(slice_of(text.ptr, len), known[i].start)) {
            return error_set(err, "CSV",
                             "this is %s, and no text with separated cells: save the table as CSV. "
                             "If it is one, --delimiter ',' reads it",
                             known[i].what);
        }
    }
    return true;
}

static void
note_blank_names(struct reader *reader)
{
    size_t n = 0;
    struct slice first = slice_lit("");
    for (size_t i = 0; i < reader->found.ncells; i++) {
        if (oddity_has_blank(&reader->found, i)) {
            first = n++ ? first : reader->found.cells[i];
        }
    }
    if (n) {
        char quoted[ERROR_QUOTE_BYTES];
        strbuf_printf(&reader->notes, "%zu %s with a blank%s %s: --trim takes it off\n", n,
                      n == 1 ? "name begins or ends" : "names begin or end",
                      n == 1 ? "," : ", the first", error_quote(quoted, first));
    }
}

/* Leaves out what stands before the first line; then takes the header, if there is one. */
static bool
reader_header(struct reader *reader, struct arena *arena, struct error *err)
{
    const struct dialect *dialect = &reader->dialect;
    reader->nfields = dialect->ncells;
    if (dialect->is_preamble) {
        int64_t nlines = (int64_t) dialect->first_line - 1 - reader->nskipped;
        if (!reader_skip_lines(reader, nlines, err)) {
            return false;
        }
        csv_set_line(reader->csv, dialect->first_line);
    }
    if (!dialect->has_header) {
        reader->fields = header_fields(arena, NULL, 0, false, reader->nfields, NULL);
        return true;
    }
    struct source_record header;
    enum source_status status = reader_record(reader, &header, err);
    if (status == SOURCE_BAD) {
        struct error bad = *err;
        error_clear(err);
        return error_set(err, bad.code, "line %llu: %s", (unsigned long long) header.place,
                         bad.message);
    }
    if (status != SOURCE_OK) {
        return error_set(err, "CSV", "it ends before the names of the fields");
    }
    /* With rows that do not fit it, the header stands: the rows are malformed. */
    bool may_be_longer = dialect->is_header_short || header.ncells + 1 == reader->nfields;
    if (!may_be_longer || header.ncells > reader->nfields) {
        reader->nfields = header.ncells;
    }
    reader->fields = header_fields(arena, header.cells, header.ncells, dialect->is_header_short,
                                   reader->nfields, &reader->notes);
    note_blank_names(reader);
    if (csv_is_comment(header.cells[0])) {
        char quoted[ERROR_QUOTE_BYTES];
        strbuf_printf(&reader->notes, "the names begin as a comment does: the first field is %s\n",
                      error_quote(quoted, header.cells[0]));
    }
    reader->nheader = header.ncells;
    reader->header = arena_array(arena, header.ncells, sizeof *reader->header);
    for (size_t i = 0; i < header.ncells; i++) {
        reader->header[i] = arena_copy(arena, header.cells[i]);
    }
    return true;
}

static void
reader_close(void *state)
{
    struct reader *reader = state;
    csv_free(reader->csv);
    strbuf_fini(&reader->notes);
    free(reader->cells);
    free(reader->texts);
    free(reader->commas);
    free(reader);
}

static bool
reader_open(const struct source_options *options, struct input *input, struct arena *arena,
            void **state, struct error *err)
{
    struct reader *reader = must_alloc(sizeof *reader);
    *reader = (struct reader){.input = input};
    if (!encoding_apply(input, options->encoding, &reader->encoding, err) ||
        !refuse_markup(reader, options, err) || !reader_find_dialect(reader, options, err) ||
        !reader_header(reader, arena, err)) {
        reader_close(reader);
        return false;
    }
    reader->is_converted = strcasecmp(reader->encoding, "UTF-8") != 0;
    reader->keeps_empty_texts = options->keeps_empty_texts;
    reader->numerals = (struct numeral_marks){reader->dialect.decimal, options->thousands};
    reader->has_numerals = reader->dialect.decimal == ',' || options->thousands;
    if (reader->dialect.decimal == ',') {
        reader->commas = must_array(reader->nfields, sizeof *reader->commas);
    }
    reader->cells = must_array(reader->nfields, sizeof *reader->cells);
    reader->texts = must_array(reader->nfields, sizeof *reader->texts);
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

static void
reader_read_as(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    dialect_print(&reader->dialect, out);
    strbuf_printf(out, ", %s", reader->encoding);
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
    for (size_t i = 0; reader->commas && i < reader->nfields; i++) {
        commas_print(&reader->commas[i], reader->fields[i].name, out);
    }
    oddities_print(&reader->oddities, out);
}

static bool
reader_would_wait(const void *state)
{
    const struct reader *reader = state;
    struct slice bytes = input_bytes(reader->input);
    bool has_line =
        bytes.len && (memchr(bytes.ptr, '\n', bytes.len) ||
                      (reader->dialect.marks.ends_in_cr && memchr(bytes.ptr, '\r', bytes.len)));
    return !has_line && input_would_wait(reader->input);
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
        .read_as = reader_read_as,
        .notes = reader_notes,
        .summary = reader_summary,
        .would_wait = reader_would_wait,
    };
    return &format;
}
