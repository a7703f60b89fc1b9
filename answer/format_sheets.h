/*
 * An answer as tables for people: FORMAT TABLE and MARKDOWN, sheet by sheet (sheet.h), with what is
 * told below them (notes.h).
 *
 *     count        age
 *     sex       [30,40)  [40,50) | total
 *     ---------------------------+------
 *     female         12        3 |    15
 *     male            7        . |     7
 *     ---------------------------+------
 *     total          19        3 |    22
 *     base 24, 2 in no position
 */
#ifndef QUIPU_ANSWER_FORMAT_SHEETS_H
#define QUIPU_ANSWER_FORMAT_SHEETS_H

#include "answer/answer.h"
#include "base/strbuf.h"

struct format_sheets {
    const struct answer *answer;
    bool is_markdown;
    size_t ncells;       /* how wide a line may be: draw.h */
    size_t table, sheet; /* what comes next */
    bool has_dots;       /* of the table */
};

/* Borrows the answer. ncells: how wide a line of a table may be, as for draw_sheet. */
struct format_sheets format_sheets_of(const struct answer *answer, bool is_markdown, size_t ncells);
/* Writes sheets with about ncells cells, at least one. True: that was all. */
bool format_sheets_step(struct format_sheets *sheets, struct strbuf *out, uint64_t ncells);

#endif
