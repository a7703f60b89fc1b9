/*
 * Where an answer is written: what RESP has, without saying who writes it.
 *
 *     sink->ops->array(sink, 2); sink->ops->integer(sink, 17); sink->ops->text(sink, label);
 *
 * The server writes into its client's buffer (net/resp_sink), the module by Redis' own calls
 * (module/answer). Whoever implements one puts the struct first in one of his own. An array's
 * header says how many elements follow; the caller writes just so many. Nothing here can fail, and
 * nothing that is given is kept.
 */
#ifndef QUIPU_ANSWER_SINK_H
#define QUIPU_ANSWER_SINK_H

#include "base/slice.h"

struct sink {
    const struct sink_ops *ops;
};

struct sink_ops {
    void (*array)(struct sink *sink, uint64_t nelements);
    void (*integer)(struct sink *sink, int64_t n);
    void (*zeros)(struct sink *sink, uint64_t n); /* n integers 0: tables have many */
    void (*text)(struct sink *sink, struct slice text);
    void (*null)(struct sink *sink);
};

#endif
