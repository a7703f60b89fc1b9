/*
 * What the server has: datasets, fields, values. For completion, so it is asked with little patience,
 * over a connection of its own, and what it says is kept for a while.
 *
 *     schema_fields(schema, slice_lit("survey"))          names: age, sex, ...
 *     schema_values(schema, slice_lit("survey"), slice_lit("sex"))
 */
#ifndef QUIPU_TOOLS_SHELL_SCHEMA_H
#define QUIPU_TOOLS_SHELL_SCHEMA_H

#include "base/slice.h"
#include "tools/connection.h"

struct schema;

/* Borrowed until the next call. n is 0 where the server does not say in time. */
struct schema_names {
    struct slice *names;
    size_t n;
};

/* Borrows the address. The caller frees it. Nothing is asked yet. */
struct schema *schema_new(const struct connection_address *address);
void schema_free(struct schema *schema);
/* Forgets what is kept: datasets have changed. */
void schema_clear(struct schema *schema);

struct schema_names schema_datasets(struct schema *schema);
/* Of a dataset, in the order of their names. */
struct schema_names schema_fields(struct schema *schema, struct slice dataset);
/* The most frequent values of a field, up to a hundred. */
struct schema_names schema_values(struct schema *schema, struct slice dataset, struct slice field);
/*
 * How many partitions of how many the query of a connection has counted. Both stay as they are where
 * the server does not say.
 */
void schema_query_progress(struct schema *schema, int64_t client_id, int64_t *done, int64_t *all);

#endif
