/*
 * Reads the head of a request. in: its bytes, to the empty line; out: a request, or why it is refused.
 *
 *     GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n                  path /a, query b, host h
 *     ... Content-Length: 4\r\nContent-Length: 4\r\n      400
 *
 * RFC 9112 with nothing of what it calls lenient.
 */
#include "server/http/request_head.h"

#include <string.h>

enum { LENGTH_DIGITS_MOST = 15 };

static bool
refuse(struct http_refusal *refusal, int status, const char *why)
{
    *refusal = (struct http_refusal){status, why};
    return false;
}

/* -- the request line -------------------------------------------------------------------------- */

/* A byte of a token: RFC 9110, 5.6.2. */
static bool
is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool
is_token_text(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

/* Takes the text up to a separator, and both off rest. False: there is none. */
static bool
take_until(struct slice *rest, char separator, struct slice *part)
{
    const char *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    if (!at) {
        return false;
    }
    *part = slice_of(rest->ptr, (size_t) (at - rest->ptr));
    *rest = slice_of(at + 1, rest->len - part->len - 1);
    return true;
}

static enum http_method
method_of(struct slice name)
{
    if (slice_equal(name, slice_lit("GET"))) {
        return HTTP_GET;
    }
    if (slice_equal(name, slice_lit("HEAD"))) {
        return HTTP_HEAD;
    }
    return slice_equal(name, slice_lit("POST")) ? HTTP_POST : HTTP_OTHER_METHOD;
}

/* HTTP/1.1, or another one, which is 505. */
static bool
version_read(struct slice text, struct http_request *request, struct http_refusal *refusal)
{
    request->is_1_0 = slice_equal(text, slice_lit("HTTP/1.0"));
    if (request->is_1_0 || slice_equal(text, slice_lit("HTTP/1.1"))) {
        request->keeps_alive = !request->is_1_0;
        return true;
    }
    bool is_version = text.len == 8 && slice_starts_with(text, slice_lit("HTTP/")) &&
                      text.ptr[5] >= '0' && text.ptr[5] <= '9' && text.ptr[6] == '.' &&
                      text.ptr[7] >= '0' && text.ptr[7] <= '9';
    return is_version ? refuse(refusal, 505, "this version of HTTP is not spoken here")
                      : refuse(refusal, 400, "the request line is malformed");
}

/* A path and perhaps a query; `*` and whole addresses have no place here. */
static bool
target_read(struct slice target, struct http_request *request, struct http_refusal *refusal)
{
    bool is_visible = true;
    for (size_t i = 0; i < target.len; i++) {
        is_visible &= target.ptr[i] > ' ' && target.ptr[i] < 0x7f && target.ptr[i] != '#';
    }
    bool is_star = slice_equal(target, slice_lit("*"));
    if (!is_visible || target.len == 0 || (target.ptr[0] != '/' && !is_star)) {
        return refuse(refusal, 400, "the request's target is no path");
    }
    request->query = target;
    if (!take_until(&request->query, '?', &request->path)) {
        request->path = target;
        request->query = slice_of(NULL, 0);
    }
    return true;
}

static bool
request_line_read(struct slice line, struct http_request *request, struct http_refusal *refusal)
{
    struct slice method, target;
    if (!take_until(&line, ' ', &method) || !is_token_text(method) ||
        !take_until(&line, ' ', &target)) {
        return refuse(refusal, 400, "the request line is malformed");
    }
    request->method = method_of(method);
    return version_read(line, request, refusal) && target_read(target, request, refusal);
}

/* -- fields ------------------------------------------------------------------------------------ */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct slice
trim(struct slice text)
{
    while (text.len && is_blank(text.ptr[0])) {
        text = slice_of(text.ptr + 1, text.len - 1);
    }
    while (text.len && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* No control bytes but tabs: above all no CR and LF by themselves, and no NUL. */
static bool
is_field_value(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

/* The fields that are read. Each may stand once. */
struct fields {
    struct slice content_length, transfer_encoding, expect;
};

static bool
length_read(struct slice text, struct http_request *request, struct http_refusal *refusal)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return refuse(refusal, 400, "Content-Length is no number");
        }
    }
    if (text.len == 0) {
        return refuse(refusal, 400, "Content-Length is no number");
    }
    if (text.len > LENGTH_DIGITS_MOST) {
        return refuse(refusal, 413, "the body is too large");
    }
    for (size_t i = 0; i < text.len; i++) {
        n = n * 10 + (size_t) (text.ptr[i] - '0');
    }
    request->body_kind = HTTP_SIZED_BODY;
    request->body_bytes = n;
    return true;
}

/* How long the body is, and that there is one where there should be. */
static bool
framing_read(const struct fields *fields, struct http_request *request,
             struct http_refusal *refusal)
{
    if (fields->transfer_encoding.ptr && (fields->content_length.ptr || request->is_1_0)) {
        return refuse(refusal, 400, "Transfer-Encoding has no place in this request");
    }
    if (fields->transfer_encoding.ptr) {
        if (!slice_equal_nocase(fields->transfer_encoding, slice_lit("chunked"))) {
            return refuse(refusal, 501, "no Transfer-Encoding but chunked is known");
        }
        request->body_kind = HTTP_CHUNKED_BODY;
    } else if (fields->content_length.ptr &&
               !length_read(fields->content_length, request, refusal)) {
        return false;
    }
    bool has_body = request->body_kind == HTTP_CHUNKED_BODY || request->body_bytes > 0;
    if (request->method == HTTP_POST && request->body_kind == HTTP_NO_BODY) {
        return refuse(refusal, 411, "POST needs a Content-Length");
    }
    if (has_body && (request->method == HTTP_GET || request->method == HTTP_HEAD)) {
        return refuse(refusal, 400, "GET and HEAD have no body here");
    }
    return true;
}

/* Connection: close, or keep-alive; a list, which may stand more than once. */
static void
connection_read(struct slice value, struct http_request *request)
{
    struct slice part;
    while (slice_next_part(&value, slice_lit(","), &part)) {
        part = trim(part);
        if (slice_equal_nocase(part, slice_lit("close"))) {
            request->keeps_alive = false;
        } else if (slice_equal_nocase(part, slice_lit("keep-alive")) && request->is_1_0) {
            request->keeps_alive = true;
        }
    }
}

/* The place for a field's value. NULL: it is not read. */
static struct slice *
field_place(struct slice name, struct http_request *request, struct fields *fields)
{
    const struct {
        const char *name;
        struct slice *place;
    } PLACES[] = {{"host", &request->host},
                  {"origin", &request->origin},
                  {"cookie", &request->cookie},
                  {"content-type", &request->content_type},
                  {"authorization", &request->authorization},
                  {"if-none-match", &request->if_none_match},
                  {"content-length", &fields->content_length},
                  {"transfer-encoding", &fields->transfer_encoding},
                  {"expect", &fields->expect}};
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        if (slice_equal_nocase(name, slice_str(PLACES[i].name))) {
            return PLACES[i].place;
        }
    }
    return NULL;
}

