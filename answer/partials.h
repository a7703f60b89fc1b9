/*
 * Partials: what a shard counted for one query, a partial for each of the query's grids, in order.
 *
 *     count, avg(income) by sex from current            grids: sex; sex | value income, folded
 *
 *     printed    {f,m} | 0:3 1:2; {f,m} | 0:3,2400 1:1,900 | scales 0,0
 *     in bytes   "Q3"  2 (varint)  then twice: length (varint), the bytes of a partial ("Q2")
 *
 * One partial of counts alone is its own bytes ("Q2"): all that older versions know.
 */
#ifndef QUIPU_ANSWER_PARTIALS_H
#define QUIPU_ANSWER_PARTIALS_H

#include "answer/partial.h"
#include "planner/bound.h"

struct partials {
    size_t n;
    struct partial **items;
};

/* Room for n of them, in the arena. */
struct partials *partials_new(struct arena *arena, size_t n);

void partials_encode(const struct partials *partials, struct strbuf *out);
/* As partial_decode, of bytes in either form. */
bool partials_decode(struct arena *arena, struct slice bytes, struct partials **out,
                     struct error *err) QUIPU_MUST_CHECK;
/* True if they are partials of another version. */
bool partials_are_other_version(struct slice bytes);

/* True: they may be a shard's answer to the query. All of their shape is checked. */
bool partials_fit(const struct bound_query *query, const struct partials *partials);
/*
 * Merges each grid's partials, which fit the query, as partial_merge does. limits has the most
 * cells of each grid; NULL or 0: no limit.
 */
bool partials_merge(struct arena *arena, const struct bound_query *query,
                    const struct partials *const *parts, size_t nparts, const uint64_t *limits,
                    struct partials **out, struct error *err) QUIPU_MUST_CHECK;

/* As text, for tests. */
void partials_print(const struct partials *partials, struct strbuf *out);

#endif
