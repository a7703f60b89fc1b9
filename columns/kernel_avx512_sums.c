/*
 * The kernels for AVX-512 that add up numbers by pattern. in: planes of a chunk, tables of numbers by
 * code; out: a sum for each pattern of up to four planes.
 *
 * A row's number is looked up, and lies in bytes. For each set S of planes one byte per row is 1 or -1:
 * -1 where an odd number of S's planes have the row's bit. That is an affine map of the row's pattern,
 * one instruction for 64 rows; VNNI multiplies 64 bytes with 64 signs and adds them up, one more. Masks
 * and additions would take three times as many. These sums are the Walsh transform of the sums by
 * pattern (Fino and Algazi, 1976), and its inverse gives them: exactly, since all are integers.
 *
 * Example: planes 0 and 1, two rows of patterns 1 and 3, of numbers 5 and 7:
 *
 *     S             {}    {0}   {1}   {0,1}
 *     signs         1  1  -1 -1  1 -1  -1  1
 *     sum           12    -12   -2     2        inverse: 0, 5, 0, 7
 */
#ifdef __x86_64__
#include <string.h>

#include "columns/kernel_avx512_bytes.h"
#include "columns/kernel_avx512_sums.h"

/* The last one: what follows is for AVX-512. */
#include "columns/kernel_avx512_transpose.h"

enum { AT_ONCE = 4, NSETS_MOST = 1 << SUM_PLANES, NUMBER_BYTES = 4 };

/* A block's rows: the bytes of their numbers, the lowest first, and their patterns. */
struct sum_block {
    __m512i bytes[NUMBER_BYTES][BLOCK_WORDS];
    __m512i patterns[BLOCK_WORDS];
};

/* By set of planes and byte, in lanes of 32 bits. */
struct set_sums {
    __m512i lanes[NSETS_MOST][NUMBER_BYTES];
};

/* A byte's bits 1 to 7 become the parity of its bits in the set; bit 0 becomes 1 by what is added. */
static ALWAYS_INLINE __m512i
signs_map(unsigned set)
{
    return _mm512_set1_epi64((long long) (0x0001010101010101u * set));
}

/* Adds a block's numbers to the sums of AT_ONCE sets from `first` on. Constant nbytes. */
static ALWAYS_INLINE void
add_sets(const struct sum_block *block, const unsigned nbytes, unsigned first,
         struct set_sums *sums)
{
    __m512i lanes[AT_ONCE][NUMBER_BYTES], maps[AT_ONCE];
    UNROLL(4)
    for (unsigned i = 0; i < AT_ONCE; i++) {
        maps[i] = signs_map(first + i);
        UNROLL(4)
        for (unsigned b = 0; b < nbytes; b++) {
            lanes[i][b] = sums->lanes[first + i][b];
        }
    }
    for (unsigned w = 0; w < BLOCK_WORDS; w++) {
        UNROLL(4)
        for (unsigned i = 0; i < AT_ONCE; i++) {
            __m512i signs = _mm512_gf2p8affine_epi64_epi8(block->patterns[w], maps[i], 1);
            UNROLL(4)
            for (unsigned b = 0; b < nbytes; b++) {
                lanes[i][b] = _mm512_dpbusd_epi32(lanes[i][b], block->bytes[b][w], signs);
            }
        }
    }
    UNROLL(4)
    for (unsigned i = 0; i < AT_ONCE; i++) {
        UNROLL(4)
        for (unsigned b = 0; b < nbytes; b++) {
            sums->lanes[first + i][b] = lanes[i][b];
        }
    }
}

static ALWAYS_INLINE void
add_block(const struct sum_block *block, unsigned nsets, const unsigned nbytes,
          struct set_sums *sums)
{
    for (unsigned set = 0; set < nsets; set += AT_ONCE) {
        add_sets(block, nbytes, set, sums);
    }
}

/* A set has at least as many sums as are made at once. */
static unsigned
nsets_of(const struct sum_rows *rows)
{
    return rows->nplanes < 2 ? AT_ONCE : 1u << rows->nplanes;
}

