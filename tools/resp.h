/*
 * Commands as RESP, appended to a text.
 *
 *     resp_append_array(&out, 2);
 *     resp_append_bulk(&out, slice_lit("PING"));
 *     resp_append_bulk(&out, slice_lit("hello"));      *2\r\n$4\r\nPING\r\n$5\r\nhello\r\n
 */
#ifndef QUIPU_TOOLS_RESP_H
#define QUIPU_TOOLS_RESP_H

#include "base/strbuf.h"

/* The head of a command of so many words; as many bulk strings must follow. */
void resp_append_array(struct strbuf *out, size_t nwords);
void resp_append_bulk(struct strbuf *out, struct slice word);
/* One bulk string of two parts. */
void resp_append_bulk_joined(struct strbuf *out, struct slice first, struct slice second);

#endif
