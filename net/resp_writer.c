/*
 * Writes replies in RESP2 or RESP3, value by value. in: values; out: their bytes, appended to the
 * buffer.
 *
 *     resp_write_double(&out, 2.5)     RESP3  ,2.5\r\n     RESP2  $3\r\n2.5\r\n
 */
#include "net/resp_writer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void
header_append(struct resp_writer *writer, char type, size_t n)
{
    strbuf_append_char(writer->out, type);
    strbuf_append_int(writer->out, (int64_t) n);
    strbuf_append(writer->out, slice_lit("\r\n"));
}

/* Cleans a line's text: no line breaks, and no control bytes for a terminal. */
static void
line_append(struct resp_writer *writer, char type, struct slice text)
{
    strbuf_append_char(writer->out, type);
    char *at = strbuf_reserve(writer->out, text.len);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.ptr[i];
        at[i] = c < ' ' || c == 0x7f ? ' ' : text.ptr[i];
    }
    writer->out->len += text.len;
    strbuf_append(writer->out, slice_lit("\r\n"));
}

void
resp_write_simple(struct resp_writer *writer, struct slice text)
{
    line_append(writer, '+', text);
}

void
resp_write_error_text(struct resp_writer *writer, struct slice text)
{
    line_append(writer, '-', text);
}

void
resp_write_error(struct resp_writer *writer, const struct error *err)
{
    char text[ERROR_CODE_BYTES + ERROR_MESSAGE_BYTES];
    int len = snprintf(text, sizeof text, "%s %s", err->code, err->message);
    resp_write_error_text(writer, slice_of(text, (size_t) len));
}

void
resp_write_err(struct resp_writer *writer, const char *fmt, ...)
{
    struct error err = {.code = "ERR"};
    va_list args;
    va_start(args, fmt);
    vsnprintf(err.message, sizeof err.message, fmt, args);
    va_end(args);
    resp_write_error(writer, &err);
}

void
resp_write_ok(struct resp_writer *writer)
{
    resp_write_simple(writer, slice_lit("OK"));
}

void
resp_write_int(struct resp_writer *writer, int64_t n)
{
    strbuf_append_char(writer->out, ':');
    strbuf_append_int(writer->out, n);
    strbuf_append(writer->out, slice_lit("\r\n"));
}

void
resp_write_bulk(struct resp_writer *writer, struct slice bytes)
{
    header_append(writer, '$', bytes.len);
    strbuf_append(writer->out, bytes);
    strbuf_append(writer->out, slice_lit("\r\n"));
}

void
resp_write_bulk_str(struct resp_writer *writer, const char *s)
{
    resp_write_bulk(writer, slice_str(s));
}

void
resp_write_verbatim(struct resp_writer *writer, const char *format, struct slice text)
{
    if (!writer->resp3) {
        resp_write_bulk(writer, text);
        return;
    }
    header_append(writer, '=', text.len + 4);
    strbuf_append(writer->out, slice_of(format, 3));
    strbuf_append_char(writer->out, ':');
    strbuf_append(writer->out, text);
    strbuf_append(writer->out, slice_lit("\r\n"));
}

/* Finds the shortest digits that read back as the same double. */
static int
double_print(char *text, size_t size, double value)
{
    if (isnan(value)) {
        return snprintf(text, size, "nan");
    }
    if (isinf(value)) {
        return snprintf(text, size, value > 0 ? "inf" : "-inf");
    }
    int len = 0;
    for (int precision = 15; precision <= 17; precision++) {
        len = snprintf(text, size, "%.*g", precision, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return len;
}

void
resp_write_double(struct resp_writer *writer, double value)
{
    char text[40];
    resp_write_double_text(writer, slice_of(text, (size_t) double_print(text, sizeof text, value)));
}

void
resp_write_double_text(struct resp_writer *writer, struct slice text)
{
    if (writer->resp3) {
        line_append(writer, ',', text);
    } else {
        resp_write_bulk(writer, text);
    }
}

void
resp_write_bool(struct resp_writer *writer, bool value)
{
    if (writer->resp3) {
        strbuf_append_str(writer->out, value ? "#t\r\n" : "#f\r\n");
    } else {
        resp_write_int(writer, value);
    }
}

void
resp_write_null(struct resp_writer *writer)
{
    strbuf_append_str(writer->out, writer->resp3 ? "_\r\n" : "$-1\r\n");
}

void
resp_write_null_array(struct resp_writer *writer)
{
    strbuf_append_str(writer->out, writer->resp3 ? "_\r\n" : "*-1\r\n");
}

void
resp_write_array(struct resp_writer *writer, size_t nelements)
{
    header_append(writer, '*', nelements);
}

void
resp_write_set(struct resp_writer *writer, size_t nelements)
{
    header_append(writer, writer->resp3 ? '~' : '*', nelements);
}

void
resp_write_map(struct resp_writer *writer, size_t npairs)
{
    if (writer->resp3) {
        header_append(writer, '%', npairs);
    } else {
        header_append(writer, '*', npairs * 2);
    }
}
