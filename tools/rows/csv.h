/*
 * CSV as RFC 4180 has it, or with other marks, record by record, from bytes that arrive in pieces.
 *
 *     struct csv *csv = csv_new(csv_rfc());
 *     while (csv_next(csv, input, at_end, &consumed, &record, &err) == CSV_OK) {
 *         use(record.line, record.cells, record.ncells);
 *         input = the same bytes less `consumed`
 *     }
 *
 *     name,"Origin, State"\r\n    ->  line 1: {name} {Origin, State}
 *     "say ""hi""",\n             ->  line 2: {say "hi"} {}
 *
 * A quoted cell may hold delimiters, line breaks and doubled quotes; an unquoted one is taken as it
 * stands, quotes inside it too. Lines end in LF, CRLF or CRCRLF, or in CR; the last one may lack it.
 * Byte order marks at the start of records, and empty lines, are passed over.
 */
#ifndef QUIPU_TOOLS_ROWS_CSV_H
#define QUIPU_TOOLS_ROWS_CSV_H

#include "base/error.h"
#include "base/slice.h"

/* A record longer than this is taken for a quote that is never closed. */
enum { CSV_RECORD_BYTES_MOST = 16 << 20 };

enum csv_status { CSV_OK, CSV_NEED_MORE, CSV_BAD };

struct csv;

struct csv_marks {
    char delimiter;
    char quote;      /* 0: none; it is a byte as any other */
    char escape;     /* 0: none. Inside quotes, the byte behind it stands for itself */
    bool ends_in_cr; /* a CR alone ends a line, too */
    bool is_trimmed; /* blanks at both ends of a cell, and around its quotes, are no part of it */
};

/* What csv_record says of a cell. */
enum { CSV_QUOTED = 1, CSV_ESCAPED = 2 };

struct csv_record {
    const struct slice
        *cells; /* unquoted; borrowed from the input and the parser until the next call */
    const unsigned char
        *marks;      /* of each cell: CSV_QUOTED, CSV_ESCAPED: it had doubled or escaped bytes */
    size_t ncells;   /* 1 or more */
    uint64_t line;   /* where the record begins, from 1 */
    uint64_t nempty; /* empty lines before it */
};

/* Commas, double quotes, LF or CRLF. */
struct csv_marks csv_rfc(void);
/* Whether lines of the text end in CR alone: there is no LF; what stands in quotes is not looked at
 * for itself. at_end: the text is all there is. */
bool csv_ends_in_cr(struct slice text, bool at_end);
/* Whether a line that begins with this cell is a comment: "# made by hand", "## made by hand", "#".
 * "#x" may be a name. */
bool csv_is_comment(struct slice start);
/* How many bytes the blank has that the text begins with, or ends with: a space, one that does not
 * break, or a TAB. 0: it is no blank. */
size_t csv_blank_before(struct slice text);
size_t csv_blank_behind(struct slice text);
/* The caller frees it with csv_free. Never fails (out of memory aborts). */
struct csv *csv_new(struct csv_marks marks);
/* The next record begins on this line: lines before it are not the parser's. */
void csv_set_line(struct csv *csv, uint64_t line);
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
