/*
 * The inner loops over one chunk, as a table of functions: one table per set of instructions.
 *
 *     const struct kernels *kernels = kernels_of(kernel_set_chosen(KERNELS_AUTO));
 *     kernels->joint(planes, 4, NULL, counts);     how many rows have bits 0000, 0001, ... 1111
 *
 * Bitmaps and planes are CHUNK_WORDS words, row r in bit r % 64 of word r / 64. A block is 512
 * rows.
 */
#ifndef QUIPU_COLUMNS_KERNEL_OPS_H
#define QUIPU_COLUMNS_KERNEL_OPS_H

#include "columns/chunk.h"
#include "columns/kernel.h"

/* A plane's eight words of a block. */
static inline const uint64_t *
plane_block(const uint64_t *plane, unsigned block)
{
    return plane + (size_t) block * BLOCK_WORDS;
}

/*
 * Asks for a block's lines of some planes, some blocks before they are read: where each row's number
 * is looked up, the processor does not look that far ahead by itself.
 */
static inline void
planes_ask_ahead(const uint64_t *const *planes, unsigned nplanes, unsigned block)
{
    enum { AHEAD = 4 };
    for (unsigned p = 0; p < nplanes && block + AHEAD < CHUNK_BLOCKS; p++) {
        __builtin_prefetch(plane_block(planes[p], block + AHEAD));
    }
}

/*
 * Is a code in a set, as a straight line of choices between two earlier results (a binary decision
 * diagram; Bryant, 1986):
 *
 *     to = plane bit ? one : zero        0 and 1 are the results false and true
 *
 *     code in {1,2} of 2 planes:  2 = plane 0 ? 1 : 0    3 = plane 0 ? 0 : 1    4 = plane 1 ? 3 : 2
 */
enum { MATCH_STEPS_MOST = 126, MATCH_TABLE_BITS = 8 };

struct match_step {
    uint8_t plane, one, zero;
};

struct match_program {
    unsigned nsteps; /* step i's result is i + 2; the last one is the answer */
    unsigned result; /* 0, 1, or the last step's */
    struct match_step steps[MATCH_STEPS_MOST];
};

enum match_combine { MATCH_SET, MATCH_OR, MATCH_AND, MATCH_AND_NOT };

/* Joint counts of up to INNER_PLANES planes stay in registers. */
enum {
    INNER_PLANES = 4,
    JOINT_PLANES_MOST = 9,
    GATHER_PLANES_MOST = 16,
    SUM_PLANES = 4,
    SUM_CODE_PLANES = 8
};

/* What is added up: the rows of the mask (NULL: all) by up to SUM_PLANES planes. */
struct sum_rows {
    const uint64_t *const *planes;
    unsigned nplanes;
    const uint64_t *const *code_planes;
    unsigned ncode_planes;
    const uint64_t *mask;
};

/* Numbers by code, of up to nbytes bytes; those from low to low + span are within the bounds. */
struct sum_offsets {
    const uint32_t *by_code;
    unsigned nbytes;
    uint32_t low, span;
};

struct kernels {
    /* counts[i] += the rows of the mask (NULL: all 65,536) whose bits in the planes are i. */
    void (*joint)(const uint64_t *const *planes, unsigned nplanes, const uint64_t *mask,
                  uint32_t *counts);
    /* Bit p of out[r] is the bit of plane p: of the 512 rows of a block. */
    void (*gather16)(const uint64_t *const *planes, unsigned nplanes, unsigned block,
                     uint16_t out[BLOCK_ROWS]);
    void (*gather32)(const uint64_t *const *planes, unsigned nplanes, unsigned block,
                     uint32_t out[BLOCK_ROWS]);
    /* bitmap = or |= or &= or &= ~ the rows whose code the program takes. */
    void (*match)(const uint64_t *planes, const struct match_program *program,
                  enum match_combine combine, uint64_t bitmap[CHUNK_WORDS]);
    /*
     * sums[i] += the numbers of the rows whose bits in the planes are i. NULL: this set of instructions
     * has nothing that would be faster than a histogram, or than adding row by row. sum_bytes: of up
     * to SUM_CODE_PLANES planes of codes; byte b of a code's number is in tables[b]. sum_offsets: sets
     * a bit for each block in which a row has a number outside of the bounds.
     */
    void (*sum_bytes)(const struct sum_rows *rows, const uint8_t (*tables)[256], unsigned nbytes,
                      uint64_t *sums);
    void (*sum_offsets)(const struct sum_rows *rows, const struct sum_offsets *offsets,
                        uint64_t *sums, uint64_t outside[CHUNK_BLOCKS / 64]);
    uint32_t (*popcount)(const uint64_t bitmap[CHUNK_WORDS]);
    /* The rows of a bitmap, ascending; returns how many. Writes up to 32 entries more than that. */
    uint32_t (*list)(const uint64_t bitmap[CHUNK_WORDS], uint16_t *rows);
    /* The exclusive or of all words, to know the price of reading them: for measurements. */
    uint64_t (*stream)(const uint64_t *words, size_t nwords);
};

/* Not AUTO. */
const struct kernels *kernels_of(enum kernel_set set);

const struct kernels *kernels_plain(void);
#ifdef __x86_64__
const struct kernels *kernels_avx2(void);
const struct kernels *kernels_avx512(void);
#endif

/* The counts of supersets turned into counts of exactly these bits, in place (Moebius). */
static inline void
counts_make_exact(uint32_t *counts, unsigned nplanes)
{
    for (unsigned p = 0; p < nplanes; p++) {
        for (unsigned i = 0; i < 1u << nplanes; i++) {
            if (!(i >> p & 1)) {
                counts[i] -= counts[i | 1u << p];
            }
        }
    }
}

#endif
