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

/* AT_ONCE sets in hand: their sums so far, and what makes their signs. */
struct sets {
    __m512i lanes[AT_ONCE][NUMBER_BYTES], maps[AT_ONCE];
};

static ALWAYS_INLINE void
sets_begin(struct sets *sets, unsigned first, const unsigned nbytes, const struct set_sums *sums)
{
    UNROLL(4)
    for (unsigned i = 0; i < AT_ONCE; i++) {
        sets->maps[i] = signs_map(first + i);
        UNROLL(4)
        for (unsigned b = 0; b < nbytes; b++) {
            sets->lanes[i][b] = sums->lanes[first + i][b];
        }
    }
}

/* Adds the numbers of 64 rows of a block. */
static ALWAYS_INLINE void
sets_add(struct sets *sets, const unsigned nbytes, const struct sum_block *block, unsigned w)
{
    UNROLL(4)
    for (unsigned i = 0; i < AT_ONCE; i++) {
        __m512i signs = _mm512_gf2p8affine_epi64_epi8(block->patterns[w], sets->maps[i], 1);
        UNROLL(4)
        for (unsigned b = 0; b < nbytes; b++) {
            sets->lanes[i][b] = _mm512_dpbusd_epi32(sets->lanes[i][b], block->bytes[b][w], signs);
        }
    }
}

static ALWAYS_INLINE void
sets_end(const struct sets *sets, unsigned first, const unsigned nbytes, struct set_sums *sums)
{
    UNROLL(4)
    for (unsigned i = 0; i < AT_ONCE; i++) {
        UNROLL(4)
        for (unsigned b = 0; b < nbytes; b++) {
            sums->lanes[first + i][b] = sets->lanes[i][b];
        }
    }
}

