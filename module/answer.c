/*
 * Writes the answer of a count into a reply of Redis. in: a table, or lines, which are the whole
 * answer of this Redis; out: a reply by Redis' own calls.
 *
 * Example: what answer/format writes as array(2), integer(17), zeros(1) is ReplyWithArray and twice
 * ReplyWithLongLong.
 */
#include "module/answer.h"

#include "base/double.h"

struct module_sink {
    struct sink sink; /* first */
    const struct redis_api *redis;
    struct redis_ctx *ctx;
};

static void
array(struct sink *sink, uint64_t nelements)
{
    struct module_sink *to = (struct module_sink *) sink;
    to->redis->reply_with_array(to->ctx, (long) nelements);
}

static void
integer(struct sink *sink, int64_t n)
{
    struct module_sink *to = (struct module_sink *) sink;
    to->redis->reply_with_long_long(to->ctx, (long long) n);
}

static void
zeros(struct sink *sink, uint64_t n)
{
    for (; n > 0; n--) {
        integer(sink, 0);
    }
}

static void
text(struct sink *sink, struct slice bytes)
{
    struct module_sink *to = (struct module_sink *) sink;
    redis_reply_slice(to->redis, to->ctx, bytes);
}

static void
null(struct sink *sink)
{
    struct module_sink *to = (struct module_sink *) sink;
    to->redis->reply_with_null(to->ctx);
}

static void
map(struct sink *sink, uint64_t npairs)
{
    struct module_sink *to = (struct module_sink *) sink;
    to->redis->reply_with_map(to->ctx, (long) npairs);
}

/* Redis would write a double of its own digits in RESP2. */
static void
real(struct sink *sink, struct slice number)
{
    struct module_sink *to = (struct module_sink *) sink;
    enum { SHOWN_BYTES = 64 };
    if (!sink->is_resp3 || number.len >= SHOWN_BYTES) {
        text(sink, number);
        return;
    }
    to->redis->reply_with_double(to->ctx, double_read(number));
}

static void
truth(struct sink *sink, bool is_true)
{
    struct module_sink *to = (struct module_sink *) sink;
    to->redis->reply_with_bool(to->ctx, is_true);
}

static void
verbatim(struct sink *sink, const char *kind, struct slice shown)
{
    struct module_sink *to = (struct module_sink *) sink;
    to->redis->reply_with_verbatim(to->ctx, shown.ptr, shown.len, kind);
}

static struct module_sink
sink_of(const struct redis_api *redis, struct redis_ctx *ctx)
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
    bool is_resp3 = redis->context_flags(ctx) & REDIS_CTX_RESP3;
    return (struct module_sink){{.ops = &OPS, .is_resp3 = is_resp3}, redis, ctx};
}

void
answer_whole(const struct redis_api *redis, struct redis_ctx *ctx, const struct answer *answer)
{
    struct module_sink to = sink_of(redis, ctx);
    format_answer(&to.sink, answer);
}

void
answer_lines(const struct redis_api *redis, struct redis_ctx *ctx, const struct slice *lines,
             size_t nlines)
{
    struct module_sink to = sink_of(redis, ctx);
    format_lines(&to.sink, lines, nlines);
}
