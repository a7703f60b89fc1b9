/*
 * Reads the words behind --loadmodule. in: words; out: settings, or what is wrong with a word.
 *
 * Example: `workers 0`: ERR workers must be 1 to 64, not '0'.
 *
 * The datasets' words are moved to the front of the array, since there are many of them: dataset a
 * a_ workers 2 dataset b b_ leaves a a_ b b_.
 */
#include "module/settings.h"

#include <unistd.h>

#include "module/pool.h"

static const int64_t MAX_PARTIAL_BYTES_MOST = 1ll << 40;
enum {
    MAX_CELLS_MOST = 1 << 30,
    MAX_FIELDS_MOST = 10 * 1000 * 1000,
    TIMEOUT_MOST_MS = 24 * 3600 * 1000,
    INLINE_MOST_US = 1000 * 1000
};

static bool
read_number(struct slice name, struct slice value, int64_t least, int64_t most, int64_t *out,
            struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (!slice_to_int64(value, out) || *out < least || *out > most) {
        return error_set(err, "ERR", "%.*s must be %lld to %lld, not %s", SLICE_ARG(name),
                         (long long) least, (long long) most, error_quote(quoted, value));
    }
    return true;
}

static bool
read_kernel(struct slice value, enum kernel_set *out, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (!kernel_set_by_name(value, out)) {
        return error_set(err, "ERR", "kernel must be auto, avx512, avx2 or plain, not %s",
                         error_quote(quoted, value));
    }
    if (!kernel_set_works(*out)) {
        return error_set(err, "ERR", "this processor cannot run kernel %.*s", SLICE_ARG(value));
    }
    return true;
}

static bool
read_pair(struct settings *settings, struct slice name, struct slice value, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    int64_t number = 0;
    bool ok;
    if (slice_equal_nocase(name, slice_lit("workers"))) {
        ok = read_number(name, value, 1, POOL_THREADS_MOST, &number, err);
        settings->nworkers = (unsigned) number;
    } else if (slice_equal_nocase(name, slice_lit("kernel"))) {
        ok = read_kernel(value, &settings->kernels, err);
    } else if (slice_equal_nocase(name, slice_lit("max-cells"))) {
        ok = read_number(name, value, 1, MAX_CELLS_MOST, &number, err);
        settings->max_cells = (uint64_t) number;
    } else if (slice_equal_nocase(name, slice_lit("max-partial-bytes"))) {
        ok = read_number(name, value, 1, MAX_PARTIAL_BYTES_MOST, &number, err);
        settings->max_partial_bytes = (uint64_t) number;
    } else if (slice_equal_nocase(name, slice_lit("max-fields"))) {
        ok = read_number(name, value, 1, MAX_FIELDS_MOST, &number, err);
        settings->max_fields = (uint32_t) number;
    } else if (slice_equal_nocase(name, slice_lit("query-timeout"))) {
        ok = read_number(name, value, 0, TIMEOUT_MOST_MS, &settings->query_timeout_ms, err);
    } else if (slice_equal_nocase(name, slice_lit("inline-us"))) {
        ok = read_number(name, value, 0, INLINE_MOST_US, &settings->inline_us, err);
    } else {
        ok = error_set(err, "ERR", "%s is no setting of quipu.so", error_quote(quoted, name));
    }
    return ok;
}

static unsigned
default_nworkers(void)
{
    long ncores = sysconf(_SC_NPROCESSORS_ONLN);
    return ncores < 2 ? 1 : ncores > POOL_THREADS_MOST ? POOL_THREADS_MOST : (unsigned) ncores - 1;
}

bool
settings_read(struct settings *settings, struct slice *words, size_t nwords, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    *settings = (struct settings){.nworkers = default_nworkers(),
                                  .kernels = KERNELS_AUTO,
                                  .max_cells = 1000000,
                                  .max_partial_bytes = 256 << 20,
                                  .max_fields = 65536,
                                  .query_timeout_ms = 10000,
                                  .inline_us = 500,
                                  .words = words};
    for (size_t i = 0; i < nwords;) {
        if (slice_equal_nocase(words[i], slice_lit("no-dataset"))) {
            settings->has_no_dataset = true;
            i++;
            continue;
        }
        if (slice_equal_nocase(words[i], slice_lit("read-old-definitions"))) {
            settings->reads_old = true;
            i++;
            continue;
        }
        bool is_dataset = slice_equal_nocase(words[i], slice_lit("dataset"));
        size_t nvalues = is_dataset ? 2 : 1;
        if (nwords - i <= nvalues) {
            return error_set(err, "ERR", "%s needs %s behind it", error_quote(quoted, words[i]),
                             is_dataset ? "a name and a prefix" : "a value");
        }
        if (is_dataset) {
            words[2 * settings->ndatasets] = words[i + 1];
            words[2 * settings->ndatasets + 1] = words[i + 2];
            settings->ndatasets++;
        } else if (!read_pair(settings, words[i], words[i + 1], err)) {
            return false;
        }
        i += 1 + nvalues;
    }
    return true;
}
