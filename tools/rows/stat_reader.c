/*
 * A file of SPSS, Stata or SAS, told as messages. in: ReadStat's calls; out: variables, labels, rows.
 *
 *     variable 0 "sex", labels0       STAT_VARIABLE "sex" ""
 *     labels0: 1 "female"             STAT_LABEL 0 "1" "female"
 *     row 0: 0 = 1.0                  STAT_ROWS {"1"}
 *
 * ReadStat tells labels before variables (SPSS) or behind all rows (Stata): each is written as soon
 * as both are known, for each variable that has it. Those of SAS are in a file of their own, the catalog,
 * which is read first: a set of labels is a format there, and variables name their formats.
 */
#include "tools/rows/stat_reader.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <readstat.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/must.h"
#include "base/utf8.h"
#include "tools/rows/stat_bytes.h"
#include "tools/rows/stat_labels.h"
#include "tools/rows/stat_message.h"
#include "tools/rows/stat_value.h"

enum {
    BLOCK_BYTES = 1 << 16, /* rows are written when there are so many */
    XPT_RECORD_BYTES = 80, /* a whole SAS transport file is a multiple of it */
    SUMMARY_FIELDS = 10    /* are named; more are counted only */
};

struct column {
    readstat_variable_t *variable; /* ReadStat's, while it parses */
    struct stat_format format;
    struct slice name;
    uint64_t nmissing; /* cells that the user's rules make missing */
};

struct reader {
    const struct stat_job *job;
    struct arena *arena;
    struct stat_bytes file;
    struct column *columns;
    size_t ncolumns, columns_capacity;
    struct stat_labels labels;
    struct strbuf message;
    struct strbuf rows;
    uint32_t nrows;   /* in `rows` */
    size_t row_start; /* where in `rows` the one under way begins */
    size_t next_cell;
    int row; /* ReadStat's number of it */
    uint64_t rows_begun;
    bool is_in_row;
    struct error err;
};

/* ---- messages ---- */

static void
send_message(struct reader *reader, enum stat_message kind, struct slice bytes)
{
    stat_message_send(reader->job->pipe, kind, bytes, slice_lit(""));
}

static void
send_text(struct reader *reader, enum stat_message kind, const char *fmt, const char *text)
{
    strbuf_clear(&reader->message);
    strbuf_printf(&reader->message, fmt, text);
    send_message(reader, kind, strbuf_slice(&reader->message));
}

static void
send_rows(struct reader *reader)
{
    if (reader->nrows) {
        struct slice rows = strbuf_slice(&reader->rows);
        char head[sizeof reader->nrows + sizeof reader->file.at];
        memcpy(head, &reader->nrows, sizeof reader->nrows);
        memcpy(head + sizeof reader->nrows, &reader->file.at, sizeof reader->file.at);
        stat_message_send(reader->job->pipe, STAT_ROWS, slice_of(head, sizeof head), rows);
        strbuf_clear(&reader->rows);
        reader->nrows = 0;
    }
}

/* ReadStat takes most texts to UTF-8, and some as they are. */
static bool
is_sound(struct reader *reader, struct slice text, const char *what)
{
    return utf8_is_valid(text) ||
           error_set(&reader->err, "ENCODING",
                     "%s that is no UTF-8: say with --encoding what the file is in", what);
}

/* ---- labels ---- */

/* A label of a value that is missing stands for nothing that is counted. */
static bool
send_label(struct reader *reader, uint32_t at, const struct stat_label *label)
{
    const struct column *column = &reader->columns[at];
    struct strbuf *message = &reader->message;
    struct strbuf value;
    bool ok = true;
    if (stat_value_is_user_missing(label->value, column->variable)) {
        return true;
    }
    strbuf_init(&value);
    stat_value_print(column->format, label->value, &value);
    if (value.len && label->text.len) {
        strbuf_clear(message);
        stat_put_number(message, at);
        stat_put_text(message, strbuf_slice(&value));
        stat_put_text(message, label->text);
        ok = is_sound(reader, strbuf_slice(&value), "a labelled value") &&
             is_sound(reader, label->text, "a label");
        if (ok) {
            send_message(reader, STAT_LABEL, strbuf_slice(message));
        }
    }
    strbuf_fini(&value);
    return ok;
}

static int
on_label(const char *name, readstat_value_t value, const char *text, void *arg)
{
    struct reader *reader = arg;
    struct stat_label_set *set = stat_labels_set(&reader->labels, name);
    const struct stat_label *label = stat_label_add(&reader->labels, set, value, text);
    for (size_t i = 0; i < set->ncolumns; i++) {
        if (!send_label(reader, set->columns[i], label)) {
            return READSTAT_HANDLER_ABORT;
        }
    }
    return READSTAT_HANDLER_OK;
}

