/*
 * Cuts lines into statements. in: lines; out: statements and their kinds.
 *
 * Example: "count from a; ping" is a query and a command of Redis; "count from a" alone waits for its
 * end in the next lines.
 */
#include "tools/shell/statement.h"

#include <ctype.h>

#include "parser/next.h"

void
statement_reader_fini(struct statement_reader *reader)
{
    strbuf_fini(&reader->lines);
    strbuf_fini(&reader->own);
}

void
statement_reader_clear(struct statement_reader *reader)
{
    strbuf_clear(&reader->lines);
    reader->is_ended = false;
}

static struct slice
trim(struct slice text)
{
    while (text.len && isspace((unsigned char) text.ptr[0])) {
        text = slice_of(text.ptr + 1, text.len - 1);
    }
    while (text.len && isspace((unsigned char) text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

void
statement_add_line(struct statement_reader *reader, struct slice line)
{
    struct slice text = trim(line);
    if (!text.len) {
        reader->is_ended = true;
        return;
    }
    if (text.ptr[0] == '\\' && statement_is_open(reader)) {
        strbuf_append(&reader->own, text);
        return;
    }
    strbuf_append(&reader->lines, line);
    strbuf_append_char(&reader->lines, '\n');
}

void
statement_end(struct statement_reader *reader)
{
    reader->is_ended = true;
}

bool
statement_is_open(const struct statement_reader *reader)
{
    return trim(strbuf_slice(&reader->lines)).len > 0;
}

static size_t
line_end(struct slice text)
{
    const char *end = memchr(text.ptr, '\n', text.len);
    return end ? (size_t) (end - text.ptr) : text.len;
}

/* Where the text ends that begins a statement: at a `;` outside of quotes. len: nowhere. */
static size_t
semicolon_at(struct slice text)
{
    char quote = '\0';
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quote) {
            if (c == '\\' && quote != '`') {
                i++;
            } else if (c == quote) {
                quote = '\0';
            }
        } else if (c == '\'' || c == '"' || c == '`') {
            quote = c;
        } else if (c == ';') {
            return i;
        }
    }
    return text.len;
}

/* No command of Redis has the word FROM: the parser says what is wrong with `cuont a from b`. */
static bool
has_from(struct slice text)
{
    text = slice_of(text.ptr, semicolon_at(slice_of(text.ptr, line_end(text))));
    while (text.len) {
        struct slice token = next_first_token(text);
        if (!token.len || slice_equal_nocase(token, slice_lit("from"))) {
            return token.len > 0;
        }
        const char *behind = token.ptr + token.len;
        text = slice_of(behind, text.len - (size_t) (behind - text.ptr));
    }
    return false;
}

bool
statement_is_query(struct slice text)
{
    text = trim(text);
    return next_begins_query(text) || has_from(text);
}

/* Takes the first nbytes off the lines. */
static void
drop(struct strbuf *lines, size_t nbytes)
{
    memmove(lines->ptr, lines->ptr + nbytes, lines->len - nbytes + 1); /* with the NUL */
    lines->len -= nbytes;
}

static bool
is_comment(struct slice text)
{
    return text.ptr[0] == '#' || slice_starts_with(text, slice_lit("--"));
}

/* Drops what stands before a statement. */
static void
drop_front(struct strbuf *lines)
{
    size_t at = 0;
    while (at < lines->len) {
        struct slice rest = slice_of(lines->ptr + at, lines->len - at);
        if (isspace((unsigned char) rest.ptr[0]) || rest.ptr[0] == ';') {
            at++;
        } else if (is_comment(rest)) {
            at += line_end(rest);
        } else {
            break;
        }
    }
    if (at) {
        drop(lines, at);
    }
}

static struct slice
without_semicolon(struct slice text)
{
    text = trim(text);
    return text.len && text.ptr[text.len - 1] == ';' ? trim(slice_of(text.ptr, text.len - 1))
                                                     : text;
}

enum statement_kind
statement_take(struct statement_reader *reader, struct strbuf *out)
{
    struct strbuf *lines = &reader->lines;
    strbuf_clear(out);
    if (reader->own.len) {
        strbuf_append(out, without_semicolon(strbuf_slice(&reader->own)));
        strbuf_clear(&reader->own);
        return STATEMENT_OWN;
    }
    drop_front(lines);
    if (lines->len == 0) {
        reader->is_ended = false;
        return STATEMENT_NONE;
    }
    struct slice text = strbuf_slice(lines);
    enum statement_kind kind = STATEMENT_QUERY;
    size_t end;
    if (text.ptr[0] == '\\') {
        kind = STATEMENT_OWN;
        end = line_end(text);
    } else if (statement_is_query(text)) {
        end = semicolon_at(text);
        if (end == text.len && !reader->is_ended) {
            return STATEMENT_NONE;
        }
    } else {
        kind = STATEMENT_REDIS;
        end = semicolon_at(slice_of(text.ptr, line_end(text)));
    }
    strbuf_append(out, without_semicolon(slice_of(text.ptr, end)));
    drop(lines, end);
    return kind;
}
