/*
 * Words of a line, with the quoting rules of Redis' sdssplitargs, so that what works in redis.conf
 * and over telnet to Redis works here.
 * in: a line; out: one word at a time, unquoted.
 *
 *     "\x41b" c        -> Ab, then c
 */
#include "base/words.h"

#include <ctype.h>
#include <string.h>

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int
hex_digit(char c)
{
    return isdigit((unsigned char) c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static char
escaped(char c)
{
    switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    }
    return c;
}

/* One byte, or one escape, inside "...". at stands on it; answers where it ends. */
static size_t
double_quoted_next(struct slice s, size_t at, struct strbuf *out)
{
    if (s.ptr[at] != '\\' || at + 1 == s.len) {
        strbuf_append_char(out, s.ptr[at]);
        return at + 1;
    }
    if (s.ptr[at + 1] == 'x' && at + 3 < s.len && isxdigit((unsigned char) s.ptr[at + 2]) &&
        isxdigit((unsigned char) s.ptr[at + 3])) {
        int byte = hex_digit(s.ptr[at + 2]) * 16 + hex_digit(s.ptr[at + 3]);
        strbuf_append_char(out, (char) byte);
        return at + 4;
    }
    strbuf_append_char(out, escaped(s.ptr[at + 1]));
    return at + 2;
}

static size_t
single_quoted_next(struct slice s, size_t at, struct strbuf *out)
{
    if (s.ptr[at] == '\\' && at + 1 < s.len && s.ptr[at + 1] == '\'') {
        at++;
    }
    strbuf_append_char(out, s.ptr[at]);
    return at + 1;
}

/* What a quote opens, up to and over the one that closes it. False: it is not closed. */
static bool
quoted_append(struct slice s, size_t *at, struct strbuf *out)
{
    char quote = s.ptr[(*at)++];
    while (*at < s.len && s.ptr[*at] != quote) {
        *at = quote == '"' ? double_quoted_next(s, *at, out) : single_quoted_next(s, *at, out);
    }
    if (*at == s.len) {
        return false;
    }
    (*at)++;
    return *at == s.len || is_space(s.ptr[*at]);
}

enum words_status
words_next(struct slice *rest, struct strbuf *out)
{
    size_t at = 0;
    while (at < rest->len && is_space(rest->ptr[at])) {
        at++;
    }
    if (at == rest->len) {
        *rest = slice_of(rest->ptr + at, 0);
        return WORDS_END;
    }
    while (at < rest->len && !is_space(rest->ptr[at])) {
        if (rest->ptr[at] == '"' || rest->ptr[at] == '\'') {
            if (!quoted_append(*rest, &at, out)) {
                return WORDS_UNBALANCED;
            }
        } else {
            strbuf_append_char(out, rest->ptr[at++]);
        }
    }
    *rest = slice_of(rest->ptr + at, rest->len - at);
    return WORDS_WORD;
}

/* A word that means itself. */
static bool
is_plain(struct slice word)
{
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char) word.ptr[i];
        if (c <= ' ' || c == 0x7f || c == '"' || c == '\'') {
            return false;
        }
    }
    return word.len > 0 && word.ptr[0] != '#';
}

void
words_append_quoted(struct strbuf *out, struct slice word)
{
    if (is_plain(word)) {
        strbuf_append(out, word);
        return;
    }
    strbuf_append_char(out, '"');
    for (size_t i = 0; i < word.len; i++) {
        unsigned char c = (unsigned char) word.ptr[i];
        if (c < ' ' || c == 0x7f) {
            strbuf_printf(out, "\\x%02x", c);
        } else {
            strbuf_append_str(out, c == '"' || c == '\\' ? "\\" : "");
            strbuf_append_char(out, (char) c);
        }
    }
    strbuf_append_char(out, '"');
}

bool
words_split(struct arena *arena, struct slice line, struct slice **words, size_t *nwords)
{
    struct strbuf word;
    enum words_status status;
    size_t capacity = 0;
    strbuf_init(&word);
    *words = NULL;
    *nwords = 0;
    while ((status = words_next(&line, &word)) == WORDS_WORD) {
        *words = arena_room(arena, *words, *nwords, &capacity, sizeof **words);
        (*words)[(*nwords)++] = arena_copy(arena, strbuf_slice(&word));
        strbuf_clear(&word);
    }
    strbuf_fini(&word);
    return status == WORDS_END;
}