/* Sums of sets become sums by pattern, which are added to out. */
static void
finish_sums(const struct set_sums *sums, unsigned nplanes, unsigned nbytes, uint64_t *out)
{
    int64_t by_set[NSETS_MOST];
    unsigned nsets = 1u << nplanes;
    for (unsigned set = 0; set < nsets; set++) {
        by_set[set] = 0;
        for (unsigned b = 0; b < nbytes; b++) {
            by_set[set] += (int64_t) _mm512_reduce_add_epi32(sums->lanes[set][b]) * (1 << 8 * b);
        }
    }
    for (unsigned half = 1; half < nsets; half *= 2) {
        for (unsigned i = 0; i < nsets; i++) {
            if (!(i & half)) {
                int64_t without = by_set[i], with = by_set[i | half];
                by_set[i] = (without + with) / 2;
                by_set[i | half] = (without - with) / 2;
            }
        }
    }
    for (unsigned i = 0; i < nsets; i++) {
        out[i] += (uint64_t) by_set[i];
    }
}

/* ---- Numbers in tables of 256 bytes ---- */

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

/* Constant arguments make it straight-line code. */
static ALWAYS_INLINE void
sum_bytes_of(const struct sum_rows *rows, const unsigned table_bits, const uint8_t (*tables)[256],
             const unsigned nbytes, uint64_t *out)
{
    unsigned nsets = nsets_of(rows);
    struct set_sums sums;
    struct sum_block in;
    __m512i table[NUMBER_BYTES][4], codes[BLOCK_WORDS], bits[BLOCK_WORDS];
    memset(&sums, 0, sizeof sums);
    UNROLL(2)
    for (unsigned b = 0; b < nbytes; b++) {
        UNROLL(4)
        for (unsigned i = 0; i < 4; i++) {
            table[b][i] = _mm512_loadu_si512(tables[b] + i * 64);
        }
    }
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        load_transposed(rows->code_planes, rows->ncode_planes, 0, block, codes);
        load_transposed(rows->planes, rows->nplanes, 0, block, bits);
        for (unsigned w = 0; w < BLOCK_WORDS; w++) {
            __mmask64 counted = rows->mask ? plane_block(rows->mask, block)[w] : UINT64_MAX;
            __m512i looked_up = bytes_of_words(codes[w]);
            in.patterns[w] = bytes_of_words(bits[w]);
            UNROLL(2)
            for (unsigned b = 0; b < nbytes; b++) {
                in.bytes[b][w] =
                    _mm512_maskz_mov_epi8(counted, look_up(table[b], table_bits, looked_up));
            }
        }
        add_block(&in, nsets, nbytes, &sums);
    }
    finish_sums(&sums, rows->nplanes, nbytes, out);
}

void
avx512_sum_bytes(const struct sum_rows *rows, const uint8_t (*tables)[256], unsigned nbytes,
                 uint64_t *sums)
{
    unsigned width = rows->ncode_planes <= 6 ? 6 : rows->ncode_planes;
    switch (width * 2 + nbytes - 1) {
    case 12: sum_bytes_of(rows, 6, tables, 1, sums); return;
    case 13: sum_bytes_of(rows, 6, tables, 2, sums); return;
    case 14: sum_bytes_of(rows, 7, tables, 1, sums); return;
    case 15: sum_bytes_of(rows, 7, tables, 2, sums); return;
    case 16: sum_bytes_of(rows, 8, tables, 1, sums); return;
    case 17: sum_bytes_of(rows, 8, tables, 2, sums); return;
    }
}

/* ---- Numbers in a table of 32 bits ---- */

/*
 * Numbers of 64 rows, 16 in a vector, become vectors of their bytes. Byte 4 i + j is of row i of
 * vector 0, 2, 1 or 3, for j = 0 to 3.
 */
static ALWAYS_INLINE void
split_bytes(const __m512i numbers[4], const unsigned nbytes, __m512i bytes[NUMBER_BYTES])
{
    const __mmask32 odd_words = 0xaaaaaaaa;
    const __mmask64 odd_bytes = 0xaaaaaaaaaaaaaaaa;
    UNROLL(2)
    for (unsigned half = 0; 2 * half < nbytes; half++) {
        __m512i pairs[2];
        UNROLL(2)
        for (unsigned i = 0; i < 2; i++) {
            __m512i first = numbers[2 * i], second = numbers[2 * i + 1];
            pairs[i] =
                half ? _mm512_mask_blend_epi16(odd_words, _mm512_srli_epi32(first, 16), second)
                     : _mm512_mask_blend_epi16(odd_words, first, _mm512_slli_epi32(second, 16));
        }
        bytes[2 * half] =
            _mm512_mask_blend_epi8(odd_bytes, pairs[0], _mm512_slli_epi16(pairs[1], 8));
        if (2 * half + 1 < nbytes) {
            bytes[2 * half + 1] =
                _mm512_mask_blend_epi8(odd_bytes, _mm512_srli_epi16(pairs[0], 8), pairs[1]);
        }
    }
}

