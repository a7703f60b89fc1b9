/*
 * The catalog: which datasets there are, and which row belongs to which.
 *
 *     catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_SETS, &err)
 *     catalog_by_name(catalog, slice_lit("current"))          -> the dataset
 *     catalog_by_row(catalog, slice_lit("profile_12345"))     -> the same one
 */
#ifndef QUIPU_PLANNER_CATALOG_H
#define QUIPU_PLANNER_CATALOG_H

#include "base/error.h"
#include "base/slice.h"

enum dataset_method { METHOD_AUTO, METHOD_SETS, METHOD_COLUMNS };

struct dataset {
    struct slice name;
    struct slice prefix;  /* a row's key starts with it */
    unsigned npartitions; /* fixed for the life of the data */
    enum dataset_method method;
    size_t index; /* its number in the catalog, from 0 */
};

struct catalog;

/* The caller frees it. Never fails. */
struct catalog *catalog_new(void);
void catalog_free(struct catalog *catalog);
/*
 * Adds a dataset; name and prefix are copied. Fails with ERR where the name is taken or is not
 * [A-Za-z_][A-Za-z0-9_.-]*, where a prefix is empty or starts another one, or where npartitions is
 * not 1..16384.
 */
bool catalog_add(struct catalog *catalog, struct slice name, struct slice prefix,
                 unsigned npartitions, enum dataset_method method,
                 struct error *err) QUIPU_MUST_CHECK;
/* NULL where there is none. Borrowed from the catalog, stable until catalog_free. */
const struct dataset *catalog_by_name(const struct catalog *catalog, struct slice name);
const struct dataset *catalog_by_row(const struct catalog *catalog, struct slice row_key);
size_t catalog_count(const struct catalog *catalog);
const struct dataset *catalog_at(const struct catalog *catalog, size_t index);

const char *dataset_method_name(enum dataset_method method);

#endif
