/*
 * The kernels for AVX-512 that gather each row's code. in: planes of a chunk; out: codes.
 *
 * Example: of 17 planes, the lower eight become 64 rows' lowest bytes, the next eight the bytes above
 * them, the last one a third; then the three are interleaved.
 */
#ifdef __x86_64__
#include "columns/kernel_avx512_bytes.h"

/* The last one: what follows is for AVX-512. */
#include "columns/kernel_avx512_transpose.h"

/* Bytes of 64 rows become 16 bits each: low[r] | high[r] << 8. */
static ALWAYS_INLINE void
interleave16(__m512i low, __m512i high, __m512i out[2])
{
    __m512i even = _mm512_unpacklo_epi8(low, high), odd = _mm512_unpackhi_epi8(low, high);
    out[0] = _mm512_permutex2var_epi64(even, _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0), odd);
    out[1] = _mm512_permutex2var_epi64(even, _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4), odd);
}

/* Bytes of 64 rows become 32 bits each. */
static ALWAYS_INLINE void
interleave32(const __m512i bytes[4], __m512i out[4])
{
    __m512i low[2], high[2];
    interleave16(bytes[0], bytes[1], low);
    interleave16(bytes[2], bytes[3], high);
    UNROLL(2)
    for (unsigned h = 0; h < 2; h++) {
        __m512i even = _mm512_unpacklo_epi16(low[h], high[h]);
        __m512i odd = _mm512_unpackhi_epi16(low[h], high[h]);
        out[2 * h] =
            _mm512_permutex2var_epi64(even, _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0), odd);
        out[2 * h + 1] =
            _mm512_permutex2var_epi64(even, _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4), odd);
    }
}

void
avx512_gather16(const uint64_t *const *planes, unsigned nplanes, unsigned block,
                uint16_t out[BLOCK_ROWS])
{
    __m512i low[BLOCK_WORDS], high[BLOCK_WORDS], rows[2];
    load_transposed(planes, nplanes, 0, block, low);
    if (nplanes > 8) {
        load_transposed(planes, nplanes, 8, block, high);
    }
    for (unsigned w = 0; w < BLOCK_WORDS; w++) {
        __m512i above = nplanes > 8 ? bytes_of_words(high[w]) : _mm512_setzero_si512();
        interleave16(bytes_of_words(low[w]), above, rows);
        _mm512_storeu_si512(out + w * 64, rows[0]);
        _mm512_storeu_si512(out + w * 64 + 32, rows[1]);
    }
}

void
avx512_gather32(const uint64_t *const *planes, unsigned nplanes, unsigned block,
                uint32_t out[BLOCK_ROWS])
{
    enum { GROUPS = 4 };
    __m512i words[GROUPS][BLOCK_WORDS];
    unsigned ngroups = (nplanes + 7) / 8;
    for (unsigned g = 0; g < ngroups; g++) {
        load_transposed(planes, nplanes, g * 8, block, words[g]);
    }
    for (unsigned w = 0; w < BLOCK_WORDS; w++) {
        __m512i bytes[GROUPS], rows[GROUPS];
        for (unsigned g = 0; g < GROUPS; g++) {
            bytes[g] = g < ngroups ? bytes_of_words(words[g][w]) : _mm512_setzero_si512();
        }
        interleave32(bytes, rows);
        UNROLL(4)
        for (unsigned i = 0; i < GROUPS; i++) {
            _mm512_storeu_si512(out + w * 64 + i * 16, rows[i]);
        }
    }
}

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
