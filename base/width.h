/*
 * Text in the cells of a terminal: how many it takes, and how it is fitted into so many.
 *
 *     width_of(slice_lit("\xe6\x97\xa5"))                                2: an ideograph
 *     width_fit(&line, slice_lit("Los Angeles"), 8, WIDTH_LEFT)          "Los Ang…"
 *     width_fit(&line, slice_lit("42"), 8, WIDTH_RIGHT)                  "      42"
 *
 * Text is shown so that it cannot leave its cells: a control character of ASCII as its picture (a line
 * break is `␊`), other control characters, those that turn the direction of text, and bytes that are
 * no UTF-8 as U+FFFD.
 */
#ifndef QUIPU_BASE_WIDTH_H
#define QUIPU_BASE_WIDTH_H

#include "base/strbuf.h"

enum width_side { WIDTH_LEFT, WIDTH_RIGHT };

/* The cells of the text as it is shown. */
size_t width_of(struct slice text);
/* Appends the text as it is shown. */
void width_append(struct strbuf *out, struct slice text);
/* The same in ncells cells: with spaces on its other side, or its first cells and an ellipsis. */
void width_fit(struct strbuf *out, struct slice text, size_t ncells, enum width_side side);

#endif
