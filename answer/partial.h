/*
 * A partial: the counts of one shard, in a form that is small to send and quick to add up.
 *
 *     count a, b in [1,2] from current        over rows (x,1) (x,1) (y,2) (z,3)
 *
 *     dims   a: open, values {"x","y"}    b: 2 positions
 *     cells  0: 2, 3: 1                   index = position of a x 2 + position of b
 *
 * It is in the order of the answer. An open dimension's values are sorted (numbers, then text; see
 * base/number.h). The last dimension runs fastest. Cells are sorted by index, each once and above
 * zero. So if there is only one shard, its partial is the answer.
 *
 * A dimension's positions depend on its kind. LIST and BINS: those of the bound query, in its
 * order. OPEN: the values that are in some cell. WIDTH: the lower bounds of the bins that are in
 * some cell, as canonical numbers (a bin's label is that of number_bin(lower, width)). If the
 * query's format is NESTED, an open dimension has all positions that occur under the filter, also
 * those whose cells are all 0.
 *
 * In bytes (partial_encode), all numbers varints (7 bits a byte, the low ones first) unless said:
 *
 *     "Q2"  flags (1 byte: 1 dense, 2 has base, 4 has states, 8 has scales)  [base]
 *     nmeasures, and each one's kind (1 byte; answer/cell.h), the first of them the count
 *     where there are scales: value scale, weight scale; by measure both powers (1 byte: value +
 *             16 x weight)
 *     ndims; per dimension   radix, is_open (1 byte); if open: radix x (length, bytes)
 *     sparse  n, n x (index - the index before - 1 (the first: index))
 *             per measure    n x value
 *     dense   per measure    width in bytes (1 byte: 1, 2, 4 or 8), every cell's value in so many,
 *                            little endian; cells whose count is 0 are not there
 *     behind the values of each measure, where there are states: n x state (1 byte)
 *
 * The smaller of sparse and dense is used. Values of kinds other than the count are signed: zigzag
 * in a varint (0, -1, 1, -2 are 0, 1, 2, 3), two's complement in bytes. A wide measure has one value
 * (and one state) for all its words. Sparse, it is its length (1 byte) and so many bytes; dense, the
 * width is any up to that of its words. Both have no more bytes than the number needs.
 *
 * A change of the form must change "Q2". A server that meets a shard with another version then says
 * what to do.
 */
#ifndef QUIPU_ANSWER_PARTIAL_H
#define QUIPU_ANSWER_PARTIAL_H

#include "answer/cell.h"
#include "base/error.h"
#include "base/strbuf.h"

struct partial_dim {
    bool is_open;
    size_t npositions;
    struct slice *values; /* open: by position; closed: NULL */
};

/*
 * The decimals of a folded grid's numbers (answer/fold.h): they are integers times 10^-scale. A
 * measure's own scale is value x its value power + weight x its weight power: a sum of w x^2, say,
 * has 2 x value + weight.
 */
enum { PARTIAL_SCALE_MOST = 100, PARTIAL_POWER_MOST = 2 };
struct partial_scales {
    unsigned value, weight;                     /* at most PARTIAL_SCALE_MOST */
    unsigned char value_powers[MEASURES_MOST];  /* by measure, at most PARTIAL_POWER_MOST; 0 of */
    unsigned char weight_powers[MEASURES_MOST]; /* further words */
};
static inline size_t
scale_of(const struct partial_scales *scales, size_t measure)
{
    return scales ? (size_t) scales->value * scales->value_powers[measure] +
                        (size_t) scales->weight * scales->weight_powers[measure]
                  : 0;
}

struct partial {
    size_t ndims;
    struct partial_dim *dims;
    uint64_t ncells; /* the product of the dimensions' positions */
    struct cell_list cells;
    bool has_base;
    uint64_t base;                       /* rows that the filter selects */
    uint64_t excluded;                   /* those of them in no cell */
    const struct partial_scales *scales; /* NULL: all are plain integers */
};

/* Appends the partial as bytes. Cannot fail. */
void partial_encode(const struct partial *partial, struct strbuf *out);
/*
 * Reads foreign bytes and checks all of them: an accepted partial is in order and consistent.
 * Values are borrowed from bytes. Fails with SHARDDOWN.
 */
bool partial_decode(struct arena *arena, struct slice bytes, struct partial **out,
                    struct error *err) QUIPU_MUST_CHECK;
/* True if they are a partial of another version. */
bool partial_is_other_version(struct slice bytes);

/* Sets ncells, the product of the positions. False: it needs more than 64 bits. */
bool partial_multiply_dims(struct partial *partial);
/*
 * Adds up the rows in its cells. False: a cell's count is not a count, or the sum does not fit into
 * a signed answer.
 */
bool partial_add_rows(const struct partial *partial, uint64_t *sum);
/* Sets excluded. False: the cells have more rows than the filter selects. */
bool partial_count_excluded(struct partial *partial);

/* All of it in the arena: the copy borrows nothing. */
struct partial *partial_copy(struct arena *arena, const struct partial *from);

/*
 * As text, for tests: "{x,y} x 2 | 0:2 3:1 | base 4"; several measures "0:2,-7", absent -, hidden *;
 * a wide one as one integer; scales behind it: " | scales 2,0".
 */
void partial_print(const struct partial *partial, struct strbuf *out);

#endif
