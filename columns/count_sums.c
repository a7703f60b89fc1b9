/*
 * The sums of a folded grid's cells, of one thread or added up. in: values with how many rows have
 * them; out: sums, squares, bounds.
 *
 * A number has less than NUMBER_BITS bits, and there are less than 2^32 rows: nothing overflows.
 *
 * Example: 16 cells with SUM and MIN are 16 x (16 + 8 + 8) bytes.
 */
#include "columns/count_sums.h"

#include <stdlib.h>

#include "base/must.h"
#include "planner/bound.h"

void
sums_init(struct sums *sums, const struct count_numbers *numbers, unsigned parts, uint64_t ncells)
{
    *sums = (struct sums){.numbers = numbers, .ncells = ncells};
    if (!numbers) {
        return;
    }
    if (parts & FOLD_SUM) {
        sums->sums = must_array(ncells, sizeof *sums->sums);
    }
    if (parts & FOLD_SQUARES) {
        sums->squares = must_array(ncells, sizeof *sums->squares);
    }
    if (parts & FOLD_BOUNDS) {
        sums->least = must_array(ncells, sizeof *sums->least);
        sums->greatest = must_array(ncells, sizeof *sums->greatest);
        for (uint64_t i = 0; i < ncells; i++) {
            sums->least[i] = INT64_MAX;
            sums->greatest[i] = INT64_MIN;
        }
    }
}

void
sums_fini(struct sums *sums)
{
    free(sums->sums);
    free(sums->squares);
    free(sums->least);
    free(sums->greatest);
}

void
sums_merge(struct sums *sums, const struct sums *from)
{
    for (uint64_t i = 0; sums->sums && i < sums->ncells; i++) {
        sums->sums[i] += from->sums[i];
    }
    for (uint64_t i = 0; sums->squares && i < sums->ncells; i++) {
        sums->squares[i] += from->squares[i];
    }
    for (uint64_t i = 0; sums->least && i < sums->ncells; i++) {
        sums->least[i] = from->least[i] < sums->least[i] ? from->least[i] : sums->least[i];
        sums->greatest[i] =
            from->greatest[i] > sums->greatest[i] ? from->greatest[i] : sums->greatest[i];
    }
}

size_t
sums_bytes(const struct sums *sums)
{
    size_t each = (sums->sums ? sizeof *sums->sums : 0) +
                  (sums->squares ? sizeof *sums->squares : 0) +
                  (sums->least ? 2 * sizeof *sums->least : 0);
    return sums->ncells * each;
}
