/*
 * A document as maps, arrays and values of RESP.
 *
 *     struct document_sink doc = document_sink_of(sink);
 *     document_map(&doc.document, 1); ...                     %1 $4 base :70
 */
#ifndef QUIPU_ANSWER_DOCUMENT_SINK_H
#define QUIPU_ANSWER_DOCUMENT_SINK_H

#include "answer/document.h"
#include "answer/sink.h"

struct document_sink {
    struct document document; /* first */
    struct sink *sink;
};

/* Borrows the sink. */
struct document_sink document_sink_of(struct sink *sink);
/* One number: null, an integer, a double; in RESP3 the text of an EXACT one that no double is. */
void sink_number(struct sink *sink, struct number number);

#endif
