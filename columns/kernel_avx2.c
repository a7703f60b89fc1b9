/*
 * The kernels for AVX2: the plain ones compiled for it, and joint counts with the byte-wise
 * popcount of Mula, Kurz and Lemire (2016).
 * in: planes and bitmaps of a chunk; out: counts, bitmaps, lists.
 *
 * Example: 256 rows at a time, each byte of A & B becomes its number of ones by two table look-ups
 * of 4 bits; bytes are added up to 31 times before they could overflow, then summed.
 */
#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "columns/kernel_ops.h"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,popcnt,bmi,bmi2,lzcnt"))),                \
                             apply_to = function)
#else
#pragma GCC target("avx2,popcnt,bmi,bmi2,lzcnt")
#endif

/* Compiled for this target. */
#include "columns/kernel_body.h"

enum { VECTORS = BLOCK_WORDS / 4, BYTES_MOST = 31, BLOCKS_AT_ONCE = 8 };

static inline __m256i
count_bytes(__m256i bits)
{
    const __m256i ones = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                          2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    __m256i low_count = _mm256_shuffle_epi8(ones, _mm256_and_si256(bits, low));
    __m256i high_count =
        _mm256_shuffle_epi8(ones, _mm256_and_si256(_mm256_srli_epi16(bits, 4), low));
    return _mm256_add_epi8(low_count, high_count);
}

static inline uint32_t
sum_bytes(__m256i bytes)
{
    __m256i sums = _mm256_sad_epu8(bytes, _mm256_setzero_si256());
    return (uint32_t) (_mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) +
                       _mm256_extract_epi64(sums, 2) + _mm256_extract_epi64(sums, 3));
}

/* Counts supersets of up to four inner planes within a part of the rows. */
static inline void
count_supersets(const __m256i *bits, unsigned inner, __m256i part, __m256i *bytes)
{
    __m256i supersets[1 << INNER_PLANES];
    supersets[0] = part;
    bytes[0] = _mm256_add_epi8(bytes[0], count_bytes(part));
    for (unsigned p = 0; p < inner; p++) {
        for (unsigned i = 0; i < 1u << p; i++) {
            unsigned to = i | 1u << p;
            supersets[to] = _mm256_and_si256(supersets[i], bits[p]);
            bytes[to] = _mm256_add_epi8(bytes[to], count_bytes(supersets[to]));
        }
    }
}

static void
avx2_joint(const uint64_t *const *planes, unsigned nplanes, const uint64_t *mask, uint32_t *counts)
{
    unsigned inner = nplanes < INNER_PLANES ? nplanes : INNER_PLANES;
    unsigned nouter = 1u << (nplanes - inner), ninner = 1u << inner;
    uint32_t sums[1 << JOINT_PLANES_MOST] = {0};
    __m256i bytes[1 << JOINT_PLANES_MOST];
    __m256i parts[1 << (JOINT_PLANES_MOST - INNER_PLANES)], bits[INNER_PLANES];
    for (unsigned first = 0; first < CHUNK_BLOCKS; first += BLOCKS_AT_ONCE) {
        memset(bytes, 0, sizeof *bytes << nplanes);
        for (unsigned i = 0; i < BLOCKS_AT_ONCE * VECTORS; i++) {
            unsigned block = first + i / VECTORS, word = i % VECTORS * 4;
            parts[0] =
                mask ? _mm256_loadu_si256((const __m256i *) (mask + block * BLOCK_WORDS + word))
                     : _mm256_set1_epi8(-1);
            for (unsigned p = 0; p < nplanes - inner; p++) {
                __m256i outer = _mm256_loadu_si256(
                    (const __m256i *) (plane_block(planes[inner + p], block) + word));
                for (unsigned o = 0; o < 1u << p; o++) {
                    parts[o | 1u << p] = _mm256_and_si256(parts[o], outer);
                    parts[o] = _mm256_andnot_si256(outer, parts[o]);
                }
            }
            for (unsigned p = 0; p < inner; p++) {
                bits[p] =
                    _mm256_loadu_si256((const __m256i *) (plane_block(planes[p], block) + word));
            }
            for (unsigned o = 0; o < nouter; o++) {
                count_supersets(bits, inner, parts[o], bytes + (o << inner));
            }
        }
        for (unsigned i = 0; i < 1u << nplanes; i++) {
            sums[i] += sum_bytes(bytes[i]);
        }
    }
    for (unsigned o = 0; o < nouter; o++) {
        counts_make_exact(sums + (o << inner), inner);
    }
    for (unsigned i = 0; i < nouter * ninner; i++) {
        counts[i] += sums[i];
    }
}

_Static_assert(BLOCKS_AT_ONCE *VECTORS <= BYTES_MOST, "a byte holds eight ones 31 times");

const struct kernels *
kernels_avx2(void)
{
    static const struct kernels KERNELS = {.joint = avx2_joint,
                                           .gather16 = body_gather16,
                                           .gather32 = body_gather32,
                                           .match = body_match,
                                           .popcount = body_popcount,
                                           .list = body_list,
                                           .stream = body_stream};
    return &KERNELS;
}

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
