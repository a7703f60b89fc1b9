/*
 * Catalog: the list of datasets, looked up by name and by the prefix of a row's key.
 * in: the configuration's dataset lines; out: the dataset a query or a row command means.
 *
 * There are few datasets, so both look-ups walk the list. No prefix may start another one: a row
 * key has one dataset at most, whatever the order.
 */
#include "planner/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTITIONS = 16384 }; /* the hash slots of a Redis Cluster */

struct catalog {
    struct dataset **datasets;
    size_t count;
};

static void *
allocate(void *old, size_t size_bytes)
{
    void *memory = realloc(old, size_bytes);
    if (!memory) {
        fputs("quipu: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static struct slice
copy(struct slice s)
{
    char *ptr = allocate(NULL, s.len + 1);
    memcpy(ptr, s.ptr, s.len);
    ptr[s.len] = '\0';
    return slice_of(ptr, s.len);
}

struct catalog *
catalog_new(void)
{
    struct catalog *catalog = allocate(NULL, sizeof *catalog);
    *catalog = (struct catalog){0};
    return catalog;
}

void
catalog_free(struct catalog *catalog)
{
    if (!catalog) {
        return;
    }
    for (size_t i = 0; i < catalog->count; i++) {
        free((char *) catalog->datasets[i]->name.ptr);
        free((char *) catalog->datasets[i]->prefix.ptr);
        free(catalog->datasets[i]);
    }
    free(catalog->datasets);
    free(catalog);
}

/* [A-Za-z_][A-Za-z0-9_.-]*: no ':' and no '{', which mean something in the names of index keys. */
static bool
name_is_valid(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool later = (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (!letter && (i == 0 || !later)) {
            return false;
        }
    }
    return name.len > 0;
}

/* The index keys of a dataset start with its name and ':'; no row may look like one. */
static bool
prefix_meets_index(struct slice prefix, struct slice name)
{
    size_t shared = prefix.len < name.len + 1 ? prefix.len : name.len + 1;
    for (size_t i = 0; i < shared; i++) {
        if (prefix.ptr[i] != (i < name.len ? name.ptr[i] : ':')) {
            return false;
        }
    }
    return true;
}

bool
catalog_add(struct catalog *catalog, struct slice name, struct slice prefix, unsigned npartitions,
            enum dataset_method method, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES], other[ERROR_QUOTE_BYTES];
    if (!name_is_valid(name)) {
        return error_set(err, "ERR",
                         "%s is no name for a dataset: it takes [A-Za-z_][A-Za-z0-9_.-]*",
                         error_quote(quoted, name));
    }
    if (prefix.len == 0) {
        return error_set(err, "ERR", "dataset %s needs a prefix of at least one byte",
                         error_quote(quoted, name));
    }
    if (npartitions < 1 || npartitions > MAX_PARTITIONS) {
        return error_set(err, "ERR", "dataset %s: partitions must be 1 to %d, not %u",
                         error_quote(quoted, name), MAX_PARTITIONS, npartitions);
    }
    if (prefix_meets_index(prefix, name)) {
        return error_set(err, "ERR", "prefix %s is what index keys of dataset %s start with",
                         error_quote(quoted, prefix), error_quote(other, name));
    }
    for (size_t i = 0; i < catalog->count; i++) {
        const struct dataset *have = catalog->datasets[i];
        if (slice_equal(have->name, name)) {
            return error_set(err, "ERR", "dataset %s is there already", error_quote(quoted, name));
        }
        if (slice_starts_with(have->prefix, prefix) || slice_starts_with(prefix, have->prefix)) {
            return error_set(err, "ERR", "prefix %s and prefix %s of dataset %.*s overlap",
                             error_quote(quoted, prefix), error_quote(other, have->prefix),
                             SLICE_ARG(have->name));
        }
        if (prefix_meets_index(prefix, have->name) || prefix_meets_index(have->prefix, name)) {
            return error_set(err, "ERR", "prefixes and names of datasets %s and %.*s overlap",
                             error_quote(quoted, name), SLICE_ARG(have->name));
        }
    }
    struct dataset *dataset = allocate(NULL, sizeof *dataset);
    *dataset = (struct dataset){copy(name), copy(prefix), npartitions, method, catalog->count};
    catalog->datasets =
        allocate(catalog->datasets, (catalog->count + 1) * sizeof *catalog->datasets);
    catalog->datasets[catalog->count++] = dataset;
    return true;
}

const struct dataset *
catalog_by_name(const struct catalog *catalog, struct slice name)
{
    for (size_t i = 0; i < catalog->count; i++) {
        if (slice_equal(catalog->datasets[i]->name, name)) {
            return catalog->datasets[i];
        }
    }
    return NULL;
}

const struct dataset *
catalog_by_row(const struct catalog *catalog, struct slice row_key)
{
    for (size_t i = 0; i < catalog->count; i++) {
        if (slice_starts_with(row_key, catalog->datasets[i]->prefix)) {
            return catalog->datasets[i];
        }
    }
    return NULL;
}

size_t
catalog_count(const struct catalog *catalog)
{
    return catalog->count;
}

const struct dataset *
catalog_at(const struct catalog *catalog, size_t index)
{
    return catalog->datasets[index];
}

const char *
dataset_method_name(enum dataset_method method)
{
    switch (method) {
    case METHOD_AUTO: return "auto";
    case METHOD_SETS: return "sets";
    case METHOD_COLUMNS: return "columns";
    }
    return "?";
}
