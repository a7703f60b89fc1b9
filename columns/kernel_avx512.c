/*
 * The kernels for AVX-512 (F, BW, VL, DQ, VPOPCNTDQ, VBMI, VBMI2, VNNI, GFNI): 512 rows at a time.
 * in: planes and bitmaps of a chunk; out: counts, bitmaps, lists.
 *
 * Example, joint over 4 planes: a block's 4 vectors are loaded, the 11 intersections of two and
 * more of them made (one AND each), and the 15 popcounts added to 15 vectors of sums, all in
 * registers. The rows with none of the bits are the rest.
 */
#ifdef __x86_64__
#include <string.h>

#include "columns/kernel_avx512_bytes.h"
#include "columns/kernel_avx512_sums.h"
#include "columns/kernel_ops.h"

/* The last one: what follows is for AVX-512. */
#include "columns/kernel_avx512_target.h"

/* Doubles the supersets by one plane, `half` of them so far, and counts the new ones. */
static ALWAYS_INLINE void
add_plane(const unsigned half, const bool has_mask, __m512i bits, __m512i *supersets, __m512i *sums)
{
    UNROLL(8)
    for (unsigned i = 0; i < half; i++) {
        supersets[half + i] = i || has_mask ? _mm512_and_si512(supersets[i], bits) : bits;
        sums[half + i] = _mm512_add_epi64(sums[half + i], _mm512_popcnt_epi64(supersets[half + i]));
    }
}

/* Up to four planes; constant arguments make it straight-line code. */
static ALWAYS_INLINE void
joint_inner(const uint64_t *const *planes, const unsigned inner, const bool has_mask,
            const uint64_t *mask, uint32_t *counts)
{
    const unsigned ninner = 1u << inner;
    __m512i sums[1 << INNER_PLANES], supersets[1 << INNER_PLANES];
    UNROLL(16)
    for (unsigned i = 0; i < ninner; i++) {
        sums[i] = _mm512_setzero_si512();
    }
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        if (has_mask) {
            supersets[0] = _mm512_loadu_si512(mask + block * BLOCK_WORDS);
            sums[0] = _mm512_add_epi64(sums[0], _mm512_popcnt_epi64(supersets[0]));
        }
        add_plane(1, has_mask, load_block(planes[0], block), supersets, sums);
        if (inner > 1) {
            add_plane(2, has_mask, load_block(planes[1], block), supersets, sums);
        }
        if (inner > 2) {
            add_plane(4, has_mask, load_block(planes[2], block), supersets, sums);
        }
        if (inner > 3) {
            add_plane(8, has_mask, load_block(planes[3], block), supersets, sums);
        }
    }
    uint32_t exact[1 << INNER_PLANES];
    UNROLL(16)
    for (unsigned i = 0; i < ninner; i++) {
        exact[i] = (uint32_t) _mm512_reduce_add_epi64(sums[i]);
    }
    if (!has_mask) {
        exact[0] = CHUNK_ROWS;
    }
    counts_make_exact(exact, inner);
    for (unsigned i = 0; i < ninner; i++) {
        counts[i] += exact[i];
    }
}

/* More than four planes: the other planes split the rows, and each part is counted as above. */
static void
joint_outer(const uint64_t *const *planes, unsigned nplanes, const uint64_t *mask, uint32_t *counts)
{
    enum { NINNER = 1 << INNER_PLANES };
    unsigned nouter = 1u << (nplanes - INNER_PLANES);
    __m512i sums[1 << JOINT_PLANES_MOST];
    __m512i parts[1 << (JOINT_PLANES_MOST - INNER_PLANES)], supersets[NINNER];
    memset(sums, 0, sizeof *sums << nplanes);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        parts[0] = mask ? _mm512_loadu_si512(mask + block * BLOCK_WORDS) : _mm512_set1_epi64(-1);
        for (unsigned p = 0; p < nplanes - INNER_PLANES; p++) {
            __m512i bits = load_block(planes[INNER_PLANES + p], block);
            for (unsigned o = 0; o < 1u << p; o++) {
                parts[o | 1u << p] = _mm512_and_si512(parts[o], bits);
                parts[o] = _mm512_andnot_si512(bits, parts[o]);
            }
        }
        for (unsigned p = 0; p < INNER_PLANES; p++) {
            __m512i bits = load_block(planes[p], block);
            unsigned half = 1u << p;
            supersets[half] = bits;
            for (unsigned i = 1; i < half; i++) {
                supersets[half + i] = _mm512_and_si512(supersets[i], bits);
            }
        }
        for (unsigned o = 0; o < nouter; o++) {
            __m512i *to = sums + (size_t) o * NINNER;
            to[0] = _mm512_add_epi64(to[0], _mm512_popcnt_epi64(parts[o]));
            UNROLL(15)
            for (unsigned i = 1; i < NINNER; i++) {
                __m512i both = _mm512_and_si512(parts[o], supersets[i]);
                to[i] = _mm512_add_epi64(to[i], _mm512_popcnt_epi64(both));
            }
        }
    }
    uint32_t exact[NINNER];
    for (unsigned o = 0; o < nouter; o++) {
        for (unsigned i = 0; i < NINNER; i++) {
            exact[i] = (uint32_t) _mm512_reduce_add_epi64(sums[(size_t) o * NINNER + i]);
        }
        counts_make_exact(exact, INNER_PLANES);
        for (unsigned i = 0; i < NINNER; i++) {
            counts[o * NINNER + i] += exact[i];
        }
    }
}

