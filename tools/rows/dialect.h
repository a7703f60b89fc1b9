/*
 * How a text with separated cells is written: its delimiter, quotes, line ends, decimal mark, and
 * where its header is. Told by its first records, but for what the user has said.
 *
 *     struct dialect_wishes wishes = dialect_no_wishes();
 *     dialect_sniff(&wishes, text, at_end, &dialect, &err)
 *
 *     name;price\n            ->  delimiter ';', decimal ',', header in line 1
 *     plum;1,50\n
 *
 * Each delimiter with each quote is tried on the text. The best has records of one length, and
 * cells that are numbers, or texts without another delimiter (view.h; after van den Burg, Nazabal and
 * Sutton, "Wrangling messy CSV files by detecting row and type patterns", 2019).
 */
#ifndef QUIPU_TOOLS_ROWS_DIALECT_H
#define QUIPU_TOOLS_ROWS_DIALECT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "tools/rows/csv.h"

enum { DIALECT_SNIFF = -1 }; /* a wish: there is none */

struct dialect_wishes {
    int delimiter, quote, escape; /* a byte; quote and escape: or 0 for none */
    int decimal;                  /* '.' or ',' */
    int has_header;               /* 0 or 1 */
    int64_t skip;                 /* lines before the header, or before the rows */
    bool is_trimmed;              /* blanks at both ends of cells are no part of them */
};

struct dialect {
    struct csv_marks marks;
    char decimal;
    bool has_header;
    bool is_header_short; /* it lacks a name for the first column, as R writes it */
    bool is_preamble;     /* lines before first_line were passed over by themselves */
    bool is_guess;        /* a line before the rows could be a title, or a header that is short */
    uint64_t first_line;  /* of the header, or of the rows: from 1 */
    size_t ncells;        /* of most records */
    char other;           /* would make so many cells of each line; '\0': blanks that align would */
    size_t other_ncells;  /* 0: there is none such */
    bool is_inside;       /* of each line, if the quotes around it were not */
};

struct dialect_wishes dialect_no_wishes(void);
/*
 * text: the first bytes, as UTF-8; at_end: they are all. Fails with CSV: no dialect fits with
 * confidence; the message says which option helps.
 */
bool dialect_sniff(const struct dialect_wishes *wishes, struct slice text, bool at_end,
                   struct dialect *out, struct error *err) QUIPU_MUST_CHECK;
/* Whether the text begins with Excel's line "sep=;", which says its delimiter. */
bool dialect_says_delimiter(struct slice text, char *delimiter);
/* Whether the text has so few whole records that more of it should be seen. */
bool dialect_wants_more(struct slice text);
/* Appends "';', decimal comma, no header". */
void dialect_print(const struct dialect *dialect, struct strbuf *out);
/* Appends what was left out, and what may be otherwise: a line each. */
void dialect_notes(const struct dialect *dialect, struct strbuf *out);

#endif