/* ---- what stands before the rows ---- */

static int
on_metadata(readstat_metadata_t *metadata, void *arg)
{
    struct reader *reader = arg;
    const char *encoding =
        reader->job->encoding ? reader->job->encoding : readstat_get_file_encoding(metadata);
    struct slice label = slice_str(readstat_get_file_label(metadata));
    struct strbuf *message = &reader->message;
    int version = readstat_get_file_format_version(metadata);
    strbuf_clear(message);
    bool is_zsav = readstat_get_compression(metadata) == READSTAT_COMPRESS_BINARY;
    switch (reader->job->file) {
    case STAT_SAV: strbuf_append_str(message, is_zsav ? "SPSS zsav" : "SPSS sav"); break;
    case STAT_POR: strbuf_append_str(message, "SPSS por"); break;
    case STAT_DTA: strbuf_printf(message, "Stata dta %d", version); break;
    case STAT_SAS7BDAT: strbuf_append_str(message, "SAS sas7bdat"); break;
    case STAT_XPT: strbuf_printf(message, "SAS xpt %d", version); break;
    }
    if (encoding) {
        strbuf_printf(message, ", %s", encoding);
    }
    if (!is_sound(reader, strbuf_slice(message), "the name of an encoding") ||
        !is_sound(reader, label, "the file's label")) {
        return READSTAT_HANDLER_ABORT;
    }
    send_message(reader, STAT_READ_AS, strbuf_slice(message));
    if (label.len) {
        send_text(reader, STAT_NOTE, "its label: %s", label.ptr);
    }
    return READSTAT_HANDLER_OK;
}

static int
on_variable(int index, readstat_variable_t *variable, const char *labels, void *arg)
{
    struct reader *reader = arg;
    struct slice name = slice_str(readstat_variable_get_name(variable));
    struct slice label = slice_str(readstat_variable_get_label(variable));
    uint32_t at = (uint32_t) reader->ncolumns;
    if (index < 0 || (size_t) index != reader->ncolumns) {
        return READSTAT_HANDLER_ABORT;
    }
    if (!is_sound(reader, name, "a variable's name") ||
        !is_sound(reader, label, "a variable's label")) {
        return READSTAT_HANDLER_ABORT;
    }
    reader->columns = arena_room(reader->arena, reader->columns, reader->ncolumns,
                                 &reader->columns_capacity, sizeof *reader->columns);
    reader->columns[reader->ncolumns++] = (struct column){
        .variable = variable,
        .format = stat_format_of(stat_file_program(reader->job->file),
                                 readstat_variable_get_format(variable)),
        .name = arena_copy(reader->arena, name),
    };
    strbuf_clear(&reader->message);
    stat_put_text(&reader->message, name);
    stat_put_text(&reader->message, label);
    send_message(reader, STAT_VARIABLE, strbuf_slice(&reader->message));
    if (!labels || !*labels) {
        return READSTAT_HANDLER_OK;
    }
    struct stat_label_set *set = stat_labels_set(&reader->labels, labels);
    stat_label_use(&reader->labels, set, at);
    for (size_t i = 0; i < set->nlabels; i++) {
        if (!send_label(reader, at, &set->labels[i])) {
            return READSTAT_HANDLER_ABORT;
        }
    }
    return READSTAT_HANDLER_OK;
}

static int
on_weight(readstat_variable_t *variable, void *arg)
{
    struct reader *reader = arg;
    const char *name = readstat_variable_get_name(variable);
    if (name) {
        send_text(reader, STAT_NOTE, "its rows are weighted: weight by `%s`", name);
    }
    return READSTAT_HANDLER_OK;
}

/* ---- rows ---- */

static void
end_row(struct reader *reader)
{
    if (!reader->is_in_row) {
        return;
    }
    for (; reader->next_cell < reader->ncolumns; reader->next_cell++) {
        stat_put_number(&reader->rows, 0);
    }
    reader->is_in_row = false;
    reader->nrows++;
    if (reader->rows.len >= BLOCK_BYTES) {
        send_rows(reader);
    }
}

static void
begin_row(struct reader *reader, int row)
{
    reader->row = row;
    reader->row_start = reader->rows.len;
    reader->rows_begun++;
    reader->is_in_row = true;
    reader->next_cell = 0;
}

/* What is there of a row that is not whole. */
static void
drop_row(struct reader *reader)
{
    if (reader->is_in_row) {
        reader->rows.len = reader->row_start;
        reader->is_in_row = false;
    }
}

