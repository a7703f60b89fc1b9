/*
 * An answer as CSV (RFC 4180), written piece by piece.
 *
 *     count sex, age by 10 from current totals format csv
 *
 *     totals,sex,age,count
 *     ,female,"[30,40)",1
 *     "sex,age",,,1
 *
 * Each line ends with CR LF. A total's label is empty, as are numbers that are null or hidden.
 * Between two tables is an empty line.
 */
#ifndef QUIPU_ANSWER_FORMAT_CSV_H
#define QUIPU_ANSWER_FORMAT_CSV_H

#include "answer/answer.h"
#include "answer/shown.h"
#include "base/strbuf.h"

struct format_csv {
    const struct answer *answer;
    size_t table;
    bool is_open; /* the table's header is written */
    struct shown_cells cells;
};

/* Borrows the answer. */
struct format_csv format_csv_of(const struct answer *answer);
/* Writes about ncells cells. True: that was all. */
bool format_csv_step(struct format_csv *csv, struct strbuf *out, uint64_t ncells);

/* A field of a record, with quotes where it needs them. */
void format_csv_field(struct strbuf *out, struct slice text);
/* A record of texts, with its end. ptr NULL, a text that is missing, is nothing; text without bytes
 * is "". */
void format_csv_record(struct strbuf *out, const struct slice *texts, size_t ntexts);
/*
 * The first part of a cell's record: under TOTALS the names of the dimensions totalled, then the
 * labels, with commas between.
 */
void format_csv_labels(struct strbuf *out, const struct table *table, size_t i);
/* The rest of it, without the end of the line: its numbers with commas between. */
void format_csv_leaf(struct strbuf *out, const struct table *table, size_t i);

#endif
