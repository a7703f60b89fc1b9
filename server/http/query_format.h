/*
 * A query whose answer is to be JSON, and its reply.
 *
 *     query_format_add(arena, &limits, slice_lit("count sex from titanic"), &as_document)
 *         -> "count sex from titanic format json", as_document true
 *     query_format_print(slice_lit("=34\r\ntxt:{...}\r\n"), true, &out)      -> {...}
 */
#ifndef QUIPU_SERVER_HTTP_QUERY_FORMAT_H
#define QUIPU_SERVER_HTTP_QUERY_FORMAT_H

#include "base/arena.h"
#include "base/strbuf.h"

struct parse_limits;

/*
 * The query, with FORMAT JSON if it names no format; in the arena, or the text itself. A text that
 * cannot be parsed stays as it is, so that its error says what is wrong with it. *as_document: the
 * reply's text will be JSON.
 */
struct slice query_format_add(struct arena *arena, const struct parse_limits *limits,
                              struct slice text, bool *as_document);
/* Appends the reply as JSON, a document as it is. False: the reply cannot be written as JSON. */
bool query_format_print(struct slice reply, bool as_document, struct strbuf *out);

#endif
