/*
 * An answer's sink that writes RESP.
 *
 *     struct resp_sink out = resp_sink_of(&writer);
 *     format_nested(&out.sink, table);
 */
#ifndef QUIPU_NET_RESP_SINK_H
#define QUIPU_NET_RESP_SINK_H

#include "answer/sink.h"
#include "net/resp_writer.h"

struct resp_sink {
    struct sink sink; /* first */
    struct resp_writer *writer;
};

/* Borrows the writer. */
struct resp_sink resp_sink_of(struct resp_writer *writer);

#endif
