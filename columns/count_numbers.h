/*
 * The values of a measured field as integers: of a folded grid, whose sums are made while rows are
 * counted (count_sums.h).
 *
 *     values   12.5  x  -3  100        codes 1 2 3 4
 *     scale 1, numbers  125  -  -30  1000       least -30
 *     offsets  155  -  0  1030                  what is above the least
 *
 * A dimension of numbers has one position: the rows with a number. So the loops that count leave
 * all other rows out.
 */
#ifndef QUIPU_COLUMNS_COUNT_NUMBERS_H
#define QUIPU_COLUMNS_COUNT_NUMBERS_H

#include "base/arena.h"
#include "columns/column.h"

/*
 * Numbers are below 2^NUMBER_BITS: so many in a chunk are added up in 64 bits, and the squares of
 * all rows that there can be in 128.
 */
enum { NUMBER_BITS = 46, NUMBER_BYTES_MOST = 2, NUMBER_TABLE_CODES = 256 };

struct count_numbers {
    bool fits; /* all numbers of the dictionary do; else the grid is folded at the end */
    bool all;  /* every value is a number */
    unsigned scale;
    int64_t *values; /* by code; 0 for what is no number */
    int64_t least, greatest;
    /*
     * The same less the least, where they have 32 bits; else NULL. What is no number has 0. So many
     * bytes have the largest.
     */
    uint32_t *offsets;
    unsigned offset_bytes;
    /* Where there are few codes and few bytes: each byte of the offsets by code. 0: not there. */
    unsigned nbytes;
    uint8_t bytes[NUMBER_BYTES_MOST][NUMBER_TABLE_CODES];
    uint8_t *decimals; /* while they are read: by code */
};

void numbers_begin(struct count_numbers *numbers, struct arena *arena, uint32_t ncodes);
/* Reads the values of codes from .. to - 1; sets a bit for each number, and its position to 0. */
void numbers_read(struct count_numbers *numbers, const struct dictionary_view *view, uint32_t from,
                  uint32_t to, uint64_t *bits, uint32_t *positions);
/* All have been read; bits has one for each number. */
void numbers_end(struct count_numbers *numbers, struct arena *arena, uint32_t ncodes,
                 const uint64_t *bits);

#endif
