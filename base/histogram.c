/*
 * Puts times into buckets and reads them out of there.
 * in: microseconds; out: how many were within a bound, and percentiles.
 *
 * A bucket holds what is greater than the one before and at most its last value, so that a power of
 * two is always a bucket's last value. Therefore buckets are found by the time less one:
 *
 *     17 us -> 16 = 0b10000 -> group of 2^4, the next three bits 000 -> bucket 16, of 17 and 18 us
 */
#include "base/histogram.h"

#include <math.h>
#include <stddef.h>

enum { SPLIT = 1 << HISTOGRAM_SPLIT_BITS };

static size_t
bucket_of(uint64_t below)
{
    if (below < SPLIT) {
        return below;
    }
    int shift = 63 - __builtin_clzll(below) - HISTOGRAM_SPLIT_BITS;
    return ((size_t) shift << HISTOGRAM_SPLIT_BITS) + (below >> shift);
}

/* The last value of a bucket. */
static uint64_t
bucket_end(size_t bucket)
{
    if (bucket < SPLIT) {
        return bucket + 1;
    }
    size_t shift = (bucket >> HISTOGRAM_SPLIT_BITS) - 1;
    return (uint64_t) (bucket % SPLIT + SPLIT + 1) << shift;
}

void
histogram_add(struct histogram *histogram, int64_t us)
{
    const uint64_t most = (1ULL << HISTOGRAM_MAX_BITS) - 1;
    uint64_t below = us > 1 ? (uint64_t) us - 1 : 0;
    histogram->count++;
    histogram->sum_us += us > 0 ? (uint64_t) us : 0;
    histogram->buckets[bucket_of(below < most ? below : most)]++;
}

uint64_t
histogram_count_upto(const struct histogram *histogram, int bits)
{
    size_t end = bucket_of(1ULL << bits); /* the first bucket of what is longer */
    uint64_t count = 0;
    for (size_t i = 0; i < end && i < HISTOGRAM_NBUCKETS; i++) {
        count += histogram->buckets[i];
    }
    return count;
}

uint64_t
histogram_percentile(const struct histogram *histogram, double percent)
{
    uint64_t rank = (uint64_t) ceil(percent / 100 * (double) histogram->count), count = 0;
    rank = rank ? rank : 1;
    for (size_t i = 0; i < HISTOGRAM_NBUCKETS; i++) {
        count += histogram->buckets[i];
        if (count >= rank) {
            return bucket_end(i);
        }
    }
    return 0;
}
