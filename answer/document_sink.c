/*
 * Writes a document into a sink. in: what a document consists of, in order; out: the same in RESP, by
 * the sink's types.
 *
 * Example: a map of "base" and 70 is %1 $4 base :70 in RESP3, *2 $4 base :70 in RESP2.
 */
#include "answer/document_sink.h"

#include <math.h>

#include "base/double.h"

static struct sink *
sink_of(struct document *doc)
{
    return ((struct document_sink *) doc)->sink;
}

static void
map(struct document *doc, uint64_t npairs)
{
    struct sink *sink = sink_of(doc);
    sink->ops->map(sink, npairs);
}

static void
list(struct document *doc, uint64_t nvalues)
{
    struct sink *sink = sink_of(doc);
    sink->ops->array(sink, nvalues);
}

/* Headers say it all. */
static void
end(struct document *doc)
{
    (void) doc;
}

static void
text(struct document *doc, struct slice bytes)
{
    struct sink *sink = sink_of(doc);
    sink->ops->text(sink, bytes);
}

void
sink_number(struct sink *sink, struct number n)
{
    switch (n.kind) {
    case NUMBER_NULL:
    case NUMBER_HIDDEN: sink->ops->null(sink); return;
    case NUMBER_INTEGER: sink->ops->integer(sink, n.integer); return;
    case NUMBER_DECIMAL: sink->ops->real(sink, n.text); return;
    case NUMBER_EXACT:
        if (sink->is_resp3 && !double_is_exact(n.text)) {
            sink->ops->text(sink, n.text);
        } else {
            sink->ops->real(sink, n.text);
        }
        return;
    }
}

static void
number(struct document *doc, struct number n)
{
    sink_number(sink_of(doc), n);
}

static void
zeros(struct document *doc, uint64_t n)
{
    struct sink *sink = sink_of(doc);
    sink->ops->zeros(sink, n);
}

static void
null(struct document *doc)
{
    struct sink *sink = sink_of(doc);
    sink->ops->null(sink);
}

/* An odds ratio may be infinite. */
static void
real(struct document *doc, double x)
{
    struct sink *sink = sink_of(doc);
    struct strbuf digits;
    if (isnan(x)) {
        null(doc);
        return;
    }
    strbuf_init(&digits);
    if (isinf(x)) {
        strbuf_append_str(&digits, x > 0 ? "inf" : "-inf");
    } else {
        double_print(&digits, x);
    }
    sink->ops->real(sink, strbuf_slice(&digits));
    strbuf_fini(&digits);
}

static void
truth(struct document *doc, bool is_true)
{
    struct sink *sink = sink_of(doc);
    sink->ops->truth(sink, is_true);
}

static bool
has_changed(const struct document *doc, const struct slice *texts, size_t ntexts)
{
    (void) doc;
    (void) texts;
    (void) ntexts;
    return false;
}

struct document_sink
document_sink_of(struct sink *sink)
{
    static const struct document_ops OPS = {.map = map,
                                            .list = list,
                                            .end = end,
                                            .key = text,
                                            .text = text,
                                            .number = number,
                                            .zeros = zeros,
                                            .real = real,
                                            .truth = truth,
                                            .null = null,
                                            .has_changed = has_changed,
                                            .has_infinity = true};
    return (struct document_sink){{&OPS}, sink};
}
