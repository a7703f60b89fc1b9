/*
 * The head of a request, whole: from bytes to a struct.
 *
 *     request_head_read(slice_lit("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"), &request, &refusal)
 */
#ifndef QUIPU_SERVER_HTTP_REQUEST_HEAD_H
#define QUIPU_SERVER_HTTP_REQUEST_HEAD_H

#include "base/error.h"
#include "base/slice.h"

enum { HTTP_FIELDS_MOST = 100 };

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER_METHOD };

enum http_body { HTTP_NO_BODY, HTTP_SIZED_BODY, HTTP_CHUNKED_BODY };

/* Slices: borrowed from the bytes that were read; ptr NULL: no such field. */
struct http_request {
    enum http_method method;
    struct slice path;  /* without its query */
    struct slice query; /* behind '?' */
    bool is_1_0;
    bool keeps_alive; /* the client wants the connection to stay */
    bool expects_continue;
    enum http_body body_kind;
    size_t body_bytes; /* SIZED_BODY: as announced */
    struct slice host, origin, cookie, content_type, authorization, if_none_match;
    struct slice body; /* not of the head: after http_reader_body */
};

/* Why a request is refused. */
struct http_refusal {
    int status; /* 400, 413, 431, 501, 505, ... */
    const char *why;
};

/*
 * Reads a head that ends in an empty line; the request borrows from it. An empty line before the request line is
 * skipped, as RFC 9112 asks. False: it is refused, and refusal says why.
 */
bool request_head_read(struct slice head, struct http_request *request,
                       struct http_refusal *refusal) QUIPU_MUST_CHECK;

#endif
