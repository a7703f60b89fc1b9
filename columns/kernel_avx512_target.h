/*
 * What the kernels for AVX-512 have in common: everything behind it is compiled for AVX-512. Their
 * files include it last, or kernel_avx512_transpose.h. With clang they end what it begins, by `attribute pop`.
 */
#ifndef QUIPU_COLUMNS_KERNEL_AVX512_TARGET_H
#define QUIPU_COLUMNS_KERNEL_AVX512_TARGET_H

#include <immintrin.h>

#include "columns/kernel_ops.h"

#ifdef __clang__
#pragma clang attribute push(                                                                      \
    __attribute__((target(                                                                         \
        "avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx512vbmi,avx512vbmi2,avx512vnni,"    \
        "gfni,popcnt,bmi,bmi2,lzcnt"))),                                                           \
    apply_to = function)
#else
#pragma GCC target(                                                                                \
    "avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,avx512vbmi,avx512vbmi2,avx512vnni,gfni,"   \
    "popcnt,bmi,bmi2,lzcnt")
#endif

/*
 * Loops over arrays of vectors must be straight-line code, else the vectors live in memory. Sanitizers
 * take some of these loops apart, and then there is nothing to unroll.
 */
#if defined(__SANITIZE_ADDRESS__)
#define UNROLL(n)
#elif defined(__clang__)
#define UNROLL(n) _Pragma("clang loop unroll(full)")
#else
#define UNROLL_PRAGMA(text) _Pragma(#text)
#define UNROLL(n) UNROLL_PRAGMA(GCC unroll n)
#endif
#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE __m512i
load_block(const uint64_t *plane, unsigned block)
{
    return _mm512_loadu_si512(plane_block(plane, block));
}

#endif
