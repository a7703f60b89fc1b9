/*
 * CSV as RFC 4180 has it, record by record, from bytes that arrive in pieces.
 *
 *     struct csv *csv = csv_new();
 *     while (csv_next(csv, input, at_end, &consumed, &record, &err) == CSV_OK) {
 *         use(record.line, record.cells, record.ncells);
 *         input = the same bytes less `consumed`
 *     }
 *
 *     name,"Origin, State"\r\n    ->  line 1: {name} {Origin, State}
 *     "say ""hi""",\n             ->  line 2: {say "hi"} {}
 *
 * Cells are separated by commas. A quoted cell may hold commas, line breaks and doubled quotes; an
 * unquoted one is taken as it stands, quotes inside it too. Lines end in LF or CRLF; the last one
 * may lack it. A byte order mark at the start and empty lines are passed over.
 */
#ifndef QUIPU_TOOLS_ROWS_CSV_H
#define QUIPU_TOOLS_ROWS_CSV_H

#include "base/error.h"
#include "base/slice.h"

/* A record longer than this is taken for a quote that is never closed. */
enum { CSV_RECORD_BYTES_MOST = 16 << 20 };

enum csv_status { CSV_OK, CSV_NEED_MORE, CSV_BAD };

struct csv;

struct csv_record {
    const struct slice
        *cells;    /* unquoted; borrowed from the input and the parser until the next call */
    size_t ncells; /* 1 or more */
    uint64_t line; /* where the record begins, from 1 */
};

/* The caller frees it with csv_free. Never fails (out of memory aborts). */
struct csv *csv_new(void);
void csv_free(struct csv *csv);

/*
 * Takes the next record off the front of input; *consumed is how many bytes the caller must drop,
 * whatever the answer. at_end says that nothing comes behind input.
 *
 *   CSV_OK         *record is filled
 *   CSV_NEED_MORE  call again with more bytes behind what is left; with at_end: that was all
 *   CSV_BAD        err says what is wrong, record->line where; the next call goes on behind that
 * line
 *
 * Linear in the input where the caller at least doubles it each time more is needed.
 */
enum csv_status csv_next(struct csv *csv, struct slice input, bool at_end, size_t *consumed,
                         struct csv_record *record, struct error *err) QUIPU_MUST_CHECK;

#endif
