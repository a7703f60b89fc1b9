/*
 * Files of SPSS and Stata, by ReadStat. in: rows, and the kinds of the columns; out: a .sav or a .dta,
 * with labels.
 *
 *     integer, number    a number             date         a date of theirs
 *     text               text as long as the longest; of Stata from 2,046 bytes on a strL
 *
 * Stata's strLs stand behind the rows, but their number and length before them. So rows that have
 * some are looked at before they are written.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readstat.h>

#include "base/date.h"
#include "base/double.h"
#include "base/must.h"
#include "base/number.h"
#include "tools/export/format.h"
#include "tools/export/kinds.h"
#include "tools/export/plain_text.h"
#include "tools/export/stat_names.h"
#include "tools/rows/stat_format.h"

enum {
    SPSS_TEXT_BYTES = 32767,
    STATA_TEXT_BYTES = 2045,
    STATA_LONG_BYTES = 1 << 30, /* of all long texts: they are in memory until the end */
    SPSS_LABEL_BYTES = 255,
    STATA_LABEL_CHARACTERS = 80,
    DAY_SECONDS = 86400
};

struct stat_column {
    const struct export_column *column;
    readstat_variable_t *variable;
    bool is_long; /* a strL */
    bool has_odd_bytes, has_blanks;
};

struct stat_out {
    struct arena *arena;
    enum stat_names program;
    const struct export_table *table;
    struct output *output;
    readstat_writer_t *writer;
    struct stat_column *columns;
    bool has_begun;
    size_t long_bytes;
    int next_long; /* the next of the strLs */
    struct strbuf buffer, said;
    struct error write_error; /* of the output */
};

/* ---- ReadStat ---- */

static ssize_t
on_write(const void *bytes, size_t len, void *arg)
{
    struct stat_out *out = arg;
    return output_write(out->output, slice_of(bytes, len), &out->write_error) ? (ssize_t) len : -1;
}

static bool
check(struct stat_out *out, readstat_error_t status, const struct stat_column *column,
      struct error *err)
{
    if (status == READSTAT_OK) {
        return true;
    }
    if (error_is_set(&out->write_error)) {
        *err = out->write_error;
        return false;
    }
    const char *why = readstat_error_message(status);
    if (!column) {
        return error_set(err, "IO", "ReadStat: %s", why);
    }
    return error_set(err, "IO", "'%.*s': ReadStat: %s", SLICE_ARG(column->column->name), why);
}

/* ---- Labels ---- */

static bool
is_number(const struct export_column *column)
{
    return column->kind == COLUMN_INTEGER || column->kind == COLUMN_NUMBER;
}

/* False: the program cannot hold it. */
static bool
label_add(struct stat_out *out, const struct export_column *column, readstat_label_set_t *set,
          const struct source_label *label)
{
    struct strbuf value;
    struct slice number;
    int64_t integer;
    strbuf_init(&value);
    const char *text = plain_text_of(label->label, &out->buffer);
    bool ok = true;
    if (!is_number(column)) {
        ok = label->value.len <= column->bytes_most && plain_text_is(label->value);
        if (ok) {
            readstat_label_string_value(set, plain_text_of(label->value, &value), text);
        }
    } else if (!kinds_read_number(label->value, &value, &number)) {
        ok = false;
    } else if (out->program == STAT_NAMES_SPSS) {
        readstat_label_double_value(set, double_read(number), text);
    } else {
        ok = slice_to_int64(number, &integer) && integer > INT32_MIN && integer <= INT32_MAX - 27;
        if (ok) {
            readstat_label_int32_value(set, (int32_t) integer, text);
        }
    }
    strbuf_fini(&value);
    return ok;
}

