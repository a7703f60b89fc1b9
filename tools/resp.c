/*
 * A command as the bytes that Redis' protocol has for it.
 * in: words; out: the bytes that a server reads.
 *
 *     PING hello    ->    *2\r\n$4\r\nPING\r\n$5\r\nhello\r\n
 */
#include "tools/resp.h"

static void
append_head(struct strbuf *out, char kind, size_t n)
{
    strbuf_append_char(out, kind);
    strbuf_append_int(out, (int64_t) n);
    strbuf_append(out, slice_lit("\r\n"));
}

void
resp_append_array(struct strbuf *out, size_t nwords)
{
    append_head(out, '*', nwords);
}

void
resp_append_bulk(struct strbuf *out, struct slice word)
{
    resp_append_bulk_joined(out, word, slice_lit(""));
}

void
resp_append_bulk_joined(struct strbuf *out, struct slice first, struct slice second)
{
    append_head(out, '$', first.len + second.len);
    strbuf_append(out, first);
    strbuf_append(out, second);
    strbuf_append(out, slice_lit("\r\n"));
}
