/*
 * Writes JSON into a strbuf, value by value, with commas and escapes in their places. in: values,
 * in the order in which they stand; out: the text.
 *
 * Example: the string a"b and a line break is "a\"b\u000a".
 */
#include "base/json.h"

#include "base/utf8.h"

/* All up to what has to be escaped is appended at once. */
static void
append_escaped(struct strbuf *out, struct slice text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        strbuf_append(out, slice_of(text.ptr + from, i - from));
        if (c < 0x20) {
            strbuf_printf(out, "\\u%04x", c);
        } else {
            strbuf_append_char(out, '\\');
            strbuf_append_char(out, (char) c);
        }
        from = i + 1;
    }
    strbuf_append(out, slice_of(text.ptr + from, text.len - from));
}

void
json_append_string(struct strbuf *out, struct slice text)
{
    strbuf_append_char(out, '"');
    append_escaped(out, text);
    strbuf_append_char(out, '"');
}

bool
json_append_valid_string(struct strbuf *out, struct slice text)
{
    if (utf8_is_valid(text)) {
        json_append_string(out, text);
        return false;
    }
    struct strbuf clean;
    strbuf_init(&clean);
    utf8_clean(&clean, text);
    json_append_string(out, strbuf_slice(&clean));
    strbuf_fini(&clean);
    return true;
}

static void
separate(struct json *json)
{
    if (json->needs_comma) {
        strbuf_append_char(json->out, ',');
    }
    json->needs_comma = true;
}

static void
open_with(struct json *json, char bracket)
{
    separate(json);
    strbuf_append_char(json->out, bracket);
    json->needs_comma = false;
}

static void
close_with(struct json *json, char bracket)
{
    strbuf_append_char(json->out, bracket);
    json->needs_comma = true;
}

void
json_object(struct json *json)
{
    open_with(json, '{');
}

void
json_object_end(struct json *json)
{
    close_with(json, '}');
}

void
json_array(struct json *json)
{
    open_with(json, '[');
}

void
json_array_end(struct json *json)
{
    close_with(json, ']');
}

void
json_key(struct json *json, struct slice name)
{
    separate(json);
    json_append_string(json->out, name);
    strbuf_append_char(json->out, ':');
    json->needs_comma = false;
}

void
json_string(struct json *json, struct slice text)
{
    separate(json);
    json_append_string(json->out, text);
}

void
json_int(struct json *json, int64_t n)
{
    separate(json);
    strbuf_append_int(json->out, n);
}

void
json_number(struct json *json, struct slice number)
{
    separate(json);
    strbuf_append(json->out, number);
}

void
json_bool(struct json *json, bool value)
{
    separate(json);
    strbuf_append_str(json->out, value ? "true" : "false");
}

void
json_null(struct json *json)
{
    separate(json);
    strbuf_append_str(json->out, "null");
}
