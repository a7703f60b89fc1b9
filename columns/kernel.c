/*
 * Chooses the machine instructions that count. in: the set that is asked for; out: one that this
 * processor can run.
 *
 * Example: "avx512" on a machine without it gives avx2, and plain if avx2 is missing, too.
 */
#include "columns/kernel.h"

#include "columns/kernel_ops.h"

static const char *const NAMES[] = {"auto", "plain", "avx2", "avx512"};

const char *
kernel_set_name(enum kernel_set set)
{
    return set < KERNELS_COUNT ? NAMES[set] : "unknown";
}

bool
kernel_set_by_name(struct slice name, enum kernel_set *out)
{
    for (int i = 0; i < KERNELS_COUNT; i++) {
        if (slice_equal(name, slice_str(NAMES[i]))) {
            *out = (enum kernel_set) i;
            return true;
        }
    }
    return false;
}

bool
kernel_set_works(enum kernel_set set)
{
    switch (set) {
    case KERNELS_AUTO:
    case KERNELS_PLAIN: return true;
#if defined(__x86_64__) && !defined(QUIPU_PLAIN_C)
    case KERNELS_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
               __builtin_cpu_supports("bmi2");
    case KERNELS_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vnni") &&
               __builtin_cpu_supports("gfni");
#else
    case KERNELS_AVX2:
    case KERNELS_AVX512: return false;
#endif
    case KERNELS_COUNT: break;
    }
    return false;
}

enum kernel_set
kernel_set_chosen(enum kernel_set set)
{
    if (set == KERNELS_AUTO) {
        set = KERNELS_AVX512;
    }
    while (!kernel_set_works(set)) {
        set--;
    }
    return set;
}

const struct kernels *
kernels_of(enum kernel_set set)
{
    switch (kernel_set_chosen(set)) {
#if defined(__x86_64__) && !defined(QUIPU_PLAIN_C)
    case KERNELS_AVX2: return kernels_avx2();
    case KERNELS_AVX512: return kernels_avx512();
#else
    case KERNELS_AVX2:
    case KERNELS_AVX512:
#endif
    case KERNELS_AUTO:
    case KERNELS_PLAIN:
    case KERNELS_COUNT: break;
    }
    return kernels_plain();
}