static void
labels_add(struct stat_out *out, struct stat_column *column, size_t nth)
{
    const struct export_column *of = column->column;
    bool is_spss = out->program == STAT_NAMES_SPSS;
    bool can_have = is_number(of) || (is_spss && of->kind == COLUMN_TEXT && !of->separator.len);
    size_t nlost = of->nlabels;
    if (of->nlabels && can_have) {
        char name[32];
        snprintf(name, sizeof name, "labels%zu", nth);
        readstat_type_t type = !is_number(of) ? READSTAT_TYPE_STRING
                               : is_spss      ? READSTAT_TYPE_DOUBLE
                                              : READSTAT_TYPE_INT32;
        readstat_label_set_t *set = readstat_add_label_set(out->writer, type, name);
        for (size_t i = 0; i < of->nlabels; i++) {
            nlost -= label_add(out, of, set, &of->labels[i]);
        }
        readstat_variable_set_label_set(column->variable, set);
    }
    if (nlost) {
        strbuf_printf(&out->said, "%zu labels of '%.*s' have no place there\n", nlost,
                      SLICE_ARG(of->name));
    }
}

/* The field's label, or its name if the variable is called otherwise. */
static void
label_set(struct stat_out *out, struct stat_column *column, const char *name)
{
    const struct export_column *of = column->column;
    bool is_renamed = !slice_equal(slice_str(name), of->name);
    struct slice label = of->label.len ? of->label : is_renamed ? of->name : slice_lit("");
    if (!label.len) {
        return;
    }
    struct slice whole = slice_str(plain_text_of(label, &out->buffer));
    size_t most = SPSS_LABEL_BYTES;
    if (out->program == STAT_NAMES_STATA) {
        most = whole.len;
        size_t ncharacters = 0;
        for (size_t i = 0; i < whole.len; i++) { /* no character begins with 10xxxxxx */
            ncharacters += ((unsigned char) whole.ptr[i] & 0xc0) != 0x80;
            if (ncharacters > STATA_LABEL_CHARACTERS) {
                most = i;
                break;
            }
        }
    }
    struct slice cut = plain_text_cut(whole, most);
    if (cut.len < whole.len) {
        strbuf_printf(&out->said, "the label of '%.*s' is cut\n", SLICE_ARG(of->name));
    }
    readstat_variable_set_label(column->variable, arena_copy(out->arena, cut).ptr);
}

/* ---- Variables ---- */

static readstat_type_t
stata_type(const struct export_column *column)
{
    if (column->kind == COLUMN_DATE) {
        return READSTAT_TYPE_INT32;
    }
    if (column->kind != COLUMN_INTEGER) {
        return READSTAT_TYPE_DOUBLE;
    }
    /* The greatest of each type stand for missing values. */
    return column->least >= -127 && column->most <= 100                 ? READSTAT_TYPE_INT8
           : column->least >= -32767 && column->most <= 32740           ? READSTAT_TYPE_INT16
           : column->least >= -2147483647 && column->most <= 2147483620 ? READSTAT_TYPE_INT32
                                                                        : READSTAT_TYPE_DOUBLE;
}

/* How a value is shown; ReadStat copies it. Empty: as the program does by itself. */
static void
format_print(const struct stat_out *out, const struct export_column *column, char *format,
             size_t format_bytes)
{
    enum { SPSS_WIDTH = 40, SPSS_DECIMALS = 16, POINT_AND_SIGN = 2, WHOLE_DIGITS = 18 };
    bool is_spss = out->program == STAT_NAMES_SPSS;
    unsigned decimals = column->fraction_digits;
    *format = '\0';
    switch (column->kind) {
    case COLUMN_TEXT: break;
    case COLUMN_INTEGER:
        if (is_spss) {
            size_t width = column->bytes_most < SPSS_WIDTH ? column->bytes_most : SPSS_WIDTH;
            snprintf(format, format_bytes, "F%zu.0", width < 1 ? (size_t) 1 : width);
        }
        break;
    case COLUMN_NUMBER:
        if (is_spss) {
            decimals = decimals < SPSS_DECIMALS ? decimals : SPSS_DECIMALS;
            snprintf(format, format_bytes, "F%u.%u", decimals + WHOLE_DIGITS + POINT_AND_SIGN,
                     decimals);
        }
        break;
    case COLUMN_DATE: snprintf(format, format_bytes, is_spss ? "DATE11" : "%%td"); break;
    case COLUMN_DATETIME: snprintf(format, format_bytes, is_spss ? "DATETIME20" : "%%tc"); break;
    }
}

