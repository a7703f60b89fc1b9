/*
 * The kernels for AVX-512 that make a byte of each row's bits: they gather codes, and add up a table's
 * bytes. in: planes of a chunk; out: codes, or counts.
 *
 * Example: of 7 planes, 64 rows become 64 bytes by two shuffles and one affine map of bits. A field
 * of 100 values is then looked up in two registers, and the found bytes are turned back into planes,
 * whose ones are counted for each cell.
 */
#ifdef __x86_64__
#include "columns/kernel_avx512_bytes.h"

/* The last one: what follows is for AVX-512. */
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

/* Each word's byte k gets bit k of byte 7, of byte 6, ...; backwards: byte 7 - k. */
static ALWAYS_INLINE __m512i
transpose_bits(const bool backwards, __m512i bytes)
{
    const uint64_t ones = backwards ? 0x0102040810204080 : 0x8040201008040201;
    return _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64((long long) ones), bytes, 0);
}

/* The bytes of 64 rows, of a vector of words. */
static ALWAYS_INLINE __m512i
bytes_of_words(__m512i words)
{
    return transpose_bits(false, _mm512_permutexvar_epi8(byte_order(), words));
}

/* The same with each eight rows from the last to the first. */
static ALWAYS_INLINE __m512i
backward_bytes_of_words(__m512i words)
{
    return transpose_bits(true, _mm512_permutexvar_epi8(byte_order(), words));
}

/* And back: word p has bit p of each byte. */
static ALWAYS_INLINE __m512i
words_of_backward_bytes(__m512i bytes)
{
    __m512i order = _mm512_set_epi64(0x3f372f271f170f07, 0x3e362e261e160e06, 0x3d352d251d150d05,
                                     0x3c342c241c140c04, 0x3b332b231b130b03, 0x3a322a221a120a02,
                                     0x3931292119110901, 0x3830282018100800);
    return _mm512_permutexvar_epi8(order, transpose_bits(false, bytes));
}

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

/* A table of 256 bytes in four registers: the entries of 64 codes, or fewer. */
static ALWAYS_INLINE __m512i
look_up(const __m512i table[4], const unsigned nplanes, __m512i codes)
{
    if (nplanes <= 6) {
        return _mm512_permutexvar_epi8(codes, table[0]);
    }
    __m512i low = _mm512_permutex2var_epi8(table[0], codes, table[1]);
    if (nplanes == 7) {
        return low;
    }
    __m512i high = _mm512_permutex2var_epi8(table[2], codes, table[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(codes), low, high);
}

/* The rows of each superset of the planes, word by word. */
static ALWAYS_INLINE void
make_supersets(const uint64_t *const *planes, const unsigned nplanes, const uint64_t *mask,
               unsigned block, uint64_t (*supersets)[BLOCK_WORDS])
{
    __m512i rows[1 << SUM_PLANES];
    rows[0] = mask ? _mm512_loadu_si512(mask + block * BLOCK_WORDS) : _mm512_set1_epi64(-1);
    _mm512_store_si512(supersets[0], rows[0]);
    UNROLL(4)
    for (unsigned p = 0; p < nplanes; p++) {
        __m512i bits = load_block(planes[p], block);
        UNROLL(8)
        for (unsigned i = 0; i < 1u << p; i++) {
            rows[i | 1u << p] = _mm512_and_si512(rows[i], bits);
            _mm512_store_si512(supersets[i | 1u << p], rows[i | 1u << p]);
        }
    }
}

/* Constant arguments, but for the planes, make it straight-line code. */
static ALWAYS_INLINE void
sum_bytes_of(const uint64_t *const *planes, const unsigned nplanes,
             const uint64_t *const *code_planes, unsigned ncode_planes, const unsigned table_bits,
             const uint8_t *bytes, const uint64_t *mask, uint32_t (*counts)[8])
{
    const unsigned n = 1u << nplanes;
    uint64_t supersets[1 << SUM_PLANES][BLOCK_WORDS] __attribute__((aligned(64)));
    __m512i sums[1 << SUM_PLANES], table[4], words[BLOCK_WORDS];
    UNROLL(4)
    for (unsigned i = 0; i < 4; i++) {
        table[i] = _mm512_loadu_si512(bytes + i * 64);
    }
    UNROLL(16)
    for (unsigned i = 0; i < n; i++) {
        sums[i] = _mm512_setzero_si512();
    }
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        make_supersets(planes, nplanes, mask, block, supersets);
        load_transposed(code_planes, ncode_planes, 0, block, words);
        for (unsigned w = 0; w < BLOCK_WORDS; w++) {
            __m512i codes = backward_bytes_of_words(words[w]);
            __m512i bits = words_of_backward_bytes(look_up(table, table_bits, codes));
            UNROLL(16)
            for (unsigned i = 0; i < n; i++) {
                __m512i rows = _mm512_set1_epi64((long long) supersets[i][w]);
                sums[i] =
                    _mm512_add_epi64(sums[i], _mm512_popcnt_epi64(_mm512_and_si512(bits, rows)));
            }
        }
    }
    uint64_t lanes[BLOCK_WORDS] __attribute__((aligned(64)));
    uint32_t exact[8][1 << SUM_PLANES] = {{0}};
    for (unsigned i = 0; i < n; i++) {
        _mm512_store_si512(lanes, sums[i]);
        for (unsigned b = 0; b < 8; b++) {
            exact[b][i] = (uint32_t) lanes[b];
        }
    }
    for (unsigned b = 0; b < 8; b++) {
        counts_make_exact(exact[b], nplanes);
        for (unsigned i = 0; i < n; i++) {
            counts[i][b] += exact[b][i];
        }
    }
}

static ALWAYS_INLINE void
sum_bytes_by(const uint64_t *const *planes, unsigned nplanes, const uint64_t *const *code_planes,
             unsigned ncode_planes, const unsigned table_bits, const uint8_t *table,
             const uint64_t *mask, uint32_t (*counts)[8])
{
    switch (nplanes) {
    case 0:
        sum_bytes_of(planes, 0, code_planes, ncode_planes, table_bits, table, mask, counts);
        return;
    case 1:
        sum_bytes_of(planes, 1, code_planes, ncode_planes, table_bits, table, mask, counts);
        return;
    case 2:
        sum_bytes_of(planes, 2, code_planes, ncode_planes, table_bits, table, mask, counts);
        return;
    case 3:
        sum_bytes_of(planes, 3, code_planes, ncode_planes, table_bits, table, mask, counts);
        return;
    case 4:
        sum_bytes_of(planes, 4, code_planes, ncode_planes, table_bits, table, mask, counts);
        return;
    }
}

void
avx512_sum_bytes(const uint64_t *const *planes, unsigned nplanes,
                 const uint64_t *const *code_planes, unsigned ncode_planes, const uint8_t *table,
                 const uint64_t *mask, uint32_t (*counts)[8])
{
    if (ncode_planes <= 6) {
        sum_bytes_by(planes, nplanes, code_planes, ncode_planes, 6, table, mask, counts);
    } else if (ncode_planes == 7) {
        sum_bytes_by(planes, nplanes, code_planes, ncode_planes, 7, table, mask, counts);
    } else {
        sum_bytes_by(planes, nplanes, code_planes, ncode_planes, 8, table, mask, counts);
    }
}

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
