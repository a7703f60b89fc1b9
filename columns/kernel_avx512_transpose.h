/*
 * Planes turned into a byte for each row, for kernels that want codes. It is for their AVX-512 alone:
 * included behind kernel_avx512_target.h.
 *
 * Example: of 7 planes, 64 rows become 64 bytes by two shuffles and one affine map of bits.
 */
#ifndef QUIPU_COLUMNS_KERNEL_AVX512_TRANSPOSE_H
#define QUIPU_COLUMNS_KERNEL_AVX512_TRANSPOSE_H

#include "columns/kernel_avx512_target.h"

/*
 * Planes turned into a byte for each row, in three steps, each a transposition:
 *
 *     8 vectors, one per plane, of 8 words each      ->  8 vectors, one per word, of 8 planes each
 *     a vector's bytes: plane p's byte i             ->  byte p of its word i
 *     each word's 8 x 8 bits: bit r of byte p        ->  bit p of byte r (an affine map of GF(2))
 */

/* Of up to eight planes from `first` on; missing ones are 0. */
static ALWAYS_INLINE void
load_transposed(const uint64_t *const *planes, unsigned nplanes, unsigned first, unsigned block,
                __m512i words[BLOCK_WORDS])
{
    __m512i in[8], pairs[8], fours[8];
    UNROLL(8)
    for (unsigned p = 0; p < 8; p++) {
        in[p] = first + p < nplanes ? load_block(planes[first + p], block) : _mm512_setzero_si512();
    }
    UNROLL(4)
    for (unsigned p = 0; p < 4; p++) {
        pairs[p] = _mm512_unpacklo_epi64(in[2 * p], in[2 * p + 1]);
        pairs[4 + p] = _mm512_unpackhi_epi64(in[2 * p], in[2 * p + 1]);
    }
    UNROLL(2)
    for (unsigned h = 0; h < 2; h++) {
        UNROLL(2)
        for (unsigned p = 0; p < 2; p++) {
            fours[4 * h + p] =
                _mm512_shuffle_i64x2(pairs[4 * h + 2 * p], pairs[4 * h + 2 * p + 1], 0x88);
            fours[4 * h + 2 + p] =
                _mm512_shuffle_i64x2(pairs[4 * h + 2 * p], pairs[4 * h + 2 * p + 1], 0xdd);
        }
    }
    UNROLL(2)
    for (unsigned h = 0; h < 2; h++) {
        words[h] = _mm512_shuffle_i64x2(fours[4 * h], fours[4 * h + 1], 0x88);
        words[4 + h] = _mm512_shuffle_i64x2(fours[4 * h], fours[4 * h + 1], 0xdd);
        words[2 + h] = _mm512_shuffle_i64x2(fours[4 * h + 2], fours[4 * h + 3], 0x88);
        words[6 + h] = _mm512_shuffle_i64x2(fours[4 * h + 2], fours[4 * h + 3], 0xdd);
    }
}

/* Byte p of word i is byte i of word 7 - p: the affine map takes its rows from the last to the first. */
static ALWAYS_INLINE __m512i
byte_order(void)
{
    return _mm512_set_epi64(0x070f171f272f373f, 0x060e161e262e363e, 0x050d151d252d353d,
                            0x040c141c242c343c, 0x030b131b232b333b, 0x020a121a222a323a,
                            0x0109111921293139, 0x0008101820283038);
}

/* The bytes of 64 rows, of a vector of words. */
static ALWAYS_INLINE __m512i
bytes_of_words(__m512i words)
{
    const uint64_t ones = 0x8040201008040201;
    return _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64((long long) ones),
                                         _mm512_permutexvar_epi8(byte_order(), words), 0);
}

#endif