static bool
put_cell(struct reader *reader, struct column *column, readstat_value_t value)
{
    struct strbuf *rows = &reader->rows;
    size_t at = rows->len;
    stat_put_number(rows, 0);
    if (stat_value_is_user_missing(value, column->variable)) {
        column->nmissing++;
    } else if (!readstat_value_is_system_missing(value)) {
        stat_value_print(column->format, value, rows);
    }
    uint32_t len = (uint32_t) (rows->len - at - sizeof len);
    memcpy(rows->ptr + at, &len, sizeof len);
    if (rows->len > STAT_MESSAGE_MOST / 2) {
        return error_set(&reader->err, "DATA", "row %llu is longer than 512 MiB",
                         (unsigned long long) reader->rows_begun);
    }
    return utf8_is_valid(slice_of(rows->ptr + at + sizeof len, len)) ||
           error_set(&reader->err, "ENCODING",
                     "row %llu, variable '%.*s': bytes that are no UTF-8: say with --encoding what "
                     "the file is in",
                     (unsigned long long) reader->rows_begun, SLICE_ARG(column->name));
}

static int
on_value(int row, readstat_variable_t *variable, readstat_value_t value, void *arg)
{
    struct reader *reader = arg;
    int index = readstat_variable_get_index(variable);
    if (!reader->is_in_row || row != reader->row) {
        end_row(reader);
        begin_row(reader, row);
    }
    if (index < 0 || (size_t) index < reader->next_cell || (size_t) index >= reader->ncolumns) {
        return READSTAT_HANDLER_ABORT;
    }
    for (; reader->next_cell < (size_t) index; reader->next_cell++) {
        stat_put_number(&reader->rows, 0);
    }
    reader->next_cell++;
    if (!put_cell(reader, &reader->columns[index], value)) {
        return READSTAT_HANDLER_ABORT;
    }
    if (reader->next_cell == reader->ncolumns) {
        end_row(reader);
    }
    return READSTAT_HANDLER_OK;
}

/* ---- what goes wrong ---- */

static void
name_failure(struct reader *reader, readstat_error_t status, const char *where)
{
    struct error *err = &reader->err;
    const char *encoding = reader->job->encoding;
    if (error_is_set(err)) {
        return;
    }
    switch (status) {
    case READSTAT_ERROR_UNSUPPORTED_CHARSET:
        (void) error_set(err, "ENCODING",
                         encoding ? "no such encoding: '%s' (`iconv -l` lists those there are)"
                                  : "an encoding that is not known: say it with --encoding%s",
                         encoding ? encoding : "");
        return;
    case READSTAT_ERROR_CONVERT:
    case READSTAT_ERROR_CONVERT_BAD_STRING:
    case READSTAT_ERROR_CONVERT_SHORT_STRING:
        (void) error_set(err, "ENCODING",
                         "a text%s is not in the encoding of the file: say with --encoding what "
                         "it is in",
                         where);
        return;
    case READSTAT_ERROR_UNSUPPORTED_COMPRESSION:
    case READSTAT_ERROR_UNSUPPORTED_FILE_FORMAT_VERSION:
        (void) error_set(err, "DATA", "a kind of it that ReadStat does not read: %s",
                         readstat_error_message(status));
        return;
    default:
        (void) error_set(err, "DATA", "the file is damaged or cut off%s, says ReadStat: %s", where,
                         readstat_error_message(status));
    }
}

/* Cells that the file's own rules make missing are left out: that is to be known. */
static void
summarize(struct reader *reader)
{
    struct strbuf *text = &reader->message;
    size_t nfields = 0;
    uint64_t nothers = 0;
    strbuf_clear(text);
    for (size_t i = 0; i < reader->ncolumns; i++) {
        const struct column *column = &reader->columns[i];
        if (!column->nmissing) {
            continue;
        }
        if (nfields++ >= SUMMARY_FIELDS) {
            nothers += column->nmissing;
            continue;
        }
        strbuf_append_str(text, text->len ? ", " : "user-missing cells, left out: ");
        strbuf_printf(text, "%llu of '%.*s'", (unsigned long long) column->nmissing,
                      SLICE_ARG(column->name));
    }
    if (nothers) {
        strbuf_printf(text, ", %llu of %zu other fields", (unsigned long long) nothers,
                      nfields - SUMMARY_FIELDS);
    }
    if (text->len) {
        send_message(reader, STAT_SUMMARY, strbuf_slice(text));
    }
}

