/*
 * Arrow IPC files, written: a schema, batches, a footer.
 *
 *     arrow_writer_new(columns, ncolumns)                    {"sex", ARROW_OUT_TEXT}, {"age", ARROW_OUT_INT64}
 *     arrow_writer_begin(writer, &bytes)                     appends what a file begins with
 *     arrow_add_text(writer, 0, slice_lit("male")); arrow_add_int(writer, 1, 31); arrow_end_row(writer)
 *     arrow_writer_is_full(writer)                           then, and at the end:
 *     arrow_writer_flush(writer, &bytes)                     appends a batch of the rows
 *     arrow_writer_end(writer, &bytes)                       appends the footer
 *
 * A column to which nothing was added in a row has no value there. Numbers are little-endian, nothing is compressed.
 */
#ifndef QUIPU_TOOLS_ARROW_WRITER_H
#define QUIPU_TOOLS_ARROW_WRITER_H

#include "base/strbuf.h"

enum arrow_out_type {
    ARROW_OUT_TEXT,   /* Utf8 */
    ARROW_OUT_TEXTS,  /* List of Utf8 */
    ARROW_OUT_INT64,  /* Int */
    ARROW_OUT_DOUBLE, /* FloatingPoint */
    ARROW_OUT_DATE,   /* Date, in days since 1970 */
    ARROW_OUT_MOMENT, /* Timestamp without a time zone, in seconds since 1970 */
};

struct arrow_out_column {
    struct slice name; /* UTF-8 */
    enum arrow_out_type type;
};

struct arrow_writer;

/* The columns are borrowed. The caller frees it. */
struct arrow_writer *arrow_writer_new(const struct arrow_out_column *columns, size_t ncolumns);
/* NULL is fine. */
void arrow_writer_free(struct arrow_writer *writer);

void arrow_writer_begin(struct arrow_writer *writer, struct strbuf *out);
/* TEXT: UTF-8. TEXTS: one more value of the row's list. */
void arrow_add_text(struct arrow_writer *writer, size_t column, struct slice text);
/* TEXTS: the row has a list, if only one without values. */
void arrow_add_list(struct arrow_writer *writer, size_t column);
/* INT64, DATE, MOMENT. */
void arrow_add_int(struct arrow_writer *writer, size_t column, int64_t n);
void arrow_add_double(struct arrow_writer *writer, size_t column, double x);
void arrow_end_row(struct arrow_writer *writer);
/* The rows since the last batch are as many as one should have, or as long. */
bool arrow_writer_is_full(const struct arrow_writer *writer);
/* Nothing where there are no rows. */
void arrow_writer_flush(struct arrow_writer *writer, struct strbuf *out);
void arrow_writer_end(struct arrow_writer *writer, struct strbuf *out);

#endif
