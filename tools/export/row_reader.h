/*
 * Rows of a server, one after the other, each as cells by column, however many there are.
 *
 *     const struct slice words[] = {slice_lit("QUERY"), slice_lit("rows * from current where sex = 1")};
 *     row_reader_query(connection, &(struct row_asked){words, 2, false}, cells, &taker, NULL, &err)
 *     row_reader_scan(connection, &keys, cells, &taker, &err)
 */
#ifndef QUIPU_TOOLS_EXPORT_ROW_READER_H
#define QUIPU_TOOLS_EXPORT_ROW_READER_H

#include "base/strbuf.h"
#include "tools/connection.h"
#include "tools/export/row_cells.h"

/* Who takes the rows. */
struct row_taker {
    void *arg;
    /* How many will come, before the first. NULL: it need not know. */
    void (*total)(void *arg, uint64_t nrows);
    /* False, with err set: no more. */
    bool (*row)(void *arg, const struct slice *cells, struct error *err);
};

/* A command that answers as ROWS. */
struct row_asked {
    const struct slice *words;
    size_t nwords;
    bool names_fields; /* of named fields, which are the columns that are no keys, in their order */
};

/* What the server has told, also of rows that were gone when they were read. */
struct rows_told {
    uint64_t nrows;
    struct strbuf last; /* the name of the last one */
};

/*
 * The rows of a ROWS, in its order. The reply is read as it comes, and not kept. It is added to what
 * was told; NULL: nobody asks. Fails with what the server says, IO, or what the taker says.
 */
bool row_reader_query(struct connection *connection, const struct row_asked *asked,
                      struct row_cells *cells, const struct row_taker *taker,
                      struct rows_told *told, struct error *err) QUIPU_MUST_CHECK;

/* What the rows of a dataset are called. */
struct row_names {
    struct slice prefix;  /* "profile_": their names begin with it */
    struct slice address; /* "w47:": what stands before the name in a command; may be empty */
};

/*
 * All rows of a dataset, in no order, by SCAN and HGETALL: neither side holds more than some thousand.
 * A row that is there all the time is read once; one that comes or goes meanwhile may be. *nagain:
 * names that SCAN told twice, and were left out. Fails as row_reader_query.
 */
bool row_reader_scan(struct connection *connection, const struct row_names *names,
                     struct row_cells *cells, const struct row_taker *taker, uint64_t *nagain,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
