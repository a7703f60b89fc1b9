/*
 * Rows of cells, written through a server, many ahead of their replies.
 *
 *     row_writer_open(&address, &options, &writer, &err)
 *     row_writer_put(writer, &row, &err)          HSET, and HDEL of what is empty
 *     row_writer_flush(writer, &err)              all of them are acknowledged
 *     row_writer_counters(writer)                 12 new, 3 changed, 1,000 the same
 *
 * Where rows may be there already (is_compared), they are read first, many at a time, and only those
 * that differ are written.
 */
#ifndef QUIPU_TOOLS_ROW_WRITER_H
#define QUIPU_TOOLS_ROW_WRITER_H

#include "tools/connection.h"
#include "tools/rows/format.h"
#include "tools/sink.h"

struct row_writer;

struct row_writer_options {
    struct sink_names names; /* borrowed */
    size_t window;
    bool is_compared;
    bool keeps_empty_texts; /* a field without bytes is not as good as none */
    size_t no_field;        /* a column that is no field of the row; SIZE_MAX: none */
    /* The server has answered a row with an error. */
    void (*on_refused)(void *arg, uint64_t place, const char *why, size_t why_len);
    void *arg;
};

struct row_writer_counters {
    uint64_t nnew, nchanged,
        nsame; /* rows, acknowledged; where the same key comes twice, by each */
    uint64_t nrefused;
    uint64_t nwithout;   /* rows without a field that were not there either */
    uint64_t nemptied;   /* fields that rows had, and empty cells have removed */
    uint64_t last_place; /* all rows up to it are acknowledged */
};

struct written_row {
    struct slice key; /* with the prefix or without */
    const struct slice *cells;
    size_t ncells;
    uint64_t place;
    bool is_seen; /* the key may have come before */
};

/* Connects. The address is borrowed. The caller frees *out. Fails with IO. */
bool row_writer_open(const struct connection_address *address,
                     const struct row_writer_options *options, struct row_writer **out,
                     struct error *err) QUIPU_MUST_CHECK;
/* NULL is fine. Rows that are not acknowledged may be written or not. */
void row_writer_free(struct row_writer *writer);
/* The columns' names: before the first row, and where there are more. */
void row_writer_fields(struct row_writer *writer, const struct source_field *fields,
                       size_t nfields);
/* Fails with IO: the connection is lost; then only row_writer_free may follow. */
bool row_writer_put(struct row_writer *writer, const struct written_row *row,
                    struct error *err) QUIPU_MUST_CHECK;
bool row_writer_flush(struct row_writer *writer, struct error *err) QUIPU_MUST_CHECK;
struct row_writer_counters row_writer_counters(const struct row_writer *writer);
/* Commands whose reply has not come. */
size_t row_writer_in_flight(const struct row_writer *writer);

#endif
