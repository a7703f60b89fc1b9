/*
 * What looks amiss in the rows of a text with separated cells: each is counted, and its first place
 * kept.
 *
 *     oddities_add(&oddities, &about, &record, bytes)          for each row
 *     oddities_print(&oddities, &text)
 *
 *     name, n     ->  "2 cells begin or end with a blank, the first ' 31' in line 2: ..."
 *     ann, 31
 *     (empty)         "an empty line stands between rows, before line 4: is there a second table?"
 *     name, n         "a row has the names of the fields again, in line 4: is there a second table?"
 *     # again,        "1 row begins as a comment does, '# again' in line 5: it is read as a row"
 *     ann, 31
 *     ,               "1 row has no filled cell, in line 7, and is left out"
 *     total, 62       "the last row begins with 'total', in line 8: ..."
 *     Source: a,      "1 row begins as a footnote does, 'Source: a' in line 9: ..."
 */
#ifndef QUIPU_TOOLS_ROWS_ODDITIES_H
#define QUIPU_TOOLS_ROWS_ODDITIES_H

#include "base/strbuf.h"
#include "tools/rows/csv.h"
#include "tools/rows/format.h"

enum { ODDITY_BYTES = 24 };

struct oddity {
    uint64_t n, line;        /* how many; where the first is */
    char text[ODDITY_BYTES]; /* of the first, cut off */
    size_t len;
};

struct oddities {
    uint64_t nrows;                                  /* that have a filled cell */
    bool is_bare;                                    /* the last record had none */
    bool splits_rows;                                /* such a record stands between rows */
    struct oddity blanks, points, returns, formulas; /* cells */
    struct oddity empty, bare, headers, comments, footnotes, total; /* rows */
    struct oddity thousands;                                        /* 1.234 */
    uint64_t ndecimals;                                             /* 1.5 */
};

/* Of a field, where commas are decimal: what was read as a number, and what is none, as 1,2,3. */
struct commas {
    struct oddity numbers, lists;
};

struct oddities_about {
    const struct slice *header; /* the cells of the line with the names, as they stand there */
    size_t nheader;             /* 0: there is none */
    bool keeps_empty_texts;     /* a quoted cell without bytes is filled */
    bool may_be_thousands;      /* a point in a number may separate them */
};

/* Whether a cell that is not quoted begins or ends with a blank. */
bool oddity_has_blank(const struct csv_record *record, size_t cell);
/* The record has a cell for each field; bytes: as it stands in the text. */
void oddities_add(struct oddities *oddities, const struct oddities_about *about,
                  const struct csv_record *record, struct slice bytes);
/* A number with a decimal point, in a text where others have a decimal comma. */
void oddities_add_point(struct oddities *oddities, struct slice cell, uint64_t line);
/* cell: as it stands in the text. */
void commas_add(struct commas *commas, struct slice cell, bool is_number, uint64_t line);
/* Appends a line where both were seen. */
void commas_print(const struct commas *commas, struct slice field, struct strbuf *out);
/* Appends a line for each kind that was seen. */
void oddities_print(const struct oddities *oddities, struct strbuf *out);

#endif
