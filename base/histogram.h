/*
 * How long things took: a histogram of microseconds with fixed buckets, as HdrHistogram has them.
 *
 *     histogram_add(&histogram, 810);
 *     histogram_count_upto(&histogram, 10)        -> 1        those of 2^10 us at most
 *     histogram_percentile(&histogram, 99.9)      -> 832      the end of the bucket that has it
 *
 *     1 2 3 4 5 6 7 8 | 9 10 .. 16 | 18 20 .. 32 | 36 40 .. 64 | ...        the buckets' last values
 *
 * Each power of two is split into eight buckets, so a bucket is at most an eighth wider than its
 * values are long. Adding costs a few instructions. 2 KiB of memory, whatever is added.
 */
#ifndef QUIPU_BASE_HISTOGRAM_H
#define QUIPU_BASE_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_SPLIT_BITS = 3,
    HISTOGRAM_MAX_BITS = 36, /* 19 hours; what took longer is put into the last bucket */
    HISTOGRAM_NBUCKETS = (HISTOGRAM_MAX_BITS - HISTOGRAM_SPLIT_BITS + 1) << HISTOGRAM_SPLIT_BITS
};

/* All zero: nothing was added. */
struct histogram {
    uint64_t count;
    uint64_t sum_us;
    uint64_t buckets[HISTOGRAM_NBUCKETS];
};

/* Adds a time. Less than a microsecond is taken for one. */
void histogram_add(struct histogram *histogram, int64_t us);
/* How many were 2^bits microseconds at most; bits <= HISTOGRAM_MAX_BITS. Exact. */
uint64_t histogram_count_upto(const struct histogram *histogram, int bits);
/*
 * The time within which so many of a hundred were: the last value of the bucket that has it. 0:
 * nothing was added.
 */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);

#endif
