/*
 * A partial count: what one shard counted, in a form that is small to send and quick to add up.
 *
 *     count a, b in [1,2] from current        over rows (x,1) (x,1) (y,2) (z,3)
 *
 *     dims   a: open, values {"x","y"}    b: 2 positions
 *     cells  {0, 2} {3, 1}                index = position of a x 2 + position of b
 *
 * It is in the order of the answer: an open dimension's values are sorted (numbers, then text; see
 * base/number.h), the last dimension runs fastest, cells are sorted by index, each once and above
 * zero. So the partial of the only shard is the answer.
 *
 * A dimension's positions: LIST and BINS those of the bound query, in its order; OPEN the values
 * that are in some cell; WIDTH the lower bounds of the bins that are in some cell, as canonical
 * numbers (a bin's label is that of number_bin(lower, width)). Where the query's format is NESTED,
 * an open dimension's positions are all that occur under the filter, also those whose cells are all
 * 0.
 *
 * In bytes (partial_encode), all numbers varints (7 bits a byte, the low ones first) unless said:
 *
 *     "Q1"  flags (1 byte: 1 dense, 2 has base)  [base]  ndims
 *     per dimension   radix, is_open (1 byte); if open: radix x (length, bytes)
 *     ncells that follow
 *     sparse          ncells x (index - the index before - 1 (the first: index), count)
 *     dense           every cell, width in bytes (1 byte: 1, 2, 4 or 8), little endian
 *
 * whichever of the two is smaller.
 */
#ifndef QUIPU_ANSWER_PARTIAL_H
#define QUIPU_ANSWER_PARTIAL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

struct partial_cell {
    uint64_t index;
    uint64_t count;
};

struct partial_dim {
    bool is_open;
    size_t npositions;
    struct slice *values; /* open: by position. Closed: NULL */
};

struct partial {
    size_t ndims;
    struct partial_dim *dims;
    uint64_t ncells; /* the product of the dimensions' positions */
    size_t nnonzero;
    struct partial_cell *cells;
    bool has_base;
    uint64_t base;     /* rows of the filter */
    uint64_t excluded; /* those of them in no cell */
};

/* Appends the bytes. Cannot fail. */
void partial_encode(const struct partial *partial, struct strbuf *out);
/*
 * Reads bytes from elsewhere and checks all of them: a partial it lets pass is in order and
 * consistent. Values are borrowed from bytes. Fails with SHARDDOWN.
 */
bool partial_decode(struct arena *arena, struct slice bytes, struct partial **out,
                    struct error *err) QUIPU_MUST_CHECK;
/*
 * Adds up partials of the same query from different shards: closed dimensions must have the same
 * number of positions, open ones are united. Linear but for a sort of the open values; no
 * allocation per cell. Values are borrowed from the parts. Fails with LIMIT (more than max_cells
 * cells that are not zero; 0: no limit) or SHARDDOWN (the parts do not fit each other).
 */
bool partial_merge(struct arena *arena, const struct partial *const *parts, size_t nparts,
                   uint64_t max_cells, struct partial **out, struct error *err) QUIPU_MUST_CHECK;

/* Puts its cells that are not zero into their indexes' order. */
void partial_sort(struct partial *partial);

/* As text, for tests: "{x,y} x 2 | 0:2 3:1 | base 4". */
void partial_print(const struct partial *partial, struct strbuf *out);

#endif
