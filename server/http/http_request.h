/*
 * HTTP/1.x requests, read from bytes that come in any pieces.
 *
 *     POST /api/query HTTP/1.1\r\n              http_reader_head -> OK   method POST, path /api/query
 *     Host: localhost:7380\r\n                                           host localhost:7380
 *     Content-Type: application/json\r\n
 *     Content-Length: 16\r\n\r\n
 *     {"text":"count"}                          http_reader_body -> OK   body {"text":"count"}
 *
 * The reader is strict: what two readers could understand in two ways is BAD, and the connection
 * ends. So lines end in CRLF, a field's name is followed by its colon at once, no line is folded, no
 * field that is read here stands twice, and a body has a length or is chunked, never both.
 *
 * The head and the body are read in two steps: whoever owns the connection may refuse a request by
 * its head, before its body has come.
 */
#ifndef QUIPU_SERVER_HTTP_HTTP_REQUEST_H
#define QUIPU_SERVER_HTTP_HTTP_REQUEST_H

#include "base/strbuf.h"
#include "server/http/request_head.h"

enum { HTTP_HEAD_BYTES_MOST = 16 * 1024 };

enum http_outcome { HTTP_READ_OK, HTTP_READ_MORE, HTTP_READ_BAD };

/* All zero: before a request. */
struct http_reader {
    struct strbuf held; /* the head, and then a body that has a length */
    struct strbuf body; /* a chunked one, put together */
    size_t head_bytes;  /* 0: the head is not complete */
    size_t searched;    /* of held, for the head's end */
    enum http_body body_kind;
    size_t body_bytes; /* of a body that has a length */
    int chunk_state;
    int chunk_digits;
    size_t chunk_bytes; /* still to come */
};

void http_reader_fini(struct http_reader *reader);
/* Before the next request. Frees the memory: an idle connection holds none. */
void http_reader_reset(struct http_reader *reader);
/* True: bytes of a request have come that is not complete. */
bool http_reader_has_begun(const struct http_reader *reader);

/*
 * Takes bytes from the front of input, *consumed of them, until a head is complete; MORE takes all.
 * BAD fills refusal, and the connection cannot be used any more.
 */
enum http_outcome http_reader_head(struct http_reader *reader, struct slice input, size_t *consumed,
                                   struct http_request *request,
                                   struct http_refusal *refusal) QUIPU_MUST_CHECK;
/*
 * The same for the body, once the head is OK. It has at most most_bytes, else it is BAD (413): by
 * its length at once, before any of it is read. OK fills all of request.
 */
enum http_outcome http_reader_body(struct http_reader *reader, size_t most_bytes,
                                   struct slice input, size_t *consumed,
                                   struct http_request *request,
                                   struct http_refusal *refusal) QUIPU_MUST_CHECK;

#endif
