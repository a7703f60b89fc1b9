/*
 * Text for formats that hold UTF-8 in strings of C: U+FFFD stands for each byte that belongs to no
 * character, and for NUL.
 *
 *     plain_text_of(slice_lit("a\xff"), &buffer)      "a\xef\xbf\xbd", with a NUL behind it
 *     plain_text_cut(slice_lit("größe"), 3)           "gr": a character stays whole
 */
#ifndef QUIPU_TOOLS_EXPORT_PLAIN_TEXT_H
#define QUIPU_TOOLS_EXPORT_PLAIN_TEXT_H

#include "base/strbuf.h"

/* The text itself, where nothing has to be changed. */
bool plain_text_is(struct slice text);
/* In the buffer, in place of what is there, with a NUL behind it. */
const char *plain_text_of(struct slice text, struct strbuf *buffer);
/* How many bytes it has so. */
size_t plain_text_bytes(struct slice text);
/* The most whole characters of a valid text that have so many bytes. */
struct slice plain_text_cut(struct slice text, size_t bytes_most);

#endif
