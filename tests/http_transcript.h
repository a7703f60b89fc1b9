/*
 * What the HTTP reader makes of bytes, as text: for test_http and fuzz_http.
 *
 *     GET /a?b HTTP/1.1\r\nHost: h\r\n\r\nPOST ...   -> GET </a> ?<b> host <h>\n
 *                                                      POST </x> host <h> body <{}>\n
 *     GET / HTTP/9.9\r\n...                          -> BAD 505\n
 */
#ifndef QUIPU_TESTS_HTTP_TRANSCRIPT_H
#define QUIPU_TESTS_HTTP_TRANSCRIPT_H

#include <assert.h>
#include <stdlib.h>

#include "server/http/http_request.h"

enum { TRANSCRIPT_BODY_BYTES = 4096 };

/* Where the bytes are cut: the length of the next piece, at most left. */
typedef size_t http_piece_fn(void *arg, size_t left);

static inline void
http_transcript_field(struct strbuf *out, const char *name, struct slice value)
{
    if (value.ptr) {
        strbuf_printf(out, " %s <", name);
        strbuf_append(out, value);
        strbuf_append_char(out, '>');
    }
}

static inline void
http_transcript_request(const struct http_request *request, struct strbuf *out)
{
    static const char *const METHODS[] = {"GET", "HEAD", "POST", "OTHER"};
    strbuf_append_str(out, METHODS[request->method]);
    http_transcript_field(out, "path", request->path);
    http_transcript_field(out, "query", request->query);
    http_transcript_field(out, "host", request->host);
    http_transcript_field(out, "origin", request->origin);
    http_transcript_field(out, "cookie", request->cookie);
    http_transcript_field(out, "type", request->content_type);
    http_transcript_field(out, "login", request->authorization);
    http_transcript_field(out, "tags", request->if_none_match);
    strbuf_append_str(out, request->keeps_alive ? "" : " last");
    strbuf_append_str(out, request->expects_continue ? " expects" : "");
    if (request->body_kind != HTTP_NO_BODY) {
        http_transcript_field(out, "body", request->body);
    }
    strbuf_append_char(out, '\n');
}

/* Reads all requests until one is BAD, or the bytes end. */
static inline void
http_transcript(struct slice bytes, http_piece_fn *piece, void *arg, struct strbuf *out)
{
    struct http_reader reader = {0};
    struct http_request request;
    struct http_refusal refusal;
    enum http_outcome outcome = HTTP_READ_MORE;
    bool has_head = false;
    while (bytes.len > 0 && outcome != HTTP_READ_BAD) {
        /* An exact copy, so that a read beyond it is seen. */
        size_t len = piece(arg, bytes.len), at = 0;
        char *copy = malloc(len);
        memcpy(copy, bytes.ptr, len);
        bytes = slice_of(bytes.ptr + len, bytes.len - len);
        bool goes_on = true;
        while (goes_on && outcome != HTTP_READ_BAD) {
            size_t consumed;
            struct slice input = slice_of(copy + at, len - at);
            outcome = has_head ? http_reader_body(&reader, TRANSCRIPT_BODY_BYTES, input, &consumed,
                                                  &request, &refusal)
                               : http_reader_head(&reader, input, &consumed, &request, &refusal);
            assert(consumed <= input.len);
            at += consumed;
            if (outcome == HTTP_READ_MORE) {
                assert(at == len);
                goes_on = false;
            } else if (outcome == HTTP_READ_OK && has_head) {
                http_transcript_request(&request, out);
                http_reader_reset(&reader);
                has_head = false;
                goes_on = at < len;
            } else if (outcome == HTTP_READ_OK) {
                has_head = true;
            }
        }
        free(copy);
    }
    if (outcome == HTTP_READ_BAD) {
        strbuf_printf(out, "BAD %d\n", refusal.status);
    } else if (http_reader_has_begun(&reader)) {
        strbuf_append_str(out, "MORE\n");
    }
    http_reader_fini(&reader);
}

#endif
