/*
 * The kernels in plain C, to be compiled once per instruction set: whoever includes this has set
 * the target before (a pragma), and may put faster ones into its table.
 *
 * Example: joint over 2 planes A and B counts, 64 rows at a time, popcount of A, of B and of A & B;
 * the rows with A alone are those of A less those of A & B (counts_make_exact).
 */
#ifndef QUIPU_COLUMNS_KERNEL_BODY_H
#define QUIPU_COLUMNS_KERNEL_BODY_H

#include <string.h>

#include "columns/kernel_ops.h"

/* The rows of the mask parted by the outer planes: parts[i] are those with bits i. */
static inline void
part_mask(const uint64_t *const *planes, unsigned nplanes, unsigned block, unsigned word,
          uint64_t *parts)
{
    for (unsigned p = 0; p < nplanes; p++) {
        uint64_t bits = plane_block(planes[p], block)[word];
        for (unsigned i = 0; i < 1u << p; i++) {
            parts[i | 1u << p] = parts[i] & bits;
            parts[i] &= ~bits;
        }
    }
}

static inline void
body_joint(const uint64_t *const *planes, unsigned nplanes, const uint64_t *mask, uint32_t *counts)
{
    unsigned inner = nplanes < INNER_PLANES ? nplanes : INNER_PLANES;
    unsigned nouter = 1u << (nplanes - inner), ninner = 1u << inner;
    uint32_t sums[1 << JOINT_PLANES_MOST] = {0};
    uint64_t parts[1 << (JOINT_PLANES_MOST - INNER_PLANES)], supersets[1 << INNER_PLANES];
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        for (unsigned word = 0; word < BLOCK_WORDS; word++) {
            parts[0] = mask ? mask[block * BLOCK_WORDS + word] : UINT64_MAX;
            part_mask(planes + inner, nplanes - inner, block, word, parts);
            supersets[0] = UINT64_MAX;
            for (unsigned p = 0; p < inner; p++) {
                uint64_t bits = plane_block(planes[p], block)[word];
                for (unsigned i = 0; i < 1u << p; i++) {
                    supersets[i | 1u << p] = supersets[i] & bits;
                }
            }
            for (unsigned o = 0; o < nouter; o++) {
                for (unsigned i = 0; i < ninner; i++) {
                    sums[o << inner | i] +=
                        (uint32_t) __builtin_popcountll(parts[o] & supersets[i]);
                }
            }
        }
    }
    for (unsigned o = 0; o < nouter; o++) {
        counts_make_exact(sums + (o << inner), inner);
    }
    for (unsigned i = 0; i < 1u << nplanes; i++) {
        counts[i] += sums[i];
    }
}

static inline void
body_gather16(const uint64_t *const *planes, unsigned nplanes, unsigned block,
              uint16_t out[BLOCK_ROWS])
{
    for (unsigned word = 0; word < BLOCK_WORDS; word++) {
        uint16_t *to = out + word * 64;
        memset(to, 0, 64 * sizeof *to);
        for (unsigned p = 0; p < nplanes; p++) {
            uint64_t bits = plane_block(planes[p], block)[word];
            for (unsigned r = 0; r < 64; r++) {
                to[r] = (uint16_t) (to[r] | (bits >> r & 1) << p);
            }
        }
    }
}

static inline void
body_gather32(const uint64_t *const *planes, unsigned nplanes, unsigned block,
              uint32_t out[BLOCK_ROWS])
{
    for (unsigned word = 0; word < BLOCK_WORDS; word++) {
        uint32_t *to = out + word * 64;
        memset(to, 0, 64 * sizeof *to);
        for (unsigned p = 0; p < nplanes; p++) {
            uint64_t bits = plane_block(planes[p], block)[word];
            for (unsigned r = 0; r < 64; r++) {
                to[r] |= (uint32_t) (bits >> r & 1) << p;
            }
        }
    }
}

static inline uint64_t
combine_words(enum match_combine combine, uint64_t old, uint64_t bits)
{
    switch (combine) {
    case MATCH_SET: return bits;
    case MATCH_OR: return old | bits;
    case MATCH_AND: return old & bits;
    case MATCH_AND_NOT: return old & ~bits;
    }
    return bits;
}

static inline void
body_match(const uint64_t *planes, const struct match_program *program, enum match_combine combine,
           uint64_t bitmap[CHUNK_WORDS])
{
    uint64_t results[MATCH_STEPS_MOST + 2][BLOCK_WORDS];
    memset(results[0], 0, sizeof results[0]);
    memset(results[1], 0xff, sizeof results[1]);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        const uint64_t *words = planes + (size_t) block * BLOCK_WORDS;
        for (unsigned i = 0; i < program->nsteps; i++) {
            const struct match_step *step = &program->steps[i];
            for (unsigned w = 0; w < BLOCK_WORDS; w++) {
                uint64_t bits = words[step->plane * CHUNK_WORDS + w];
                results[i + 2][w] =
                    (bits & results[step->one][w]) | (~bits & results[step->zero][w]);
            }
        }
        uint64_t *to = bitmap + block * BLOCK_WORDS;
        for (unsigned w = 0; w < BLOCK_WORDS; w++) {
            to[w] = combine_words(combine, to[w], results[program->result][w]);
        }
    }
}

static inline uint32_t
body_popcount(const uint64_t bitmap[CHUNK_WORDS])
{
    uint32_t count = 0;
    for (unsigned w = 0; w < CHUNK_WORDS; w++) {
        count += (uint32_t) __builtin_popcountll(bitmap[w]);
    }
    return count;
}

static inline uint32_t
body_list(const uint64_t bitmap[CHUNK_WORDS], uint16_t *rows)
{
    uint32_t n = 0;
    for (unsigned w = 0; w < CHUNK_WORDS; w++) {
        for (uint64_t bits = bitmap[w]; bits; bits &= bits - 1) {
            rows[n++] = (uint16_t) (w * 64 + (unsigned) __builtin_ctzll(bits));
        }
    }
    return n;
}

static inline uint64_t
body_stream(const uint64_t *words, size_t nwords)
{
    uint64_t sums[16] = {0};
    size_t i = 0;
    for (; i + 16 <= nwords; i += 16) {
        for (size_t j = 0; j < 16; j++) {
            sums[j] ^= words[i + j];
        }
    }
    for (; i < nwords; i++) {
        sums[0] ^= words[i];
    }
    uint64_t sum = 0;
    for (size_t j = 0; j < 16; j++) {
        sum ^= sums[j];
    }
    return sum;
}

#endif