static void
avx512_joint(const uint64_t *const *planes, unsigned nplanes, const uint64_t *mask,
             uint32_t *counts)
{
    switch (nplanes * 2 + (mask != NULL)) {
    case 2: joint_inner(planes, 1, false, mask, counts); return;
    case 3: joint_inner(planes, 1, true, mask, counts); return;
    case 4: joint_inner(planes, 2, false, mask, counts); return;
    case 5: joint_inner(planes, 2, true, mask, counts); return;
    case 6: joint_inner(planes, 3, false, mask, counts); return;
    case 7: joint_inner(planes, 3, true, mask, counts); return;
    case 8: joint_inner(planes, 4, false, mask, counts); return;
    case 9: joint_inner(planes, 4, true, mask, counts); return;
    }
    joint_outer(planes, nplanes, mask, counts);
}

static void
avx512_match(const uint64_t *planes, const struct match_program *program,
             enum match_combine combine, uint64_t bitmap[CHUNK_WORDS])
{
    __m512i results[MATCH_STEPS_MOST + 2];
    results[0] = _mm512_setzero_si512();
    results[1] = _mm512_set1_epi64(-1);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        const uint64_t *words = planes + (size_t) block * BLOCK_WORDS;
        for (unsigned i = 0; i < program->nsteps; i++) {
            const struct match_step *step = &program->steps[i];
            __m512i bits = _mm512_loadu_si512(words + step->plane * CHUNK_WORDS);
            /* bits ? one : zero */
            results[i + 2] =
                _mm512_ternarylogic_epi64(bits, results[step->one], results[step->zero], 0xca);
        }
        __m512i result = results[program->result];
        uint64_t *to = bitmap + block * BLOCK_WORDS;
        __m512i old = _mm512_loadu_si512(to);
        switch (combine) {
        case MATCH_SET: break;
        case MATCH_OR: result = _mm512_or_si512(old, result); break;
        case MATCH_AND: result = _mm512_and_si512(old, result); break;
        case MATCH_AND_NOT: result = _mm512_andnot_si512(result, old); break;
        }
        _mm512_storeu_si512(to, result);
    }
}

static uint32_t
avx512_popcount(const uint64_t bitmap[CHUNK_WORDS])
{
    __m512i sum = _mm512_setzero_si512();
    for (unsigned w = 0; w < CHUNK_WORDS; w += BLOCK_WORDS) {
        sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_loadu_si512(bitmap + w)));
    }
    return (uint32_t) _mm512_reduce_add_epi64(sum);
}

static uint32_t
avx512_list(const uint64_t bitmap[CHUNK_WORDS], uint16_t *rows)
{
    __m512i lanes = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                                     15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    uint32_t n = 0;
    for (unsigned w = 0; w < CHUNK_WORDS; w++) {
        uint64_t word = bitmap[w];
        for (unsigned half = 0; word && half < 2; half++, word >>= 32) {
            uint32_t bits = (uint32_t) word;
            __m512i row = _mm512_add_epi16(lanes, _mm512_set1_epi16((short) (w * 64 + half * 32)));
            _mm512_storeu_si512(rows + n, _mm512_maskz_compress_epi16(bits, row));
            n += (uint32_t) __builtin_popcount(bits);
        }
    }
    return n;
}

static uint64_t
avx512_stream(const uint64_t *words, size_t nwords)
{
    __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                       _mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 32 <= nwords; i += 32) {
        UNROLL(4)
        for (unsigned j = 0; j < 4; j++) {
            sums[j] = _mm512_xor_si512(sums[j], _mm512_loadu_si512(words + i + j * 8));
        }
    }
    uint64_t lanes[BLOCK_WORDS], sum = 0;
    _mm512_storeu_si512(lanes, _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]),
                                                _mm512_xor_si512(sums[2], sums[3])));
    for (; i < nwords; i++) {
        sum ^= words[i];
    }
    for (unsigned j = 0; j < BLOCK_WORDS; j++) {
        sum ^= lanes[j];
    }
    return sum;
}

const struct kernels *
kernels_avx512(void)
{
    static const struct kernels KERNELS = {.joint = avx512_joint,
                                           .gather16 = avx512_gather16,
                                           .gather32 = avx512_gather32,
                                           .match = avx512_match,
                                           .sum_bytes = avx512_sum_bytes,
                                           .sum_offsets = avx512_sum_offsets,
                                           .popcount = avx512_popcount,
                                           .list = avx512_list,
                                           .stream = avx512_stream};
    return &KERNELS;
}

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
