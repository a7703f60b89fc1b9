/*
 * Writes replies as text. in: a reply, of any depth; out: lines.
 *
 * Example: [[1, 2], "a"] is "1) 1) (integer) 1", "   2) (integer) 2", "2) \"a\"".
 */
#include "tools/shell/reply_text.h"

#include <stdio.h>

#include <hiredis/hiredis.h>

#include "base/words.h"
#include "tools/connection.h"

static void
quoted_append(struct strbuf *out, struct slice text)
{
    strbuf_append_char(out, '"');
    struct strbuf word;
    strbuf_init(&word);
    words_append_quoted(&word, text);
    struct slice quoted = strbuf_slice(&word);
    bool has_quotes = quoted.len >= 2 && quoted.ptr[0] == '"';
    strbuf_append(out, has_quotes ? slice_of(quoted.ptr + 1, quoted.len - 2) : quoted);
    strbuf_fini(&word);
    strbuf_append_char(out, '"');
}

static void append_indented(struct strbuf *out, const struct redisReply *reply, size_t indent);

static void
append_array(struct strbuf *out, const struct redisReply *reply, size_t indent)
{
    if (reply->elements == 0) {
        strbuf_append_str(out, "(empty array)\n");
        return;
    }
    int width = snprintf(NULL, 0, "%zu", reply->elements);
    for (size_t i = 0; i < reply->elements; i++) {
        if (i > 0) {
            strbuf_printf(out, "%*s", (int) indent, "");
        }
        strbuf_printf(out, "%*zu) ", width, i + 1);
        append_indented(out, reply->element[i], indent + (size_t) width + 2);
    }
}

static void
append_indented(struct strbuf *out, const struct redisReply *reply, size_t indent)
{
    switch (reply->type) {
    case REDIS_REPLY_ARRAY: append_array(out, reply, indent); return;
    case REDIS_REPLY_INTEGER: strbuf_printf(out, "(integer) %lld", reply->integer); break;
    case REDIS_REPLY_NIL: strbuf_append_str(out, "(nil)"); break;
    case REDIS_REPLY_STATUS: strbuf_append(out, reply_slice(reply)); break;
    case REDIS_REPLY_ERROR:
        strbuf_append_str(out, "(error) ");
        strbuf_append(out, reply_slice(reply));
        break;
    default: quoted_append(out, reply_slice(reply)); break;
    }
    strbuf_append_char(out, '\n');
}

void
reply_text_append(struct strbuf *out, const struct redisReply *reply)
{
    struct slice text = reply_slice(reply);
    if (reply->type == REDIS_REPLY_STRING && memchr(text.ptr, '\n', text.len)) {
        strbuf_append(out, text);
        if (text.ptr[text.len - 1] != '\n') {
            strbuf_append_char(out, '\n');
        }
        return;
    }
    append_indented(out, reply, 0);
}

void
reply_text_append_lines(struct strbuf *out, const struct redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY) {
        reply_text_append(out, reply);
        return;
    }
    for (size_t i = 0; i < reply->elements; i++) {
        const struct redisReply *line = reply->element[i];
        if (line->type == REDIS_REPLY_STRING || line->type == REDIS_REPLY_STATUS) {
            strbuf_append(out, reply_slice(line));
            strbuf_append_char(out, '\n');
        } else {
            append_indented(out, line, 0);
        }
    }
}
