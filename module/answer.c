/*
 * Replies. in: a partial count, which is the whole answer of this Redis; out: nested arrays or
 * rows.
 *
 * A partial has its cells that are not zero, sorted; nested replies need all of them, with an
 * array's header wherever a dimension starts anew: where the index is a multiple of the cells under
 * one of its positions. So all indices are walked once, with the cells beside them: 2 x 3 cells a,
 * b
 *
 *     index  0        1   2   3       4   5
 *     before *2 *3            *3
 *     leaf   :17      :0  :0  :0      :3  :0
 */
#include "module/answer.h"

#include "base/number.h"

struct answer {
    const struct redis_api *redis;
    struct redis_ctx *ctx;
    const struct bound_query *query;
    const struct partial *partial;
    struct slice **labels; /* by dimension and position */
};

/* How many dimensions, from the first, have positions: behind one that has none nothing is counted.
 */
static size_t
dims_filled(const struct partial *partial)
{
    size_t n = 0;
    while (n < partial->ndims && partial->dims[n].npositions > 0) {
        n++;
    }
    return n;
}

static void
write_headers(const struct answer *answer, size_t ndims, uint64_t index)
{
    uint64_t span = 1;
    size_t first = ndims;
    while (first > 0 && index % (span * answer->partial->dims[first - 1].npositions) == 0) {
        span *= answer->partial->dims[--first].npositions;
    }
    for (size_t i = first; i < ndims; i++) {
        answer->redis->reply_with_array(answer->ctx, (long) answer->partial->dims[i].npositions);
    }
}

static void
write_nested(const struct answer *answer)
{
    const struct partial *partial = answer->partial;
    size_t ndims = dims_filled(partial);
    uint64_t nleaves = 1;
    for (size_t i = 0; i < ndims; i++) {
        nleaves *= partial->dims[i].npositions;
    }
    const struct partial_cell *cell = partial->cells;
    const struct partial_cell *end = cell + partial->nnonzero;
    for (uint64_t index = 0; index < nleaves; index++) {
        write_headers(answer, ndims, index);
        if (ndims < partial->ndims) {
            answer->redis->reply_with_array(answer->ctx, 0);
        } else if (cell < end && cell->index == index) {
            answer->redis->reply_with_long_long(answer->ctx, (long long) (cell++)->count);
        } else {
            answer->redis->reply_with_long_long(answer->ctx, 0);
        }
    }
}

static struct slice
label_of(struct arena *arena, const struct bound_dim *bound, const struct partial_dim *dim,
         size_t i)
{
    struct slice lower, upper;
    switch (bound->kind) {
    case DIM_LIST:
    case DIM_BINS: return bound->positions[i].label;
    case DIM_OPEN: return dim->values[i];
    case DIM_WIDTH: break;
    }
    if (!number_bin(arena, dim->values[i], bound->width, &lower, &upper)) {
        return dim->values[i]; /* cannot be: counting has put values into this bin */
    }
    return arena_printf(arena, "[%.*s,%.*s)", SLICE_ARG(lower), SLICE_ARG(upper));
}

static void
make_labels(struct answer *answer, struct arena *arena)
{
    const struct partial *partial = answer->partial;
    answer->labels = arena_array(arena, partial->ndims, sizeof *answer->labels);
    for (size_t d = 0; d < partial->ndims; d++) {
        const struct partial_dim *dim = &partial->dims[d];
        answer->labels[d] = arena_array(arena, dim->npositions, sizeof **answer->labels);
        for (size_t i = 0; i < dim->npositions; i++) {
            answer->labels[d][i] = label_of(arena, &answer->query->dims[d], dim, i);
        }
    }
}

static void
write_rows(const struct answer *answer)
{
    const struct partial *partial = answer->partial;
    answer->redis->reply_with_array(answer->ctx, (long) partial->nnonzero);
    for (size_t i = 0; i < partial->nnonzero; i++) {
        uint64_t span = partial->ncells, index = partial->cells[i].index;
        answer->redis->reply_with_array(answer->ctx, (long) partial->ndims + 1);
        for (size_t d = 0; d < partial->ndims; d++) {
            span /= partial->dims[d].npositions;
            redis_reply_slice(answer->redis, answer->ctx, answer->labels[d][index / span]);
            index %= span;
        }
        answer->redis->reply_with_long_long(answer->ctx, (long long) partial->cells[i].count);
    }
}

void
answer_table(const struct redis_api *redis, struct redis_ctx *ctx, struct arena *arena,
             const struct bound_query *query, const struct partial *partial)
{
    struct answer answer = {redis, ctx, query, partial, NULL};
    switch (query->format) {
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED: write_nested(&answer); return;
    case AST_FORMAT_ROWS:
        make_labels(&answer, arena);
        write_rows(&answer);
        return;
    case AST_FORMAT_MAP:
    case AST_FORMAT_TABLE:
    case AST_FORMAT_JSON:
    case AST_FORMAT_CSV: break;
    }
    redis->reply_with_error(ctx, "ERR this FORMAT is quipu-server's to answer");
}

void
answer_lines(const struct redis_api *redis, struct redis_ctx *ctx, const struct slice *lines,
             size_t nlines)
{
    redis->reply_with_array(ctx, (long) nlines);
    for (size_t i = 0; i < nlines; i++) {
        redis_reply_slice(redis, ctx, lines[i]);
    }
}