static bool
variable_add(struct stat_out *out, size_t nth, const char *name, struct error *err)
{
    struct stat_column *column = &out->columns[nth];
    const struct export_column *of = column->column = &out->table->columns[nth];
    bool is_spss = out->program == STAT_NAMES_SPSS;
    size_t width = of->bytes_most < 1 ? 1 : of->bytes_most;
    char format[32];
    readstat_type_t type = READSTAT_TYPE_STRING;
    if (of->kind != COLUMN_TEXT) {
        type = is_spss ? READSTAT_TYPE_DOUBLE : stata_type(of);
        width = 0;
    } else if (is_spss && width > SPSS_TEXT_BYTES) {
        return error_set(err, "NAME",
                         "'%.*s' has a text of %zu bytes, and SPSS holds %d: leave the field out "
                         "(--query \"rows ...\"), or choose another format",
                         SLICE_ARG(of->name), width, SPSS_TEXT_BYTES);
    } else if (!is_spss && width > STATA_TEXT_BYTES) {
        column->is_long = true;
        type = READSTAT_TYPE_STRING_REF;
        width = 0;
    }
    column->variable = readstat_add_variable(out->writer, name, type, width);
    format_print(out, of, format, sizeof format);
    if (*format) {
        readstat_variable_set_format(column->variable, format);
    }
    readstat_variable_set_measure(column->variable, of->nlabels || of->kind == COLUMN_TEXT
                                                        ? READSTAT_MEASURE_NOMINAL
                                                        : READSTAT_MEASURE_SCALE);
    label_set(out, column, name);
    labels_add(out, column, nth);
    if (of->separator.len) {
        strbuf_printf(&out->said, "'%.*s' is text with several values, '%.*s' between them\n",
                      SLICE_ARG(of->name), SLICE_ARG(of->separator));
    }
    return true;
}

/* ---- Opening ---- */

static void
close_stat(void *state)
{
    struct stat_out *out = state;
    readstat_writer_free(out->writer);
    strbuf_fini(&out->buffer);
    strbuf_fini(&out->said);
}

static bool
open_stat(enum stat_names program, const struct export_table *table, struct output *output,
          struct arena *arena, void **state, struct error *err)
{
    struct stat_out *out = arena_alloc(arena, sizeof *out);
    *out = (struct stat_out){
        .arena = arena,
        .program = program,
        .table = table,
        .output = output,
        .writer = must_have(readstat_writer_init()),
        .columns = arena_array(arena, table->ncolumns, sizeof *out->columns),
    };
    strbuf_init(&out->buffer);
    strbuf_init(&out->said);
    readstat_set_data_writer(out->writer, on_write);
    const char **names = stat_names_make(arena, program, table, &out->said);
    bool ok = table->nrows <= INT_MAX ||
              error_set(err, "IO", "the format holds no more than %d rows", INT_MAX);
    for (size_t i = 0; ok && i < table->ncolumns; i++) {
        ok = variable_add(out, i, names[i], err);
    }
    if (!ok) {
        close_stat(out);
        return false;
    }
    *state = out;
    return true;
}

static bool
open_sav(const struct export_table *table, struct output *output, struct arena *arena, void **state,
         struct error *err)
{
    return open_stat(STAT_NAMES_SPSS, table, output, arena, state, err);
}

static bool
open_dta(const struct export_table *table, struct output *output, struct arena *arena, void **state,
         struct error *err)
{
    return open_stat(STAT_NAMES_STATA, table, output, arena, state, err);
}

