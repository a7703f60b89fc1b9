/*
 * Rows by name: the result of a query for single rows. When partials are added up, the names show
 * which rows two shards have both counted.
 *
 *     count sex, age by 10 from current where city = 'Rome'      rows of slot 93, on their way
 *
 *     dims   sex: open, values {"f","m"}     age: open, values {"20","30"}
 *     slot 93, to 292f... 10.0.0.2:6379      profile_7: {1, 2}      f, 30
 *                                            profile_8: is not taken by the filter
 *                                            profile_9: {2, 0}      m, and no age
 *
 * A key moves from a slot's source to its target and never back. So the source's rows at one moment
 * and the target's rows at a later moment are together all rows of the slot. For rows that both
 * have, the target's answer counts (executor/column_slots.c).
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

#include "answer/partials.h"

struct named_row {
    struct slice name;
    bool is_counted;        /* the filter selects it */
    const uint32_t *places; /* by dimension: position + 1; 0: no position. NULL: not counted */
};

struct named_slot {
    uint32_t slot;
    uint64_t quiet_us; /* of the target: the least time for which it has moved no row to another
                          node */
    struct slice peer; /* "id host:port" of the node to which it goes; empty: it stays */
    size_t nrows;
    struct named_row *rows;
};

struct named_rows {
    uint64_t epoch; /* of the node's configuration; a newer configuration wins */
    size_t ndims;
    struct partial_dim *dims; /* in open dimensions: the values that occur, in order */
    size_t nslots;
    struct named_slot *slots;
};

void named_rows_encode(const struct named_rows *rows, struct strbuf *out);
/* As partial_decode. Fails with SHARDDOWN. */
bool named_rows_decode(struct arena *arena, struct slice bytes, struct named_rows **out,
                       struct error *err) QUIPU_MUST_CHECK;
/*
 * Makes the rows a partial count, for partial_merge. The caller has set is_counted to false for
 * rows that are no longer counted. all_positions: an open dimension has all positions that occur,
 * as a NESTED answer needs; otherwise only those of cells. Values are borrowed. Fails with LIMIT.
 */
bool named_rows_partial(struct arena *arena, const struct named_rows *rows, bool all_positions,
                        struct partial **out, struct error *err) QUIPU_MUST_CHECK;

/*
 * The same for each grid of the query, of whose dims the rows have a place each. Fails with
 * SHARDDOWN (they are the rows of another query) or LIMIT.
 */
bool named_rows_partials(struct arena *arena, const struct bound_query *query,
                         const struct named_rows *rows, struct partials **out,
                         struct error *err) QUIPU_MUST_CHECK;

/* As text, for tests: "epoch 7 | {f,m} x {20,30} | 93 -> 292f 10.0.0.2:6379: profile_7 1 2, ..." */
void named_rows_print(const struct named_rows *rows, struct strbuf *out);

#endif
