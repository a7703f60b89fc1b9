/*
 * JSON, written into a growing text.
 *
 *     struct json json = json_to(&text);
 *     json_object(&json);
 *     json_key(&json, slice_lit("sex"));
 *     json_string(&json, slice_lit("female"));
 *     json_key(&json, slice_lit("counts"));
 *     json_array(&json);
 *     json_int(&json, 7);
 *     json_null(&json);
 *     json_array_end(&json);
 *     json_object_end(&json);                 {"sex":"female","counts":[7,null]}
 *
 * Commas come by themselves. The caller closes what it opens, and writes a key before each value of
 * an object. Nothing fails.
 */
#ifndef QUIPU_BASE_JSON_H
#define QUIPU_BASE_JSON_H

#include "base/strbuf.h"

struct json {
    struct strbuf *out;
    bool needs_comma; /* before what comes next */
};

/* out is borrowed, and appended to. */
static inline struct json
json_to(struct strbuf *out)
{
    return (struct json){.out = out};
}

void json_object(struct json *json);
void json_object_end(struct json *json);
void json_array(struct json *json);
void json_array_end(struct json *json);
void json_key(struct json *json, struct slice name);
void json_string(struct json *json, struct slice text);
void json_int(struct json *json, int64_t n);
/* A number by its digits (base/number.h: canonical), of any length. */
void json_number(struct json *json, struct slice number);
void json_bool(struct json *json, bool value);
void json_null(struct json *json);

/*
 * A string alone, with its quotes. Quotes, backslashes and control characters are escaped. All other
 * bytes stand as they are, so the JSON is UTF-8 where text is.
 */
void json_append_string(struct strbuf *out, struct slice text);
/*
 * The same, and UTF-8 whatever the bytes are: U+FFFD stands for each byte that belongs to no
 * character. Whether there was one.
 */
bool json_append_valid_string(struct strbuf *out, struct slice text);

#endif
