/*
 * Sums by bit pattern: they become those of cells when the layout of the planes changes.
 *
 *     layout: 4 bits, sex in bit 0, age in bits 1..3      rows[0b0101] += 17, sums[0b0101] += 600
 *     flush:  the cell of sex's code 1 and age's code 2: 17 rows more, with the sum
 *             600 + 17 x the least number, since the numbers here are offsets from that
 */
#ifndef QUIPU_COLUMNS_COUNT_PATTERNS_H
#define QUIPU_COLUMNS_COUNT_PATTERNS_H

#include "columns/count_cells.h"

/* More bits have more patterns than is worth while. */
enum { PATTERN_BITS = 10 };

#define NO_CELL UINT64_MAX

struct patterns {
    const struct count_grid *grid; /* of numbers, or a set, which uses the cells alone */
    struct layout layout;          /* of all its dimensions but the last */
    bool is_used;
    uint64_t *rows, *sums; /* by pattern */
    uint64_t *cells;       /* by pattern; NO_CELL: it has none */
    size_t capacity;
    uint64_t rows_left; /* that can be added before a sum could have more than 64 bits */
};

void patterns_init(struct patterns *patterns, const struct count_grid *grid);
void patterns_fini(struct patterns *patterns);
/* A chunk's sums of this layout follow: what was counted in another one becomes cells. */
void patterns_begin(struct patterns *patterns, struct cells *cells, struct sums *sums,
                    const struct layout *layout);
void patterns_flush(struct patterns *patterns, struct cells *cells, struct sums *sums);

#endif
