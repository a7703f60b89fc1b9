/*
 * The sums of a folded grid's cells, beside the rows that count_cells counts.
 *
 *     sums_add(&sums, cell, code, 3)        three rows of the cell have the value
 */
#ifndef QUIPU_COLUMNS_COUNT_SUMS_H
#define QUIPU_COLUMNS_COUNT_SUMS_H

#include "columns/count_numbers.h"

/* By cell; NULL: not wanted. */
struct sums {
    const struct count_numbers *numbers; /* NULL: the grid is not folded, and there are no sums */
    uint64_t ncells;
    __int128 *sums, *squares;
    int64_t *least, *greatest; /* INT64_MAX, INT64_MIN: no row yet */
};

/* parts: enum fold_part, or-ed. */
void sums_init(struct sums *sums, const struct count_numbers *numbers, unsigned parts,
               uint64_t ncells);
void sums_fini(struct sums *sums);
/* Adds all of `from`. */
void sums_merge(struct sums *sums, const struct sums *from);
/* The memory that they take. */
size_t sums_bytes(const struct sums *sums);

/* The value is a number. */
static inline void
sums_add(struct sums *sums, uint64_t cell, uint32_t code, uint64_t count)
{
    int64_t value = sums->numbers->values[code];
    if (sums->sums) {
        sums->sums[cell] += (__int128) value * (__int128) count;
    }
    if (sums->squares) {
        sums->squares[cell] += (__int128) value * value * (__int128) count;
    }
    if (sums->least) {
        sums->least[cell] = value < sums->least[cell] ? value : sums->least[cell];
        sums->greatest[cell] = value > sums->greatest[cell] ? value : sums->greatest[cell];
    }
}

#endif