/* The fields that have labels by the catalog; or the formats that it has, and no field. */
static void
summarize_catalog(struct reader *reader)
{
    struct strbuf *text = &reader->message;
    size_t nfields = 0, nformats = 0;
    strbuf_clear(text);
    for (size_t i = 0; i < reader->labels.nsets; i++) {
        const struct stat_label_set *set = &reader->labels.sets[i];
        for (size_t j = 0; set->nlabels && j < set->ncolumns; j++) {
            struct slice name = reader->columns[set->columns[j]].name;
            if (nfields++ < SUMMARY_FIELDS) {
                strbuf_append_str(text, nfields > 1 ? ", " : "labels by the catalog: of ");
                strbuf_printf(text, "'%.*s'", SLICE_ARG(name));
            }
        }
    }
    for (size_t i = 0; !nfields && i < reader->labels.nsets; i++) {
        const struct stat_label_set *set = &reader->labels.sets[i];
        if (set->nlabels && nformats < SUMMARY_FIELDS && utf8_is_valid(set->name)) {
            strbuf_append_str(
                text, nformats++ ? ", " : "no field has a format of the catalog, which has ");
            strbuf_append(text, set->name);
        }
    }
    if (nfields > SUMMARY_FIELDS) {
        strbuf_printf(text, " and of %zu other fields", nfields - SUMMARY_FIELDS);
    }
    if (!text->len) {
        strbuf_append_str(text, "the catalog has no labels");
    }
    send_message(reader, STAT_SUMMARY, strbuf_slice(text));
}

/* ---- all of it ---- */

static readstat_error_t
parse(struct reader *reader, readstat_parser_t *parser)
{
    switch (reader->job->file) {
    case STAT_SAV: return readstat_parse_sav(parser, "", reader);
    case STAT_POR: return readstat_parse_por(parser, "", reader);
    case STAT_DTA: return readstat_parse_dta(parser, "", reader);
    case STAT_SAS7BDAT: return readstat_parse_sas7bdat(parser, "", reader);
    case STAT_XPT: return readstat_parse_xport(parser, "", reader);
    }
    return READSTAT_ERROR_OPEN;
}

static readstat_parser_t *
parser_new(struct reader *reader)
{
    readstat_parser_t *parser = must_have(readstat_parser_init());
    stat_bytes_give(&reader->file, parser);
    readstat_set_metadata_handler(parser, on_metadata);
    readstat_set_variable_handler(parser, on_variable);
    readstat_set_fweight_handler(parser, on_weight);
    readstat_set_value_label_handler(parser, on_label);
    readstat_set_value_handler(parser, on_value);
    if (reader->job->encoding) {
        readstat_set_file_character_encoding(parser, reader->job->encoding);
    }
    return parser;
}

/* What the format itself cannot tell: it has no count of rows. */
static bool
is_whole(struct reader *reader)
{
    return reader->job->file != STAT_XPT || reader->file.size % XPT_RECORD_BYTES == 0 ||
           error_set(&reader->err, "DATA",
                     "the file is cut off: a SAS transport file is a multiple of %d bytes",
                     XPT_RECORD_BYTES);
}

/* Labels of formats, before the variables that have these. */
static bool
read_catalog(struct reader *reader)
{
    struct stat_bytes file;
    readstat_parser_t *parser = must_have(readstat_parser_init());
    stat_bytes_init(&file, reader->job->catalog);
    stat_bytes_give(&file, parser);
    readstat_set_value_label_handler(parser, on_label);
    if (reader->job->encoding) {
        readstat_set_file_character_encoding(parser, reader->job->encoding);
    }
    readstat_error_t status = readstat_parse_sas7bcat(parser, "", reader);
    if (status != READSTAT_OK) {
        name_failure(reader, status, "");
        return false;
    }
    send_message(reader, STAT_CATALOG, slice_lit(""));
    return true;
}

static void
read_file(struct reader *reader)
{
    readstat_error_t status = parse(reader, parser_new(reader));
    if (status != READSTAT_OK) {
        char where[48] = " before its first row";
        if (reader->rows_begun) {
            snprintf(where, sizeof where, " behind row %llu",
                     (unsigned long long) reader->rows_begun);
        }
        drop_row(reader);
        name_failure(reader, status, where);
    }
}

void
stat_reader_run(const struct stat_job *job)
{
    signal(SIGINT, SIG_IGN); /* of the terminal: quipu-load decides */
    signal(SIGPIPE, SIG_IGN);
    struct reader reader = {.job = job, .arena = arena_new()};
    stat_bytes_init(&reader.file, job->fd);
    stat_labels_init(&reader.labels, reader.arena, stat_file_program(job->file) == STAT_SAS);
    if ((job->catalog < 0 || read_catalog(&reader)) && is_whole(&reader)) {
        read_file(&reader);
    }
    end_row(&reader);
    send_rows(&reader);
    if (error_is_set(&reader.err)) {
        strbuf_clear(&reader.message);
        stat_put_text(&reader.message, slice_str(reader.err.code));
        stat_put_text(&reader.message, slice_str(reader.err.message));
        send_message(&reader, STAT_FAILED, strbuf_slice(&reader.message));
    } else {
        summarize(&reader);
        if (job->catalog >= 0) {
            summarize_catalog(&reader);
        }
        send_message(&reader, STAT_END, slice_lit(""));
    }
    _exit(0);
}
