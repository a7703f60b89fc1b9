/*
 * What the RESP reader makes of bytes, as text: for test_resp and fuzz_resp.
 *
 *     *1\r\n$4\r\nPING\r\nget 'a b'\r\n*x\r\n     -> [PING]\n
 *                                                <get 'a b'> [get][a b]\n
 *                                                BAD Protocol error: invalid multibulk length\n
 */
#ifndef QUIPU_TESTS_RESP_TRANSCRIPT_H
#define QUIPU_TESTS_RESP_TRANSCRIPT_H

#include <assert.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "net/resp_reader.h"

/* Where the bytes are cut: the length of the next piece, at most left. */
typedef size_t transcript_piece_fn(void *arg, size_t left);

/* What may be sent on as it came is what would be written for its words. */
static inline void
transcript_check_bytes(const struct resp_request *request)
{
    struct strbuf written;
    strbuf_init(&written);
    strbuf_printf(&written, "*%zu\r\n", request->nargs);
    for (size_t i = 0; i < request->nargs; i++) {
        strbuf_printf(&written, "$%zu\r\n", request->args[i].len);
        strbuf_append(&written, request->args[i]);
        strbuf_append_str(&written, "\r\n");
    }
    if (!slice_equal(strbuf_slice(&written), request->bytes)) {
        abort();
    }
    strbuf_fini(&written);
}

static inline void
transcript_request(struct resp_reader *reader, struct resp_request *request, struct strbuf *out)
{
    struct error err = {0};
    if (request->line.ptr) {
        strbuf_append_char(out, '<');
        strbuf_append(out, request->line);
        strbuf_append_str(out, "> ");
        if (!resp_reader_split(reader, request, &err)) {
            strbuf_append_str(out, err.message);
        }
    }
    if (request->bytes.ptr) {
        transcript_check_bytes(request);
    }
    for (size_t i = 0; i < request->nargs; i++) {
        strbuf_append_char(out, '[');
        strbuf_append(out, request->args[i]);
        strbuf_append_char(out, ']');
    }
    strbuf_append_char(out, '\n');
}

/* Feeds one piece; false once the reader refuses. */
static inline bool
transcript_feed(struct resp_reader *reader, const struct resp_limits *limits, struct slice piece,
                struct strbuf *out)
{
    for (;;) {
        struct resp_request request;
        struct error err = {0};
        size_t consumed = 0;
        enum resp_status status =
            resp_reader_read(reader, limits, piece, &consumed, &request, &err);
        assert(consumed <= piece.len);
        piece = slice_of(piece.ptr + consumed, piece.len - consumed);
        if (status == RESP_BAD) {
            strbuf_printf(out, "BAD %s\n", err.message);
            return false;
        }
        if (status == RESP_NEED_MORE) {
            assert(piece.len == 0);
            return true;
        }
        transcript_request(reader, &request, out);
    }
}

static inline void
transcript(struct slice bytes, const struct resp_limits *limits, transcript_piece_fn *next_piece,
           void *arg, struct strbuf *out)
{
    struct resp_reader *reader = resp_reader_new();
    bool ok = true;
    for (size_t at = 0, len; ok && at < bytes.len; at += len) {
        len = next_piece(arg, bytes.len - at);
        ok = transcript_feed(reader, limits, slice_of(bytes.ptr + at, len), out);
    }
    resp_reader_free(reader);
}

#endif
