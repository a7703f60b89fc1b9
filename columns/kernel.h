/*
 * Which machine instructions count: the best the processor has, or those a test asks for.
 *
 *     kernel_set_chosen(KERNELS_AUTO)      -> KERNELS_AVX512 where the processor has it
 *     kernel_set_by_name(slice_lit("plain"), &set)
 *
 * All sets give the same results; tests hold each against the plain one.
 */
#ifndef QUIPU_COLUMNS_KERNEL_H
#define QUIPU_COLUMNS_KERNEL_H

#include "base/slice.h"

enum kernel_set { KERNELS_AUTO, KERNELS_PLAIN, KERNELS_AVX2, KERNELS_AVX512, KERNELS_COUNT };

/* "auto", "plain", "avx2", "avx512". */
const char *kernel_set_name(enum kernel_set set);
bool kernel_set_by_name(struct slice name, enum kernel_set *out);
/* Can this processor run it? */
bool kernel_set_works(enum kernel_set set);
/* What will run: the set asked for, or the next smaller one that works here. Never AUTO. */
enum kernel_set kernel_set_chosen(enum kernel_set set);

#endif
