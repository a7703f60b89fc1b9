/*
 * Replies in RESP2 or RESP3, appended to a buffer.
 *
 *     struct resp_writer out = {&buf, false};
 *     resp_write_map(&out, 1);                      RESP2  *2\r\n      RESP3  %1\r\n
 *     resp_write_bulk(&out, slice_lit("rows"));            $4\r\nrows\r\n
 *     resp_write_int(&out, 7);                             :7\r\n
 *
 * A header (array, map, set) says how many elements follow, and the caller writes exactly that
 * many. If RESP2 lacks a type, the nearest is written: a map as a flat array, a double as a bulk
 * string. Nothing here can fail.
 */
#ifndef QUIPU_NET_RESP_WRITER_H
#define QUIPU_NET_RESP_WRITER_H

#include "base/error.h"
#include "base/strbuf.h"

struct resp_writer {
    struct strbuf *out; /* the caller's */
    bool resp3;
    size_t table_cells; /* for an answer in FORMAT TABLE: answer/sink.h */
};

/* Writes one line of text. Control bytes become spaces. */
void resp_write_simple(struct resp_writer *writer, struct slice text);
/* Writes `-` and the text, which starts with its code. Control bytes become spaces. */
void resp_write_error_text(struct resp_writer *writer, struct slice text);
void resp_write_error(struct resp_writer *writer, const struct error *err);
/* Writes an error with code ERR and a message in the form of printf. */
void resp_write_err(struct resp_writer *writer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void resp_write_ok(struct resp_writer *writer);
void resp_write_int(struct resp_writer *writer, int64_t n);
void resp_write_bulk(struct resp_writer *writer, struct slice bytes);
void resp_write_bulk_str(struct resp_writer *writer, const char *s);
/* Writes text to be shown: in RESP3 a verbatim string. format is three letters: txt, mkd. */
void resp_write_verbatim(struct resp_writer *writer, const char *format, struct slice text);
void resp_write_double(struct resp_writer *writer, double value);
/* The same, where its text is known. */
void resp_write_double_text(struct resp_writer *writer, struct slice text);
void resp_write_bool(struct resp_writer *writer, bool value); /* RESP2: 1 or 0 */
void resp_write_null(struct resp_writer *writer);
/* The answer of EXEC after a watched key has changed. */
void resp_write_null_array(struct resp_writer *writer);
void resp_write_array(struct resp_writer *writer, size_t nelements);
void resp_write_set(struct resp_writer *writer, size_t nelements);
void resp_write_map(struct resp_writer *writer, size_t npairs);

#endif
