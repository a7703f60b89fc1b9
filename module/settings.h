/*
 * The words after --loadmodule quipu.so.
 *
 *     workers 2 kernel avx2 max-cells 1000000 query-timeout 10000 dataset current profile_
 */
#ifndef QUIPU_MODULE_SETTINGS_H
#define QUIPU_MODULE_SETTINGS_H

#include "base/error.h"
#include "columns/kernel.h"

struct settings {
    unsigned nworkers;       /* threads for counts that take long; 1 .. 64 */
    enum kernel_set kernels; /* may be AUTO */
    uint64_t max_cells;
    uint64_t max_partial_bytes; /* of a query's cells while they are counted */
    uint32_t max_fields;        /* the limit for field names of an index */
    int64_t query_timeout_ms;   /* 0: none */
    int64_t inline_us;          /* a count that is likely to take no longer is answered at once */
    const struct slice *words;  /* the datasets' names and prefixes, in turn; borrowed */
    size_t ndatasets;           /* 0: none was given */
    bool has_no_dataset;        /* no-dataset was given */
    bool reads_old;             /* reads definitions that an older master sends */
};

/* words must outlive the settings. Fails with ERR, which names the word. */
bool settings_read(struct settings *settings, struct slice *words, size_t nwords,
                   struct error *err) QUIPU_MUST_CHECK;

#endif