/* The order of split_bytes, for bytes of rows 0 to 63. */
static ALWAYS_INLINE __m512i
split_order(void)
{
    const __m512i four = _mm512_set1_epi32(0x30102000); /* 0, 32, 16, 48 */
    const __m512i rows = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm512_add_epi8(four, _mm512_mullo_epi32(rows, _mm512_set1_epi32(0x01010101)));
}

/* Reads and looks up one block; true: a number of it is out of the bounds. Constant arguments. */
static ALWAYS_INLINE bool
look_up_block(const struct sum_rows *rows, const bool has_mask, const struct sum_offsets *offsets,
              const unsigned nbytes, unsigned block, struct sum_block *to)
{
    const __m512i low = _mm512_set1_epi32((int) offsets->low), order = split_order();
    uint32_t codes[BLOCK_ROWS] __attribute__((aligned(64)));
    __m512i bits[BLOCK_WORDS], most = _mm512_setzero_si512();
    planes_ask_ahead(rows->code_planes, rows->ncode_planes, block);
    avx512_gather32(rows->code_planes, rows->ncode_planes, block, codes);
    load_transposed(rows->planes, rows->nplanes, 0, block, bits);
    for (unsigned w = 0; w < BLOCK_WORDS; w++) {
        uint64_t counted = has_mask ? plane_block(rows->mask, block)[w] : UINT64_MAX;
        __m512i numbers[4], bytes[NUMBER_BYTES];
        UNROLL(4)
        for (unsigned i = 0; i < 4; i++) {
            __m512i at = _mm512_load_si512(codes + w * 64 + i * 16), above;
            __mmask16 some = (__mmask16) (counted >> i * 16);
            if (has_mask) {
                numbers[i] = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), some, at,
                                                         offsets->by_code, sizeof(uint32_t));
                above = _mm512_maskz_sub_epi32(some, numbers[i], low);
            } else {
                numbers[i] = _mm512_i32gather_epi32(at, offsets->by_code, sizeof(uint32_t));
                above = _mm512_sub_epi32(numbers[i], low);
            }
            most = _mm512_max_epu32(most, above);
        }
        split_bytes(numbers, nbytes, bytes);
        UNROLL(4)
        for (unsigned b = 0; b < nbytes; b++) {
            to->bytes[b][w] = bytes[b];
        }
        to->patterns[w] = _mm512_permutexvar_epi8(order, bytes_of_words(bits[w]));
    }
    return _mm512_cmpgt_epu32_mask(most, _mm512_set1_epi32((int) offsets->span));
}

static ALWAYS_INLINE void
sum_offsets_of(const struct sum_rows *rows, const bool has_mask, const struct sum_offsets *offsets,
               const unsigned nbytes, uint64_t *out, uint64_t *outside)
{
    unsigned nsets = nsets_of(rows);
    struct set_sums sums;
    struct sum_block in;
    memset(&sums, 0, sizeof sums);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        if (look_up_block(rows, has_mask, offsets, nbytes, block, &in)) {
            outside[block / 64] |= 1ull << block % 64;
        }
        add_block(&in, nsets, nbytes, &sums);
    }
    finish_sums(&sums, rows->nplanes, nbytes, out);
}

void
avx512_sum_offsets(const struct sum_rows *rows, const struct sum_offsets *offsets, uint64_t *sums,
                   uint64_t *outside)
{
    switch (offsets->nbytes * 2 + (rows->mask != NULL)) {
    case 2: sum_offsets_of(rows, false, offsets, 1, sums, outside); return;
    case 3: sum_offsets_of(rows, true, offsets, 1, sums, outside); return;
    case 4: sum_offsets_of(rows, false, offsets, 2, sums, outside); return;
    case 5: sum_offsets_of(rows, true, offsets, 2, sums, outside); return;
    case 6: sum_offsets_of(rows, false, offsets, 3, sums, outside); return;
    case 7: sum_offsets_of(rows, true, offsets, 3, sums, outside); return;
    case 8: sum_offsets_of(rows, false, offsets, 4, sums, outside); return;
    case 9: sum_offsets_of(rows, true, offsets, 4, sums, outside); return;
    }
}

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
