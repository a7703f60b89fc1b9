/*
 * A reply of a shard as a tree of values. in: the bytes of one reply; out: nodes in an arena.
 *
 * Recursive, as deep as REPLY_MAX_DEPTH. An array's nodes are allocated when its header is read, so
 * a header may not announce more elements than bytes follow it.
 */
#include "net/resp_value.h"

#include <string.h>

#include "net/reply_scan.h"

static bool
parse_fail(struct error *err)
{
    return error_set(err, "ERR", "a reply cannot be read");
}

/* Reads up to the CRLF, and takes that too. */
static bool
take_line(struct slice *rest, struct slice *line)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (!end || end == rest->ptr || end[-1] != '\r') {
        return false;
    }
    *line = slice_of(rest->ptr, (size_t) (end - rest->ptr) - 1);
    size_t taken = line->len + 2;
    *rest = slice_of(rest->ptr + taken, rest->len - taken);
    return true;
}

static bool parse_value(struct arena *arena, struct slice *rest, int depth, struct resp_value *out,
                        struct error *err);

static bool
parse_elements(struct arena *arena, struct slice *rest, int depth, int64_t n,
               struct resp_value *out, struct error *err)
{
    if (n < 0) {
        *out = (struct resp_value){.type = VALUE_NIL};
        return true;
    }
    if (depth == REPLY_MAX_DEPTH || (uint64_t) n > rest->len) {
        return parse_fail(err);
    }
    struct resp_value *elements = arena_array(arena, (size_t) n, sizeof *elements);
    for (int64_t i = 0; i < n; i++) {
        if (!parse_value(arena, rest, depth + 1, &elements[i], err)) {
            return false;
        }
    }
    *out = (struct resp_value){.type = VALUE_ARRAY, .elements = elements, .nelements = (size_t) n};
    return true;
}

static bool
parse_bulk(struct slice *rest, char type, int64_t n, struct resp_value *out, struct error *err)
{
    if (n < 0) {
        *out = (struct resp_value){.type = VALUE_NIL};
        return true;
    }
    if (rest->len < 2 || (uint64_t) n > rest->len - 2) {
        return parse_fail(err);
    }
    if (type == '!' && n > REPLY_MAX_LINE_BYTES) { /* no longer than a line may be */
        return parse_fail(err);
    }
    struct slice text = slice_of(rest->ptr, (size_t) n);
    *rest = slice_of(rest->ptr + n + 2, rest->len - (size_t) n - 2);
    if (type == '=' && text.len >= 4) { /* without its format: "txt:" */
        text = slice_of(text.ptr + 4, text.len - 4);
    }
    *out = (struct resp_value){.type = type == '!' ? VALUE_ERROR : VALUE_STRING, .text = text};
    return true;
}

static bool
parse_value(struct arena *arena, struct slice *rest, int depth, struct resp_value *out,
            struct error *err)
{
    struct slice line;
    int64_t n = 0;
    if (!take_line(rest, &line) || line.len == 0) {
        return parse_fail(err);
    }
    char type = line.ptr[0];
    struct slice text = slice_of(line.ptr + 1, line.len - 1);
    bool is_number = slice_to_int64(text, &n);
    switch (type) {
    case '+': *out = (struct resp_value){.type = VALUE_STATUS, .text = text}; return true;
    case '-': *out = (struct resp_value){.type = VALUE_ERROR, .text = text}; return true;
    case ',':
    case '(': *out = (struct resp_value){.type = VALUE_STRING, .text = text}; return true;
    case '_': *out = (struct resp_value){.type = VALUE_NIL}; return true;
    case '#':
        *out = (struct resp_value){.type = VALUE_INTEGER,
                                   .integer = slice_equal(text, slice_lit("t"))};
        return true;
    case ':':
        *out = (struct resp_value){.type = VALUE_INTEGER, .integer = n};
        return is_number || parse_fail(err);
    case '$':
    case '=':
    case '!': return is_number ? parse_bulk(rest, type, n, out, err) : parse_fail(err);
    case '*':
    case '~':
    case '>': return is_number ? parse_elements(arena, rest, depth, n, out, err) : parse_fail(err);
    case '%':
        return is_number && n <= INT32_MAX ? parse_elements(arena, rest, depth, 2 * n, out, err)
                                           : parse_fail(err);
    default: return parse_fail(err);
    }
}

bool
resp_value_parse(struct arena *arena, struct slice bytes, const struct resp_value **out,
                 struct error *err)
{
    struct resp_value *value = arena_array(arena, 1, sizeof *value);
    if (!parse_value(arena, &bytes, 0, value, err)) {
        return false;
    }
    *out = value;
    return bytes.len == 0 || parse_fail(err);
}

bool
resp_value_is_error(const struct resp_value *value, const char *code)
{
    size_t len = strlen(code);
    return value->type == VALUE_ERROR && value->text.len >= len &&
           memcmp(value->text.ptr, code, len) == 0 &&
           (value->text.len == len || value->text.ptr[len] == ' ');
}
