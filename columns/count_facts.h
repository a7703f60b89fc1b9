/*
 * What a count tells of itself: in how many chunks which way was taken, and what was read.
 */
#ifndef QUIPU_COLUMNS_COUNT_FACTS_H
#define QUIPU_COLUMNS_COUNT_FACTS_H

#include <stdint.h>

#include "columns/kernel.h"

/* How the cells of a grid were counted in a chunk. */
enum count_method {
    COUNT_SKIPPED,   /* something the query needs is empty there */
    COUNT_WHOLE,     /* the chunk's own figures were the answer */
    COUNT_LIST,      /* few rows, one by one */
    COUNT_PLANES,    /* AND and popcount on planes */
    COUNT_HISTOGRAM, /* planes gathered to one index per row, and a histogram */
    COUNT_WALK,      /* codes gathered, rows put in their cells one by one */
    COUNT_BYTES,     /* values gathered to bytes, and summed up cell by cell */
    COUNT_SCATTER,   /* each row's number added to its cell */
    COUNT_NMETHODS
};

struct count_facts {
    uint32_t chunks;
    uint32_t grids;                     /* of the query: each is counted in each chunk */
    uint64_t chunks_by[COUNT_NMETHODS]; /* a chunk once for each grid */
    double estimated_ns;                /* of one thread, prepare and run */
    double estimated_bytes;             /* of chunks */
    uint64_t read_bytes;                /* of chunks; after count_finish */
    enum kernel_set kernels;            /* never KERNELS_AUTO */
};

#endif
