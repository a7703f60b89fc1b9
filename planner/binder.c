/*
 * The dims and grids of a query that is being bound. in: a dim or a grid that some part needs; out:
 * its number, the same for all parts that need the same one.
 *
 * Example: the tables (sex, age), (sex, city) have three dims: sex is looked up once for both.
 */
#include "planner/binder.h"

#include <string.h>

static bool
positions_equal(const struct bound_dim *a, const struct bound_dim *b)
{
    bool equal = a->npositions == b->npositions;
    for (size_t i = 0; equal && i < a->npositions; i++) {
        const struct position *x = &a->positions[i], *y = &b->positions[i];
        equal = x->kind == y->kind && slice_equal(x->value, y->value) &&
                slice_equal(x->lo, y->lo) && slice_equal(x->hi, y->hi) &&
                !x->lo.ptr == !y->lo.ptr && !x->hi.ptr == !y->hi.ptr && x->lo_open == y->lo_open &&
                x->hi_open == y->hi_open && slice_equal(x->label, y->label);
    }
    return equal;
}

/* Rules are not compared: two dims with equal ones are counted as two. */
static bool
dims_equal(const struct bound_dim *a, const struct bound_dim *b)
{
    return a->kind == b->kind && slice_equal(a->field, b->field) && slice_equal(a->name, b->name) &&
           slice_equal(a->width, b->width) && a->rule == b->rule && a->when == b->when &&
           positions_equal(a, b);
}

size_t
binder_dim(struct binder *binder, const struct bound_dim *dim)
{
    struct bound_query *query = binder->query;
    for (size_t i = 0; !binder->is_plain && i < query->ndims; i++) {
        if (dims_equal(&query->dims[i], dim)) {
            return i;
        }
    }
    query->dims = arena_room(binder->arena, query->dims, query->ndims, &binder->dims_capacity,
                             sizeof *query->dims);
    query->dims[query->ndims] = *dim;
    return query->ndims++;
}

static bool
grids_equal(const struct bound_grid *a, const struct bound_grid *b)
{
    return a->ndims == b->ndims && a->has_value == b->has_value && a->has_weight == b->has_weight &&
           a->is_folded == b->is_folded && a->parts == b->parts &&
           (!a->ndims || memcmp(a->dims, b->dims, a->ndims * sizeof *a->dims) == 0);
}

size_t
binder_grid(struct binder *binder, const struct bound_grid *grid)
{
    struct bound_query *query = binder->query;
    for (size_t i = 0; i < query->ngrids; i++) {
        if (grids_equal(&query->grids[i], grid)) {
            query->grids[i].is_set = query->grids[i].is_set && grid->is_set;
            return i;
        }
    }
    query->grids = arena_room(binder->arena, query->grids, query->ngrids, &binder->grids_capacity,
                              sizeof *query->grids);
    size_t *dims = arena_array(binder->arena, grid->ndims, sizeof *dims);
    for (size_t d = 0; d < grid->ndims; d++) {
        dims[d] = grid->dims[d];
    }
    query->grids[query->ngrids] = *grid;
    query->grids[query->ngrids].dims = dims;
    return query->ngrids++;
}

bool
binder_multiply(struct binder *binder, uint64_t *product, uint64_t n)
{
    uint64_t result;
    if (__builtin_mul_overflow(*product, n, &result) || result > binder->max_cells) {
        return error_set(binder->err, "LIMIT", "max-cells is %llu, the query asks for %llu x %llu",
                         (unsigned long long) binder->max_cells, (unsigned long long) *product,
                         (unsigned long long) n);
    }
    *product = result;
    return true;
}
