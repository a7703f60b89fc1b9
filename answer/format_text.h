/*
 * An answer as one text (json, csv, table, markdown), written piece by piece, so that a million cells
 * need not hold up an event loop.
 *
 *     struct format_text *text = format_text_new(answer, AST_FORMAT_JSON, &out);
 *     while (!format_text_step(text, 10000)) { other work }
 *     format_text_free(text);
 */
#ifndef QUIPU_ANSWER_FORMAT_TEXT_H
#define QUIPU_ANSWER_FORMAT_TEXT_H

#include "answer/answer.h"
#include "base/strbuf.h"

struct format_text;

/* Whether answers of this format are one text. */
bool format_is_text(enum ast_format format);
/* The kind of such a text in RESP3: "txt", "mkd". */
const char *format_text_kind(enum ast_format format);
/*
 * Borrows the answer and out, to which the text is appended. The caller frees it, at any time. The
 * format is one of those above. table_cells: how wide a line of a table may be, as for draw_sheet.
 */
struct format_text *format_text_new(const struct answer *answer, enum ast_format format,
                                    size_t table_cells, struct strbuf *out);
/*
 * Writes about ncells cells (table and markdown: whole layers). True: that was all. Fill in what
 * answer.h leaves to its caller before the first step.
 */
bool format_text_step(struct format_text *text, uint64_t ncells);
void format_text_free(struct format_text *text);

#endif
