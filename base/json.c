/*
 * Writes JSON into a strbuf, value by value, with commas and escapes in their places. in: values,
 * in the order in which they stand; out: the text.
 *
 * Example: the string a"b and a line break is "a\"b\u000a".
 */
#include "base/json.h"

void
json_append_string(struct strbuf *out, struct slice text)
{
    strbuf_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.ptr[i];
        if (c == '"' || c == '\\') {
            strbuf_append_char(out, '\\');
            strbuf_append_char(out, (char) c);
        } else if (c < 0x20) {
            strbuf_printf(out, "\\u%04x", c);
        } else {
            strbuf_append_char(out, (char) c);
        }
    }
    strbuf_append_char(out, '"');
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
