/*
 * The target of an answer: the types of RESP, whoever writes them.
 *
 *     sink->ops->array(sink, 2); sink->ops->integer(sink, 17); sink->ops->text(sink, label);
 *
 * The server writes into its client's buffer (net/resp_sink), the module by Redis' own calls
 * (module/answer). An implementation has this struct as the first member of its own. An array's
 * header says how many elements follow, and the caller writes exactly that many; a map's says how
 * many pairs. Where RESP2 lacks a type it is the nearest one: a map is a flat array, a double a bulk
 * string, a truth 1 or 0. Nothing here can fail, and arguments are not kept.
 */
#ifndef QUIPU_ANSWER_SINK_H
#define QUIPU_ANSWER_SINK_H

#include "base/slice.h"

struct sink {
    const struct sink_ops *ops;
    bool is_resp3;
    size_t table_cells; /* how wide a line of FORMAT TABLE may be; 0: as wide as by default */
};

struct sink_ops {
    void (*array)(struct sink *sink, uint64_t nelements);
    void (*integer)(struct sink *sink, int64_t n);
    void (*zeros)(struct sink *sink, uint64_t n); /* n integers 0: tables have many */
    void (*text)(struct sink *sink, struct slice text);
    void (*null)(struct sink *sink);
    void (*map)(struct sink *sink, uint64_t npairs);
    /* A double by its text (base/double.h), or inf; the RESP2 string is that text. */
    void (*real)(struct sink *sink, struct slice text);
    void (*truth)(struct sink *sink, bool is_true);
    /* Text to be shown. kind has three letters: txt, mkd. */
    void (*verbatim)(struct sink *sink, const char *kind, struct slice text);
};

#endif