static bool
field_read(struct slice line, struct http_request *request, struct fields *fields,
           struct http_refusal *refusal)
{
    struct slice name;
    if (!take_until(&line, ':', &name) || !is_token_text(name) || !is_field_value(line)) {
        return refuse(refusal, 400, "a header field is malformed");
    }
    struct slice value = trim(line);
    if (slice_equal_nocase(name, slice_lit("connection"))) {
        connection_read(value, request);
    }
    struct slice *place = field_place(name, request, fields);
    if (place && place->ptr) {
        return refuse(refusal, 400, "a header field stands twice");
    }
    if (place) {
        *place = value;
    }
    return true;
}

static bool
fields_check(const struct fields *fields, struct http_request *request,
             struct http_refusal *refusal)
{
    if (!request->host.ptr) {
        return refuse(refusal, 400, "Host is missing");
    }
    if (fields->expect.ptr && !slice_equal_nocase(fields->expect, slice_lit("100-continue"))) {
        return refuse(refusal, 417, "nothing but 100-continue can be expected");
    }
    request->expects_continue = fields->expect.ptr && !request->is_1_0;
    return framing_read(fields, request, refusal);
}

/* Takes a line without its CRLF. Only called where there is one. */
static struct slice
line_take(struct slice *rest)
{
    const char *end = memmem(rest->ptr, rest->len, "\r\n", 2);
    struct slice line = slice_of(rest->ptr, (size_t) (end - rest->ptr));
    *rest = slice_of(end + 2, rest->len - line.len - 2);
    return line;
}

/* -- together ---------------------------------------------------------------------------------- */

bool
request_head_read(struct slice head, struct http_request *request, struct http_refusal *refusal)
{
    struct fields fields = {0};
    size_t nfields = 0;
    *request = (struct http_request){0};
    struct slice line = line_take(&head);
    if (line.len == 0) {
        line = line_take(&head);
    }
    if (!request_line_read(line, request, refusal)) {
        return false;
    }
    while (head.len > 2) {
        if (++nfields > HTTP_FIELDS_MOST) {
            return refuse(refusal, 431, "there are too many header fields");
        }
        if (!field_read(line_take(&head), request, &fields, refusal)) {
            return false;
        }
    }
    return fields_check(&fields, request, refusal);
}
