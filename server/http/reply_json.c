/*
 * Writes RESP replies as JSON. in: the bytes of one reply; out: one JSON value.
 *
 *     *2\r\n:1\r\n$2\r\nhi\r\n     -> [1,"hi"]
 *
 * It goes through the bytes once, and keeps of each open level only how many values are still to
 * come, so nothing is recursive and no tree is made: an answer of 100,000 cells is written as it is
 * read. net/resp_value.h is for trees; it makes of a map and of a boolean what RESP2 has.
 */
#include "server/http/reply_json.h"

#include <string.h>

#include "net/reply_scan.h"

struct level {
    bool is_map;
    int64_t left; /* values still to come, keys counted */
};

struct printing {
    struct slice rest;
    struct json json;
    struct level levels[REPLY_MAX_DEPTH];
    int depth;
};

/* Takes a line without its CRLF. False: there is none. */
static bool
line_take(struct slice *rest, struct slice *line)
{
    const char *end = rest->len ? memmem(rest->ptr, rest->len, "\r\n", 2) : NULL;
    if (!end) {
        return false;
    }
    *line = slice_of(rest->ptr, (size_t) (end - rest->ptr));
    *rest = slice_of(end + 2, rest->len - line->len - 2);
    return true;
}

/* The bytes of a string behind its header. */
static bool
bytes_take(struct slice *rest, int64_t n, struct slice *bytes)
{
    if (n < 0 || rest->len < 2 || (uint64_t) n > rest->len - 2) {
        return false;
    }
    *bytes = slice_of(rest->ptr, (size_t) n);
    *rest = slice_of(rest->ptr + n + 2, rest->len - (size_t) n - 2);
    return true;
}

static struct slice
without_format(struct slice verbatim)
{
    return verbatim.len >= 4 ? slice_of(verbatim.ptr + 4, verbatim.len - 4) : verbatim;
}

static void
error_split(struct slice text, struct error *err)
{
    struct slice code = slice_shift(&text, ' ');
    error_clear(err);
    char word[ERROR_CODE_BYTES];
    size_t len = code.len < sizeof word - 1 ? code.len : sizeof word - 1;
    memcpy(word, code.ptr, len);
    word[len] = '\0';
    (void) error_set(err, len ? word : "ERR", "%.*s", SLICE_ARG(text));
}

bool
reply_json_is_error(struct slice reply, struct error *err)
{
    struct slice line, bytes;
    int64_t n;
    if (reply.len == 0 || (reply.ptr[0] != '-' && reply.ptr[0] != '!') ||
        !line_take(&reply, &line)) {
        return false;
    }
    struct slice text = slice_of(line.ptr + 1, line.len - 1);
    if (line.ptr[0] == '!') {
        if (!slice_to_int64(text, &n) || !bytes_take(&reply, n, &bytes)) {
            return false;
        }
        text = bytes;
    }
    error_split(text, err);
    return true;
}

bool
reply_json_is_text(struct slice reply, struct slice *text)
{
    struct slice line;
    int64_t n;
    if (reply.len == 0 || (reply.ptr[0] != '$' && reply.ptr[0] != '=') ||
        !line_take(&reply, &line) || !slice_to_int64(slice_of(line.ptr + 1, line.len - 1), &n) ||
        !bytes_take(&reply, n, text)) {
        return false;
    }
    *text = line.ptr[0] == '=' ? without_format(*text) : *text;
    return true;
}

void
reply_json_print_error(const struct error *err, struct strbuf *out)
{
    strbuf_append(out, slice_lit("{\"code\":"));
    json_append_valid_string(out, slice_str(err->code));
    strbuf_append(out, slice_lit(",\"message\":"));
    json_append_valid_string(out, slice_str(err->message));
    strbuf_append_char(out, '}');
}

/* -- value by value ---------------------------------------------------------------------------- */

/* The next value is a key of a map. */
static bool
at_key(const struct printing *printing)
{
    if (printing->depth == 0) {
        return false;
    }
    const struct level *level = &printing->levels[printing->depth - 1];
    return level->is_map && level->left % 2 == 0;
}

/* A comma goes before any value but the first of its array, and a key's value. */
static void
value_begin(struct printing *printing)
{
    if (printing->json.needs_comma) {
        strbuf_append_char(printing->json.out, ',');
    }
}

static void
string_print(struct printing *printing, struct slice text)
{
    bool is_key = at_key(printing);
    value_begin(printing);
    json_append_valid_string(printing->json.out, text);
    if (is_key) {
        strbuf_append_char(printing->json.out, ':');
    }
    printing->json.needs_comma = !is_key;
}