static ALWAYS_INLINE void
add_block(const struct sum_block *block, unsigned nsets, const unsigned nbytes,
          struct set_sums *sums)
{
    for (unsigned first = 0; first < nsets; first += AT_ONCE) {
        struct sets sets;
        sets_begin(&sets, first, nbytes, sums);
        for (unsigned w = 0; w < BLOCK_WORDS; w++) {
            sets_add(&sets, nbytes, block, w);
        }
        sets_end(&sets, first, nbytes, sums);
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

enum { PARTS = 4 }; /* of 64 rows: the numbers that a vector has room for */

/* The codes of a block, and their numbers as they are looked up. */
struct looked_up {
    __m512i codes[BLOCK_WORDS][PARTS], numbers[BLOCK_WORDS][PARTS];
};

/*
 * Codes of 32 bits of 64 rows at a time. Entry k of part i is row 16 (k / 4) + 4 i + k % 4: what
 * unpacking makes of rows in order. Nothing here needs another one.
 */
static ALWAYS_INLINE void
gather_codes(const struct sum_rows *rows, unsigned block, __m512i codes[BLOCK_WORDS][PARTS])
{
    __m512i words[4][BLOCK_WORDS];
    unsigned ngroups = (rows->ncode_planes + 7) / 8;
    planes_ask_ahead(rows->code_planes, rows->ncode_planes, block);
    planes_ask_ahead(rows->planes, rows->nplanes, block);
    for (unsigned g = 0; g < ngroups; g++) {
        load_transposed(rows->code_planes, rows->ncode_planes, g * 8, block, words[g]);
    }
    for (unsigned w = 0; w < BLOCK_WORDS; w++) {
        __m512i bytes[4];
        for (unsigned g = 0; g < 4; g++) {
            bytes[g] = g < ngroups ? bytes_of_words(words[g][w]) : _mm512_setzero_si512();
        }
        UNROLL(2)
        for (unsigned half = 0; half < 2; half++) {
            __m512i low = half ? _mm512_unpackhi_epi8(bytes[0], bytes[1])
                               : _mm512_unpacklo_epi8(bytes[0], bytes[1]);
            __m512i high = half ? _mm512_unpackhi_epi8(bytes[2], bytes[3])
                                : _mm512_unpacklo_epi8(bytes[2], bytes[3]);
            codes[w][2 * half] = _mm512_unpacklo_epi16(low, high);
            codes[w][2 * half + 1] = _mm512_unpackhi_epi16(low, high);
        }
    }
}

/* The patterns of 64 rows in the order in which split_bytes leaves their bytes. */
static ALWAYS_INLINE __m512i
order_patterns(__m512i patterns)
{
    const __m512i order =
        _mm512_set4_epi32(0x0f070b03, 0x0e060a02, 0x0d050901, 0x0c040800); /* 0, 8, 4, 12 */
    return _mm512_shuffle_epi8(patterns, order);
}

/* Numbers of 64 rows become vectors of their bytes: byte 4 k + j is of entry k of part 0, 2, 1 or 3. */
static ALWAYS_INLINE void
split_bytes(const __m512i numbers[PARTS], const unsigned nbytes, __m512i bytes[NUMBER_BYTES])
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

/* The bytes and patterns of a block whose numbers were looked up. */
static ALWAYS_INLINE void
lay_out_block(const struct sum_rows *rows, const struct looked_up *from, const unsigned nbytes,
              unsigned block, struct sum_block *to)
{
    __m512i bits[BLOCK_WORDS];
    load_transposed(rows->planes, rows->nplanes, 0, block, bits);
    for (unsigned w = 0; w < BLOCK_WORDS; w++) {
        __m512i bytes[NUMBER_BYTES];
        split_bytes(from->numbers[w], nbytes, bytes);
        UNROLL(4)
        for (unsigned b = 0; b < nbytes; b++) {
            to->bytes[b][w] = bytes[b];
        }
        to->patterns[w] = order_patterns(bytes_of_words(bits[w]));
    }
}

/* The rows of a part of 64 that count. */
static ALWAYS_INLINE __mmask16
part_of_mask(const uint64_t *mask, unsigned block, unsigned w, unsigned part)
{
    return (__mmask16) _pext_u64(plane_block(mask, block)[w], 0x000f000f000f000full << 4 * part);
}

/*
 * Looks up the numbers of a part of 64 rows. All of them one by one, in this order: a gather would
 * take the units that add up. With a mask only those that count are gathered; others are 0.
 */
static ALWAYS_INLINE void
look_up_part(const struct sum_rows *rows, const bool has_mask, const struct sum_offsets *offsets,
             unsigned block, unsigned w, unsigned part, struct looked_up *to)
{
    if (has_mask) {
        to->numbers[w][part] = _mm512_mask_i32gather_epi32(
            _mm512_setzero_si512(), part_of_mask(rows->mask, block, w, part), to->codes[w][part],
            offsets->by_code, sizeof(uint32_t));
        return;
    }
    const uint32_t *codes = (const uint32_t *) &to->codes[w][part];
    uint32_t *numbers = (uint32_t *) &to->numbers[w][part];
    UNROLL(16)
    for (unsigned i = 0; i < 16; i++) {
        uint32_t number = offsets->by_code[codes[i]];
        __asm__ volatile("" : "+r"(number)); /* keeps compilers from a gather */
        numbers[i] = number;
    }
}

/* Is a number of the block, of the rows that count, out of the bounds? */
static __attribute__((noinline)) bool
is_outside(const struct sum_rows *rows, const struct sum_offsets *offsets,
           const struct looked_up *block, unsigned number)
{
    const __m512i low = _mm512_set1_epi32((int) offsets->low);
    __m512i most = _mm512_setzero_si512();
    for (unsigned w = 0; w < BLOCK_WORDS; w++) {
        for (unsigned part = 0; part < PARTS; part++) {
            __mmask16 counted = rows->mask ? part_of_mask(rows->mask, number, w, part) : 0xffff;
            __m512i above = _mm512_maskz_sub_epi32(counted, block->numbers[w][part], low);
            most = _mm512_max_epu32(most, above);
        }
    }
    return _mm512_cmpgt_epu32_mask(most, _mm512_set1_epi32((int) offsets->span));
}

/*
 * While a block is added up, the next one's numbers are looked up: they come from a cache that is
 * further away, and adding up needs none. Constant has_mask and nbytes.
 */
static ALWAYS_INLINE void
sum_offsets_of(const struct sum_rows *rows, const bool has_mask, const struct sum_offsets *offsets,
               const unsigned nbytes, uint64_t *out, uint64_t *outside)
{
    unsigned nsets = nsets_of(rows);
    unsigned nparts = PARTS * AT_ONCE / nsets; /* for each 64 rows of some sets */
    struct set_sums sums;
    struct looked_up ahead;
    struct sum_block block;
    struct sets sets;
    memset(&sums, 0, sizeof sums);
    gather_codes(rows, 0, ahead.codes);
    for (unsigned i = 0; i < BLOCK_WORDS * PARTS; i++) {
        look_up_part(rows, has_mask, offsets, 0, i / PARTS, i % PARTS, &ahead);
    }
    for (unsigned b = 0; b < CHUNK_BLOCKS; b++) {
        unsigned next = b + 1 < CHUNK_BLOCKS ? b + 1 : b; /* the last one twice, for nothing */
        if (offsets->span < UINT32_MAX && is_outside(rows, offsets, &ahead, b)) {
            outside[b / 64] |= 1ull << b % 64;
        }
        lay_out_block(rows, &ahead, nbytes, b, &block);
        gather_codes(rows, next, ahead.codes);
        for (unsigned first = 0; first < nsets; first += AT_ONCE) {
            sets_begin(&sets, first, nbytes, &sums);
            for (unsigned w = 0; w < BLOCK_WORDS; w++) {
                for (unsigned i = 0; i < nparts; i++) {
                    unsigned part = first / AT_ONCE * nparts + i;
                    look_up_part(rows, has_mask, offsets, next, w, part, &ahead);
                }
                sets_add(&sets, nbytes, &block, w);
            }
            sets_end(&sets, first, nbytes, &sums);
        }
    }
    finish_sums(&sums, rows->nplanes, nbytes, out);
}

void
avx512_sum_offsets(const struct sum_rows *rows, const struct sum_offsets *offsets, uint64_t *sums,
                   uint64_t *outside)
{
    unsigned nbytes = offsets->nbytes < 2 ? 2 : offsets->nbytes;
    switch (nbytes * 2 + (rows->mask != NULL)) {
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
