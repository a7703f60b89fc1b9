/*
 * Rows by name: what a query makes of single rows. Where partials are added up, the names show
 * which rows two shards have both counted.
 *
 *     count sex, age by 10 from current where city = 'Rome'      rows of slot 93, on their way
 *
 *     dims   sex: open, values {"f","m"}     age: open, values {"20","30"}
 *     slot 93, to 292f... 10.0.0.2:6379      profile_7: {1, 2}      f, 30
 *                                            profile_8: is not taken by the filter
 *                                            profile_9: {2, 0}      m, and no age
 *
 * A key moves from a slot's source to its target and never back. So the source's rows as they are
 * at one moment, and the target's as they are at a later one, are together all rows of the slot:
 * those that both have are the target's (executor/column_count.c).
 *
 * In bytes (named_rows_encode), all numbers varints unless said; partial.h has the dimensions:
 *
 *     "R1"  epoch  ndims
 *     per dimension   radix, is_open (1 byte); if open: radix x (length, bytes)
 *     nslots; per slot   slot, quiet_us, peer (length, bytes), nrows
 *         per row   name (length, bytes), is_counted (1 byte); if so: ndims x place
 */
#ifndef QUIPU_ANSWER_NAMED_ROWS_H
#define QUIPU_ANSWER_NAMED_ROWS_H

#include "answer/partial.h"

struct named_row {
    struct slice name;
    bool is_counted;        /* the filter takes it */
    const uint32_t *places; /* by dimension: its position + 1; 0: none. NULL: not counted */
};

struct named_slot {
    uint32_t slot;
    uint64_t quiet_us; /* for so long, at least, no row has been moved away from here to another
                          node: of the target */
    struct slice peer; /* "id host:port" of the node it goes to; empty: it goes nowhere */
    size_t nrows;
    struct named_row *rows;
};

struct named_rows {
    uint64_t epoch; /* of the node's configuration: what a newer one says of a slot holds */
    size_t ndims;
    struct partial_dim *dims; /* open ones: the values that occur, in order */
    size_t nslots;
    struct named_slot *slots;
};

void named_rows_encode(const struct named_rows *rows, struct strbuf *out);
/* As partial_decode. Fails with SHARDDOWN. */
bool named_rows_decode(struct arena *arena, struct slice bytes, struct named_rows **out,
                       struct error *err) QUIPU_MUST_CHECK;
/*
 * The rows as a partial count, to be added to others with partial_merge. Rows that are not to be
 * counted any more have been made so by the caller: is_counted false. all_positions: an open
 * dimension has all positions that occur, as a NESTED answer wants it; else those of cells. Values
 * are borrowed. Fails with LIMIT.
 */
bool named_rows_partial(struct arena *arena, const struct named_rows *rows, bool all_positions,
                        struct partial **out, struct error *err) QUIPU_MUST_CHECK;

/* As text, for tests: "epoch 7 | {f,m} x {20,30} | 93 -> 292f 10.0.0.2:6379: profile_7 1 2, ..." */
void named_rows_print(const struct named_rows *rows, struct strbuf *out);

#endif
