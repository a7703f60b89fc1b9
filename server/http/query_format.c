/*
 * Adds the format to a query that names none, and takes JSON documents out of replies. in: a query, a
 * reply of RESP; out: a query, JSON.
 */
#include "server/http/query_format.h"

#include <string.h>

#include "parser/parse.h"
#include "server/http/reply_json.h"

#define AS_JSON " format json"

/* The text without what may stand behind a query: white space and one semicolon. */
static struct slice
without_end(struct slice text)
{
    const char *blanks = " \t\r\n;";
    while (text.len && strchr(blanks, text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* Two texts as one, whatever bytes they hold: a text in a query may have a NUL in it. */
static struct slice
joined(struct arena *arena, struct slice a, struct slice b)
{
    char *both = arena_alloc(arena, a.len + b.len);
    memcpy(both, a.ptr, a.len);
    memcpy(both + a.len, b.ptr, b.len);
    return slice_of(both, a.len + b.len);
}

struct slice
query_format_add(struct arena *arena, const struct parse_limits *limits, struct slice text,
                 bool *as_document)
{
    struct ast_query *query;
    struct error err = {0};
    *as_document = false;
    if (!query_parse(arena, text, limits, &query, &err) || query->options.into_key.ptr ||
        query->mode != AST_RUN) {
        return text;
    }
    if (query->options.format == AST_FORMAT_DEFAULT) {
        text = joined(arena, without_end(text), slice_lit(AS_JSON));
        query->options.format = AST_FORMAT_JSON;
    }
    *as_document = query->options.format == AST_FORMAT_JSON;
    return text;
}

bool
query_format_print(struct slice reply, bool as_document, struct strbuf *out)
{
    struct slice document;
    if (as_document && reply_json_is_text(reply, &document)) {
        strbuf_append(out, document);
        return true;
    }
    return reply_json_print(reply, out);
}