/* ---- Rows ---- */

static bool
wants_look(const void *state)
{
    const struct stat_out *out = state;
    bool has_long = false;
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        has_long = has_long || out->columns[i].is_long;
    }
    return has_long;
}

/* Keeps the long texts, in the order in which `row` comes to them. */
static bool
look(void *state, const struct slice *cells, struct error *err)
{
    struct stat_out *out = state;
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        if (!out->columns[i].is_long || !cells[i].ptr) {
            continue;
        }
        out->long_bytes += cells[i].len;
        if (out->long_bytes > STATA_LONG_BYTES) {
            return error_set(err, "NAME",
                             "'%.*s': texts longer than %d bytes have more than %d bytes in all: "
                             "leave the field out (--query \"rows ...\"), or choose another format",
                             SLICE_ARG(out->columns[i].column->name), STATA_TEXT_BYTES,
                             STATA_LONG_BYTES);
        }
        must_have(readstat_add_string_ref(out->writer, plain_text_of(cells[i], &out->buffer)));
    }
    return true;
}

static bool
begin(struct stat_out *out, struct error *err)
{
    long nrows = (long) out->table->nrows;
    out->has_begun = true;
    if (out->program == STAT_NAMES_SPSS) {
        readstat_writer_set_compression(out->writer, READSTAT_COMPRESS_ROWS);
        return check(out, readstat_begin_writing_sav(out->writer, out, nrows), NULL, err);
    }
    return check(out, readstat_begin_writing_dta(out->writer, out, nrows), NULL, err);
}

static readstat_error_t
insert_text(struct stat_out *out, struct stat_column *column, struct slice text)
{
    column->has_odd_bytes = column->has_odd_bytes || !plain_text_is(text);
    column->has_blanks = column->has_blanks || (text.len && text.ptr[text.len - 1] == ' ');
    return readstat_insert_string_value(out->writer, column->variable,
                                        plain_text_of(text, &out->buffer));
}

static readstat_error_t
insert_integer(struct stat_out *out, struct stat_column *column, int64_t n)
{
    switch (readstat_variable_get_type(column->variable)) {
    case READSTAT_TYPE_INT8:
        return readstat_insert_int8_value(out->writer, column->variable, (int8_t) n);
    case READSTAT_TYPE_INT16:
        return readstat_insert_int16_value(out->writer, column->variable, (int16_t) n);
    case READSTAT_TYPE_INT32:
        return readstat_insert_int32_value(out->writer, column->variable, (int32_t) n);
    case READSTAT_TYPE_STRING:
    case READSTAT_TYPE_STRING_REF:
    case READSTAT_TYPE_FLOAT:
    case READSTAT_TYPE_DOUBLE: break;
    }
    return readstat_insert_double_value(out->writer, column->variable, (double) n);
}

static readstat_error_t
insert_number(struct stat_out *out, struct stat_column *column, struct slice text)
{
    struct slice number;
    int64_t integer;
    bool is_there = kinds_read_number(text, &out->buffer, &number);
    if (!is_there) {
        return READSTAT_ERROR_CONVERT; /* the kind was told by every value */
    }
    return column->column->kind == COLUMN_INTEGER && slice_to_int64(number, &integer)
               ? insert_integer(out, column, integer)
               : readstat_insert_double_value(out->writer, column->variable, double_read(number));
}

/* Two digits of a date that was read before. */
static int64_t
digits(struct slice text, size_t at)
{
    return (text.ptr[at] - '0') * 10 + (text.ptr[at + 1] - '0');
}

