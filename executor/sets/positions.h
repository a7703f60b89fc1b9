/*
 * Positions: what a reply says of a dim becomes positions of a partial.
 *
 *     age by 10        the values "17" "3" "12" with ids 1 2 3
 *                      positions [0,10) [10,20): id 1 -> 1, id 2 -> 0, id 3 -> 1
 *
 * Ids of an open dim count from 1; 0 is a row without the field. Ids of other dims are positions.
 */
#ifndef QUIPU_EXECUTOR_SETS_POSITIONS_H
#define QUIPU_EXECUTOR_SETS_POSITIONS_H

#include "answer/partial.h"
#include "answer/place_key.h"

struct resp_value;

/* What the values of all replies to a query are looked up in. */
struct positions_reader {
    const struct bound_query *query;
    bool
        hides; /* small counts are hidden, so no error may name one row's value; a value that is too
                   long for a bin gets its own bin */
    struct place_list *lists; /* by dim: LIST and BINS, if the reply has values */
    struct place_keys *keys;  /* by dim: PLACED */
};

/* Borrows the arena and the query for as long as replies are read. Keys that are met stay there. */
void positions_init(struct positions_reader *reader, struct arena *arena,
                    const struct bound_query *query);

/* Maps local ids of one reply's dim to positions, PLACE_NONE: none. Numbers beyond them are no ids. */
struct position_map {
    uint32_t *positions;
    size_t nids;
};

/*
 * Reads what a reply says of the query's dim d: the values by id, which are texts, and the radix,
 * which may be larger than the number of ids. Sets the positions of an unlisted dim; texts are
 * borrowed. Fails with LIMIT: a value has too many digits for a bin.
 */
bool positions_read(struct positions_reader *reader, struct arena *arena, size_t d,
                    const struct resp_value *values, size_t radix, struct partial_dim *out,
                    struct position_map *map, struct error *err) QUIPU_MUST_CHECK;

#endif
