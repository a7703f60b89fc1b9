/*
 * Reads HTTP/1.x requests. in: a connection's bytes; out: requests, or why they are refused.
 *
 *     GET / HTTP/1.1\nHost: a\n\n                       MORE, and never a head: a line ends in CRLF
 *     ... Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n     OK, body hi
 *
 * A head has at most 16 KiB, so it is put together first and then read as a whole
 * (server/http/request_head.h). A chunked body is read byte by byte, by the machine
 *
 *     SIZE --CR--> SIZE_LF --> DATA --> DATA_CR --> DATA_LF --> SIZE
 *                     |
 *                     +-- size 0 --> END_CR --> END_LF
 *
 * in which no extension of a chunk and no trailer has a place: no browser sends them.
 */
#include "server/http/http_request.h"

#include <string.h>

enum {
    CHUNK_SIZE,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_END_CR,
    CHUNK_END_LF
};
enum { CHUNK_DIGITS_MOST = 8 };

void
http_reader_fini(struct http_reader *reader)
{
    strbuf_fini(&reader->held);
    strbuf_fini(&reader->body);
}

void
http_reader_reset(struct http_reader *reader)
{
    http_reader_fini(reader);
    *reader = (struct http_reader){0};
}

bool
http_reader_has_begun(const struct http_reader *reader)
{
    return reader->held.len > 0;
}

static enum http_outcome
read_bad(struct http_refusal *refusal, int status, const char *why)
{
    *refusal = (struct http_refusal){status, why};
    return HTTP_READ_BAD;
}

/* -- heads ------------------------------------------------------------------------------------- */

enum http_outcome
http_reader_head(struct http_reader *reader, struct slice input, size_t *consumed,
                 struct http_request *request, struct http_refusal *refusal)
{
    size_t before = reader->held.len, room = HTTP_HEAD_BYTES_MOST - before;
    strbuf_append(&reader->held, slice_of(input.ptr, input.len < room ? input.len : room));
    *consumed = reader->held.len - before;
    struct slice held = strbuf_slice(&reader->held);
    const char *end =
        memmem(held.ptr + reader->searched, held.len - reader->searched, "\r\n\r\n", 4);
    if (!end) {
        reader->searched = held.len > 3 ? held.len - 3 : 0;
        if (held.len == HTTP_HEAD_BYTES_MOST) {
            return read_bad(refusal, 431, "the head of the request is too large");
        }
        return HTTP_READ_MORE;
    }
    reader->head_bytes = (size_t) (end - held.ptr) + 4;
    reader->held.len = reader->head_bytes;
    *consumed = reader->head_bytes - before;
    if (!request_head_read(strbuf_slice(&reader->held), request, refusal)) {
        return HTTP_READ_BAD;
    }
    reader->body_kind = request->body_kind;
    reader->body_bytes = request->body_bytes;
    return HTTP_READ_OK;
}

/* -- bodies ------------------------------------------------------------------------------------ */

/* The value of a hexadecimal digit; -1: it is none. */
static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A byte that is not a chunk's data. False: it has no place there. */
static bool
chunk_step(struct http_reader *reader, char c)
{
    int digit;
    switch (reader->chunk_state) {
    case CHUNK_SIZE:
        digit = hex_value(c);
        if (digit >= 0 && reader->chunk_digits < CHUNK_DIGITS_MOST) {
            reader->chunk_bytes = reader->chunk_bytes * 16 + (size_t) digit;
            reader->chunk_digits++;
            return true;
        }
        reader->chunk_state = CHUNK_SIZE_LF;
        return c == '\r' && reader->chunk_digits > 0;
    case CHUNK_SIZE_LF:
        reader->chunk_state = reader->chunk_bytes ? CHUNK_DATA : CHUNK_END_CR;
        reader->chunk_digits = 0;
        return c == '\n';
    case CHUNK_DATA_CR: reader->chunk_state = CHUNK_DATA_LF; return c == '\r';
    case CHUNK_DATA_LF: reader->chunk_state = CHUNK_SIZE; return c == '\n';
    case CHUNK_END_CR: reader->chunk_state = CHUNK_END_LF; return c == '\r';
    case CHUNK_END_LF: return c == '\n';
    }
    return false;
}

static enum http_outcome
chunks_read(struct http_reader *reader, size_t most_bytes, struct slice input, size_t *consumed,
            struct http_refusal *refusal)
{
    for (*consumed = 0; *consumed < input.len;) {
        if (reader->chunk_state == CHUNK_DATA) {
            size_t left = input.len - *consumed;
            size_t len = left < reader->chunk_bytes ? left : reader->chunk_bytes;
            strbuf_append(&reader->body, slice_of(input.ptr + *consumed, len));
            *consumed += len;
            reader->chunk_bytes -= len;
            reader->chunk_state = reader->chunk_bytes ? CHUNK_DATA : CHUNK_DATA_CR;
            continue;
        }
        bool was_at_end = reader->chunk_state == CHUNK_END_LF;
        if (!chunk_step(reader, input.ptr[(*consumed)++])) {
            return read_bad(refusal, 400, "a chunk of the body is malformed");
        }
        if (was_at_end) {
            return HTTP_READ_OK;
        }
        if (reader->chunk_bytes > most_bytes ||
            reader->body.len > most_bytes - reader->chunk_bytes) {
            return read_bad(refusal, 413, "the body is too large");
        }
    }
    return HTTP_READ_MORE;
}

static enum http_outcome
sized_read(struct http_reader *reader, size_t most_bytes, struct slice input, size_t *consumed,
           struct http_refusal *refusal)
{
    if (reader->body_bytes > most_bytes) {
        return read_bad(refusal, 413, "the body is too large");
    }
    size_t left = reader->body_bytes - (reader->held.len - reader->head_bytes);
    *consumed = input.len < left ? input.len : left;
    strbuf_append(&reader->held, slice_of(input.ptr, *consumed));
    return *consumed == left ? HTTP_READ_OK : HTTP_READ_MORE;
}

enum http_outcome
http_reader_body(struct http_reader *reader, size_t most_bytes, struct slice input,
                 size_t *consumed, struct http_request *request, struct http_refusal *refusal)
{
    bool is_chunked = reader->body_kind == HTTP_CHUNKED_BODY;
    *consumed = 0;
    enum http_outcome outcome = is_chunked
                                    ? chunks_read(reader, most_bytes, input, consumed, refusal)
                                    : sized_read(reader, most_bytes, input, consumed, refusal);
    if (outcome != HTTP_READ_OK) {
        return outcome;
    }
    /* Read again: the buffer has grown since, and may have moved. */
    struct slice head = slice_of(reader->held.ptr, reader->head_bytes);
    if (!request_head_read(head, request, refusal)) {
        return HTTP_READ_BAD;
    }
    request->body = is_chunked ? strbuf_slice(&reader->body)
                               : slice_of(head.ptr + head.len, reader->body_bytes);
    return HTTP_READ_OK;
}
