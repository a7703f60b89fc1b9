/*
 * Makes the finished table of a query from its shards' partials. in: partials, in the order of the
 * answer; out: struct table, with labels.
 *
 *     count a, b in [1,2] from current     partials  {x,y} x 2 | 0:5 3:1    {y} x 2 | 1:7
 *                                          table     a {"x","y"} b {"1","2"}, cells {0, 5} {3, 8}
 */
#include "answer/table.h"

#include "answer/merge.h"
#include "answer/place.h"

bool
table_fits(const struct bound_query *query, const struct partial *part)
{
    bool fits = part->ndims == query->ndims;
    for (size_t d = 0; fits && d < query->ndims; d++) {
        const struct bound_dim *dim = &query->dims[d];
        bool is_open = bound_dim_is_unlisted(dim);
        fits = part->dims[d].is_open == is_open &&
               (is_open || part->dims[d].npositions == dim->npositions);
    }
    return fits;
}

static bool
label_dim(struct arena *arena, const struct bound_dim *dim, const struct partial_dim *part,
          struct table_dim *out)
{
    out->name = dim->name;
    out->is_open = bound_dim_is_unlisted(dim);
    out->has_bins = dim->kind == DIM_WIDTH;
    out->npositions = part->npositions;
    out->labels = part->values; /* the labels of an open dimension's positions */
    if (dim->kind == DIM_OPEN) {
        return true;
    }
    out->labels = arena_array(arena, part->npositions, sizeof *out->labels);
    for (size_t i = 0; i < part->npositions; i++) {
        struct slice value = out->is_open ? part->values[i] : slice_lit("");
        if (!place_label(arena, dim, i, value, &out->labels[i])) {
            return false;
        }
    }
    return true;
}

bool
table_of_parts(struct arena *arena, const struct bound_query *query,
               const struct partial *const *parts, size_t nparts, uint64_t max_cells,
               struct table **out, struct error *err)
{
    static const char ODD[] = "a shard answered with a partial count of another query";
    struct partial *sum;
    for (size_t i = 0; i < nparts; i++) {
        if (!table_fits(query, parts[i])) {
            return error_set(err, "SHARDDOWN", ODD);
        }
    }
    if (!partial_merge(arena, parts, nparts, max_cells, (struct slice){0}, &sum, err)) {
        return false;
    }
    struct table *table = arena_alloc(arena, sizeof *table);
    table->ndims = query->ndims;
    table->dims = arena_array(arena, query->ndims, sizeof *table->dims);
    table->ncells = sum->ncells;
    table->format = query->format;
    for (size_t d = 0; d < query->ndims; d++) {
        if (!label_dim(arena, &query->dims[d], &sum->dims[d], &table->dims[d])) {
            return error_set(err, "SHARDDOWN", ODD);
        }
    }
    table->cells = sum->cells;
    *out = table;
    return true;
}

bool
table_check(const struct table *table, uint64_t max_cells, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    bool is_dense = table->format == AST_FORMAT_NESTED;
    if (max_cells && (is_dense ? table->ncells : table->cells.n) > max_cells) {
        return error_set(err, "LIMIT", "max-cells is %llu, the answer has more",
                         (unsigned long long) max_cells);
    }
    for (size_t d = 0; d < table->ndims; d++) {
        const struct table_dim *dim = &table->dims[d];
        for (size_t i = 0; dim->has_bins && i < dim->npositions; i++) {
            if (slice_equal(dim->labels[i], PLACE_TOO_LONG)) {
                return error_set(err, "LIMIT",
                                 "values of %s have more than 37 digits: there is no bin for them",
                                 error_quote(quoted, dim->name));
            }
        }
    }
    return true;
}
