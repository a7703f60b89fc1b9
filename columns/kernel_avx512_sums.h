/*
 * Functions of struct kernels (kernel_ops.h) for AVX-512 that add up numbers: for kernel_avx512.c.
 */
#ifndef QUIPU_COLUMNS_KERNEL_AVX512_SUMS_H
#define QUIPU_COLUMNS_KERNEL_AVX512_SUMS_H

#include "columns/kernel_ops.h"

void avx512_sum_bytes(const struct sum_rows *rows, const uint8_t (*tables)[256], unsigned nbytes,
                      uint64_t *sums);
void avx512_sum_offsets(const struct sum_rows *rows, const struct sum_offsets *offsets,
                        uint64_t *sums, uint64_t *outside);

#endif
