/*
 * A sheet as a pipe table of Markdown.
 *
 *     count by sex, age
 *
 *     | sex | [30,40) | [40,50) | total |
 *     | :-- | --: | --: | --: |
 *     | female | 12 | 3 | **15** |
 */
#ifndef QUIPU_ANSWER_DRAW_MARKDOWN_H
#define QUIPU_ANSWER_DRAW_MARKDOWN_H

#include "answer/sheet.h"
#include "base/strbuf.h"

void draw_markdown_sheet(const struct sheet *sheet, struct strbuf *out);
/* Lines as a list, with an empty line before it. */
void draw_markdown_lines(const struct slice *lines, size_t nlines, struct strbuf *out);

#endif
