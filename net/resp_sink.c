/*
 * Writes the output of a format of answer/ as RESP. in: what a format writes; out: bytes through
 * the writer.
 *
 * Example: array(2), integer(17), zeros(1) are *2 :17 :0.
 */
#include "net/resp_sink.h"

#include <string.h>

static struct resp_writer *
writer_of(struct sink *sink)
{
    return ((struct resp_sink *) sink)->writer;
}

static void
array(struct sink *sink, uint64_t nelements)
{
    resp_write_array(writer_of(sink), nelements);
}

static void
integer(struct sink *sink, int64_t n)
{
    resp_write_int(writer_of(sink), n);
}

static void
zeros(struct sink *sink, uint64_t n)
{
    static const char ZERO[] = {':', '0', '\r', '\n'};
    struct strbuf *out = writer_of(sink)->out;
    char *at = strbuf_reserve(out, n * sizeof ZERO);
    for (uint64_t i = 0; i < n; i++) {
        memcpy(at + i * sizeof ZERO, ZERO, sizeof ZERO);
    }
    out->len += n * sizeof ZERO;
}

static void
text(struct sink *sink, struct slice bytes)
{
    resp_write_bulk(writer_of(sink), bytes);
}

static void
null(struct sink *sink)
{
    resp_write_null(writer_of(sink));
}

static void
map(struct sink *sink, uint64_t npairs)
{
    resp_write_map(writer_of(sink), npairs);
}

static void
real(struct sink *sink, struct slice number)
{
    resp_write_double_text(writer_of(sink), number);
}

static void
truth(struct sink *sink, bool is_true)
{
    resp_write_bool(writer_of(sink), is_true);
}

static void
verbatim(struct sink *sink, const char *kind, struct slice shown)
{
    resp_write_verbatim(writer_of(sink), kind, shown);
}

struct resp_sink
resp_sink_of(struct resp_writer *writer)
{
    static const struct sink_ops OPS = {.array = array,
                                        .integer = integer,
                                        .zeros = zeros,
                                        .text = text,
                                        .null = null,
                                        .map = map,
                                        .real = real,
                                        .truth = truth,
                                        .verbatim = verbatim};
    return (struct resp_sink){{&OPS, writer->resp3, writer->table_cells}, writer};
}