static readstat_error_t
insert_date(struct stat_out *out, struct stat_column *column, struct slice text)
{
    enum { HOUR_AT = 11, MINUTE_AT = 14, SECOND_AT = 17, HOUR = 3600, MINUTE = 60, MS = 1000 };
    struct date date;
    int64_t day;
    bool is_spss = out->program == STAT_NAMES_SPSS;
    bool has_time = column->column->kind == COLUMN_DATETIME;
    if (!date_read(text, &date) || !date_key(date, DATE_DAY, &day)) {
        return READSTAT_ERROR_CONVERT;
    }
    day -= is_spss ? STAT_SPSS_DAY : STAT_1960_DAY;
    int64_t seconds = day * DAY_SECONDS;
    if (has_time) {
        seconds += digits(text, HOUR_AT) * HOUR + digits(text, MINUTE_AT) * MINUTE +
                   digits(text, SECOND_AT);
    }
    return insert_integer(out, column, is_spss ? seconds : has_time ? seconds * MS : day);
}

static readstat_error_t
insert(struct stat_out *out, struct stat_column *column, struct slice text)
{
    if (!text.ptr) {
        readstat_string_ref_t nothing = {.first_v = 0, .first_o = 0}; /* to no strL */
        return column->is_long ? readstat_insert_string_ref(out->writer, column->variable, &nothing)
                               : readstat_insert_missing_value(out->writer, column->variable);
    }
    if (column->is_long) {
        column->has_odd_bytes = column->has_odd_bytes || !plain_text_is(text);
        return readstat_insert_string_ref(out->writer, column->variable,
                                          readstat_get_string_ref(out->writer, out->next_long++));
    }
    switch (column->column->kind) {
    case COLUMN_TEXT: return insert_text(out, column, text);
    case COLUMN_INTEGER:
    case COLUMN_NUMBER: return insert_number(out, column, text);
    case COLUMN_DATE:
    case COLUMN_DATETIME: return insert_date(out, column, text);
    }
    return READSTAT_ERROR_CONVERT;
}

static bool
row(void *state, const struct slice *cells, struct error *err)
{
    struct stat_out *out = state;
    if ((!out->has_begun && !begin(out, err)) ||
        !check(out, readstat_begin_row(out->writer), NULL, err)) {
        return false;
    }
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        if (!check(out, insert(out, &out->columns[i], cells[i]), &out->columns[i], err)) {
            return false;
        }
    }
    return check(out, readstat_end_row(out->writer), NULL, err);
}

static bool
finish(void *state, struct error *err)
{
    struct stat_out *out = state;
    return (out->has_begun || begin(out, err)) &&
           check(out, readstat_end_writing(out->writer), NULL, err);
}

static void
notes(const void *state, struct strbuf *to)
{
    const struct stat_out *out = state;
    strbuf_append(to, strbuf_slice(&out->said));
    for (size_t i = 0; i < out->table->ncolumns; i++) {
        const struct stat_column *column = &out->columns[i];
        struct slice name = column->column->name;
        if (column->has_odd_bytes) {
            strbuf_printf(to, "'%.*s': U+FFFD stands for bytes that are not UTF-8, and for NUL\n",
                          SLICE_ARG(name));
        }
        if (column->has_blanks && out->program == STAT_NAMES_SPSS) {
            strbuf_printf(to, "'%.*s': SPSS does not tell blanks at the end of a text\n",
                          SLICE_ARG(name));
        }
    }
}

const struct export_format *
format_sav_out(void)
{
    static const struct export_format FORMAT = {.name = "sav",
                                                .suffixes = ".sav",
                                                .needs_kinds = true,
                                                .has_no_empty_texts = true,
                                                .open = open_sav,
                                                .row = row,
                                                .finish = finish,
                                                .close = close_stat,
                                                .notes = notes};
    return &FORMAT;
}

const struct export_format *
format_dta_out(void)
{
    static const struct export_format FORMAT = {.name = "dta",
                                                .suffixes = ".dta",
                                                .needs_kinds = true,
                                                .has_no_empty_texts = true,
                                                .open = open_dta,
                                                .wants_look = wants_look,
                                                .look = look,
                                                .row = row,
                                                .finish = finish,
                                                .close = close_stat,
                                                .notes = notes};
    return &FORMAT;
}