/* A number, true, false or null, as JSON writes it; a key is put in quotes. */
static void
bare_print(struct printing *printing, struct slice text)
{
    if (at_key(printing)) {
        string_print(printing, text);
        return;
    }
    value_begin(printing);
    strbuf_append(printing->json.out, text);
    printing->json.needs_comma = true;
}

static size_t
digits_at(struct slice text, size_t at)
{
    size_t n = 0;
    while (at + n < text.len && text.ptr[at + n] >= '0' && text.ptr[at + n] <= '9') {
        n++;
    }
    return n;
}

/* True for a number of JSON: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool
is_number(struct slice text)
{
    size_t at = text.len && text.ptr[0] == '-', n = digits_at(text, at);
    if (n == 0 || (n > 1 && text.ptr[at] == '0')) {
        return false;
    }
    at += n;
    if (at < text.len && text.ptr[at] == '.') {
        n = digits_at(text, at + 1);
        at += n + 1;
        if (n == 0) {
            return false;
        }
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        at++;
        at += at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-');
        n = digits_at(text, at);
        at += n;
        if (n == 0) {
            return false;
        }
    }
    return at == text.len;
}

/* RESP has numbers that JSON has not: inf, nan. They are texts. */
static void
number_print(struct printing *printing, struct slice text)
{
    if (is_number(text)) {
        bare_print(printing, text);
    } else {
        string_print(printing, text);
    }
}

static void
error_print(struct printing *printing, struct slice text)
{
    struct error err;
    if (at_key(printing)) {
        string_print(printing, text);
        return;
    }
    error_split(text, &err);
    value_begin(printing);
    strbuf_append(printing->json.out, slice_lit("{\"error\":"));
    reply_json_print_error(&err, printing->json.out);
    strbuf_append_char(printing->json.out, '}');
    printing->json.needs_comma = true;
}

/* A value is complete: so may be the levels around it. */
static void
value_end(struct printing *printing)
{
    while (printing->depth > 0 && --printing->levels[printing->depth - 1].left == 0) {
        printing->depth--;
        strbuf_append_char(printing->json.out,
                           printing->levels[printing->depth].is_map ? '}' : ']');
        printing->json.needs_comma = true;
    }
}

/* False: it nests too deep, has more values than bytes, or is a key. */
static bool
level_open(struct printing *printing, bool is_map, int64_t n)
{
    if (n < 0 || n > (int64_t) printing->rest.len || printing->depth == REPLY_MAX_DEPTH ||
        at_key(printing)) {
        return false;
    }
    value_begin(printing);
    strbuf_append_char(printing->json.out, is_map ? '{' : '[');
    printing->json.needs_comma = false;
    if (n == 0) {
        strbuf_append_char(printing->json.out, is_map ? '}' : ']');
        printing->json.needs_comma = true;
        value_end(printing);
        return true;
    }
    printing->levels[printing->depth++] = (struct level){is_map, is_map ? 2 * n : n};
    return true;
}

static bool
value_print(struct printing *printing)
{
    struct slice line, bytes;
    int64_t n = -1;
    if (!line_take(&printing->rest, &line) || line.len == 0) {
        return false;
    }
    char type = line.ptr[0];
    struct slice text = slice_of(line.ptr + 1, line.len - 1);
    if (strchr("$=!*~>%", type) && !slice_to_int64(text, &n)) {
        return false;
    }
    switch (type) {
    case '+': string_print(printing, text); break;
    case '-': error_print(printing, text); break;
    case ':':
    case ',':
    case '(': number_print(printing, text); break;
    case '_': bare_print(printing, slice_lit("null")); break;
    case '#':
        bare_print(printing,
                   slice_equal(text, slice_lit("t")) ? slice_lit("true") : slice_lit("false"));
        break;
    case '$':
    case '=':
    case '!':
        if (n == -1) {
            bare_print(printing, slice_lit("null"));
            break;
        }
        if (!bytes_take(&printing->rest, n, &bytes)) {
            return false;
        }
        if (type == '!') {
            error_print(printing, bytes);
        } else {
            string_print(printing, type == '=' ? without_format(bytes) : bytes);
        }
        break;
    case '*':
    case '~':
    case '>':
        if (n == -1) {
            bare_print(printing, slice_lit("null"));
            break;
        }
        return level_open(printing, false, n);
    case '%': return level_open(printing, true, n);
    default: return false;
    }
    value_end(printing);
    return true;
}

bool
reply_json_print(struct slice reply, struct strbuf *out)
{
    struct printing printing = {.rest = reply, .json = json_to(out)};
    do {
        if (!value_print(&printing)) {
            return false;
        }
    } while (printing.depth > 0);
    return printing.rest.len == 0;
}
