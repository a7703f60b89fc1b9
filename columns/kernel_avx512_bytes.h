/*
 * Functions of struct kernels (kernel_ops.h) for AVX-512: for kernel_avx512.c.
 */
#ifndef QUIPU_COLUMNS_KERNEL_AVX512_BYTES_H
#define QUIPU_COLUMNS_KERNEL_AVX512_BYTES_H

#include "columns/kernel_ops.h"

void avx512_gather16(const uint64_t *const *planes, unsigned nplanes, unsigned block,
                     uint16_t out[BLOCK_ROWS]);
void avx512_gather32(const uint64_t *const *planes, unsigned nplanes, unsigned block,
                     uint32_t out[BLOCK_ROWS]);

#endif
